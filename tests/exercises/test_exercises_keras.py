"""The checks of the exercises on Keras' distiller name the mistake."""

import keras
import numpy as np
import pytest

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


@pytest.mark.parametrize(
    "name, right",
    [
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
        ("loss", "kl_divergence", "as an object"),
        ("loss", proper(3.0), "default temperature"),
        ("loss", distillation.LogitsDistillation(temperature=4.0), "string"),
        ("test", True, "the function itself"),
        ("test", lambda loss: False, "refuses kl_divergence"),
        ("test", lambda loss: True, "default passes"),
        ("weight", 0.9, "weight of the labels"),
        ("weight", 1 / 9, "add up to one"),
        ("weight", 0.5, "by their sum"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"keras.{name}", wrong)
    assert mistake in capsys.readouterr().out
