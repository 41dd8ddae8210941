"""The checks of the exercises on the choice of a teacher name the mistake."""

import numpy as np
import pytest
from scipy.special import softmax

import kd_tutorial as kd


def top(logits):
    return softmax(logits, axis=1).max(axis=1)


def cwtm(logits):
    return top(logits) / top(logits).sum()


@pytest.mark.parametrize(
    "name, right",
    [("steps", 200 * 2720 / 740), ("cwtm", cwtm)],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"teachers.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("steps", 200 * 740 / 2720, "other way round"),
        ("steps", 200 * 2778 / 760, "biases"),
        ("steps", 200 + 200 * 2720 / 740, "Only the steps"),
        ("steps", 2720 / 740, "one step"),
        ("steps", 1, "layer by layer"),
        ("cwtm", 0.5, "the function itself"),
        ("cwtm", lambda z: softmax(z, axis=1), "One number an image"),
        ("cwtm", lambda z: softmax(z, axis=1).max(axis=0), "One number an"),
        ("cwtm", top, "Divide by their sum"),
        ("cwtm", lambda z: top(z) / top(z).mean(), "not by their mean"),
        ("cwtm", lambda z: z.max(1) / z.max(1).sum(), "not logits"),
        ("cwtm", lambda z: np.zeros(len(z)), "largest of each row"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"teachers.{name}", wrong)
    assert mistake in capsys.readouterr().out
