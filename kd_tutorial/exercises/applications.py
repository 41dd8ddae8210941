"""Checks of the exercises on wider application."""

import math

import numpy as np
from scipy.special import logsumexp, softmax

from . import Mistake, array, number
from .measured import paired

__all__ = ["bag", "effective", "explained", "forest", "merge"]

HINTS = {
    "forest": (
        "What undoes a softmax?",
        "The logarithm of 0 is not finite. How little may be added without "
        "being noticed?",
    ),
    "merge": (
        "What is the probability of *one or the other*?",
        "Probabilities add up; a logit is a logarithm of one.",
        "`scipy.special.logsumexp` over the columns of each group.",
    ),
    "effective": (
        "Leave the right class out, and scale the others to add up to one.",
        "The effective number is e to the entropy.",
    ),
    "explained": (
        "Of the variance, which part can a teacher know?",
        "Divide what is no noise by all of it.",
    ),
    "bag": (
        "`oob_decision_function_` has probabilities: turn them into logits "
        "as in exercise 1.",
        "Two kinds of answers about the same rows, one comparison, ten seeds.",
        "Which answers are surer, and on which rows?",
    ),
}


def forest(answer):
    """log(p + a little)."""
    p = np.array([[0.0, 0.25, 0.75], [1.0, 0.0, 0.0]])
    got = array(answer, p)
    if got.shape != p.shape:
        raise Mistake(f"The shape must stay {p.shape}, got {got.shape}.")
    if not np.isfinite(got).all():
        raise Mistake("The logarithm of 0 is not finite. Add a little first.")
    if np.abs(softmax(got, axis=1) - p).max() < 5e-3:
        return "Any floor well below a thousandth will do."
    if np.allclose(got, p, atol=5e-3):
        raise Mistake("These are still probabilities; softmax is not undone.")
    floored = np.clip(p, 1e-12, 1 - 1e-12)
    odds = np.log(floored / (1 - floored))
    if np.allclose(got[0, 1:], odds[0, 1:], atol=5e-2):
        raise Mistake("That undoes a sigmoid. Softmax is undone by the log.")
    if np.allclose(got[0, 1:], np.log10(p[0, 1:]), atol=5e-2):
        raise Mistake("Softmax raises e, not 10: take the natural logarithm.")
    if np.isclose(got[0, 2] - got[0, 1], np.log(3)):
        raise Mistake(
            "Right between the classes above 0. The logit of a 0 must lie "
            "far below theirs."
        )
    if np.ptp(np.exp(got) - p) < 1e-6:
        raise Mistake("Too much was added: a thousandth would show already.")
    raise Mistake("softmax(log p) = p, for each row by itself.")


def merge(answer):
    """The log-sum-exp of each group."""
    logits, owner = np.array([[1.0, 2.0, 0.5], [0.0, -1.0, 3.0]]), [0, 0, 1]
    more = np.hstack([logits, logits[::-1, :2] + 1])
    mixed, columns = [1, 0, 2, 0, 0], ([1, 3, 4], [0], [2])
    got = array(answer, logits, owner)
    if got.shape != (2, 2):
        raise Mistake(f"Two rows, two new classes: (2, 2), got {got.shape}.")
    groups = (logits[:, :2], logits[:, 2:])

    def matches(function):
        made = np.stack([function(g, axis=1) for g in groups], axis=1)
        return np.allclose(softmax(got, axis=1), softmax(made, axis=1))

    if matches(logsumexp):
        sums = [logsumexp(more[:, own], axis=1) for own in columns]
        got = array(answer, more, mixed)
        if got.shape != (2, 3) or not np.allclose(
            softmax(got, axis=1), softmax(np.stack(sums, axis=1), axis=1)
        ):
            raise Mistake(
                f"Right for owner {owner}, not for {mixed}: the classes of a "
                "group need not stand side by side, nor in order."
            )
        return "The probability of either is the sum of the probabilities."
    if matches(np.sum):
        raise Mistake("Logits do not add up; probabilities do.")
    if matches(np.max):
        raise Mistake("The largest alone leaves the other's probability out.")
    if matches(np.mean):
        raise Mistake("The mean of the logits forgets how many there are.")
    shares = softmax(logits, axis=1)
    if np.allclose(
        got, np.stack([shares[:, :2].sum(1), shares[:, 2]], axis=1)
    ):
        raise Mistake("These are probabilities; take their logarithm.")
    raise Mistake("Add the probabilities of a group, and take the logarithm.")


def effective(answer):
    """exp of the entropy of (0.5, 0.25, 0.25)."""
    value = number(answer)
    entropy = 1.5 * math.log(2)
    if math.isclose(value, math.exp(entropy), abs_tol=0.01):
        return "Fewer than three, for one of them is likelier."
    if math.isclose(value, entropy, abs_tol=0.01):
        raise Mistake("That is the entropy. Raise e to it.")
    if math.isclose(value, 1.5, abs_tol=0.01):
        raise Mistake("That is the entropy in bits. Raise 2 to it.")
    if math.isclose(value, 2.97, abs_tol=0.01):
        raise Mistake("Leave the right class out.")
    if math.isclose(value, 3, abs_tol=0.005):
        raise Mistake("Three if they were equally likely. They are not.")
    raise Mistake("Scale the wrong classes to add up to one first.")


def explained(answer):
    """Of a variance of 3000 + 2000, the part that is no noise."""
    value = number(answer)
    if math.isclose(value, 0.6, abs_tol=0.001):
        return "No teacher can do better, on labels with such noise."
    if math.isclose(value, 60, abs_tol=0.1):
        raise Mistake("Answer with a share, from 0 to 1.")
    if math.isclose(value, 0.4, abs_tol=0.001):
        raise Mistake("That is the share of the noise.")
    if math.isclose(value, 0.6**0.5, abs_tol=0.001):
        raise Mistake("That is the correlation; its square is the share.")
    if math.isclose(value, 1.5, abs_tol=0.001):
        raise Mistake("Divide by the variance of the label, noise and all.")
    if value == 1:
        raise Mistake("The truth does not know the noise of a new patient.")
    raise Mistake("What remains of 5,000 when the mean is known: the noise.")


def bag(answer):
    """The reader\'s own, in a form that can be judged."""
    return paired(answer, "answers out of the bag minus the usual ones")
