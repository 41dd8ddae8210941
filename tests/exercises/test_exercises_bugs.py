"""The checks of the museum's exercises name the mistake."""

import numpy as np
import pytest

import kd_tutorial as kd

V, Z = np.random.default_rng(0).normal(size=(2, 5, 4))


def keeps_size(loss):
    one, other = (np.asarray(loss(V, Z, T)).mean() for T in (50.0, 100.0))
    return abs(one / other - 1) < 0.1


def does_not_shrink(loss):
    one, other = (np.asarray(loss(V, Z, T)).mean() for T in (50.0, 100.0))
    return one / other < 1.1


def within(share):
    def keeps_size(loss):
        one, other = (np.asarray(loss(V, Z, T)).mean() for T in (50.0, 100.0))
        return 1 / share < one / other < share

    return keeps_size


@pytest.mark.parametrize(
    "name, right",
    [
        ("broken", {2, 5, 6, 9}),
        ("chance", 6),
        ("size", keeps_size),
        ("factor", 16000),
    ],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"bugs.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("broken", 6, "a set of rooms"),
        ("broken", "2, 5, 6, 9", "a set of rooms"),
        ("broken", {2, 3, 5, 6, 9}, "Not room 3. The logarithms"),
        ("broken", {2, 5, 6, 9, 11}, "Not room 11."),
        ("broken", {5, 6, 9}, "last line of the loss"),
        ("broken", {2, 6, 9}, "In which mode"),
        ("broken", {2, 5, 9}, "Which rows"),
        ("broken", [2, 5, 6], "Which factor"),
        ("chance", 8, "Asked afresh"),
        ("chance", 1, "keeps the order"),
        ("chance", 5, "not random"),
        ("chance", 13, "another view"),
        ("chance", 2, "What differs"),
        ("size", 4, "the function itself"),
        ("size", lambda loss: False, "refuses the right"),
        ("size", lambda loss: True, "without T² passes"),
        (
            "size",
            lambda loss: np.asarray(loss(V, Z, 100.0)).mean() > 1e-3,
            "T instead of T²",
        ),
        ("size", does_not_shrink, "T² twice"),
        ("size", within(1.8), "a tenth, please"),
        ("size", within(1.25), "a tenth, please"),
        ("factor", 4000, "counts twice"),
        ("factor", 1000, "temperature is missing"),
        ("factor", 16, "over classes is missing"),
        ("factor", 1 / 16000, "Turn it over"),
        ("factor", 2, "Two factors"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"bugs.{name}", wrong)
    assert mistake in capsys.readouterr().out
