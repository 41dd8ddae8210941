"""The checks of the concepts' exercises name the mistake."""

import numpy as np
import pytest
from scipy.special import entr, softmax

import kd_tutorial as kd

V = np.array([6.0, 2.0, 0.0])


def naive(z, T):
    p = np.exp(z / T) / np.exp(z / T).sum()
    return -(p * np.log(p)).sum()


def class_mean(answers, split, seed):
    means = [answers.logits[split.y == k].mean(axis=0) for k in (0, 1)]
    return np.stack(means)[split.y]


def by_name(answers, split, seed):
    means = [answers.logits[split.y == k].mean(axis=0) for k in (0, 1)]
    return np.stack(means)[answers.logits.argmax(axis=1)]


def two_rows(answers, split, seed):
    return class_mean(answers, split, seed)[[1, 0]]


def one_mean(answers, split, seed):
    return np.tile(answers.logits.mean(axis=0), (5, 1))


def clipped(z, T):
    p = np.exp(np.clip(z / T, -50, 50))
    return entr(p / p.sum()).sum()


def median(answers, split, seed):
    medians = [np.median(answers.logits[split.y == k], 0) for k in (0, 1)]
    return np.stack(medians)[split.y]


@pytest.mark.parametrize(
    "name, right",
    [
        ("soften", 0.114),
        ("entropy", lambda z, T: entr(softmax(z / T)).sum()),
        ("agreement", 82),
        ("control", class_mean),
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
        ("entropy", clipped, "cut to one size"),
        ("agreement", 90, "largest overlap"),
        ("agreement", 98, "the most"),
        ("agreement", 0, "most images"),
        ("agreement", 18, "may differ"),
        ("agreement", 50, "different images"),
        ("control", two_rows, "every row its own"),
        ("control", lambda answers, split, seed: np.zeros(3), "a row an ex"),
        ("control", one_mean, "mean of all rows"),
        ("control", by_name, "Group by the label"),
        ("control", median, "not the median"),
        ("control", lambda answers, split, seed: answers.logits, "unchanged"),
        (
            "control",
            lambda answers, split, seed: np.ones((5, 3)),
            "stands in each",
        ),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"concepts.{name}", wrong)
    assert mistake in capsys.readouterr().out


def test_a_control_that_overwrites_is_told_so_and_no_other(capsys):
    def in_place(answers, split, seed):
        answers.logits[:] = class_mean(answers, split, seed)
        return answers.logits

    assert kd.exercises.check("concepts.control", class_mean)
    assert "overwrites" not in capsys.readouterr().out
    assert kd.exercises.check("concepts.control", in_place)
    assert "overwrites" in capsys.readouterr().out
