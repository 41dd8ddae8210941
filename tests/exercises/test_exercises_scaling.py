"""The checks of the exercises on scaling name the mistake."""

import pytest

import kd_tutorial as kd


@pytest.mark.parametrize(
    "name, right",
    [
        ("rows", 100 * (20 / (8 - 3)) ** 2),
        ("gain", (0.6 * (10 - 4) - 1, 10 - 0.6 * (10 - 4) + 1)),
    ],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"scaling.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("rows", 16, "hundreds"),
        ("rows", 400, "its square"),
        ("rows", 25_600, "once too often"),
        ("rows", 100 * (20 / 8) ** 2, "The 3 points stay"),
        ("rows", 7, "Solve"),
        ("gain", 2.6, "a pair"),
        ("gain", (0.6 * 6, 6.4), "takes a point off"),
        ("gain", (0.6 * -6 - 1, 14.6), "labels' error minus"),
        ("gain", (6 - 1, 5), "six tenths"),
        ("gain", (1, 9), "less one point"),
        ("gain", (2.6, 4 - 2.6), "not from 4"),
        ("gain", (2.6, 12.6), "lowers"),
        ("gain", (2.6, 5), "less the gain"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"scaling.{name}", wrong)
    assert mistake in capsys.readouterr().out
