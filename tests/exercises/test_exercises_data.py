"""The checks of the exercises on one's own data name the mistake."""

import numpy as np
import pytest
from scipy.special import expit, logsumexp
from sklearn.datasets import load_iris

import kd_tutorial as kd


def one_logit(z):
    return (logsumexp(z[:, :2], 1) - logsumexp(z[:, 2:], 1))[:, None]


def naive(z):
    e = np.exp(z)
    return np.log(e[:, :2].sum(1) / e[:, 2:].sum(1))[:, None]


def of_softmax(z):
    p = np.exp(z - z.max(axis=1, keepdims=True))
    return np.log(p[:, :2].sum(1) / p[:, 2:].sum(1))[:, None]


def by_length(losses, mask):
    """Takes the places that count to come first."""
    lengths = mask.sum(axis=1)
    return np.mean([row[:n].mean() for row, n in zip(losses, lengths)])


def average(losses, mask):
    losses = np.where(mask > 0, losses, 0)
    return (losses.sum(axis=1) / mask.sum(axis=1)).mean()


def multiplied(losses, mask):
    return ((losses * mask).sum(axis=1) / mask.sum(axis=1)).mean()


def pair(yes, no):
    """A function of the logits, from one of those of yes and of no."""
    return lambda z: (yes(z[:, :2]) - no(z[:, 2:]))[:, None]


GENERATOR = np.random.default_rng(0)
Y = np.arange(300) % 3
X = GENERATOR.normal(size=(300, 4)) + Y[:, None]


def dataset(x=X, y=Y, cuts=(180, 240), name="mine", order=None):
    """Three parts of rows in an order of their own."""
    order = np.arange(len(y)) if order is None else order
    parts = np.split(order, cuts)
    splits = (kd.Split(x[part], y[part]) for part in parts)
    return kd.Dataset(name, *splits, ("a", "b", "c"))


SORTED = np.argsort(Y, kind="stable")
SCALED = (X - X.mean(axis=0)) / X.std(axis=0)
PARTS = dataset()
TWICE = kd.Dataset("m", PARTS.train, PARTS.test, PARTS.test, tuple("abc"))
SEEN = kd.Dataset("m", PARTS.train, PARTS.test,
                  PARTS.train.take(slice(60)), tuple("abc"))  # fmt: skip
RANGED = (X - X.min(axis=0)) / np.ptp(X, axis=0)
ONE_HEAVY = np.c_[X, np.r_[60, np.full(299, -0.2)]]
OF_REALS = kd.Split(X, X)


@pytest.mark.parametrize(
    "name, right",
    [
        ("own", dataset()),
        ("own", dataset(x=ONE_HEAVY)),
        ("scale", lambda x: 2 * x - 1),
        ("scale", lambda x: (x - 0.5) / 0.5),
        ("untold", 0.01),
        ("untold", (1 - 0.70 - 0.22) / 8),
        ("one_logit", one_logit),
        ("average", average),
        ("average", lambda v, m: [average(v, m)]),
        ("questions", (10_000, 200_000)),
    ],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"data.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("own", (X, Y), "kd.Dataset of three"),
        ("own", dataset(name="digits"), "Bring yours"),
        (
            "own",
            kd.Dataset("m", OF_REALS, OF_REALS, OF_REALS, tuple("abc")),
            "one class for each",
        ),
        ("own", dataset(x=np.array([*map(str, Y)])), "words into counts"),
        ("own", TWICE, "60 rows of test are in validation"),
        ("own", SEEN, "60 rows of test are in train"),
        ("own", dataset(order=SORTED), "train has no row of class 2"),
        ("own", dataset(cuts=(180, 280)), "one row is worth points"),
        ("own", dataset(x=np.c_[X, Y]), "is the label itself"),
        ("own", dataset(x=np.c_[X, 1 - Y / 2]), "is the label itself"),
        ("own", dataset(x=np.ones((300, 2))), "No column"),
        ("own", dataset(x=100 * X), "far from 1"),
        ("own", dataset(x=SCALED), "knows the test rows"),
        ("own", dataset(x=RANGED), "knows the test rows"),
        ("scale", 2.0, "the function itself"),
        ("scale", lambda x: x / 127.5 - 1, "for 0 to 255"),
        ("scale", lambda x: 255 * x, "wants -1 to 1"),
        (
            "scale",
            lambda x: 2 * (x - x.min()) / np.ptp(x) - 1,
            "not the ends of the batch",
        ),
        ("scale", lambda x: 2 * x / x.max() - 1, "not the ends of the batch"),
        ("scale", lambda x: x - 1, "lightest must become 1"),
        ("scale", lambda x: x - 0.5, "half as wide"),
        ("scale", lambda x: 1 - 2 * x, "changed places"),
        ("scale", lambda x: x[0], "shape must stay"),
        ("scale", lambda x: x**2, "in a straight line"),
        ("untold", 0, "not told"),
        ("untold", 0.08, "How many classes share"),
        ("untold", 0.008, "Only those"),
        ("untold", 1e-6, "The floor"),
        ("untold", 0.1, "Two of the ten"),
        ("untold", 0.5, "over the number"),
        ("one_logit", lambda z: one_logit(z)[:, 0], "Keep the axis"),
        ("one_logit", lambda z: z, "must be (5, 1)"),
        ("one_logit", naive, "infinite"),
        ("one_logit", of_softmax, "to minus a thousand is 0"),
        ("one_logit", lambda z: -one_logit(z), "logit of no"),
        ("one_logit", lambda z: expit(one_logit(z)), "the probability"),
        (
            "one_logit",
            lambda z: np.log(expit(one_logit(z))),
            "logarithm of the probability",
        ),
        (
            "one_logit",
            pair(lambda a: a.sum(1), lambda a: a.sum(1)),
            "added, not logits",
        ),
        (
            "one_logit",
            pair(lambda a: a.mean(1), lambda a: a.mean(1)),
            "not averaged",
        ),
        (
            "one_logit",
            pair(lambda a: a.max(1), lambda a: a.max(1)),
            "has a share",
        ),
        (
            "one_logit",
            pair(lambda a: logsumexp(a, 1), lambda a: 0),
            "no is missing",
        ),
        ("one_logit", lambda z: np.zeros((5, 1)), "sum of exponentials"),
        ("average", lambda v, m: multiplied(v, m), "np.where"),
        (
            "average",
            lambda v, m: (v * m).sum(1) / m.sum(1),
            "Average over them",
        ),
        ("average", lambda v, m: v * m, "must be one number"),
        ("average", lambda v, m: v.mean(), "not used"),
        ("average", lambda v, m: (v * m).mean(), "count as zeros"),
        ("average", lambda v, m: (v * m).sum() / m.sum(), "thrown together"),
        ("average", lambda v, m: 7.0, "Within each example"),
        ("average", by_length, "They need not"),
        ("questions", 10_000, "a pair"),
        ("questions", (200_000, 10_000), "other way round"),
        ("questions", (200_000, 200_000), "once, before"),
        ("questions", (10_000, 10_000), "a new image"),
        ("questions", (10, 20), "images times epochs"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"data.{name}", wrong)
    assert mistake in capsys.readouterr().out


def test_nan_that_is_still_there_was_not_overwritten(capsys):
    assert kd.exercises.check("data.average", average)
    assert "overwrites" not in capsys.readouterr().out


@pytest.mark.parametrize("seed", range(20))
def test_a_real_table_may_hold_twins_and_no_leak(seed, capsys):
    """Iris has two equal rows."""
    x, y = load_iris(return_X_y=True)
    order = np.random.default_rng(seed).permutation(150)
    known = x[order[:90]]
    x = (x - known.mean(axis=0)) / known.std(axis=0)
    iris = dataset(x, y, (90, 120), order=order)
    assert kd.exercises.check("data.own", iris)
    leaky = dataset(x, y, (90, 120), order=np.r_[order, order[:4]])
    assert not kd.exercises.check("data.own", leaky)
    assert "rows of test are in train" in capsys.readouterr().out


def test_ends_that_the_training_rows_reach_too_are_no_leak():
    x = np.r_[np.zeros((3, 4)), np.ones((3, 4)), RANGED[6:]]
    assert kd.exercises.check("data.own", dataset(x=x))
