"""The package as a command: `python -m kd_tutorial --help`."""

import sys

from .command import distill, example


def main(arguments=None) -> int:
    """Run the command; returns its exit status."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if arguments[:1] == ["distill"]:
            return distill.main(arguments[1:])
        return example.main(arguments)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
