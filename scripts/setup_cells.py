"""Write every notebook's first cells: what sets up, and how long it takes.

The first cell of code comes from the address in _config.yml. The time in the
opening, "runs in … on two CPU cores", comes from book/times.json, which
`make times` writes from the notebooks that `make book` executed. `--check`
writes nothing and fails when a cell differs.
"""

import argparse
import json
import re
import sys
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parent.parent
CELL = """\
try:
    import kd_tutorial as kd
except ImportError:  # in Colab
    %pip install -q --no-deps git+{url}
    import kd_tutorial as kd"""

TIME = re.compile(r"\bruns in ([^.]+?) on two CPU cores")
NUMBERS = ("", "", "two", "three", "four", "five", "six", "seven", "eight",
           "nine", "ten")  # fmt: skip


def spoken(seconds: float) -> str:
    """A time in words, to the nearest half of a minute.

    Raises:
        ValueError: for more than ten minutes, which no page may take.

    >>> spoken(12), spoken(40), spoken(80)
    ('a few seconds', 'about half a minute', 'about a minute and a half')
    >>> spoken(115), spoken(160)
    ('about two minutes', 'about two and a half minutes')
    """
    if seconds < 20:
        return "a few seconds"
    minutes, half = divmod(max(1, int(seconds / 30 + 0.5)), 2)
    if minutes > 10:
        raise ValueError(f"{seconds} seconds are too long for a page.")
    if minutes < 2:
        parts = ["a minute"] * minutes + ["half a minute"] * half
        return f"about {' and '.join(parts)}".replace(
            "and half a minute", "and a half"
        )
    return f"about {NUMBERS[minutes]}{' and a half' * half} minutes"


def times(root: Path = ROOT) -> dict[str, float]:
    """The seconds that each notebook took, by its path from `book`."""
    file = root / "book" / "times.json"
    return json.loads(file.read_text("utf-8"))["seconds"]


def timed(opening: str, seconds: float) -> str:
    """The opening of a notebook with its time.

    Raises:
        ValueError: if it does not say once in what time it runs.
    """
    said, count = TIME.subn(
        f"runs in {spoken(seconds)} on two CPU cores", opening
    )
    if count != 1:
        raise ValueError(
            "the first cell must say once that it 'runs in … on two CPU "
            f"cores'; it does {count} times."
        )
    return said


def setup_cell(root: Path = ROOT) -> str:
    """The cell's source, for the repository of the book at `root`."""
    config = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
    return CELL.format(url=config["repository"]["url"])


def notebooks(root: Path = ROOT) -> list[Path]:
    """All notebooks of the book."""
    found = sorted((root / "book").rglob("*.ipynb"))
    return [path for path in found if ".ipynb_checkpoints" not in path.parts]


def first_code_cell(notebook):
    """The first cell of code of a notebook."""
    return next(c for c in notebook.cells if c.cell_type == "code")


def main(arguments=None, root: Path = ROOT) -> int:
    """Write or check; returns 1 when a check finds a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args(arguments)
    wanted, seconds, differ = setup_cell(root), times(root), []
    for path in notebooks(root):
        notebook = nbformat.read(path, 4)
        cell = first_code_cell(notebook)
        if "setup" not in cell.metadata.get("tags", []):
            parser.error(
                f"the first code cell of {path} is not tagged 'setup'. Tag "
                "it, or put a set-up cell before it."
            )
        opening, page = notebook.cells[0], path.relative_to(root / "book")
        said = opening.source
        if page.as_posix() in seconds:
            try:
                said = timed(said, seconds[page.as_posix()])
            except ValueError as error:
                parser.error(f"{path}: {error}")
        if (cell.source, opening.source) != (wanted, said):
            differ.append(path)
            if not options.check:
                cell.source, opening.source = wanted, said
                nbformat.write(notebook, path)
    for path in differ:
        print(f"{'differs' if options.check else 'written'}: {path}")
    return int(options.check and bool(differ))


if __name__ == "__main__":
    sys.exit(main())
