"""The checks of the exercises on transfer name the mistake."""

import numpy as np
import pytest

import kd_tutorial as kd


def optimism(validation, test):
    return max(test) - test[int(np.argmax(validation))]


def between(teacher, fresh, share):
    return [share * t + (1 - share) * f for t, f in zip(teacher, fresh)]


def overwritten(teacher, fresh, share):
    for own, drawn in zip(teacher, fresh):
        own[...] = share * own + (1 - share) * drawn
    return teacher


@pytest.mark.parametrize(
    "name, right",
    [
        ("between", between),
        ("between", overwritten),
        ("bias", (2.5, 4.8)),
        ("optimism", optimism),
    ],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"transfer.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("between", 0.5, "the function itself"),
        ("between", lambda t, f, s: between(t, f, s)[0], "Return a list"),
        ("between", lambda t, f, s: [0.0, 1.0], "keeps its shape"),
        ("between", lambda t, f, s: between(f, t, s), "1 is the teacher"),
        ("between", lambda t, f, s: between(t, f, 0.5), "halfway"),
        ("between", lambda t, f, s: t, "add up to one"),
        ("bias", 2.5, "a pair"),
        ("bias", (4.8, 2.5), "lower one first"),
        ("bias", (2.5, 9.0), "when is the 8 lost"),
        ("bias", (0.0, 4.8), "when is the 3 won"),
        ("bias", (0.0, 1.0), "Compare class 3"),
        ("optimism", 0.1, "the function itself"),
        ("optimism", lambda v, t: max(t) - max(v), "judged on test"),
        (
            "optimism",
            lambda v, t: max(t) - v[int(np.argmax(t))],
            "Read both on test",
        ),
        ("optimism", lambda v, t: -optimism(v, t), "other way"),
        ("optimism", lambda v, t: max(t) - sorted(t)[-2], "second best"),
        ("optimism", lambda v, t: max(t) - np.median(t), "Choose twice"),
        (
            "optimism",
            lambda v, t: max(v) - v[int(np.argmax(t))],
            "Choose twice",
        ),
        ("optimism", lambda v, t: 0.0, "Choose twice"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"transfer.{name}", wrong)
    assert mistake in capsys.readouterr().out
