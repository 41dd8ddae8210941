"""How the book's figures look, and what a finished one must show.

Colours are Okabe and Ito's, which survive colour blindness; markers and
labels repeat what colours say.
"""

import functools
import os

import matplotlib.pyplot as plt
from cycler import cycler

from .visible import hidden

COLORS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9",
    "#000000",
)  # fmt: skip
MARKERS = "osD^vPX"

_STYLE = {
    "axes.prop_cycle": cycler(color=COLORS),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.titlesize": "medium",
    "figure.dpi": 110,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}


def subplots(*arguments, **options):
    """Matplotlib's `subplots` in the book's style, for a figure of your own.

    Args:
        *arguments: rows and columns. Defaults to one panel.
        **options: Matplotlib's, for example `figsize` in inches.

    Returns:
        The figure and its axes, as Matplotlib has them.

    Example:

    >>> import kd_tutorial as kd
    >>> figure, axes = kd.plots.subplots(figsize=(6, 3))
    >>> _ = axes.hist([1, 2, 2, 3])
    >>> shown = kd.plots.finish(figure)
    """
    with plt.rc_context(_STYLE):
        return plt.subplots(*arguments, **options)


def finish(figure):
    """Hand over a figure that is ready: the last line of a cell that draws.

    It is closed, for a notebook shows what a cell returns, and would show a
    figure that Matplotlib still holds a second time. With `KD_FIGURES=check`
    in the environment, as the book's tests have it, what the figure hides is
    an error; a reader's own figure is never refused.

    Args:
        figure: Matplotlib's. It may come from this module and have been
            changed since.

    Returns:
        The figure.

    Raises:
        ValueError: where figures are checked, for one that hides something
            of what was drawn into it (see `hidden`).
    """
    plt.close(figure)
    for legend in [*figure.legends, *(a.get_legend() for a in figure.axes)]:
        if legend is not None:  # of one's own figure, made out of the style
            legend.set_frame_on(False)
    lost = hidden(figure) if os.environ.get("KD_FIGURES") == "check" else ()
    if lost:
        raise ValueError(
            "figure hides what it should show:\n  " + "\n  ".join(lost) + "\n"
            "Set limits after the last point is drawn, and put the legend "
            "outside the axes: figure.legend(loc='outside upper left')."
        )
    return figure


def styled(function):
    """Draw in the book's style and leave the reader's settings alone."""

    @functools.wraps(function)
    def draw(*arguments, **options):
        with plt.rc_context(_STYLE):
            return finish(function(*arguments, **options))

    return draw
