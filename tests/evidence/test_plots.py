"""Figures: what they draw is what they were given."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy.special import softmax

import kd_tutorial as kd
from kd_tutorial.evidence.study import Outcome, Study


@pytest.fixture(autouse=True)
def no_window():
    with plt.rc_context(), mpl.rc_context({"backend": "Agg"}):
        yield
    plt.close("all")


@pytest.fixture
def study():
    generator = np.random.default_rng(0)
    labels = generator.integers(3, size=(4, 50))
    return Study(
        {
            name: Outcome({"": np.zeros(4)}, "", logits)
            for name, logits in {
                "hard": generator.normal(size=(4, 50, 3)),
                "soft": generator.normal(size=(4, 50, 3))
                + 2 * np.eye(3)[labels],
            }.items()
        },
        labels,
        (0, 1, 2, 3),
    )


def test_comparison_shows_every_seed_and_the_interval(study):
    axes = kd.plots.comparison(study).axes[0]
    for place, name in enumerate(["hard", "soft"]):
        own = study.interval(name)
        drawn = axes.collections[2 * place].get_offsets()
        assert np.allclose(drawn[:, 0], own.values)
        bars = axes.containers[place].lines[2][0].get_segments()[0]
        assert np.allclose(bars[:, 0], [own.low, own.high])
    assert axes.get_xlabel() == "test accuracy (points)"
    first = axes.lines[0].get_xdata()[0]
    assert np.isclose(first, study.interval("hard").mean)
    axes = kd.plots.comparison(study, baseline="soft", metric="log_loss")
    line = axes.axes[0].lines[0].get_xdata()[0]
    assert np.isclose(line, study.interval("soft", "log_loss").mean)


def test_curves_draw_means_and_bands():
    rows = np.random.default_rng(0).normal(size=(5, 3))
    figure = kd.plots.curves(
        [1, 2, 4], {"a": rows, "b": [1.0, 2.0, 3.0]},
        xlabel="T", ylabel="loss (nats)", xscale="log",
    )  # fmt: skip
    axes = figure.axes[0]
    assert np.allclose(axes.lines[0].get_ydata(), rows.mean(axis=0))
    assert np.allclose(axes.lines[1].get_ydata(), [1, 2, 3])
    (band,) = axes.collections
    edge = band.get_paths()[0].vertices
    own = kd.Interval(rows[:, 0])
    at_one = edge[np.isclose(edge[:, 0], 1), 1]
    assert np.isclose(at_one.min(), own.low)
    assert np.isclose(at_one.max(), own.high)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("T", "loss (nats)")
    assert [t.get_text() for t in axes.get_xticklabels()] == ["1", "2", "4"]


def test_curves_without_markers_and_with_a_dashed_line():
    axes = kd.plots.curves(
        [1, 2], {"a": [1, 2], "b": [2, 1]}, xlabel="", ylabel="",
        markers=False, dashed=["b"],
    ).axes[0]  # fmt: skip
    assert [line.get_marker() for line in axes.lines] == ["", ""]
    assert [line.get_linestyle() for line in axes.lines] == ["-", "--"]


def test_curves_need_one_value_a_point():
    with pytest.raises(ValueError, match=r"values\['a'\] has 2 points"):
        kd.plots.curves([1, 2, 3], {"a": [1, 2]}, xlabel="", ylabel="")


def test_images_in_a_grid_with_titles():
    x = np.random.default_rng(0).uniform(size=(5, 4, 4, 1))
    figure = kd.plots.images(x, titles="abcde", columns=3)
    assert len(figure.axes) == 6
    for axes, image, title in zip(figure.axes, x, "abcde"):
        assert np.array_equal(axes.images[0].get_array(), image[..., 0])
        assert axes.get_title() == title
    assert not figure.axes[5].images


def test_images_need_images_and_as_many_titles():
    with pytest.raises(ValueError, match="no images"):
        kd.plots.images(np.zeros((0, 4, 4)))
    with pytest.raises(ValueError, match="2 entries for 1 images"):
        kd.plots.images(np.zeros((1, 4, 4)), titles="ab")


@pytest.mark.parametrize("image", [None, np.zeros((8, 8, 1))])
def test_soft_targets_draw_the_softmax(image):
    logits = np.array([4.0, 1.0, 0.0])
    figure = kd.plots.soft_targets(logits, (1, 8), image=image)
    panels = figure.axes[image is not None :]
    for axes, temperature in zip(panels, (1, 8)):
        heights = [bar.get_height() for bar in axes.patches]
        assert np.allclose(heights, softmax(logits / temperature))
        assert axes.get_title() == f"T = {temperature}"
    with pytest.raises(ValueError, match="temperature must be positive"):
        kd.plots.soft_targets(logits, (0,))


def test_matrix_writes_its_numbers():
    values = np.array([[-0.01, 1.25], [2.5, 10.0]])
    holes = kd.plots.matrix(
        np.where(values > 2, values, np.nan), xlabel="", ylabel="",
        value_label="", digits=0,
    )  # fmt: skip
    assert [t.get_text() for t in holes.axes[0].texts] == ["2", "10"]
    figure = kd.plots.matrix(
        values, xlabel="x", ylabel="y", value_label="v", digits=1,
        xticks=["a", "b"],
    )  # fmt: skip
    axes, bar = figure.axes
    assert np.array_equal(axes.images[0].get_array(), values)
    assert [t.get_text() for t in axes.texts] == ["0.0", "1.2", "2.5", "10.0"]
    assert {text.get_color() for text in axes.texts} == {"black"}
    for drawn in (axes.images[0], holes.axes[0].images[0]):
        for value in (0.0, 1.0):  # WCAG's luminance and contrast, at least 7
            part = np.array(drawn.get_cmap()(value)[:3])
            linear = np.where(
                part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4
            )
            assert (linear @ [0.2126, 0.7152, 0.0722] + 0.05) / 0.05 >= 7
    assert bar.get_ylabel() == "v"
    assert axes.get_xticklabels()[0].get_rotation() == 0
    long = kd.plots.matrix(
        values, xlabel="", ylabel="", value_label="", xticks=["teacher", "b"]
    )
    assert long.axes[0].get_xticklabels()[0].get_rotation() == 30
    with pytest.raises(ValueError, match=r"two axes, got shape \(2,\)"):
        kd.plots.matrix([1, 2], xlabel="", ylabel="", value_label="")


def test_matrix_parts_its_colours_at_zero():
    signed = np.array([[-1.0, 0.0], [4.0, np.nan]])
    drawn = kd.plots.matrix(
        signed, xlabel="", ylabel="", value_label="", digits=0
    ).axes[0].images[0]  # fmt: skip
    assert drawn.get_clim() == (-4, 4)
    color = drawn.to_rgba(np.array([-4.0, -1, 0, 1, 4]))[:, :3]
    assert np.allclose(color[2], 1, atol=0.01)  # nothing is white
    depth = np.linalg.norm(1 - color, axis=1)
    assert depth[1] < depth[0] and depth[3] < depth[4]
    assert color[0, 0] > color[0, 2] and color[4, 0] < color[4, 2]  # hues
    for one_sided in (np.abs(signed), -np.abs(signed)):
        drawn = kd.plots.matrix(
            one_sided, xlabel="", ylabel="", value_label="", digits=0
        ).axes[0].images[0]  # fmt: skip
        assert np.ptp(drawn.get_clim()) == 4


def test_differences_are_paired(study):
    figure = kd.plots.differences(study, baseline="soft")
    (axes,) = figure.axes
    own = study.difference("hard", "soft")
    assert np.allclose(axes.collections[0].get_offsets()[:, 0], own.values)
    bars = axes.containers[0].lines[2][0].get_segments()[0]
    assert np.allclose(bars[:, 0], [own.low, own.high])
    assert [t.get_text() for t in axes.get_yticklabels()] == ["hard"]
    assert axes.lines[0].get_xdata()[0] == 0
    assert axes.get_xlabel() == "test accuracy minus that of soft (points)"
    assert axes.get_xscale() == "linear"


def test_differences_show_large_and_small_ones(study):
    figure = kd.plots.differences(study, linear=1)
    (axes,) = figure.axes
    assert "logarithmic beyond ±1" in axes.get_xlabel()
    places = axes.transData.transform(
        [(x, 0) for x in (0, 0.5, 1, 10, 100)]
    )[:, 0]  # fmt: skip
    steps = np.diff(places)
    assert np.isclose(steps[0], steps[1]) and np.isclose(steps[2], steps[3])
    with pytest.raises(ValueError, match="linear must be positive"):
        kd.plots.differences(study, linear=0)


def test_a_method_keeps_its_colour(study):
    whole = kd.plots.comparison(study).axes[0]
    against = kd.plots.differences(study).axes[0]
    for one, other in zip(whole.containers[1:], against.containers):
        assert one.lines[0].get_color() == other.lines[0].get_color()
        assert one.lines[0].get_marker() == other.lines[0].get_marker()


def test_frontier_draws_cost_and_interval():
    own = kd.Interval([1.0, 2.0, 3.0])
    figure = kd.plots.frontier(
        {"a": [(10, own), (100, 5.0)]}, xlabel="parameters", ylabel="points"
    )
    axes = figure.axes[0]
    line = axes.containers[0].lines[0]
    assert line.get_xdata().tolist() == [10, 100]
    assert line.get_ydata().tolist() == [2, 5]
    segments = axes.containers[0].lines[2][0].get_segments()
    assert np.allclose(segments[0][:, 1], [own.low, own.high])
    assert np.allclose(segments[1][:, 1], [5, 5])
    assert axes.get_xscale() == "log"
    assert [t.get_text() for t in axes.get_xticklabels()] == ["10", "100"]
    assert not figure.legends  # one name needs none
    with pytest.raises(ValueError, match="cost 0; a logarithmic axis"):
        kd.plots.frontier({"a": [(0, own)]}, xlabel="", ylabel="")


def test_frontier_keeps_intervals_of_one_cost_apart():
    own = kd.Interval([1.0, 2.0, 3.0])
    figure = kd.plots.frontier(
        {"a": [(10, own), (1e4, own)], "b": [(10, own), (1e4, own)]},
        xlabel="multiply-adds", ylabel="points",
    )  # fmt: skip
    axes = figure.axes[0]
    one, other = (
        np.array(c.lines[0].get_xdata(), float) for c in axes.containers
    )
    assert np.allclose(np.sqrt(np.multiply(one, other)), [10, 1e4])
    apart = np.diff(
        axes.transData.transform(list(zip([one[0], other[0]], [2, 2])))[:, 0]
    )
    assert 3 < apart < 10  # pixels
    (legend,) = figure.legends
    assert [t.get_text() for t in legend.get_texts()] == ["a", "b"]


def test_the_readers_settings_and_figures_are_left_alone():
    before = dict(mpl.rcParams)
    own = plt.figure()
    kd.plots.images(np.zeros((1, 2, 2)))
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == [own.number]  # a second picture of none
