"""The checks of the exercises on language models name the mistake."""

import pytest

import kd_tutorial as kd

REAL, OWN = 0.995 * 0.05 + 0.005 * 2, 0.9 * 0.05 + 0.1 * 2


@pytest.mark.parametrize(
    "name, right",
    [
        ("slips", 100 * (1 - 0.99**20)),
        ("slips", 18.2),
        ("excess", 100 * (OWN / REAL - 1)),
        ("excess", 310),
        ("settings", (1, 1)),
        ("settings", [1.0, 1.0]),
    ],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"language.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("slips", 20, "only once"),
        ("slips", 0.182, "In percent"),
        ("slips", 81.8, "never slipped"),
        ("slips", 1, "none of its 20"),
        ("excess", 3.1, "In percent"),
        ("excess", 410, "above 100"),
        ("excess", 75.6, "Relative to the error on real"),
        ("excess", 390, "now and then"),
        ("excess", 5, "two kinds of state"),
        ("settings", 1, "a pair"),
        ("settings", (1, 0), "forward"),
        ("settings", (0, 1), "writes nothing"),
        ("settings", (1, 0.5), "mixes both"),
        ("settings", (0.5, 1), "others write"),
        ("settings", (0.5, 0.5), "who writes"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"language.{name}", wrong)
    assert mistake in capsys.readouterr().out
