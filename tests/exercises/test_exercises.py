"""The frame of the exercises: right, wrong, unanswered, broken."""

import importlib

import pytest

import kd_tutorial as kd
from kd_tutorial import exercises


def test_no_answer_yet(capsys):
    name = next(_all())
    for answer in (..., None):
        assert not kd.exercises.check(name, answer)
        assert "no answer yet" in capsys.readouterr().out


def test_a_broken_answer_is_reported(capsys, monkeypatch):
    name = next(_all())
    chapter, _, function = name.partition(".")
    module = importlib.import_module(f"kd_tutorial.exercises.{chapter}")

    def run(answer):
        return answer()

    monkeypatch.setattr(module, function, run)
    assert not kd.exercises.check(name, lambda: 1 / 0)
    assert "stopped with ZeroDivisionError" in capsys.readouterr().out

    def wrong():
        raise exercises.Mistake("You forgot the square.")

    assert not kd.exercises.check(name, wrong)
    assert f"{name}: not yet. You forgot the square." in (
        capsys.readouterr().out
    )
    assert kd.exercises.check(name, lambda: "The square matters.")
    assert f"{name}: right. The square matters." in capsys.readouterr().out


def test_unknown_exercises():
    with pytest.raises(ValueError, match="no chapter 'cooking'"):
        kd.exercises.check("cooking.eggs", 3)
    with pytest.raises(ValueError, match="Chapter 'math' has .*gradient"):
        kd.exercises.check("math.eggs", 3)


def _all():
    for chapter in exercises.CHAPTERS:
        module = importlib.import_module(f"kd_tutorial.exercises.{chapter}")
        for name in module.__all__:
            yield f"{chapter}.{name}"


def test_every_exercise_refuses_nonsense():
    for name in _all():
        assert not kd.exercises.check(name, "nonsense"), name
        assert not kd.exercises.check(name, float("nan")), name
