"""The checks of the exercises on what else is handed on name the mistake."""

import pytest

import kd_tutorial as kd


@pytest.mark.parametrize(
    "name, right",
    [
        ("chain", 77),
        ("noisy", 95 * 0.6 + 5 * 0.4 / 9),
        ("noisy", 57.2),
        ("average", (95, 81.5)),
    ],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"inherited.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("average", (0.95, 0.815), "In percent"),
        ("average", (81.5, 95), "validation first"),
        ("average", (81.5, 81.5), "counts ten times"),
        ("average", (95, 95), "counts once"),
        ("average", (98, 65), "Weigh each class"),
        ("noisy", 0.572, "In percent"),
        ("noisy", 57, "in the same way"),
        ("noisy", 59, "one of nine"),
        ("noisy", 55, "not subtracted"),
        ("noisy", 38.3, "Six in ten"),
        ("noisy", 95, "Add up"),
        ("chain", 0.77, "In percent"),
        ("chain", 72, "may be right"),
        ("chain", 92, "quarter of 20"),
        ("chain", 97, "not of all"),
        ("chain", 5, "both groups"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"inherited.{name}", wrong)
    assert mistake in capsys.readouterr().out
