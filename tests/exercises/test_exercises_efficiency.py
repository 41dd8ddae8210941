"""The checks of the exercises on cheaper training name the mistake."""

import numpy as np
import pytest

import kd_tutorial as kd


def mix(a, b, share):
    share = np.reshape(share, (-1, 1, 1, 1))
    return share * a + (1 - share) * b


def label(one, other, share, classes):
    each = np.eye(classes)
    return share[:, None] * each[one] + (1 - share[:, None]) * each[other]


def overwritten(one, other, share, classes):
    mixed = np.zeros((len(one), classes))
    rows = np.arange(len(one))
    mixed[rows, one] = share
    mixed[rows, other] = 1 - share
    return mixed


@pytest.mark.parametrize(
    "name, right",
    [
        ("cache", (100, 0.3)),
        ("kept", (-0.1714, 0)),
        ("kept", (-0.1714, np.float32(0.4) - np.float32(0.3) - 0.1)),
        ("label", label),
        ("mix", mix),
        ("steps", 5850),
    ],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"efficiency.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("cache", 100, "a pair"),
        ("cache", (200, 0.3), "not four"),
        ("cache", (50, 0.3), "not one"),
        ("cache", (1, 0.3), "times vocabulary"),
        ("cache", (100, 0.1), "indices"),
        ("cache", (100, 300), "megabytes"),
        ("cache", (100, 1), "six bytes"),
        ("kept", 0.17, "a pair"),
        ("kept", (0.1714, 0), "The sign"),
        ("kept", (0.5714, 0), "not the difference"),
        ("kept", (0.3, 0), "only p differs"),
        ("kept", (-0.1714, -0.1714), "its own"),
        ("label", 0.5, "the function itself"),
        ("label", lambda a, b, s, c: s, "shape must be"),
        ("label", lambda a, b, s, c: label(b, a, s, c), "belongs to `one`"),
        ("label", overwritten, "whole 1"),
        ("label", lambda a, b, s, c: np.zeros((3, c)), "add up to one"),
        ("mix", 0.5, "the function itself"),
        ("mix", lambda a, b, s: s, "shape must stay"),
        ("mix", lambda a, b, s: mix(b, a, s), "belongs to a"),
        (
            "mix",
            lambda a, b, s: s[:, None] * a + (1 - s[:, None]) * b,
            "of its own",
        ),
        ("mix", lambda a, b, s: a, "weighted mean"),
        ("steps", 6000, "asked once"),
        ("steps", 4850, "student's part"),
        ("steps", 5820, "no part in it"),
        ("steps", 975, "steps alone"),
        ("steps", 1, "Work before"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"efficiency.{name}", wrong)
    assert mistake in capsys.readouterr().out
