"""Checks of the exercises of the mathematics chapter."""

import numpy as np
from scipy.special import rel_entr, softmax

from . import Mistake, array, number, scalar
from .measured import paired

__all__ = ["balance", "biased", "gradient", "jsd"]

HINTS = {
    "gradient": (
        "Only the student's part depends on z: minus the sum of p_k log q_k.",
        "Write log q_k as z_k / T minus the logarithm of a sum, and take the "
        "derivative.",
        "The inner derivative gives one 1/T. What is left of T²?",
    ),
    "jsd": (
        "Begin with the mixture: which of p and q has the weight beta?",
        "Both divergences lead to the mixture, and each has its weight.",
        "At the ends the formula gives zero. The convention says something "
        "else; treat them first.",
    ),
    "balance": (
        "How does the gradient of the soft term, without T², depend on T at "
        "high temperatures?",
        "One 1/T comes from the chain rule, another because the softened "
        "answers draw closer.",
        "Take the ratio between T = 8 and T = 2.",
    ),
    "biased": (
        "Replace the true probabilities by 0.7 of them plus 0.3 of the "
        "uniform ones.",
        "Over the classes, a gradient's entries sum to zero. So what does "
        "their mean show?",
        "Sum the difference of the two gradients times the rule, for each of "
        "many training sets.",
    ),
}


def gradient(answer):
    """T (q - p)."""
    v, z, T = np.array([2.0, 0.0, -1.0]), np.array([0.5, 1.0, 0.0]), 2.0
    p, q = softmax(v / T), softmax(z / T)
    got = array(answer, v, z, T)
    if got.shape != (3,):
        raise Mistake(f"It has one entry a logit; got shape {got.shape}.")
    if np.allclose(got, T * (q - p)):
        return "It vanishes exactly where both agree."
    if np.allclose(got, (q - p) / T):
        raise Mistake("This is without the factor T².")
    if np.allclose(got, q - p):
        raise Mistake("One T is left over: T² times 1/T.")
    if np.allclose(got, T**2 * (q - p)):
        raise Mistake("The softmax of z / T brings a 1/T of its own.")
    if np.allclose(got, T * (p - q)):
        raise Mistake("The sign: the loss falls when q moves towards p.")
    if np.allclose(got, T * (q - p) / 3):
        raise Mistake("Of the sum over classes, not of their mean.")
    if np.allclose(got, T * (softmax(z) - softmax(v))):
        raise Mistake("p and q must be softened.")
    raise Mistake("Start from log q_k = z_k / T - log sum_j exp(z_j / T).")


def jsd(answer):
    """beta KL(p||m) + (1 - beta) KL(q||m), ends by convention."""
    p, q = np.array([0.7, 0.2, 0.1]), np.array([0.3, 0.3, 0.4])

    def kl(a, b):
        return rel_entr(a, b).sum()

    m = 0.25 * p + 0.75 * q
    got = scalar(answer, p, q, 0.25)
    other = 0.75 * p + 0.25 * q
    if np.isclose(got, 0.75 * kl(p, other) + 0.25 * kl(q, other)):
        raise Mistake("beta and 1 - beta have changed places.")
    if np.isclose(got, 0.25 * kl(p, other) + 0.75 * kl(q, other)):
        raise Mistake("The mixture has beta on the wrong side.")
    if np.isclose(got, kl(m, p) * 0.25 + kl(m, q) * 0.75):
        raise Mistake("The mixture belongs second in each divergence.")
    if np.isclose(got, 0.5 * (kl(p, m) + kl(q, m))):
        raise Mistake("The two divergences are weighted by beta too.")
    right = 0.25 * kl(p, m) + 0.75 * kl(q, m)
    if np.isclose(got, right / (0.25 * 0.75)):
        raise Mistake("Here it is not divided by beta (1 - beta).")
    if not np.isclose(got, right):
        raise Mistake("At beta = 0.25 it is not the formula.")
    ends = scalar(answer, p, q, 0), scalar(answer, p, q, 1)
    if np.isclose(ends[0], kl(q, p)) and np.isclose(ends[1], kl(p, q)):
        raise Mistake("The ends have changed places: 0 is forward.")
    if not (np.isclose(ends[0], kl(p, q)) and np.isclose(ends[1], kl(q, p))):
        raise Mistake("Right inside, but the ends need the convention.")
    return "And a jump at each end."


def balance(answer):
    """1 / T² falls from 1/4 to 1/64."""
    value = number(answer)
    if np.isclose(value, 1 / 16, rtol=0.05):
        return "Sixteen times weaker, by a change that looked harmless."
    if np.isclose(value, 16):
        raise Mistake("The other way: the soft term becomes weaker.")
    if np.isclose(value, 1 / 256):
        raise Mistake("q - p brings one 1/T and the chain rule another: two.")
    if np.isclose(value, 1 / 4):
        raise Mistake("Only one T is counted; q - p shrinks as well.")
    if np.isclose(value, 1):
        raise Mistake("That would be so with the factor T².")
    raise Mistake("Without the factor the gradient goes like 1 / T².")


def biased(answer):
    """The reader\'s own, in a form that can be judged."""
    return paired(
        answer, "the biased gradient minus the exact one, along the rule"
    )
