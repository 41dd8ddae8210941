"""Arguments of a command, and one line about those that will not do."""

import argparse


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message):
        line = " ".join(str(message).split())
        self.exit(2, f"{self.prog}: error: {line} (--help shows all)\n")


class Given:
    """What is made of an argument; an error in it names the argument.

    Args:
        parser: which ends the program.
        name: of the argument, `"--data"`.
    """

    def __init__(self, parser, name):
        self.parser, self.name = parser, name

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, ValueError | TypeError | OSError | ImportError):
            self.parser.error(f"argument {self.name}: {error}")


def between(kind, least, most):
    """A reader of numbers from `least` to `most`, for `add_argument`."""

    def parse(text):
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not least <= value <= most:  # nor nan
            what = "whole number" if kind is int else "number"
            raise argparse.ArgumentTypeError(
                f"must be a {what} from {least} to {most}, got {text!r}"
            )
        return value

    return parse
