"""The checks of the mathematics' exercises name the mistake."""

import pytest
from scipy.special import rel_entr, softmax

import kd_tutorial as kd


def kl(a, b):
    return rel_entr(a, b).sum()


def pq(v, z, T):
    return softmax(v / T), softmax(z / T)


def mixed(p, q, b, ends=True):
    if ends and b in (0, 1):
        return kl(p, q) if b == 0 else kl(q, p)
    m = b * p + (1 - b) * q
    return b * kl(p, m) + (1 - b) * kl(q, m)


def swapped_ends(p, q, b):
    return mixed(p, q, 1 - b) if b in (0, 1) else mixed(p, q, b)


def wrong_mixture(p, q, b):
    m = (1 - b) * p + b * q
    return b * kl(p, m) + (1 - b) * kl(q, m)


def mixture_first(p, q, b):
    m = b * p + (1 - b) * q
    return b * kl(m, p) + (1 - b) * kl(m, q)


def unweighted(p, q, b):
    m = b * p + (1 - b) * q
    return (kl(p, m) + kl(q, m)) / 2


@pytest.mark.parametrize(
    "name, right",
    [
        ("gradient", lambda v, z, T: T * (pq(v, z, T)[1] - pq(v, z, T)[0])),
        ("jsd", mixed),
        ("balance", 1 / 16),
        ("balance", 0.06),
    ],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"math.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("gradient", 3.0, "the function itself"),
        ("gradient", lambda v, z, T: 1.0, "one entry a logit"),
        (
            "gradient",
            lambda v, z, T: (pq(v, z, T)[1] - pq(v, z, T)[0]) / T,
            "without the factor",
        ),
        ("gradient", lambda v, z, T: pq(v, z, T)[1] - pq(v, z, T)[0], "left"),
        (
            "gradient",
            lambda v, z, T: T**2 * (pq(v, z, T)[1] - pq(v, z, T)[0]),
            "1/T of its own",
        ),
        (
            "gradient",
            lambda v, z, T: T * (pq(v, z, T)[0] - pq(v, z, T)[1]),
            "sign",
        ),
        (
            "gradient",
            lambda v, z, T: T * (softmax(z) - softmax(v)),
            "must be softened",
        ),
        (
            "gradient",
            lambda v, z, T: T * (pq(v, z, T)[1] - pq(v, z, T)[0]) / len(z),
            "not of their mean",
        ),
        (
            "gradient",
            lambda v, z, T: 3.0 * (pq(v, z, T)[1] - pq(v, z, T)[0]),
            "Start from",
        ),
        ("gradient", lambda v, z, T: z, "Start from"),
        ("jsd", 0.5, "the function itself"),
        ("jsd", lambda p, q, b: mixed(p, q, 1 - b), "changed places"),
        ("jsd", wrong_mixture, "wrong side"),
        ("jsd", mixture_first, "second in each"),
        ("jsd", unweighted, "weighted by beta"),
        (
            "jsd",
            lambda p, q, b: mixed(p, q, b) / (b * (1 - b)),
            "it is not divided",
        ),
        ("jsd", lambda p, q, b: 9.0, "not the formula"),
        ("jsd", swapped_ends, "0 is forward"),
        ("jsd", lambda p, q, b: mixed(p, q, b, ends=False), "convention"),
        ("balance", 16, "other way"),
        ("balance", 0.25, "Only one T"),
        ("balance", 1 / 256, "another: two"),
        ("balance", 1, "would be so with"),
        ("balance", 3, "Without the factor"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"math.{name}", wrong)
    assert mistake in capsys.readouterr().out
