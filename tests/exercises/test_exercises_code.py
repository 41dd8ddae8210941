"""The checks of the code chapter's exercises name the mistake."""

import keras
import numpy as np
import pytest
from scipy.special import softmax

import kd_tutorial as kd


def from_logits(**options):
    return keras.losses.CategoricalCrossentropy(from_logits=True, **options)


def right_soften(p, T):
    return softmax(np.log(p) / T, axis=1)


def kl(v, z, square=16, reduce=keras.ops.sum):
    p = keras.ops.softmax(v / 4)
    log_ratio = keras.ops.log_softmax(v / 4) - keras.ops.log_softmax(z / 4)
    return square * reduce(p * log_ratio, axis=-1)


def cross(v, z):
    q = keras.ops.log_softmax(z / 4)
    return -16 * keras.ops.sum(keras.ops.softmax(v / 4) * q, axis=-1)


def two(soft=kl, weights=(0.1, 0.9), *, activation=None, names="hard soft"):
    inputs = keras.Input((64,))
    logits = keras.layers.Dense(10, activation=activation)(inputs)
    names = names.split()
    model = keras.Model(
        inputs, {k: keras.layers.Identity(name=k)(logits) for k in names}
    )
    hard = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        "adam",
        loss=dict(zip(names, (hard, soft), strict=True)),
        loss_weights=dict(zip(names, weights, strict=True)),
    )
    return model


def strangers():
    inputs = keras.Input((64,))
    model = keras.Model(
        inputs,
        {k: keras.layers.Dense(10, name=k)(inputs) for k in ("hard", "soft")},
    )
    model.compile("adam", "mse")
    return model


@pytest.mark.parametrize(
    "name, right",
    [
        ("loss", from_logits()),
        ("outputs", two()),
        ("soften", right_soften),
        ("passes", 30),
    ],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"code.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("loss", keras.losses.SparseCategoricalCrossentropy(), "Sparse"),
        ("loss", "categorical_crossentropy", "Give an instance"),
        ("loss", keras.losses.CategoricalCrossentropy, "not the class"),
        ("loss", keras.losses.categorical_crossentropy, "not a function"),
        ("loss", keras.losses.CategoricalCrossentropy(), "They are logits"),
        ("loss", keras.losses.KLDivergence(), "They are logits"),
        ("loss", from_logits(reduction="sum"), "mean over the examples"),
        ("loss", from_logits(reduction="none"), "mean over the examples"),
        ("loss", from_logits(label_smoothing=0.1), "smooth the targets"),
        (
            "loss",
            keras.losses.CategoricalFocalCrossentropy(from_logits=True),
            "weigh the classes",
        ),
        ("outputs", keras.Sequential(), "compiled"),
        ("outputs", two(names="a b"), "a dictionary"),
        ("outputs", strangers(), "same ten logits"),
        ("outputs", two(activation="softmax"), "probabilities"),
        ("outputs", two(lambda v, z: kl(v, z, 1)), "T² is missing"),
        ("outputs", two(weights=(0.9, 0.1)), "changed places"),
        ("outputs", two(weights=(1.0, 1.0)), "see loss_weights"),
        ("outputs", two(weights=(1.0, 9.0)), "ten times too large"),
        ("outputs", two(lambda v, z: kl(z, v)), "student change places"),
        (
            "outputs",
            two(lambda v, z: kl(v, z, reduce=keras.ops.mean)),
            "Sum over them",
        ),
        ("outputs", two(cross), "teacher's entropy"),
        ("outputs", two(lambda v, z: kl(v, z, 4)), "another value"),
        ("soften", 1, "the function itself"),
        ("soften", lambda p, T: p[0], "shape must stay"),
        ("soften", lambda p, T: softmax(p / T, axis=1), "as if logits"),
        ("soften", lambda p, T: p ** (1 / T), "add up to one"),
        ("soften", lambda p, T: softmax(T * np.log(p), axis=1), "1/T"),
        ("soften", lambda p, T: p, "Go back to logits"),
        ("passes", 1_500_000, "not a ratio"),
        ("passes", 29, "Once it must"),
        ("passes", 31, "not in epoch 1"),
        ("passes", 1 / 30, "Turn it over"),
        ("passes", 7, "How often"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"code.{name}", wrong)
    assert mistake in capsys.readouterr().out
