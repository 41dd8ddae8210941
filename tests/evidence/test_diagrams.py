"""Drawings: every word can be read, and numbers are those of the data."""

import functools
import gzip
import xml.etree.ElementTree as ElementTree

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyArrowPatch
from scipy.special import log_softmax, softmax

import kd_tutorial as kd

COLUMN = 348  # pixels of text on a screen of 380
GENERATOR = np.random.default_rng(0)
V, Z = GENERATOR.normal(scale=4, size=(2, 30, 10))
Y = V.argmax(axis=1)
GIVEN = {"targets": (V[0], Y[0]), "decoupled": (V[0],),
         "gradients": (V, Z, Y)}  # fmt: skip
NAMES = sorted({*kd.diagrams.__all__} - {"Diagram"})


@pytest.fixture(autouse=True)
def no_window():
    with plt.rc_context(), mpl.rc_context({"backend": "Agg"}):
        yield
    plt.close("all")


@functools.cache
def draw(name):
    figure = getattr(kd.diagrams, name)(*GIVEN.get(name, ())).figure
    figure.draw_without_rendering()
    return figure


def texts(figure):
    for axes in (*figure.axes, *figure.legends):
        for text in axes.findobj(mpl.text.Text):
            if text.get_text().strip() and text.get_visible():
                yield text


def luminance(color):
    parts = np.array(to_rgb(color))
    parts = np.where(
        parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4
    )
    return parts @ [0.2126, 0.7152, 0.0722]


def grounds(figure):
    """Filled boxes of the canvas, in pixels, with what fills them."""
    for patch in figure.axes[0].patches:
        if not isinstance(patch, FancyArrowPatch) and patch.get_fill():
            yield patch.get_window_extent(), patch.get_facecolor()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_hidden(name):
    assert kd.plots.hidden(draw(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_word_can_be_read_on_a_phone(name):
    figure = draw(name)
    for text in texts(figure):
        inches = text.get_fontsize() / 72
        assert inches / figure.get_figwidth() * COLUMN >= 10, text


@pytest.mark.parametrize("name", NAMES)
def test_every_word_stands_out_and_stays_in_its_box(name):
    figure = draw(name)
    boxes = list(grounds(figure))
    for text in texts(figure):
        own, ground = text.get_window_extent(), "white"
        for box, color in boxes if text.axes is figure.axes[0] else ():
            if box.overlaps(own):
                assert box.x0 + 3 < own.x0 and own.x1 < box.x1 - 3, text
                assert box.y0 + 1 < own.y0 and own.y1 < box.y1 - 1, text
                ground = color
        light, dark = sorted(
            (luminance(ground), luminance(text.get_color())), reverse=True
        )
        assert (light + 0.05) / (dark + 0.05) >= 4.5, text


def test_an_arrow_through_a_word_would_be_found():
    figure = kd.diagrams.setting().figure
    (word,) = (t for t in texts(figure) if t.get_text() == "logits v")
    word.set_position((1.1, 2.95))
    (said,) = kd.plots.hidden(figure)
    assert said == "FancyArrowPatch: under the text 'logits v'"


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_gets_small_svg_on_white_the_same_each_time(name):
    svg = getattr(kd.diagrams, name)(*GIVEN.get(name, ()))._repr_svg_()
    again = getattr(kd.diagrams, name)(*GIVEN.get(name, ()))._repr_svg_()
    assert svg == again
    assert len(gzip.compress(svg.encode())) < 20_000
    root = ElementTree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    for element in root.iter():
        for key, value in element.attrib.items():
            if key.endswith("href"):
                assert value.startswith(("#", "data:")), value
    ground = next(root.iter("{http://www.w3.org/2000/svg}path"))
    assert "fill: #ffffff" in ground.get("style")
    assert "opacity" not in ground.get("style")


def test_the_setting_has_every_word():
    said = " ".join(text.get_text() for text in texts(draw("setting")))
    for word in ("image x", "teacher", "student", "logits v", "logits z",
                 "softmax(v / T)", "softmax(z / T)", "soft targets p",
                 "loss", "label", "changes the\nstudent only"):  # fmt: skip
        assert word in said


def heights(axes):
    return [bar.get_height() for bar in axes.patches]


def test_targets_are_the_answers():
    figure = kd.diagrams.targets(V[0], Y[0], temperature=2.0).figure
    hard, smoothed, soft = map(heights, figure.axes[1:])
    label = np.eye(10)[Y[0]]
    assert np.allclose(hard, label)
    assert np.allclose(smoothed, 0.8 * label + 0.02)
    assert np.allclose(soft, softmax(V[0] / 2))
    assert "soft, T = 2" in [t.get_text() for t in texts(figure)]


def test_the_parts_of_decoupled_distillation_make_the_whole():
    """KL = TCKD + (1 - p_t) NCKD, of what the bars show of p and of q."""
    (p, cut, others), (q, q_cut, q_others) = (
        [np.array(heights(axes)) for axes in figure.axes[1:]]
        for figure in (
            kd.diagrams.decoupled(row, temperature=3.0).figure
            for row in (V[0], V[0] * 0.5)
        )
    )
    assert np.allclose(p, softmax(V[0] / 3))
    tckd = (cut * np.log(cut / q_cut)).sum()
    nckd = (others * np.log(others / q_others)).sum()
    whole = (p * np.log(p / q)).sum()
    assert np.isclose(tckd + (1 - p[Y[0]]) * nckd, whole)


def slope(loss, z, step=1e-5):
    moves = step * np.eye(z.shape[1])
    return np.stack(
        [(loss(z + move) - loss(z - move)) / (2 * step) for move in moves], 1
    )


def test_gradients_are_those_of_the_losses():
    T, labels = 3.0, (Y + 1) % 10
    figure = kd.diagrams.gradients(V, Z, labels, temperature=T).figure
    true = np.eye(10, dtype=bool)[labels]
    p = softmax(V / T, axis=1)
    by_label = slope(lambda z: -log_softmax(z, axis=1)[true], Z)
    by_teacher = slope(
        lambda z: -(T**2) * (p * log_softmax(z / T, axis=1)).sum(axis=1), Z
    )
    for dots, own in zip(figure.axes[0].collections, (~true, true)):
        drawn = dots.get_offsets()
        assert np.allclose(drawn[:, 0], by_label[own], atol=1e-6)
        assert np.allclose(drawn[:, 1], by_teacher[own], atol=1e-6)


def test_two_heads_show_their_weights():
    figure = kd.diagrams.two_heads((0.25, 0.75)).figure
    said = [text.get_text() for text in texts(figure)]
    assert "× 0.25" in said and "× 0.75" in said


@pytest.mark.parametrize("draw, says", [
    (lambda: kd.diagrams.targets(softmax(V[0]), 0), "probabilities"),
    (lambda: kd.diagrams.decoupled(V[0], temperature=0), "temperature"),
    (lambda: kd.diagrams.gradients(V, Z[:5], Y), r"\(5, 10\) and \(30,\)"),
])  # fmt: skip
def test_bad_input_is_refused(draw, says):
    with pytest.raises(ValueError, match=says):
        draw()
