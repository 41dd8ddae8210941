"""The checks of the exercises on what else is handed on name the mistake."""

import pytest

import kd_tutorial as kd


@pytest.mark.parametrize(
    "name, right",
    [
        ("chain", 77),
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
        ("chain", 0.77, "In percent"),
        ("chain", 72, "may be right"),
        ("chain", 92, "quarter of 20"),
        ("chain", 5, "both groups"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"inherited.{name}", wrong)
    assert mistake in capsys.readouterr().out
