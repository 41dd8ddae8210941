"""What the book's drawings are made of: boxes, arrows, bars, words.

Coordinates are inches. Drawings are narrow, so that their words can be read
on a phone, where they are made to fit.
"""

import functools
import io

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from .style import styled

WIDTH, TEXT = 5.6, 12  # inches and points
TEACHER, STUDENT, LOSS = "#cfe3f2", "#f6d3bd", "#e4efd8"
WHITE = "white"


class Diagram:
    """A finished drawing, which a notebook shows as SVG.

    Attributes:
        figure: Matplotlib's. On slides it goes by
            `figure.savefig("setting.pdf")`.

    Example:

    >>> import kd_tutorial as kd
    >>> drawing = kd.diagrams.setting()
    >>> kd.plots.hidden(drawing.figure)
    []
    """

    def __init__(self, figure):
        self.figure = figure

    def _repr_svg_(self):
        written = io.StringIO()
        with plt.rc_context({"svg.hashsalt": "diagram"}):  # the same each time
            self.figure.savefig(written, format="svg", metadata={"Date": None})
        return written.getvalue()


def diagram(function):
    """In the book's style, with text that a phone can show, as a Diagram."""
    draw = styled(function)

    @functools.wraps(function)
    def show(*arguments, **options):
        with plt.rc_context({"font.size": TEXT}):
            return Diagram(draw(*arguments, **options))

    return show


def canvas(height):
    """A figure, and axes over all of it, in inches."""
    figure = plt.figure(figsize=(WIDTH, height), layout="none")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(0, height))
    axes.axis("off")
    return figure, axes


def write(axes, x, y, text, **options):
    options = {"ha": "center", "va": "center", "linespacing": 1.25} | options
    return axes.text(x, y, text, **options)


def title(axes, x, y, text, **options):
    write(axes, x, y, text, weight="bold", va="baseline", **options)


def panel(axes, x, y, width, height):
    """A ground about its centre, for what belongs together."""
    axes.add_patch(FancyBboxPatch(
        (x - width / 2, y - height / 2), width, height, fc="0.95", ec="none",
        boxstyle="round,pad=0,rounding_size=0.08",
    ))  # fmt: skip


def box(axes, x, y, text, color=WHITE, *, width=1.7, height=0.5):
    """A box about its centre, with a text in it."""
    axes.add_patch(FancyBboxPatch(
        (x - width / 2, y - height / 2), width, height, fc=color, ec="0.25",
        boxstyle="round,pad=0,rounding_size=0.06",
    ))  # fmt: skip
    write(axes, x, y, text)


def arrow(axes, *points, style="-|>", **options):
    """An arrow along points, from the first to the last."""
    axes.add_patch(FancyArrowPatch(
        path=Path(points), arrowstyle=style, mutation_scale=13, lw=1.4,
        shrinkA=0, shrinkB=0, color=options.pop("color", "0.25"), **options,
    ))  # fmt: skip


def bars(figure, place, heights, names, colors, **options):
    """Bars of probabilities in a frame `(left, bottom, width, height)`."""
    height = figure.get_figheight()
    left, bottom, wide, high = place
    axes = figure.add_axes(
        (left / WIDTH, bottom / height, wide / WIDTH, high / height)
    )
    # Matplotlib 3.8 takes a list of two for a color and its opacity.
    colors = np.array([to_rgba(color) for color in np.atleast_1d(colors)])
    axes.bar(range(len(heights)), heights, color=colors, width=0.75)
    axes.set_xticks(range(len(names)), names)
    axes.tick_params(length=0, pad=3)
    axes.set(ylim=(0, 1.02), yticks=(0, 0.5, 1), **options)
    return axes
