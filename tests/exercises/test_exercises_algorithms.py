"""The checks of the exercises on better algorithms name the mistake."""

import pytest

import kd_tutorial as kd


@pytest.mark.parametrize(
    "name, right",
    [
        ("effects", (0, 2, -2)),
        ("detectable", 2.45 * 0.3 / 2**0.5),
        ("detectable", 0.52),
    ],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"algorithms.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("detectable", 0.416, "the quantile is 2.45"),
        ("detectable", 0.3675, "the difference spreads more"),
        ("detectable", 0.735, "half as much"),
        ("detectable", 1.04, "for single runs"),
        ("detectable", 0.212, "one standard error"),
        ("detectable", 0.3, "times the root"),
        ("effects", 0, "three numbers"),
        ("effects", (1, 2, -2), "mean over both weights"),
        ("effects", (0, 3, -2), "mean over both methods"),
        ("effects", (2, 0, -2), "Method first"),
        ("effects", (0, 4, -2), "Halve"),
        ("effects", (0, 2, 2), "sign is negative"),
        ("effects", (0, 2, -1), "without halving"),
        ("effects", (0, 2, 5), "minus the other"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"algorithms.{name}", wrong)
    assert mistake in capsys.readouterr().out
