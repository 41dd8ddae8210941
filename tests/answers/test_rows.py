"""Rows in any form: several inputs, plain lists, texts."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import layers

import kd_tutorial as kd

GENERATOR = np.random.default_rng(0)
A, B = GENERATOR.normal(size=(2, 16, 3)).astype("float32")
W = GENERATOR.normal(size=(6, 2)).astype("float32")
LOGITS = np.array([[4.0, -1.0], [0.5, 2.0]])
TEXTS = ["good film", "bad"]


# several inputs


def two_inputs(seed=0):
    keras.utils.set_random_seed(seed)
    a, b = keras.Input((3,)), keras.Input((3,))
    both = layers.Concatenate()([a, b])
    return keras.Model([a, b], layers.Dense(2)(both))


def joined(batch):
    a, b = batch
    return np.concatenate([a, b], axis=1) @ W


class Session:
    def get_inputs(self):
        kind = "tensor(float)"
        return [SimpleNamespace(name=n, type=kind) for n in "ab"]

    def get_outputs(self):
        return [SimpleNamespace(name="scores")]

    def run(self, outputs, feed):
        return [joined([feed["a"], feed["b"]])]


def model_of_joined():
    model = two_inputs()
    model.set_weights([W, np.zeros(2)])
    return model


def teachers():
    return [
        model_of_joined(),
        joined,
        Session(),
        [joined, model_of_joined()],
        kd.ask(joined, [A, B]),
        kd.Answers.of([A, B], joined([A, B])),
        kd.Written([A, B], kd.Answers.of([A, B], joined([A, B]))),
    ]


@pytest.mark.parametrize("place", range(7))
def test_a_list_of_arrays_is_an_input_each(place):
    told = kd.ask(teachers()[place], [A, B]).logits
    wanted = np.concatenate([A, B], axis=1) @ W
    difference = told - wanted  # of several: log probabilities
    assert np.allclose(difference, difference[:, :1], atol=1e-5)
    assert told.shape == (16, 2)


@pytest.mark.parametrize("place", range(7))
def test_a_student_of_two_inputs_learns_from_any_teacher(place):
    weights = []
    for teacher in (model_of_joined(), teachers()[place]):
        student = two_inputs(1)
        kd.distill(
            teacher, student, [A, B], epochs=1, batch_size=16,
            optimizer=keras.optimizers.SGD(0.5), shuffle=False,
        )  # fmt: skip
        weights.append(student.get_weights()[0])
    assert np.allclose(*weights, atol=1e-5)


def test_a_written_row_of_two_inputs_is_the_pair():
    written = teachers()[-1]
    some = [5, 0, 0]
    told = kd.ask(written, [A[some], B[some]]).logits
    assert np.allclose(told, joined([A, B])[some], atol=1e-6)
    with pytest.raises(ValueError, match="row 0 was not asked about"):
        written([A[:1], B[1:2]])


# lists, and who owns the answers


@pytest.mark.parametrize(
    "x", [[[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]], [1.0, 2.0], TEXTS,
          [np.float32(1), np.float32(2)]],
)  # fmt: skip
def test_plain_lists_are_rows(x):
    answers = kd.Answers.of(x, LOGITS)
    assert kd.ask(answers, x) is answers
    answers.check_rows(np.array(x))
    told = kd.ask(lambda batch: LOGITS[: len(batch)], x)
    assert told.rows == answers.rows


def test_answers_are_no_ones_else():
    logits, hidden = LOGITS.astype("float32"), np.ones((2, 3))
    answers = kd.Answers.of(np.zeros((2, 3)), logits, hidden=hidden)
    logits /= 4
    hidden += 1
    assert np.array_equal(answers.logits, LOGITS)
    assert np.array_equal(answers["hidden"], np.ones((2, 3)))


# texts


def lengths(batch):
    return np.array([[len(text), -1.0] for text in batch])


@pytest.mark.parametrize(
    "x", [TEXTS, np.array(TEXTS), np.array(TEXTS, object),
          np.array([t.encode() for t in TEXTS], object)],
)  # fmt: skip
def test_texts_are_the_same_however_they_are_kept(x):
    answers = kd.ask(lengths, x)
    assert answers.logits[:, 0].tolist() == [9, 3]
    answers.check_rows(np.array(TEXTS, object))
    written = kd.Written(np.array(TEXTS, object), answers)
    short = np.array(["bad"], object)  # which a U3 would do for
    assert kd.ask(written, short).logits.tolist() == [[3, -1]]
    assert kd.ask(written, x).logits[:, 0].tolist() == [9, 3]
    with pytest.raises(ValueError, match="row 1 was not asked about"):
        written(["bad", "baf"])


@pytest.mark.parametrize("form", [list, tuple, lambda x: np.array(x, object)])
@pytest.mark.parametrize(
    "x, what",
    [
        (["good", None, "bad"], r"None at index \(1,\)"),
        (["good", np.nan, "bad"], r"nan at index \(1,\)"),
        ([["m", "a"], ["f", np.nan]], r"nan at index \(1, 1\)"),
        ([[1.0, "m"], [2.0, "f"]], r"1.0 at index \(0, 0\)"),
    ],
)
def test_gaps_among_texts_are_refused(x, what, form):
    x = form(x)  # of a list NumPy makes "nan" of NaN
    for ask in (
        lambda: kd.ask(lengths, x),
        lambda: kd.Answers.of(x, np.ones((len(x), 2)) - 2),
    ):
        with pytest.raises(ValueError, match=f"x must hold .*{what}.*gaps"):
            ask()
    with pytest.raises(ValueError, match="x must hold .* with gaps"):
        kd.data.Split(x, [0] * len(x))


def test_a_store_of_texts_knows_its_rows(tmp_path):
    pytest.importorskip("zarr")
    x = np.array([*TEXTS, "a longer text than these"], object)
    store = kd.AnswerStore(tmp_path, chunk_rows=2).ask(lengths, x)
    store.check_rows(x)
    assert store.faults(x) == {} and store.faults(x[::-1].copy()) != {}
    assert store.logits[:][:, 0].tolist() == [9, 3, 24]
