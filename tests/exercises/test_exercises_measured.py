"""The checks of experiments take a paired difference, and name other forms."""

import numpy as np
import pytest

import kd_tutorial as kd

EXPERIMENTS = [
    "applications.bag", "background.larger", "code.argmax",
    "concepts.plateau", "concepts.shuffle", "math.biased",
    "objectives.layer", "scaling.error", "teachers.dist", "trends.trials",
]  # fmt: skip
VALUES = np.random.default_rng(0).normal(size=10)
SCORES = kd.Interval(90 + VALUES)


@pytest.mark.parametrize(
    "name, right",
    [
        (name, kd.Difference(VALUES + shift))
        for name in EXPERIMENTS
        for shift in (0, 25)
    ],
)
def test_right_answers(name, right):
    assert kd.exercises.check(name, right)


@pytest.mark.parametrize(
    "shift, said", [(3, "above 0"), (-3, "below 0"), (0, "is open")]
)
def test_it_says_what_the_interval_shows(shift, said, capsys):
    answer = kd.Difference(VALUES - VALUES.mean() + shift, "points")
    assert kd.exercises.check("code.argmax", answer)
    assert f"Yours, {answer}, lies" in (told := capsys.readouterr().out)
    assert said in told


class Study:
    """Like a comparison's result."""

    def difference(self, one, other):
        return kd.Difference(VALUES)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        (name, wrong, mistake)
        for name in EXPERIMENTS
        for wrong, mistake in [
            ("the first is better", "Show it, do not tell"),
            (0.8, "has no interval"),
            (Study(), "whole comparison"),
            ((SCORES, SCORES), "intervals overlap"),
            ([*VALUES], "a kd.Difference of the values"),
            ({"one": 1.0}, "a kd.Difference of the values"),
            ({"one": SCORES, "other": SCORES}, "intervals overlap"),
            (iter(VALUES), "a kd.Difference of the values"),
            ([[1.0, 2.0], [3.0]], "a kd.Difference of the values"),
            (len, "a kd.Difference of the values"),
            (SCORES, "These are accuracies"),
            (kd.Difference(SCORES.values), "These are accuracies"),
            (kd.Difference(VALUES[:9]), "9 seeds are few"),
            (kd.Difference(0 * VALUES), "minus itself"),
            (kd.Difference(0 * VALUES + 1), "one seed, many times"),
            (kd.Interval(VALUES), "Seeds are paired"),
        ]
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(name, wrong)
    assert mistake in capsys.readouterr().out
