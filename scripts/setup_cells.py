"""Write every notebook's first code cell from the address in _config.yml.

`--check` writes nothing and fails when a cell differs.
"""

import argparse
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
    wanted, differ = setup_cell(root), []
    for path in notebooks(root):
        notebook = nbformat.read(path, 4)
        cell = first_code_cell(notebook)
        if "setup" not in cell.metadata.get("tags", []):
            parser.error(
                f"the first code cell of {path} is not tagged 'setup'. Tag "
                "it, or put a set-up cell before it."
            )
        if cell.source != wanted:
            differ.append(path)
            if not options.check:
                cell.source = wanted
                nbformat.write(notebook, path)
    for path in differ:
        print(f"{'differs' if options.check else 'written'}: {path}")
    return int(options.check and bool(differ))


if __name__ == "__main__":
    sys.exit(main())
