"""The checks of the exercises on Keras' distiller name the mistake."""

import keras
import numpy as np
import pytest
from scipy.special import softmax

import kd_tutorial as kd

ON_TENSORFLOW = keras.backend.backend() == "tensorflow"
distillation = pytest.importorskip("keras.distillation")


def proper(T=4.0):
    return distillation.LogitsDistillation(
        temperature=T, loss=keras.losses.KLDivergence()
    )


def shift(loss):
    v = np.array([[1.0, 2.0, -1.0]], "float32")
    return abs(float(np.asarray(loss(v + 5, v))[0])) < 1e-4


def gradient(loss):
    """Where student and teacher agree up to a shift, nothing pulls."""
    import tensorflow

    v = tensorflow.constant([[0.5, 1.0, 1.5]])
    z = tensorflow.Variable(v + 0.5)
    with tensorflow.GradientTape() as tape:
        value = tensorflow.reduce_sum(loss(v, z))
    return abs(np.asarray(tape.gradient(value, z))).max() < 1e-4


def equality(loss):
    """Right, and not enough."""
    v = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    return bool(np.allclose(loss(v, v), 0, atol=1e-4))


def one_formula(loss):
    """Compares with the forward divergence."""
    v, z = np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32")
    right = kd.losses.kl_divergence(v, z)
    return bool(np.allclose(loss(v, z), right, rtol=1e-4))


def kl(v, z, T=4.0, square=16, reduce=keras.ops.sum):
    p = keras.ops.softmax(v / T)
    ratio = keras.ops.log_softmax(v / T) - keras.ops.log_softmax(z / T)
    return square * reduce(p * ratio, axis=-1)


def distil(
    soft=kl, weights=(0.1, 0.9), student_of=lambda student: student, size=32
):
    """Two outputs of the student's own, compiled and fitted."""

    def distil(student, x, labels, answers, epochs):
        own = student_of(student)
        heads = {
            k: keras.layers.Identity(name=k)(own.outputs[0])
            for k in ("hard", "soft")
        }
        model = keras.Model(own.inputs, heads)
        hard = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(
            keras.optimizers.Adam(0.05),
            {"hard": hard, "soft": soft},
            loss_weights=dict(zip(heads, weights, strict=True)),
        )
        targets = {"hard": labels, "soft": answers}
        model.fit(x, targets, size, epochs=epochs, verbose=0)
        return student

    return distil


def ending(labels_weight, weight, T=4.0):
    """Puts the student where the gradient's two parts balance."""

    def distil(student, x, labels, answers, epochs):
        y, v, z = np.eye(4)[labels[:4]], answers[:4], np.zeros((4, 4))
        for _ in range(5000):
            soft = softmax(z / T, axis=1) - softmax(v / T, axis=1)
            slope = labels_weight * (softmax(z, axis=1) - y) + weight * soft
            z = z - slope / max(labels_weight, weight / T)
        student.set_weights([z, np.zeros(4)])

    return distil


@pytest.mark.parametrize(
    "name, right",
    [
        ("fit", distil()),
        ("fit", distil(size=256)),
        ("loss", proper()),
        ("test", shift),
        ("weight", 0.1),
        *([("test", gradient)] if ON_TENSORFLOW else []),
    ],
)  # fmt: skip
def test_right_answers(name, right):
    assert kd.exercises.check(f"keras.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("fit", "fit", "the function itself"),
        ("fit", lambda *_: None, "has not moved"),
        (
            "fit",
            distil(student_of=keras.models.clone_model),
            "has not moved",
        ),
        ("fit", distil(lambda v, z: kl(v, z, square=1)), "T² is missing"),
        ("fit", ending(0.9, 0.1 * 4), "changed places"),
        ("fit", ending(1, 4), "see loss_weights"),
        ("fit", ending(0.1, 0.9), "Sum over them"),
        ("fit", ending(0.1, 0.9 * 64), "counts twice"),
        ("fit", ending(0.1, 0.9, T=1.0), "temperature of 1"),
        ("fit", ending(0, 1), "where are labels"),
        ("fit", ending(1, 0), "does the teacher's term"),
        ("fit", ending(0.1, 0.9 * 2), "elsewhere"),
        ("fit", distil(size=1920), "batches of 32"),
        ("loss", "kl_divergence", "as an object"),
        ("loss", distillation.LogitsDistillation, "as an object"),
        ("loss", proper(3.0), "default temperature"),
        ("loss", distillation.LogitsDistillation(temperature=4.0), "string"),
        (
            "loss",
            distillation.LogitsDistillation(
                temperature=4.0, loss=keras.losses.MeanSquaredError()
            ),
            "not T² KL",
        ),
        ("test", True, "the function itself"),
        ("test", lambda loss: False, "refuses kl_divergence"),
        ("test", lambda loss: True, "default passes"),
        ("test", equality, "default passes"),
        ("test", one_formula, "refuses reverse_kl"),
        ("test", lambda loss: "yes", "True or False"),
        ("weight", 0.9, "weight of the labels"),
        ("weight", 1 / 9, "add up to one"),
        ("weight", 9, "by their sum"),
        ("weight", 0.5, "by their sum"),
        ("weight", (0.1, 0.9), "a number"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"keras.{name}", wrong)
    assert mistake in capsys.readouterr().out
