"""What of a figure cannot be seen.

A limit set too early, a legend over a line, two labels in one place: a
picture can lose its data while the code that draws it reads well. So the
finished figure is asked where everything came to lie.
"""

from typing import NamedTuple

import numpy as np

TOLERANCE = 1.0  # pixels that a point may lie beyond an edge


class _Shape(NamedTuple):
    """What an artist drew, in pixels."""

    name: str
    axes: object
    points: np.ndarray  # (points, 2): must be inside the axes
    paths: list  # that no legend may cover
    filled: bool  # bars, bands and pictures: text may stand on them


def hidden(figure) -> list[str]:
    """All that a finished Matplotlib figure has but does not show.

    Found are: points, ends of error bars, bars, bands and pictures outside
    the limits of their axes; any of them under a legend; lines and points
    under a text; texts that overlap or are cut off at the figure's edge;
    names in a legend that have no data.

    Args:
        figure: everything must have been drawn into it.

    Returns:
        A sentence for each thing that is hidden. Empty when all can be seen.

    Example:

    >>> import kd_tutorial as kd
    >>> figure = kd.plots.curves([1, 2, 3], {"a": [5, 6, 7]},
    ...                          xlabel="T", ylabel="loss")
    >>> kd.plots.hidden(figure)
    []
    >>> _ = figure.axes[0].set_ylim(bottom=5.5)
    >>> kd.plots.hidden(figure)
    ["'a': 1 of 3 points outside the axes, the first at (1, 5)"]
    """
    figure.draw_without_rendering()  # places everything
    shown = [axes for axes in figure.axes if axes.get_visible()]
    shapes = [shape for axes in shown for shape in _shapes(axes)]
    own = [axes.get_legend() for axes in shown]
    legends = [legend for legend in (*figure.legends, *own) if legend]
    single = _seen(_texts(figure, shown))
    texts = single + _seen(
        text
        for legend in legends
        for text in (*legend.get_texts(), legend.get_title())
    )
    boxes = [text.get_window_extent() for text in texts]
    return [
        *_outside(shapes),
        *_without_data(shown),
        *_under_legends(shapes, legends),
        *_under_texts(shapes, single, boxes),
        *_cut(texts, boxes, figure.bbox),
        *_overlapping(texts, boxes),
    ]


def _names(axes):
    """What to call an artist: by its own label or that of its container."""
    return {
        id(child): container.get_label()
        for container in axes.containers
        for child in container.get_children()
    }


def _shapes(axes):
    names = _names(axes)
    for artist in (
        *axes.lines, *axes.collections, *axes.patches, *axes.images
    ):  # fmt: skip
        if not artist.get_visible():
            continue
        label = names.get(id(artist)) or str(artist.get_label())
        kind = type(artist).__name__
        name = kind if not label or label.startswith("_") else repr(label)
        points, paths, filled = _drawn(artist)
        if len(points):
            yield _Shape(name, axes, points, paths, filled)


def _drawn(artist):
    """An artist's points and paths in pixels, and whether it fills them."""
    from matplotlib.collections import LineCollection, PathCollection
    from matplotlib.image import AxesImage
    from matplotlib.lines import Line2D
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    if isinstance(artist, Line2D):
        path = artist.get_path()
        known = np.isfinite(path.vertices).all(axis=1)
        points = artist.get_transform().transform(path.vertices)[known]
        if artist.get_linestyle() == "None":
            return points, [Path([point]) for point in points], False
        return points, [Path(points)], False
    if isinstance(artist, PathCollection):  # scatter
        data = np.ma.filled(artist.get_offsets(), np.nan)
        points = artist.get_offset_transform().transform(
            data[np.isfinite(data).all(axis=1)]
        )
        return points, [Path([point]) for point in points], False
    if isinstance(artist, FancyArrowPatch):  # a line, and its heads
        path = artist.get_transform().transform_path(artist.get_path())
        paths = [Path(line) for line in path.to_polygons(closed_only=False)]
        return np.concatenate([p.vertices for p in paths]), paths, False
    if isinstance(artist, AxesImage):
        left, right, bottom, top = artist.get_extent()
        paths = [Path([(left, bottom), (left, top), (right, top),
                       (right, bottom)])]  # fmt: skip
    elif hasattr(artist, "get_paths"):  # bands and error bars
        paths = artist.get_paths()
    else:
        paths = [artist.get_path()]
    paths = [artist.get_transform().transform_path(path) for path in paths]
    paths = [path for path in paths if len(path.vertices)]
    filled = not isinstance(artist, LineCollection)
    points = [
        path.get_extents().corners() if filled else path.vertices
        for path in paths
    ]
    return np.concatenate([np.empty((0, 2)), *points]), paths, filled


def _texts(figure, shown):
    """The texts of figure, axes and ticks."""
    from matplotlib.text import Text

    yield from figure.texts
    for axes in shown:
        yield from (c for c in axes.get_children() if isinstance(c, Text))
        for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
            yield from (axis.label, axis.get_offset_text())
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if low <= tick.get_loc() <= high:
                    yield from (tick.label1, tick.label2)


def _seen(texts):
    return [t for t in texts if t.get_visible() and t.get_text().strip()]


def _outside(shapes):
    for shape in shapes:
        box = shape.axes.bbox
        low, high = np.array(box.min), np.array(box.max)
        inside = (
            (shape.points >= low - TOLERANCE)
            & (shape.points <= high + TOLERANCE)
        ).all(axis=1)
        if not inside.all():
            first = shape.points[~inside][0]
            back = shape.axes.transData.inverted()
            x, y = back.transform(first).round(9) + 0.0  # and no -0
            yield (
                f"{shape.name}: {(~inside).sum()} of {len(inside)} points "
                f"outside the axes, the first at ({x:.4g}, {y:.4g})"
            )


def _without_data(shown):
    from matplotlib.container import Container

    for axes in shown:
        for handle, label in zip(*axes.get_legend_handles_labels()):
            parts = [handle]
            if isinstance(handle, Container):
                parts = handle.get_children()
            if not any(len(_drawn(part)[0]) for part in parts):
                yield f"{label!r}: has a name in the legend and no data"


def _covered(shape, box):
    """Whether a box lies over one of a shape's paths."""
    return any(
        box.contains(*path.vertices[0])
        if len(path.vertices) == 1
        else path.intersects_bbox(box, filled=shape.filled)
        for path in shape.paths
    )


def _under_legends(shapes, legends):
    for legend in legends:
        box = legend.get_window_extent()
        for shape in shapes:
            if _covered(shape, box):
                yield f"{shape.name}: under the legend"


def _under_texts(shapes, texts, boxes):
    lines = [shape for shape in shapes if not shape.filled]
    for text, box in zip(texts, boxes):
        box = box.padded(-TOLERANCE)
        for shape in lines:
            if box.overlaps(shape.axes.bbox) and _covered(shape, box):
                yield f"{shape.name}: under the text {text.get_text()!r}"


def _cut(texts, boxes, canvas):
    for text, box in zip(texts, boxes):
        if (box.min < canvas.min - TOLERANCE).any() or (
            box.max > canvas.max + TOLERANCE
        ).any():
            yield f"text {text.get_text()!r}: cut off at the figure's edge"


def _overlapping(texts, boxes):
    if not boxes:
        return
    low = np.array([box.min for box in boxes]) + TOLERANCE
    high = np.array([box.max for box in boxes]) - TOLERANCE
    meet = (low[:, None] < high[None]).all(axis=2)  # (texts, texts)
    for one, other in np.argwhere(np.triu(meet & meet.T, k=1)):
        if _rotated_overlap(texts[one], texts[other]):
            yield (
                f"texts {texts[one].get_text()!r} and "
                f"{texts[other].get_text()!r}: overlap"
            )


def _rotated_overlap(one, other):
    """Whether two texts overlap as they stand, upright or not.

    Two rectangles are apart if and only if they are along a side of one.
    """
    corners = [_corners(text) for text in (one, other)]
    for text in (one, other):
        angle = np.deg2rad(text.get_rotation())
        for side in (angle, angle + np.pi / 2):
            a, b = (c @ [np.cos(side), np.sin(side)] for c in corners)
            if a.max() <= b.min() or b.max() <= a.min():
                return False
    return True


def _corners(text):
    """The corners of a text's own, rotated rectangle, shape (4, 2)."""
    box = text.get_window_extent()
    rotation = text.get_rotation()
    text.set_rotation(0)
    flat = text.get_window_extent()
    text.set_rotation(rotation)
    half = np.array([flat.width, flat.height]) / 2 - TOLERANCE
    angle = np.deg2rad(rotation)
    turn = np.array([[np.cos(angle), np.sin(angle)],
                     [-np.sin(angle), np.cos(angle)]])  # fmt: skip
    signs = np.array([(-1, -1), (-1, 1), (1, 1), (1, -1)])
    return (signs * half) @ turn + [(box.x0 + box.x1) / 2,
                                    (box.y0 + box.y1) / 2]  # fmt: skip
