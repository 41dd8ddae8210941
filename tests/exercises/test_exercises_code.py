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


@pytest.mark.parametrize(
    "name, right",
    [
        ("loss", from_logits()),
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
        ("soften", 1, "the function itself"),
        ("soften", lambda p, T: p[0], "shape must stay"),
        ("soften", lambda p, T: softmax(p / T, axis=1), "as if logits"),
        ("soften", lambda p, T: p ** (1 / T), "add up to one"),
        ("soften", lambda p, T: softmax(T * np.log(p), axis=1), "1/T"),
        ("soften", lambda p, T: p, "Go back to logits"),
        ("passes", 1_500_000, "not a ratio"),
        ("passes", 29, "Once it must"),
        ("passes", 7, "How often"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"code.{name}", wrong)
    assert mistake in capsys.readouterr().out
