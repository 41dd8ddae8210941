"""The checks of the exercises on trends name the mistake."""

import pytest

import kd_tutorial as kd

RIGHT = ["holds", "not resolved", "does not hold"]


@pytest.mark.parametrize(
    "name, right",
    [("verdicts", RIGHT), ("sign", 0.36), ("chance", (1, 0.637))],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"trends.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("verdicts", 3, "a list of three"),
        ("verdicts", "holds", "a list of three"),
        ("verdicts", RIGHT[:2], "a list of three"),
        ("verdicts", ["holds", "maybe", "holds"], "'maybe' is not one"),
        ("verdicts", ["holds"] * 3, "its interval holds 0"),
        ("verdicts", ["holds", RIGHT[2], RIGHT[2]], "does not exclude"),
        ("verdicts", ["holds", RIGHT[1], RIGHT[1]], "that is resolved"),
        ("verdicts", [RIGHT[1], RIGHT[1], RIGHT[2]], "on one side of 0"),
        ("sign", 36, "from 0 to 1"),
        ("sign", 0.31, "difference spreads more"),
        ("sign", 0.64, "looks better"),
        ("sign", 0.05, "A normal tail"),
        ("chance", 1, "a pair"),
        ("chance", (2, 0.87), "Half of the 5 %"),
        ("chance", (3, 0.6), "the same probability"),
        ("chance", (1, 0.363), "none of them holds"),
        ("chance", (1, 0.1), "one minus the chance"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"trends.{name}", wrong)
    assert mistake in capsys.readouterr().out
