"""Checks of the exercises on language models."""

import math

from . import Mistake, number, numbers

__all__ = ["excess", "settings", "slips"]


def slips(answer):
    """1 - 0.99^20."""
    value = number(answer)
    if abs(value - 100 * (1 - 0.99**20)) < 0.06:
        return "Nearly one in five, from one slip in a hundred tokens."
    if math.isclose(value, 20):
        raise Mistake(
            "Probabilities do not add up: two slips lose a text only once."
        )
    if abs(value - (1 - 0.99**20)) < 6e-4:
        raise Mistake("In percent.")
    if abs(value - 100 * 0.99**20) < 0.06:
        raise Mistake("That share has never slipped.")
    raise Mistake("A text is in order if none of its 20 tokens slipped.")


def excess(answer):
    """(0.9 × 0.05 + 0.1 × 2) / (0.995 × 0.05 + 0.005 × 2) - 1."""
    value = number(answer)
    real = 0.995 * 0.05 + 0.005 * 2
    own = 0.9 * 0.05 + 0.1 * 2
    right = 100 * (own - real) / real
    if math.isclose(value, right, rel_tol=5e-3):
        return "The student is the same; only what it reads has changed."
    if math.isclose(value, right / 100, rel_tol=5e-3):
        raise Mistake("In percent.")
    if math.isclose(value, 100 * own / real, rel_tol=5e-3):
        raise Mistake("That is the whole; the excess is what lies above 100.")
    if math.isclose(value, 100 * (own - real) / own, rel_tol=5e-3):
        raise Mistake("Relative to the error on real text.")
    if math.isclose(value, 100 * (own - 0.05) / 0.05, rel_tol=5e-3):
        raise Mistake("Real text is lost now and then, too.")
    raise Mistake("Average over the two kinds of state, for each text.")


def settings(answer):
    """lmbda = 1: the student writes; beta = 1: reverse."""
    lmbda, beta = numbers(answer, 2)
    if (lmbda, beta) == (1, 1):
        return "Without the policy gradient; that is MiniLLM's own."
    if beta == 0:
        raise Mistake("beta = 0 is the forward divergence.")
    if lmbda == 0:
        raise Mistake("lmbda = 0: the student writes nothing.")
    if lmbda == 1:
        raise Mistake("Between 0 and 1, beta mixes both directions.")
    if beta == 1:
        raise Mistake("With this lmbda others write a part of the texts.")
    raise Mistake("lmbda says who writes, beta which divergence.")
