"""Figures that show pictures, answers and tables of numbers."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from .style import COLORS, styled

# Light ones, on which black numbers can be read.
_ONE_WAY = LinearSegmentedColormap.from_list("one way", ["white", COLORS[5]])
_TWO_WAYS = LinearSegmentedColormap.from_list(
    "two ways", [COLORS[4], "white", COLORS[5]]
)


@styled
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
        axes.set(xticks=[], yticks=[])  # laid out, though they are off
    for place, (axes, image) in enumerate(zip(grid.flat, x, strict=False)):
        axes.imshow(np.squeeze(image), cmap="gray_r", vmin=0, vmax=1)
        if titles is not None:
            axes.set_title(str(titles[place]), fontsize="small")
    return figure


@styled
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


@styled
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

    Where values of both signs occur, the colours have two hues that part at
    0, and the same depth for the same size.

    Args:
        values: shape `(rows, columns)`.
        xlabel: what the columns are.
        ylabel: what the rows are.
        value_label: what the numbers are, with their unit.
        xticks: names of columns. Defaults to their numbers.
        yticks: names of rows. Defaults to their numbers.
        digits: decimals to write; colours are then light ones, so that the
            numbers can be read. Defaults to `None`: no numbers.

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
    colors = {"cmap": "cividis" if digits is None else _ONE_WAY}
    if np.nanmin(values) < 0 < np.nanmax(values):
        most = np.nanmax(np.abs(values))
        colors = {"cmap": _TWO_WAYS, "vmin": -most, "vmax": most}
    drawn = axes.imshow(values, aspect="auto", **colors)
    slant = {}
    if xticks is not None and max(len(str(name)) for name in xticks) > 5:
        # Long names would overlap; slanted, they end under their column.
        slant = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(range(columns), xticks or range(columns), **slant)
    axes.set_yticks(range(rows), yticks or range(rows))
    axes.set(xlabel=xlabel, ylabel=ylabel)
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
