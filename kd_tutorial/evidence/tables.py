"""Small tables, and texts, that a notebook and a terminal both show."""

import html
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


def publish(text: str, markup: str = "", *, metadata=None):
    """Print a text; in a notebook show it, as HTML where there is some."""
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        print(text)
        return
    data = {"text/plain": text} | ({"text/html": markup} if markup else {})
    ipython.display.publish_display_data(data, metadata=metadata or {})


@dataclass(frozen=True)
class Table:
    """Rows of text that a notebook shows as a table, a terminal as columns.

    Args:
        head: a title a column.
        rows: each with a cell a column.

    Raises:
        ValueError: for a row with more or fewer cells than the head.

    Example:

    >>> import kd_tutorial as kd
    >>> print(kd.Table(["T", "loss"], [["1", "0.25"], ["16", "0.5"]]))
    T   loss
    1   0.25
    16  0.5
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __post_init__(self):
        for name in ("head", "rows"):
            given = getattr(self, name)
            if isinstance(given, str) or not np.iterable(given):
                raise ValueError(f"{name} must be a sequence, got {given!r}.")
        head, rows = tuple(self.head), []
        for row in self.rows:
            if isinstance(row, str) or not np.iterable(row):
                raise ValueError(
                    f"rows must be sequences of cells, got {row!r}."
                )
            rows.append(tuple(row))
            if len(rows[-1]) != len(head):
                raise ValueError(
                    f"rows must have {len(head)} cells, as head {head} has, "
                    f"got {rows[-1]}."
                )
        object.__setattr__(self, "head", head)
        object.__setattr__(self, "rows", tuple(rows))

    def __str__(self):
        lines = [[str(cell) for cell in line] for line in self._lines()]
        widths = [max(map(len, c)) for c in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(
                cell.ljust(width)
                for cell, width in zip(line, widths, strict=True)
            ).rstrip()
            for line in lines
        )

    __repr__ = __str__

    def _lines(self):
        return [self.head, *self.rows]

    def _repr_html_(self):
        def line(cells, tag):
            inner = "".join(
                f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in cells
            )
            return f"<tr>{inner}</tr>"

        body = "".join(line(row, "td") for row in self.rows)
        # A wide one scrolls by itself on a narrow screen, by keyboard too.
        return (
            '<div style="overflow-x: auto" tabindex="0">'
            '<table class="table"><thead>'
            + line(self.head, "th")
            + f"</thead><tbody>{body}</tbody></table></div>"
        )
