"""The checks of the exercises on objectives name the mistake."""

import numpy as np
import pytest

import kd_tutorial as kd


def balanced(labels):
    w = 1 / np.bincount(labels)[labels]
    return w / w.mean()


def gap(logits, order):
    rows = np.arange(len(logits))
    return logits[rows, order[:, -1]] - logits[rows, order[:, -2]]


def margin(v, z):
    order = v.argsort(axis=1)
    return (gap(v, order) - gap(z, order)) ** 2


def of_sorted(labels):
    counts = np.bincount(labels)
    w = np.repeat(1 / counts, counts)
    return w / w.mean()


def margin_of(change):
    def wrong(v, z):
        order = v.argsort(axis=1)
        return (gap(v, order) - change(gap(z, order))) ** 2

    return wrong


@pytest.mark.parametrize(
    "name, right",
    [("projector", (16640, 0)), ("balance", balanced), ("margin", margin)],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"objectives.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("projector", 16640, "a pair"),
        ("projector", (16384, 0), "bias is missing"),
        ("projector", (16448, 0), "teacher's width"),
        ("projector", (3, 0), "dense layer from 64"),
        ("projector", (16640, 16640), "training only"),
        ("balance", 1.0, "the function itself"),
        ("balance", lambda y: np.ones(3), "One weight an example"),
        ("balance", lambda y: 1 / np.bincount(y)[y], "mean is not 1"),
        ("balance", lambda y: 6 * balanced(y), "mean is not 1"),
        ("balance", lambda y: np.bincount(y)[y], "weigh less"),
        ("balance", lambda y: np.ones(len(y)), "1 / n each"),
        ("balance", of_sorted, "where labels are sorted"),
        ("margin", 1.0, "the function itself"),
        ("margin", lambda v, z: margin(v, z).sum(), "One number an example"),
        (
            "margin",
            lambda v, z: (gap(v, v.argsort(1)) - gap(z, z.argsort(1))) ** 2,
            "its own best",
        ),
        ("margin", lambda v, z: margin(v, z) ** 0.5, "squared"),
        ("margin", margin_of(np.abs), "with its sign"),
        ("margin", margin_of(lambda m: np.maximum(m, 0)), "with its sign"),
        ("margin", lambda v, z: v[:, 0], "two best classes"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"objectives.{name}", wrong)
    assert mistake in capsys.readouterr().out
