"""The checks of the background's exercises name the mistake."""

import pytest

import kd_tutorial as kd


@pytest.mark.parametrize(
    "name, right",
    [
        ("operations", 2720),
        ("bytes", 2952),
        ("interval", "(C)"),
        ("interval", "c."),
        ("interval", ["c"]),
        ("confound", "c"),
        ("tables", "(b)"),
    ],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"background.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("operations", 2778, "biases"),
        ("operations", 5440, "one operation"),
        ("operations", 2560, "last layer"),
        ("operations", 122, "units"),
        ("operations", 1, "inputs times outputs"),
        ("bytes", 23616, "bits"),
        ("bytes", 11112, "float32"),
        ("bytes", 2778, "keep 32 bits"),
        ("bytes", 2720, "biases are missing"),
        ("bytes", 1, "one byte each"),
        ("interval", "a", "zero as well"),
        ("interval", "b", "Absence of evidence"),
        ("interval", "d", "a, b or c"),
        ("interval", float("nan"), "a, b or c"),
        ("interval", 3, "a, b or c"),
        ("confound", "a", "Then the interval would be wide"),
        ("confound", "b", "Then the interval would be wide"),
        ("confound", "d", "on trial"),
        ("confound", "", "a, b, c or d"),
        ("confound", ["c", "d"], "a, b, c or d"),
        ("tables", "a", "from labels alone"),
        ("tables", "c", "as near without"),
        ("tables", "d", "Only one of them"),
        ("tables", 2, "a, b, c or d"),
        ("tables", "B, for its spread", "a, b, c or d"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"background.{name}", wrong)
    assert mistake in capsys.readouterr().out
