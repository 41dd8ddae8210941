"""The checks of the exercises on language models name the mistake."""

import numpy as np
import pytest

import kd_tutorial as kd

REAL, OWN = 0.995 * 0.05 + 0.005 * 2, 0.9 * 0.05 + 0.1 * 2


def gradient(q, p):
    """That of the reverse divergence, by finite differences."""

    def divergence(z):
        own = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        return (own * np.log(own / p)).sum(axis=1)

    z, step = np.log(q), 1e-6
    slopes = [
        (divergence(z + step * e) - divergence(z - step * e)) / (2 * step)
        for e in np.eye(q.shape[1])
    ]
    return np.stack(slopes, axis=1)


def unscaled(q, p):
    ratio = np.log(q / p)
    return ratio - (q * ratio).sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    "name, right",
    [
        ("slips", 100 * (1 - 0.99**20)),
        ("slips", 18.2),
        ("excess", 100 * (OWN / REAL - 1)),
        ("excess", 310),
        ("settings", (1, 1)),
        ("settings", [1.0, 1.0]),
        ("search", (0.6 * 0.5, 0.4 * 0.9)),
        ("bridge", (0.5 * 0.6, 0.5 * 0.4)),
        ("reverse", gradient),
    ],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"language.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("slips", 20, "only once"),
        ("slips", 0.182, "In percent"),
        ("slips", 81.8, "never slipped"),
        ("slips", 17.4, "not nineteen"),
        ("slips", 1, "none of its 20"),
        ("excess", 3.1, "In percent"),
        ("excess", 410, "above 100"),
        ("excess", 75.6, "Relative to the error on real"),
        ("excess", 390, "now and then"),
        ("excess", 5, "two kinds of state"),
        ("settings", 1, "a pair"),
        ("settings", (1, 0), "forward"),
        ("settings", (0, 1), "writes nothing"),
        ("settings", (1, 0.5), "mixes both"),
        ("settings", (0.5, 1), "others write"),
        ("settings", (0.5, 0.5), "who writes"),
        ("search", (0.36, 0.3), "greedy text first"),
        ("search", (0.6, 0.9), "first token alone"),
        ("search", (0.3, 0.54), "what follows *b*"),
        ("search", (0.3, 0.3), "other token"),
        ("search", (0.5, 0.9), "Multiply"),
        ("bridge", (0.2, 0.3), "*a* first"),
        ("bridge", (0.5, 0.2), "is not written with"),
        ("bridge", (0.3, 0.4), "given that"),
        ("bridge", (0.6, 0.4), "times p(a)"),
        ("bridge", (1, 1), "the rest of p(a)"),
        ("reverse", 1, "the function itself"),
        ("reverse", lambda q, p: -gradient(q, p), "sign"),
        ("reverse", lambda q, p: q - p, "forward"),
        ("reverse", lambda q, p: q * np.log(q / p), "sums to zero"),
        ("reverse", unscaled, "Times q"),
        ("reverse", lambda q, p: np.log(q / p) + 1, "in q"),
        ("reverse", lambda q, p: q.sum(axis=1), "One number a token"),
        ("reverse", lambda q, p: q * p, "dq_k/dz_j"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"language.{name}", wrong)
    assert mistake in capsys.readouterr().out
