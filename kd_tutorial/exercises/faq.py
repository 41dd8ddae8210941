"""Checks of the exercises of the questions and answers."""

import math
import statistics

import numpy as np
from scipy.special import softmax

from . import Mistake, array, number, numbers, scalar

__all__ = ["between", "columns", "reduction", "seeds"]

HINTS = {
    "reduction": (
        "The mean was taken over two axes. Over which is a divergence a sum?",
        "Undo that one mean, and leave the other.",
    ),
    "seeds": (
        "Which of the two quantiles belongs to the power?",
        "Their sum, times spread over effect, is squared; and something is "
        "added.",
        "Half a seed cannot be run.",
    ),
    "between": (
        "The means differ for two reasons: their splits, and their students.",
        "The variance of the five means is the sum of both variances.",
        "One study reports 0.25. How far does its mean lie from that of all "
        "splits, as a rule?",
    ),
    "columns": (
        "Which column is bird in the teacher, and which is cat?",
        "Which of the two comes first in the student?",
        "A softmax normalises by itself.",
    ),
    "poor": (
        "A teacher for each number of images, all with as many steps.",
        "One row of the comparison learns from labels of three a class, the "
        "others from answers.",
        "Read from where on the interval of the paired difference lies above "
        "a point.",
    ),
}


def reduction(answer):
    """0.004 was averaged over 1,000 classes."""
    value = number(answer)
    if math.isclose(value, 4.0):
        return "Summed over classes, averaged over examples."
    if math.isclose(value, 0.128):
        raise Mistake(
            "You undid the mean over the examples. That one belongs there."
        )
    if math.isclose(value, 128.0):
        raise Mistake("You undid both means. One of them belongs there.")
    if math.isclose(value, 0.125):
        raise Mistake("The mean over the 32 rows has been taken already.")
    if math.isclose(value, 4e-6):
        raise Mistake("You averaged once more. The sum was missing.")
    raise Mistake("Which of the two axes should be summed, not averaged?")


def seeds(answer):
    """The formula of the chapter with 1.28 for 0.84."""
    effect, spread = 1.5, 3.5
    got = scalar(answer, effect, spread)

    def rule(ratio, power=1.28):
        return 2 + ((1.96 + power) * ratio) ** 2

    exact = rule(spread / effect)
    if got == math.ceil(exact):
        return "Power is not free: compare it with 80 %."
    if got == math.ceil(rule(spread / effect, power=0.84)):
        raise Mistake("This is 80 % power. Exchange its quantile.")
    if got == math.ceil(rule(effect / spread)):
        raise Mistake("Spread and effect have changed places.")
    if math.isclose(got, exact):
        raise Mistake("Seeds come whole: round up.")
    if got == math.floor(exact):
        raise Mistake("Round up: fewer seeds give less power than asked.")
    if got == math.ceil(rule(spread - effect)):
        raise Mistake("The effect divides the spread; nothing is subtracted.")
    if got == math.ceil(exact - 2):
        raise Mistake("The rule adds two seeds.")
    if got == math.ceil(2 + (1.96 + 1.28) * spread / effect):
        raise Mistake("The ratio of spread and effect must be squared.")
    raise Mistake(
        f"For effect {effect} and spread {spread} another number comes out."
    )


MEANS, ERROR = (0.9, -0.4, 0.3, 1.2, -0.5), 0.25


def between(answer):
    """(0.575 - 0.25²)^½ = 0.72, and 0.575^½ / 0.25 = 3.03."""
    spread, factor = numbers(answer, 2)
    total = statistics.variance(MEANS)
    right = math.sqrt(total - ERROR**2)

    def near(value, other, tolerance=0.008):
        return math.isclose(value, other, rel_tol=tolerance)

    if not near(spread, right):
        if near(spread, math.sqrt(total)):
            raise Mistake(
                "That is how far the means spread. The noise of ten students "
                "each is in it still: take its variance away."
            )
        if near(spread, total - ERROR**2):
            raise Mistake("That is a variance. Take its root.")
        if near(spread, math.sqrt(total) - ERROR):
            raise Mistake("Variances are taken away, not spreads.")
        if near(spread, math.sqrt(0.8 * total - ERROR**2)):
            raise Mistake(
                "The mean of the five was taken from them: divide by four."
            )
        raise Mistake("The variance of the means, less that of one mean.")
    if near(factor, math.sqrt(total) / ERROR, 0.012):
        return "Nine parts in ten of the variance were left out."
    if near(factor, right / ERROR):
        raise Mistake(
            "The error of a study of one split has both parts in it: its "
            "split's and its students'."
        )
    if near(factor, total / ERROR**2):
        raise Mistake("That is the ratio of variances. Take its root.")
    if near(factor, ERROR / math.sqrt(total)):
        raise Mistake("The other way round: how many times too short?")
    raise Mistake("The spread of such means, over the error each reports.")


def columns(answer):
    """Bird and cat, in the student's order."""
    logits = np.array(
        [[5.0, 1.0, 2.0], [0.0, 3.0, -1.0], [1.0, 0.0, 4.0], [2.0, 2.0, 1.0]]
    )
    got = array(answer, logits)
    if got.shape != (4, 2):
        raise Mistake(
            f"The student scores two classes, so two columns; got {got.shape}."
        )
    if np.allclose(got.sum(axis=1), 1) and (got >= 0).all():
        raise Mistake("These are probabilities. The student needs logits.")
    told = softmax(got, axis=1)  # logits may differ by a number a row
    if np.allclose(told, softmax(logits[:, [2, 0]], axis=1)):
        return "No renormalising is needed: the softmax does it."
    if np.allclose(told, softmax(logits[:, [0, 2]], axis=1)):
        raise Mistake("Right columns, but in the teacher's order.")
    raise Mistake("Which columns are bird and cat?")
