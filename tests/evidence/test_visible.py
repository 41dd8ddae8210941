"""A picture is tested by its data: what it hides is found, by name."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kd_tutorial as kd


@pytest.fixture(autouse=True)
def no_window():
    with plt.rc_context(), mpl.rc_context({"backend": "Agg"}):
        yield
    plt.close("all")


def drawn(fault=None):
    """A good figure of every kind of mark, with one fault."""
    figure, (left, right) = plt.subplots(1, 2, layout="constrained")
    left.axhline(7.5, color="0.8")
    if fault == "frozen":
        left.set_ylim(top=8.5)
    left.errorbar([1, 2, 3], [4, 5, 6], yerr=[1, 2, 1], label="means")
    left.plot([1, 3], [3, 8], label="line")
    left.fill_between([1, 2, 3], [3, 4, 5], [4, 6, 7], alpha=0.2, label="band")
    left.scatter([1, 2], [4, 7], label="dots")
    left.text(1, 7.6, "a line across", va="bottom")
    right.bar(["a", "b"], [2, 3], label="bars")
    right.text(0, 1, "on the bar", ha="center")
    left.set(xlabel="x", ylabel="y", title="left")
    figure.legend(loc="outside upper left", ncols=2)
    return figure, left, right


def lost(figure):
    return "\n".join(kd.plots.hidden(figure))


def test_a_good_figure_hides_nothing():
    assert lost(drawn()[0]) == ""


def test_a_limit_set_before_the_data_is_found():
    figure, left, _ = drawn("frozen")
    assert left.get_ylim()[0] > 7  # frozen where the line across was
    found = lost(figure)
    assert "'means': 3 of 3 points outside the axes, the first at (1, 4)" in (
        found
    )
    for name in ("'line': 1 of 2", "'dots': 2 of 2", "'band': 4 of 4"):
        assert f"{name} points outside the axes" in found
    assert "bars" not in found


def test_the_end_of_an_error_bar_is_data():
    figure, left, _ = drawn()
    left.set_ylim(3.2, 8.5)  # the means inside, ends of two intervals not
    assert (
        "'means': 2 of 6 points outside the axes, the first at (1, 3)"
        in lost(figure)
    )


def test_bars_and_pictures_outside():
    figure, _, right = drawn()
    right.set_ylim(0, 2.5)
    assert lost(figure).count("'bars'") == 1
    right.set_ylim(0.5, 3.5)  # bars that do not start at 0 show ratios wrong
    assert lost(figure).count("'bars'") == 2
    figure, axes = plt.subplots()
    axes.imshow(np.eye(4))
    assert lost(figure) == ""
    axes.set_xlim(-0.5, 2.5)
    assert "AxesImage: 2 of 4 points outside" in lost(figure)


def test_what_a_logarithm_cannot_show():
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3], [0.0, 1, 10], label="counts")
    assert lost(figure) == ""
    axes.set_yscale("log")
    assert "'counts': 1 of 3 points outside" in lost(figure)


def test_gaps_are_no_loss():
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3], [1, np.nan, 3])
    axes.scatter([1, 2, 3], [np.nan, 2, 3])
    assert lost(figure) == ""


@pytest.mark.parametrize("draw, name", [
    (lambda axes: axes.plot([0, 1], [0, 1], label="line"), "line"),
    (lambda axes: axes.scatter([0, 0.5, 1], [0, 0.5, 1], label="dot"), "dot"),
    (lambda axes: axes.errorbar([0, 0.5, 1], [0, 0.1, 1], yerr=[0, 0.5, 0],
                                fmt="o", label="bar"), "bar"),
    (lambda axes: axes.fill_between([0, 1], [0, 0], [0.6, 0.6], label="band"),
     "band"),
    (lambda axes: axes.bar([0, 0.5, 1], [0, 0.6, 1], label="box"), "box"),
])  # fmt: skip
def test_a_legend_over_data_is_found(draw, name):
    figure, axes = plt.subplots()
    draw(axes)
    axes.legend(loc="center")
    assert f"'{name}': under the legend" in lost(figure)
    axes.get_legend().remove()
    figure.legend(loc="center")  # the figure's own is seen as well
    assert f"'{name}': under the legend" in lost(figure)
    figure.legends.clear()
    assert lost(figure) == ""


def test_a_text_over_a_line_or_a_point_is_found():
    figure, left, right = drawn()
    left.text(2, 5, "a note", ha="center", va="center")
    assert "'means': under the text 'a note'" in lost(figure)
    figure, left, _ = drawn()
    left.text(2, 6.95, "there", ha="center")  # between the lines, on a dot
    assert "'dots': under the text 'there'" in lost(figure)


def test_texts_that_overlap_are_found():
    figure, left, right = drawn()
    right.text(0, 1.02, "on it too", ha="center")
    assert "texts 'on the bar' and 'on it too': overlap" in lost(figure)
    figure, axes = plt.subplots(figsize=(4, 3))
    axes.set_xticks(range(8), [f"a long name {k}" for k in range(8)])
    axes.set_xlim(0, 7)
    assert "'a long name 3' and 'a long name 4': overlap" in lost(figure)
    axes.tick_params(axis="x", rotation=90)
    assert "overlap" not in lost(figure)
    # Slanted names stand free of each other, though their boxes do not.
    axes.tick_params(axis="x", rotation=60)
    boxes = [t.get_window_extent() for t in axes.get_xticklabels()]
    assert boxes[3].overlaps(boxes[4])
    assert "overlap" not in lost(figure)


def test_what_the_edge_cuts_off_is_found():
    figure, left, _ = drawn()
    left.set_ylabel("a name that is much longer than the axis " * 3)
    assert "cut off at the figure's edge" in lost(figure)
    figure, axes = plt.subplots()
    axes.text(0.9, 0.5, "a long note at the right-hand side")
    assert "'a long note at the right-hand side': cut off" in lost(figure)


def test_a_name_without_data_is_found():
    figure, left, _ = drawn()
    left.errorbar([], [], yerr=[], label="nothing")
    assert "'nothing': has a name in the legend and no data" in lost(figure)


def test_what_is_not_visible_is_not_asked():
    figure, left, right = drawn()
    left.plot([1, 2], [100, 200], label="far")[0].set_visible(False)
    left.set_ylim(1, 10)
    right.bar(["a"], [100])
    right.set_ylim(0, 4)
    right.set_visible(False)
    assert lost(figure) == ""


@settings(max_examples=10)
@given(
    st.lists(st.integers(-50, 50), min_size=2, max_size=8, unique=True),
    st.integers(-60, 50).map(lambda edge: edge + 0.5),
)
def test_as_many_as_lie_beyond_a_limit(values, edge):
    figure, axes = plt.subplots()
    axes.plot(values, "o", label="v")
    axes.set_ylim(edge, 60)
    beyond = sum(value < edge for value in values)
    found = lost(figure)
    plt.close(figure)
    if beyond:
        first = next(v for v in values if v < edge)
        assert f"'v': {beyond} of {len(values)} points outside" in found
        assert f", {first})" in found
    else:
        assert found == ""


def test_a_finished_figure_is_checked_where_it_is_asked(monkeypatch):
    figure, left, _ = drawn()
    left.set_ylim(5, 8)
    assert kd.plots.finish(figure) is figure  # a reader's: never refused
    assert not plt.fignum_exists(figure.number)
    monkeypatch.setenv("KD_FIGURES", "check")
    assert kd.plots.finish(drawn()[0])
    with pytest.raises(ValueError, match="hides what .*\n  'means': 1 of 3"):
        kd.plots.finish(figure)
