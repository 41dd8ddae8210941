"""The checks of the exercises on the reader name the mistake."""

import numpy as np
import pytest
from scipy.special import log_softmax

import kd_tutorial as kd


def logits(said, columns):
    return np.log(said.max(axis=1)[:, columns])


@pytest.mark.parametrize(
    "name, right",
    [
        ("logits", logits),
        ("columns", 0.30 / 0.36),
        ("columns", 0.83),
        ("labels", 400),
        ("views", (100_000, 1000)),
    ],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"images.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("logits", 0.5, "the function itself"),
        ("logits", lambda s, c: np.log(s[:, :, c]), "places are still there"),
        ("logits", lambda s, c: np.log(s.max(axis=1)), "shape must be"),
        ("logits", lambda s, c: s.max(axis=1)[:, c], "Take their logarithm"),
        ("logits", lambda s, c: np.log(s.mean(axis=1)[:, c]), "not the mean"),
        ("logits", lambda s, c: np.log(s.sum(axis=1)[:, c]), "not the sum"),
        (
            "logits",
            lambda s, c: np.log(s[:, :, c].max(axis=2)),
            "the second axis",
        ),
        (
            "logits",
            lambda s, c: np.log(s.max(axis=1)[:, sorted(c)]),
            "the order they are given",
        ),
        ("logits", lambda s, c: np.zeros((4, 3)), "largest probability"),
        (
            "logits",
            lambda s, c: log_softmax(logits(s, c), axis=1),
            "normalise nothing",
        ),
        ("columns", 0.30, "no longer add up"),
        ("columns", 0.30 / 0.96, "not one of the ten"),
        ("columns", 0.90 / 0.96, "dropped, not given"),
        ("columns", 0.60 / 0.96, "the letter's share"),
        ("columns", 0.5, "each over their sum"),
        ("labels", 0, "chosen: on what"),
        ("labels", 1000, "only report"),
        ("labels", 600, "decide nothing"),
        ("labels", 4400, "have no labels"),
        ("labels", 7, "decided something"),
        ("views", 100_000, "a pair"),
        ("views", (36_000, 360), "five places"),
        ("views", (20_000, 200), "independently"),
        ("views", (96_000, 960), "one of the views"),
        ("views", (5, 5), "Five places down"),
        ("views", (100_000, 1_000_000), "a hundredth"),
        ("views", (100_000, 10), "in seconds"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"images.{name}", wrong)
    assert mistake in capsys.readouterr().out
