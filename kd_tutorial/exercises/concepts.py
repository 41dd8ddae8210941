"""Checks of the exercises of the concepts chapter."""

import math

import numpy as np
from scipy.special import softmax

from . import Mistake, array, number, scalar
from .measured import paired

__all__ = [
    "agreement", "control", "entropy", "plateau", "shuffle", "soften",
]  # fmt: skip

HINTS = {
    "soften": (
        "What is divided by T, the logits or the probabilities?",
        "After the division, exponentiate, and divide by the sum.",
    ),
    "entropy": (
        "Soften first, then take minus the sum of p log p.",
        "The exponential of a thousand is too large. The softmax does not "
        "mind if a number is subtracted from all logits.",
        "A probability may come out as 0. What should 0 log 0 be? SciPy has "
        "`softmax` and `entr`.",
    ),
    "agreement": (
        "On how many images is each of them wrong?",
        "With two classes, two that are right agree, and two that are wrong "
        "agree.",
        "They agree least if they are wrong on different images.",
    ),
    "control": (
        "Which rows belong together? Their labels say it, not the answers.",
        "Take the mean of the logits of such rows, over the rows and not "
        "over the classes.",
        "Write it back into each of these rows, in a copy of "
        "`answers.logits`.",
    ),
    "shuffle": (
        "What is destroyed by a new permutation each time, and kept by one "
        "for all?",
        "Write both as `answers` functions that differ in the one line that "
        "draws the permutation.",
        "Ask the comparison for the difference of these two, not of each "
        "with labels.",
    ),
    "plateau": (
        "What must a student of four units give up, if it copies all logits "
        "alike?",
        "At which end of the temperatures does it have to copy them all?",
        "The chapter's comparison does it, with another student and all rows "
        "of your half.",
    ),
}


def soften(answer):
    """Logits 6, 2, 0 at T = 2, second class."""
    value = number(answer)

    def near(probability):
        return math.isclose(value, probability, abs_tol=6e-4)

    logits = np.array([6.0, 2.0, 0.0])
    if near(softmax(logits / 2)[1]):
        return "At T = 1 it is more than six times smaller."
    if near(softmax(logits)[1]):
        raise Mistake("This is T = 1: the logits were not divided.")
    if near(softmax(2 * logits)[1]):
        raise Mistake("You multiplied by T. That makes the answer harder.")
    if near(softmax(softmax(logits) / 2)[1]):
        raise Mistake("You softened probabilities. Divide the logits.")
    if near(softmax(logits)[1] / 2):
        raise Mistake("You divided the probability, not the logits.")
    raise Mistake("Divide the logits by T, then take the softmax.")


def entropy(answer):
    """-sum p log p, stable."""
    logits = np.array([3.0, 1.0, -1.0, 0.0])
    p = softmax(logits / 2)
    exact = -(p * np.log(p)).sum()
    got = scalar(answer, logits, 2.0)
    if math.isclose(got, -exact, rel_tol=1e-5):
        raise Mistake("The sign is missing: entropy is not negative.")
    if math.isclose(got, exact / math.log(2), rel_tol=1e-5):
        raise Mistake("These are bits. Use the natural logarithm.")
    one = softmax(logits)
    if math.isclose(got, -(one * np.log(one)).sum(), rel_tol=1e-5):
        raise Mistake("The temperature has no effect in it.")
    if not math.isclose(got, exact, rel_tol=1e-5):
        raise Mistake("For logits 3, 1, -1, 0 at T = 2 it is wrong.")
    with np.errstate(all="ignore"):
        large = scalar(answer, np.array([1000.0, 0.0, 998.0]), 1.0)
    p = softmax([0.0, -2.0])
    if math.isclose(large, math.log(2), rel_tol=1e-5):
        raise Mistake(
            "Logits of 1000 and 998 are cut to one size in it. Subtract the "
            "largest instead."
        )
    if not math.isclose(large, -(p * np.log(p)).sum(), rel_tol=1e-5):
        raise Mistake(
            "Right for small logits, but not for a thousand. Subtract the "
            "largest first, and let 0 log 0 be 0."
        )
    return "Log space, or scipy.special, takes care of large logits."


def agreement(answer):
    """They may be wrong on disjoint images."""
    value = number(answer)
    if value == 82:
        return "The ten errors and the eight need not overlap."
    if value == 90:
        raise Mistake("That is the largest overlap of the right answers.")
    if value == 98:
        raise Mistake("This is the most they can agree; what is the least?")
    if value == 18:
        raise Mistake("On so many they may differ. And on the others?")
    if value == 0:
        raise Mistake("Both are right on most images; there they agree.")
    raise Mistake("Let their errors fall on different images.")


def control(answer):
    """Each row's logits become the mean of its class's rows."""
    from ..answers.answers import Answers
    from ..data.dataset import Split

    split = Split(np.arange(5.0)[:, None], np.array([1, 0, 1, 0, 1]))
    logits = np.array(
        [[0.0, 4.0, 1.0], [5.0, 1.0, 0.0], [1.0, 7.0, 3.0], [3.0, 2.0, 2.0],
         [5.0, 1.0, 0.0]]
    )  # fmt: skip
    got = array(answer, Answers.of(split.x, logits), split, 0)
    means = np.stack([logits[split.y == k].mean(axis=0) for k in (0, 1)])
    if got.shape == means.shape and np.allclose(got, means):
        raise Mistake("These are the classes' means. Give every row its own.")
    if got.shape != logits.shape:
        raise Mistake(f"It has a row an example; got shape {got.shape}.")
    if np.allclose(got, means[split.y]):
        return "What the class resembles stays; what this image shows is lost."
    if np.allclose(got, logits.mean(axis=0)):
        raise Mistake("This is the mean of all rows, whatever their class.")
    if np.allclose(got, means[logits.argmax(axis=1)]):
        raise Mistake("Group by the label, not by what the teacher names.")
    if np.allclose(got[4], np.median(logits[::2], axis=0)):
        raise Mistake("The mean, not the median.")
    if np.allclose(got, logits):
        raise Mistake("The answers are unchanged.")
    raise Mistake("The mean of a class's rows stands in each of them.")


def shuffle(answer):
    """The reader\'s own, in a form that can be judged."""
    return paired(answer, "one permutation minus new ones")


def plateau(answer):
    """The reader's own, in a form that can be judged."""
    return paired(answer, "the highest temperature minus one in the middle")
