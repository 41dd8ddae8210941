"""The checks of the exercises on wider application name the mistake."""

import numpy as np
import pytest
from scipy.special import logsumexp, softmax

import kd_tutorial as kd


def forest(probabilities):
    return np.log(probabilities + 1e-4)


def merged_by(function):
    def merge(logits, owner):
        owner = np.asarray(owner)
        return np.stack(
            [
                function(logits[:, owner == k], axis=1)
                for k in range(owner.max() + 1)
            ],
            axis=1,
        )

    return merge


def shares(logits, owner):
    return merged_by(np.sum)(softmax(logits, axis=1), owner)


def by_side(logits, owner):
    """Takes the classes of a group to stand side by side."""
    starts = np.unique(owner, return_index=True)[1]
    return np.logaddexp.reduceat(logits, starts, axis=1)


def by_appearance(logits, owner):
    return merged_by(logsumexp)(logits, owner)[:, [*dict.fromkeys(owner)]]


@pytest.mark.parametrize(
    "name, right",
    [
        ("forest", forest),
        ("merge", merged_by(logsumexp)),
        ("merge", lambda z, owner: np.log(shares(z, owner))),
        ("effective", 2**1.5),
        ("explained", 3000 / 5000),
    ],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"applications.{name}", right)


def odds(p):
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("forest", 0.1, "the function itself"),
        ("forest", lambda p: p[0], "must stay"),
        ("forest", np.log, "Add a little"),
        ("forest", lambda p: p, "still probabilities"),
        ("forest", odds, "undoes a sigmoid"),
        ("forest", lambda p: np.log10(p + 1e-6), "not 10"),
        ("forest", lambda p: -p, "for each row"),
        ("merge", 0.1, "the function itself"),
        (
            "forest",
            lambda p: np.where(p > 0, np.log(np.maximum(p, 0.1)), 0),
            "far below theirs",
        ),
        ("forest", lambda p: np.log(p + 0.05), "Too much"),
        ("merge", lambda z, owner: z, "two new classes"),
        ("merge", by_side, "side by side, nor in order"),
        ("merge", by_appearance, "side by side, nor in order"),
        (
            "merge",
            lambda z, owner: merged_by(logsumexp)(z, owner)[:, :2],
            "side by side, nor in order",
        ),
        ("merge", merged_by(np.sum), "do not add up"),
        ("merge", merged_by(np.max), "leaves the other"),
        ("merge", merged_by(np.mean), "how many there are"),
        ("merge", shares, "take their logarithm"),
        ("merge", merged_by(np.min), "of a group"),
        ("effective", 1.04, "Raise e"),
        ("effective", 1.5, "Raise 2"),
        ("effective", 2.97, "right class out"),
        ("effective", 3, "equally likely"),
        ("effective", 7, "add up to one"),
        ("explained", 60, "from 0 to 1"),
        ("explained", 2000 / 5000, "share of the noise"),
        ("explained", (3000 / 5000) ** 0.5, "correlation"),
        ("explained", 3000 / 2000, "noise and all"),
        ("explained", 1, "noise of a new patient"),
        ("explained", 0.5, "What remains"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"applications.{name}", wrong)
    assert mistake in capsys.readouterr().out
