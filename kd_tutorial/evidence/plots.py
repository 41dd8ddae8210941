"""The figures of the book. Each function returns its figure, finished.

A figure of your own begins with `subplots` and ends with `finish(figure)`.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import SymmetricalLogLocator

from ..checks import check_positive
from .panels import images, matrix, soft_targets
from .style import COLORS, MARKERS, finish, styled, subplots
from .visible import hidden

__all__ = [
    "COLORS", "MARKERS", "comparison", "curves", "differences", "finish",
    "frontier", "hidden", "images", "matrix", "soft_targets", "subplots",
]  # fmt: skip


def _rows(axes, study, intervals):
    """A row for each interval: its mean, its ends, and its seeds above."""
    methods = list(study.outcomes)  # a method's colour is the same everywhere
    for place, (name, interval) in enumerate(intervals.items()):
        number = methods.index(name)
        color = COLORS[number % len(COLORS)]
        axes.scatter(
            interval.values, np.full(interval.n, place - 0.22), s=14,
            alpha=0.5, color=color, edgecolors="none",
        )  # fmt: skip
        axes.errorbar(
            interval.mean, place,
            xerr=[[interval.mean - interval.low],
                  [interval.high - interval.mean]],
            fmt=MARKERS[number % len(MARKERS)], color=color, capsize=4,
        )  # fmt: skip
    axes.set_yticks(range(len(intervals)), intervals)
    axes.set_ylim(len(intervals) - 0.5, -0.6)


def _measured(study, metric, baseline):
    """A metric in words, with its unit."""
    label = metric if isinstance(metric, str) else metric.__name__
    unit = study.interval(baseline, metric).unit
    return f"test {label.replace('_', ' ')}", f" ({unit})" if unit else ""


@styled
def comparison(study, *, metric="accuracy", baseline=None):
    """Every seed as a dot, every method's mean and 95 % interval.

    The dots of two methods are paired by seed, which does not show here:
    what can be said of a difference, `differences` shows.

    Args:
        study: from `compare`.
        metric: see `Study.scores`. Defaults to `"accuracy"`.
        baseline: whose mean is drawn as a line across. Defaults to the first
            method.

    Returns:
        The figure.

    Raises:
        ValueError: for an unknown metric or method.
    """
    names = list(study.outcomes)
    baseline = baseline or names[0]
    figure, axes = plt.subplots(figsize=(7, 0.55 * len(names) + 1.1))
    axes.axvline(study.interval(baseline, metric).mean, color="0.8", zorder=0)
    _rows(axes, study, {name: study.interval(name, metric) for name in names})
    label, unit = _measured(study, metric, baseline)
    axes.set_xlabel(label + unit)
    return figure


@styled
def differences(study, *, metric="accuracy", baseline=None, linear=None):
    """What each method gains on a baseline, paired by seed.

    Every seed's difference is a dot, with their mean and 95 % interval: an
    interval on one side of 0 is a difference that the seeds agree on.

    Args:
        study: from `compare`.
        metric: see `Study.scores`. Defaults to `"accuracy"`.
        baseline: the method to subtract. Defaults to the first.
        linear: differences beyond this size, on either side, are drawn on a
            logarithmic scale, so that one large difference does not squeeze
            the small ones. Defaults to `None`: all on a linear scale.

    Returns:
        The figure.

    Raises:
        ValueError: for an unknown metric or method, or `linear` ≤ 0.
    """
    baseline = baseline or next(iter(study.outcomes))
    gains = {
        name: study.difference(name, baseline, metric)
        for name in study.outcomes
        if name != baseline
    }
    figure, axes = plt.subplots(figsize=(7, 0.55 * len(gains) + 1.1))
    beyond = ""
    if linear is not None:
        check_positive("linear", linear, "Give a size in the metric's unit.")
        axes.set_xscale("symlog", linthresh=linear)
        axes.xaxis.set_major_locator(
            SymmetricalLogLocator(axes.xaxis.get_transform(), subs=(1, 3))
        )
        axes.xaxis.set_major_formatter("{x:g}")
        beyond = f",\nlogarithmic beyond ±{linear:g}"
    axes.axvline(0, color="0.8", zorder=0)
    _rows(axes, study, gains)
    label, unit = _measured(study, metric, baseline)
    axes.set_xlabel(f"{label} minus that of {baseline}{unit}{beyond}")
    return figure


@styled
def curves(
    x: Sequence[float],
    values: Mapping[str, np.ndarray],
    *,
    xlabel: str,
    ylabel: str,
    xscale: str = "linear",
    yscale: str = "linear",
    markers: bool = True,
    dashed: Sequence[str] = (),
):
    """Lines over `x`; where there are seeds, means in a 95 % band.

    Args:
        x: shape `(points,)`.
        values: by name, shape `(points,)` or `(seeds, points)`.
        xlabel: with its unit.
        ylabel: with its unit.
        xscale: Matplotlib's, for example `"log"`. Defaults to `"linear"`.
        yscale: the same. Defaults to `"linear"`.
        markers: mark the points. Defaults to `True`; leave them away where
            they would hide the lines.
        dashed: names of lines to dash, in black, so that those below show.
            Defaults to none.

    Returns:
        The figure.

    Raises:
        ValueError: when a row's length is not that of `x`.
    """
    from .intervals import Interval

    figure, axes = plt.subplots(figsize=(6.4, 3.8))
    for place, (name, rows) in enumerate(values.items()):
        rows = np.atleast_2d(rows)  # (seeds, points)
        if rows.shape[-1] != len(x):
            raise ValueError(
                f"values[{name!r}] has {rows.shape[-1]} points and x "
                f"{len(x)}. Give one value for each."
            )
        color = "black" if name in dashed else COLORS[place % len(COLORS)]
        axes.plot(
            x, rows.mean(axis=0), label=name, color=color,
            marker=MARKERS[place % len(MARKERS)] if markers else "",
            markersize=4, linestyle="--" if name in dashed else "-",
        )  # fmt: skip
        if len(rows) > 1:
            bands = [Interval(column) for column in rows.T]
            axes.fill_between(
                x, [b.low for b in bands], [b.high for b in bands],
                color=color, alpha=0.2, linewidth=0,
            )  # fmt: skip
    axes.set(xlabel=xlabel, ylabel=ylabel, xscale=xscale, yscale=yscale)
    if xscale == "log" and len(x) <= 12:
        axes.set_xticks(x, [f"{value:g}" for value in x], minor=False)
        axes.minorticks_off()
    elif np.array_equal(x, np.round(x)):
        axes.xaxis.get_major_locator().set_params(integer=True)
    # Above the axes: Matplotlib's own choice of a place does not see bands.
    figure.legend(loc="outside upper left", ncols=2)
    return figure


@styled
def frontier(
    groups: Mapping[str, Sequence[tuple[float, object]]],
    *,
    xlabel: str,
    ylabel: str,
):
    """What accuracy costs: intervals over a logarithmic cost.

    Args:
        groups: by name, pairs `(cost, interval)`; the interval an `Interval`
            or a number.
        xlabel: the cost, with its unit.
        ylabel: the gain, with its unit.

    Returns:
        The figure.

    Raises:
        ValueError: for a cost that is not positive.
    """
    figure, axes = plt.subplots(figsize=(6.4, 3.8))
    costs = sorted({cost for points in groups.values() for cost, _ in points})
    for place, (name, points) in enumerate(groups.items()):
        own = [cost for cost, _ in points]
        if min(own) <= 0:
            raise ValueError(
                f"groups[{name!r}] has cost {min(own)}; a logarithmic axis "
                "needs costs above 0."
            )
        # A little aside, so that intervals at one cost do not hide each other.
        aside = (costs[-1] / costs[0]) ** (
            0.01 * (place - (len(groups) - 1) / 2)
        )
        means = [getattr(i, "mean", i) for _, i in points]
        low = [m - getattr(i, "low", m) for (_, i), m in zip(points, means)]
        high = [getattr(i, "high", m) - m for (_, i), m in zip(points, means)]
        axes.errorbar(
            [cost * aside for cost in own], means, yerr=[low, high],
            label=name, capsize=3, color=COLORS[place % len(COLORS)],
            marker=MARKERS[place % len(MARKERS)],
        )  # fmt: skip
    axes.set(xscale="log", xlabel=xlabel, ylabel=ylabel)
    if len(costs) <= 6:
        axes.set_xticks(
            costs, [f"{c:,.0f}" if c >= 100 else f"{c:g}" for c in costs]
        )
    axes.minorticks_off()
    if len(groups) > 1:
        figure.legend(loc="outside upper left", ncols=2)
    return figure
