"""The checks of the concepts' exercises name the mistake."""

import numpy as np
import pytest
from scipy.special import entr, softmax

import kd_tutorial as kd

V = np.array([6.0, 2.0, 0.0])


def naive(z, T):
    p = np.exp(z / T) / np.exp(z / T).sum()
    return -(p * np.log(p)).sum()


@pytest.mark.parametrize(
    "name, right",
    [
        ("soften", 0.114),
        ("entropy", lambda z, T: entr(softmax(z / T)).sum()),
        ("agreement", 82),
    ],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"concepts.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("soften", softmax(V)[1], "This is T = 1"),
        ("soften", softmax(2 * V)[1], "multiplied by T"),
        ("soften", softmax(softmax(V) / 2)[1], "softened probabilities"),
        ("soften", softmax(V)[1] / 2, "divided the probability"),
        ("soften", 0.9, "then take the softmax"),
        ("entropy", 1.0, "the function itself"),
        ("entropy", lambda z, T: -entr(softmax(z / T)).sum(), "sign"),
        ("entropy", lambda z, T: entr(softmax(z / T)).sum() / np.log(2), "bi"),
        ("entropy", lambda z, T: entr(softmax(z)).sum(), "no effect"),
        ("entropy", lambda z, T: 7.0, "it is wrong"),
        ("entropy", naive, "not for a thousand"),
        ("agreement", 90, "largest overlap"),
        ("agreement", 98, "the most"),
        ("agreement", 0, "most images"),
        ("agreement", 50, "different images"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"concepts.{name}", wrong)
    assert mistake in capsys.readouterr().out
