"""The figures of the book. Each function returns its figure.

Colours are Okabe and Ito's, which survive colour blindness; markers and
labels repeat what colours say.
"""

import functools
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

COLORS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9",
    "#000000",
)  # fmt: skip
MARKERS = "osD^vPX"
_LIGHT = LinearSegmentedColormap.from_list("light", ["white", COLORS[5]])

_STYLE = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.titlesize": "medium",
    "figure.dpi": 110,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}


def _styled(function):
    """Draw in the book's style and leave the reader's settings alone.

    The figure is handed over closed: a notebook shows what a cell returns,
    and would show a figure that Matplotlib still holds a second time.
    """

    @functools.wraps(function)
    def draw(*arguments, **options):
        with plt.rc_context(_STYLE):
            figure = function(*arguments, **options)
            plt.close(figure)
            return figure

    return draw


@_styled
def comparison(study, *, metric="accuracy", baseline=None):
    """Every seed as a dot, every method's mean and 95 % interval.

    Lines join the dots of one seed, so that paired differences can be seen.

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
    intervals = [study.interval(name, metric) for name in names]
    reference = study.interval(baseline or names[0], metric)
    figure, axes = plt.subplots(figsize=(7, 0.55 * len(names) + 1.1))
    axes.axvline(reference.mean, color="0.8", zorder=0)
    axes.plot(
        np.stack([interval.values for interval in intervals]),
        np.arange(len(names)),
        color="0.85", linewidth=0.8, zorder=1,
    )  # fmt: skip
    for place, interval in enumerate(intervals):
        color = COLORS[place % len(COLORS)]
        axes.scatter(
            interval.values, np.full(interval.n, place), s=14, alpha=0.5,
            color=color, edgecolors="none", zorder=2,
        )  # fmt: skip
        axes.errorbar(
            interval.mean, place,
            xerr=[[interval.mean - interval.low],
                  [interval.high - interval.mean]],
            fmt=MARKERS[place % len(MARKERS)], color=color, capsize=4,
            zorder=3,
        )  # fmt: skip
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    label = metric if isinstance(metric, str) else metric.__name__
    unit = f" ({reference.unit})" if reference.unit else ""
    axes.set_xlabel(f"test {label.replace('_', ' ')}{unit}")
    return figure


@_styled
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
        dashed: names of lines to dash, so that those below show. Defaults to
            none.

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
        color = COLORS[place % len(COLORS)]
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


@_styled
def images(x, titles: Sequence[str] | None = None, *, columns: int = 10):
    """Pictures in a grid.

    Args:
        x: shape `(images, height, width, channels)` or without channels,
            values from 0 to 1.
        titles: one a picture. Defaults to `None`.
        columns: pictures a row. Defaults to 10.

    Returns:
        The figure.

    Raises:
        ValueError: when there is no picture, or not as many titles.
    """
    x = np.asarray(x)
    if not len(x):
        raise ValueError("x has no images. Pass at least one.")
    if titles is not None and len(titles) != len(x):
        raise ValueError(
            f"titles has {len(titles)} entries for {len(x)} images. Give one "
            "for each, or None."
        )
    columns = min(columns, len(x))
    lines = -(-len(x) // columns)
    height = 1.25 if titles is not None else 1.0
    figure, grid = plt.subplots(
        lines, columns, figsize=(0.9 * columns, height * lines), squeeze=False
    )
    for axes in grid.flat:
        axes.axis("off")
    for place, (axes, image) in enumerate(zip(grid.flat, x, strict=False)):
        axes.imshow(np.squeeze(image), cmap="gray_r", vmin=0, vmax=1)
        if titles is not None:
            axes.set_title(str(titles[place]), fontsize="small")
    return figure


@_styled
def soft_targets(
    logits,
    temperatures: Sequence[float] = (1, 2, 4, 8),
    *,
    class_names: Sequence[str] | None = None,
    image=None,
):
    """One example's softened probabilities, a panel a temperature.

    Args:
        logits: one row, shape `(classes,)`.
        temperatures: each above 0. Defaults to `(1, 2, 4, 8)`.
        class_names: one a class. Defaults to `None`: their numbers.
        image: the example, drawn on the left. Defaults to `None`.

    Returns:
        The figure.

    Raises:
        ValueError: for T ≤ 0 or not finite.
    """
    from scipy.special import softmax

    from ..checks import check_temperature

    logits = np.asarray(logits, dtype="float64")
    names = class_names or [str(k) for k in range(len(logits))]
    panels = len(temperatures) + (image is not None)
    figure, grid = plt.subplots(
        1, panels, figsize=(2.1 * panels, 2.3), squeeze=False
    )
    rest = list(grid[0])
    if image is not None:
        first = rest.pop(0)
        first.imshow(np.squeeze(image), cmap="gray_r", vmin=0, vmax=1)
        first.axis("off")
    for axes, temperature in zip(rest, temperatures, strict=True):
        check_temperature(temperature)
        axes.bar(names, softmax(logits / temperature), color=COLORS[0])
        axes.set(ylim=(0, 1), title=f"T = {temperature:g}", xlabel="class")
        axes.tick_params(axis="x", labelsize="small")
    rest[0].set_ylabel("probability")
    for axes in rest[1:]:
        axes.set_yticklabels([])
    return figure


@_styled
def matrix(
    values,
    *,
    xlabel: str,
    ylabel: str,
    value_label: str,
    xticks: Sequence[str] | None = None,
    yticks: Sequence[str] | None = None,
    digits: int | None = None,
):
    """A matrix as colours, with its numbers written in.

    Args:
        values: shape `(rows, columns)`.
        xlabel: what the columns are.
        ylabel: what the rows are.
        value_label: what the numbers are, with their unit.
        xticks: names of columns. Defaults to their numbers.
        yticks: names of rows. Defaults to their numbers.
        digits: decimals to write; the colours are then light ones, so that
            the numbers can be read. Defaults to `None`: no numbers.

    Returns:
        The figure.

    Raises:
        ValueError: when `values` is not a matrix.
    """
    values = np.asarray(values)
    if values.ndim != 2:
        raise ValueError(
            f"values must have two axes, got shape {values.shape}."
        )
    rows, columns = values.shape
    figure, axes = plt.subplots(
        figsize=(0.55 * columns + 2.2, 0.42 * rows + 1.1)
    )
    drawn = axes.imshow(
        values, cmap="cividis" if digits is None else _LIGHT, aspect="auto"
    )
    axes.set_xticks(range(columns), xticks or range(columns))
    axes.set_yticks(range(rows), yticks or range(rows))
    axes.set(xlabel=xlabel, ylabel=ylabel)
    if xticks is not None and max(len(str(name)) for name in xticks) > 5:
        axes.tick_params(axis="x", rotation=30)  # long names would overlap
    if digits is not None:
        for (row, column), value in np.ndenumerate(values):
            if np.isnan(value):
                continue
            axes.text(
                column, row, f"{value:z.{digits}f}", fontsize="small",  # no -0
                ha="center", va="center", color="black",
            )  # fmt: skip
    figure.colorbar(drawn, ax=axes, label=value_label)
    return figure


@_styled
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
    for place, (name, points) in enumerate(groups.items()):
        costs = [cost for cost, _ in points]
        if min(costs) <= 0:
            raise ValueError(
                f"groups[{name!r}] has cost {min(costs)}; a logarithmic axis "
                "needs costs above 0."
            )
        means = [getattr(i, "mean", i) for _, i in points]
        low = [m - getattr(i, "low", m) for (_, i), m in zip(points, means)]
        high = [getattr(i, "high", m) - m for (_, i), m in zip(points, means)]
        axes.errorbar(
            costs, means, yerr=[low, high], label=name, capsize=3,
            color=COLORS[place % len(COLORS)],
            marker=MARKERS[place % len(MARKERS)],
        )  # fmt: skip
    axes.set(xscale="log", xlabel=xlabel, ylabel=ylabel)
    axes.xaxis.set_minor_formatter("")  # powers of ten are enough
    axes.legend()
    return figure
