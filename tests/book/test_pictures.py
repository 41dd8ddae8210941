"""The book's pictures: the first page's by its data, the notebooks' by rule.

What a notebook's figure hides is found where notebooks are executed anyway:
there `KD_FIGURES=check` makes `kd.plots.finish` an error.
"""

import ast
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

import kd_tutorial as kd

nbformat = pytest.importorskip("nbformat")
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import headline  # noqa: E402

NOTEBOOKS = sorted(
    path
    for path in (ROOT / "book").rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)
# What the page of images found once: mean, low and high end, in points.
RECORDED = {
    1: (48.6, 45.5, 51.7),
    2: (63.3, 61.0, 65.6),
    5: (79.9, 78.4, 81.4),
    10: (86.5, 85.3, 87.7),
    50: (93.4, 92.8, 94.0),
    360: (96.5, 96.2, 96.8),
}
LEVELS = {"the teacher": (98.1, 97.9, 98.3), "no labels": (96.7, 96.3, 97.1)}


@pytest.fixture(autouse=True)
def no_window():
    with plt.rc_context(), mpl.rc_context({"backend": "Agg"}):
        yield
    plt.close("all")


def interval(found):
    return SimpleNamespace(**dict(zip(("mean", "low", "high"), found)))


def draw():
    return headline.draw(
        {count: interval(found) for count, found in RECORDED.items()},
        [
            (name, interval(found), size, time)
            for (name, found), size, time in zip(
                LEVELS.items(), (21_234_567, 32_600), (5.31, 0.0342)
            )
        ],
    )


def test_the_headline_shows_every_mean_and_interval():
    figure = draw()
    assert kd.plots.hidden(figure) == []
    (axes,) = figure.axes
    line, _, (bars,) = axes.containers[0].lines
    ends = [segment[:, 1] for segment in bars.get_segments()]
    shown = zip(line.get_xydata(), ends, strict=True)
    for (count, *found), ((x, mean), (low, high)) in zip(
        ((count, *found) for count, found in RECORDED.items()), shown
    ):
        assert (x, mean, low, high) == pytest.approx((count, *found))
    names = [text.get_text().split("\n") for text in axes.texts[1:]]
    heights = [line.get_ydata()[0] for line in axes.lines[-2:]]
    bands = [box.get_extents() for box in axes.patches]
    frame = axes.transData.inverted()
    for (name, said), mean, band in zip(names, heights, bands):
        low, high = frame.transform(band)[:, 1]
        assert (mean, low, high) == pytest.approx(LEVELS[name])
        assert (
            said
            == {
                "the teacher": "21 MB, 5.3 ms an image",
                "no labels": "33 kB, 0.034 ms an image",
            }[name]
        )


def test_the_headlines_axis_names_each_number_of_labels():
    figure = draw()
    figure.canvas.draw()
    (axes,) = figure.axes
    labels = [int(tick.get_text()) for tick in axes.get_xticklabels()]
    assert labels == list(axes.get_xticks()) == list(RECORDED)


def test_the_headlines_old_fault_would_be_found(monkeypatch):
    # As it was committed once: a limit set before the data.
    subplots = plt.subplots

    def faulty(*arguments, **options):
        figure, axes = subplots(*arguments, **options)
        axes.set_ylim(88, 100)
        return figure, axes

    monkeypatch.setattr(plt, "subplots", faulty)
    assert "4 of 6 points outside" in "\n".join(kd.plots.hidden(draw()))


def test_the_headlines_frame_is_asked_for_text(monkeypatch):
    monkeypatch.setattr(headline, "_bytes", lambda size: "l" * 90)
    assert "cut off" in "\n".join(kd.plots.hidden(draw()))


def figure_cells():
    for path in NOTEBOOKS:
        for number, cell in enumerate(nbformat.read(path, 4).cells):
            if cell.metadata.get("mystnb", {}).get("image"):
                name = f"{path.relative_to(ROOT / 'book')}:{number}"
                yield pytest.param(cell.source, id=name)


@pytest.mark.parametrize("source", figure_cells())
def test_figures_end_where_they_are_checked(source):
    """By a function of the package that returns one, or a study's own."""
    last = ast.parse(source).body[-1]
    assert isinstance(last, ast.Expr) and isinstance(last.value, ast.Call), (
        "end the cell with kd.plots.finish(figure)"
    )
    called = ast.unparse(last.value.func)
    name = re.fullmatch(r"kd\.(plots|diagrams)\.(\w+)", called)
    assert called.endswith(".figure") or name, called
    if name:
        assert name[2] in getattr(kd, name[1]).__all__
        assert name[2] not in ("subplots", "hidden", "Diagram")


@pytest.mark.parametrize(
    "path", NOTEBOOKS, ids=lambda p: str(p.relative_to(ROOT / "book"))
)
def test_no_figure_escapes_the_check(path):
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "code":
            assert "plt.show" not in cell.source
            assert not re.search(
                r"(?<!kd\.plots\.)\bsubplots\(|plt\.figure\(", cell.source
            ), cell.source
