"""The checks of the exercises on the sentence encoder name the mistake."""

import numpy as np
import pytest

import kd_tutorial as kd


def frequencies(x, shares):
    totals = shares.T @ x
    return totals / totals.sum(axis=1, keepdims=True)


def hard(x, shares):
    return frequencies(x, np.eye(3)[shares.argmax(axis=1)])


BOTH, ONE = 4096 * 384 + 384 * 20, 4096 * 20


@pytest.mark.parametrize(
    "name, right",
    [
        ("frequencies", frequencies),
        ("surer", 0.25 / 0.38),
        ("surer", 0.66),
        ("maps", (BOTH, ONE)),
        ("rival", "self-taught"),
        ("rival", "'Self taught'."),
    ],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"text.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("frequencies", 3, "the function itself"),
        ("frequencies", lambda x, s: frequencies(x, s).T, "transpose it"),
        ("frequencies", lambda x, s: x, "shape must be"),
        ("frequencies", hard, "not for the first only"),
        ("frequencies", lambda x, s: s.T @ x, "These are counts"),
        (
            "frequencies",
            lambda x, s: (s.T @ x) / (s.T @ x).sum(axis=0),
            "not each word's",
        ),
        (
            "frequencies",
            lambda x, s: (s.T @ x) / (s.T @ x).sum(),
            "not the whole table",
        ),
        (
            "frequencies",
            lambda x, s: (s.T @ x) / s.sum(axis=0)[:, None],
            "not by its posts",
        ),
        ("frequencies", lambda x, s: np.zeros((3, 5)), "share times count"),
        ("surer", 0.4155, "temperature of 2"),
        ("surer", 0.25, "no longer add up"),
        ("surer", 0.5, "temperature of 1"),
        ("surer", 25, "at most 1"),
        ("surer", 0.8, "then take the softmax"),
        ("maps", BOTH, "a pair"),
        ("maps", (ONE, BOTH), "other way round"),
        ("maps", (4096 * 384, ONE), "The head"),
        ("maps", (5, ONE), "384 by 20"),
        ("maps", (BOTH, 4096 * 384 * 20), "sums over"),
        ("maps", (BOTH, 5), "from words to groups"),
        ("rival", "labels", "lacks two things"),
        ("rival", "all labels", "never had"),
        ("rival", "teacher", "no student"),
        ("rival", 5, "Answer"),
        ("rival", ["labels", "self-taught"], "Answer"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"text.{name}", wrong)
    assert mistake in capsys.readouterr().out
