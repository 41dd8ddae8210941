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
import numpy as np
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
# What the background chapter found once: mean, low and high end, in points.
RECORDED = {
    "1 a class\n(10)": {
        "labels": (62.72, 60.96, 64.48),
        "teacher's answers": (74.59, 72.89, 76.29),
        "answers on mixtures": (74.66, 72.93, 76.38),
    },
    "2 a class\n(20)": {
        "labels": (76.24, 73.93, 78.56),
        "teacher's answers": (87.80, 85.83, 89.77),
    },
    "10 a class\n(100)": {
        "labels": (89.62, 88.51, 90.74),
        "teacher's answers": (95.11, 94.60, 95.62),
    },
    "all\n(990)": {
        "labels": (97.14, 96.86, 97.43),
        "labels, not smoothed": (96.97, 96.73, 97.20),
        "labels + answers": (96.34, 96.26, 96.43),
    },
}
TEACHER = 96.89


@pytest.fixture(autouse=True)
def no_window():
    with plt.rc_context(), mpl.rc_context({"backend": "Agg"}):
        yield
    plt.close("all")


def draw():
    def study(found):
        return SimpleNamespace(
            outcomes=list(found),
            interval=lambda name: SimpleNamespace(
                **dict(zip(("mean", "low", "high"), found[name]))
            ),
        )

    studies = {place: study(found) for place, found in RECORDED.items()}
    return headline.draw(studies, TEACHER)


def test_the_headline_shows_every_mean_and_interval():
    figure = draw()
    assert kd.plots.hidden(figure) == []
    (axes,) = figure.axes
    shown = set()
    for container in axes.containers:
        line, _, (bars,) = container.lines
        ends = [segment[:, 1] for segment in bars.get_segments()]
        for (x, mean), (low, high) in zip(line.get_xydata(), ends):
            place = axes.get_xticklabels()[round(x)].get_text()
            shown.add((place, container.get_label(), mean, low, high))
    assert shown == {
        (place, headline.STYLES[name][0], *values)
        for place, found in RECORDED.items()
        for name, values in found.items()
    }
    assert [axes.lines[0].get_ydata()[0]] == [TEACHER]


def test_the_headline_joins_nothing():
    for container in draw().axes[0].containers:
        assert container.lines[0].get_linestyle() == "None"


def test_the_headlines_groups_stand_over_their_names():
    for place, found in enumerate(RECORDED.values()):
        marks = [
            x
            for container in draw().axes[0].containers
            for x in container.lines[0].get_xdata()
            if round(x) == place
        ]
        assert len(marks) == len(found)
        assert np.isclose(np.mean(marks), place)


def test_the_headlines_old_faults_would_be_found(monkeypatch):
    # As it was committed once: a limit set before the data, which froze the
    # other one, and a legend inside the axes, over what was left of it.
    subplots = plt.subplots
    inside = {}

    def faulty(*arguments, **options):
        figure, axes = subplots(*arguments, **options)
        if "loc" not in inside:
            axes.axhline(TEACHER)
            axes.set_ylim(top=100)
        else:
            figure.legend = lambda **_: axes.legend(**inside)
        return figure, axes

    monkeypatch.setattr(plt, "subplots", faulty)
    found = "\n".join(kd.plots.hidden(draw()))
    assert "'labels, smoothing tuned': 3 of 4 points outside" in found
    assert "'answers on mixtures': 1 of 1 points outside" in found
    assert "legend" not in found
    inside["loc"] = "upper right"
    found = "\n".join(kd.plots.hidden(draw()))
    assert "'labels, smoothing tuned': under the legend" in found
    assert "outside" not in found


def test_the_headlines_frame_is_asked_for_text(monkeypatch):
    monkeypatch.setitem(headline.STYLES, "labels", ("l" * 90, "k", "o", True))
    assert "cut off" in "\n".join(kd.plots.hidden(draw()))


def figure_cells():
    for path in NOTEBOOKS:
        for number, cell in enumerate(nbformat.read(path, 4).cells):
            if cell.metadata.get("mystnb", {}).get("image"):
                name = f"{path.relative_to(ROOT / 'book')}:{number}"
                yield pytest.param(cell.source, id=name)


@pytest.mark.parametrize("source", figure_cells())
def test_figures_end_where_they_are_checked(source):
    """By a function of `kd.plots` that returns a figure, or a study's own."""
    last = ast.parse(source).body[-1]
    assert isinstance(last, ast.Expr) and isinstance(last.value, ast.Call), (
        "end the cell with kd.plots.finish(figure)"
    )
    called = ast.unparse(last.value.func)
    name = re.fullmatch(r"kd\.plots\.(\w+)", called)
    assert called.endswith(".figure") or name, called
    if name:
        assert name[1] in kd.plots.__all__
        assert name[1] not in ("subplots", "hidden")


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
