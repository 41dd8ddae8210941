"""Checks of the exercises on cheaper training."""

import math

import numpy as np

from . import Mistake, array, number, numbers

__all__ = ["cache", "kept", "label", "mix", "steps"]

HINTS = {
    "cache": (
        "Tokens of text times tokens of vocabulary times bytes.",
        "Each kept logit needs its index: how many bytes do both take?",
    ),
    "mix": (
        "A weighted mean, image by image.",
        "`share` has one axis, the images have four. Where must axes be "
        "added?",
    ),
    "steps": (
        "What does the run cost that asks in every step?",
        "With the answers kept: n steps of the student, and 30 questions.",
    ),
    "unseen": (
        "Only the teacher changes: pass `teacher` where `steady` stood.",
        "What does a teacher say of views that it has never met?",
        "Compare both students, and both agreements with the teacher.",
    ),
    "label": (
        "Each row has two classes with a share, and adds up to one.",
        "If both images are of one class, their shares belong to one entry: "
        "add, do not overwrite.",
    ),
    "kept": (
        "In the logits the gradient is q − p. What is told in place of p?",
        "The two largest, scaled, give the first class 0.4 over 0.7.",
        "If drawn by its share, what is the first class told on average?",
    ),
}


def cache(answer):
    """100 GB, and 0.3 GB."""
    full, kept = numbers(answer, 2)
    if math.isclose(full, 200):
        raise Mistake("A float16 takes two bytes, not four.")
    if math.isclose(full, 50):
        raise Mistake("A float16 takes two bytes, not one.")
    if not math.isclose(full, 100):
        raise Mistake("Tokens times vocabulary times bytes.")
    if math.isclose(kept, 0.1):
        raise Mistake("The indices of the largest must be kept too.")
    if math.isclose(kept, 300):
        raise Mistake("These are megabytes.")
    if not math.isclose(kept, 0.3, rel_tol=1e-6):
        raise Mistake("Fifty numbers of six bytes a token.")
    return "A factor of three hundred, which makes caching possible."


def kept(answer):
    """0.4 - 0.4 / 0.7, and nothing."""
    largest, drawn = numbers(answer, 2)
    off = 0.4 - 0.4 / 0.7
    if math.isclose(largest, -off, rel_tol=1e-2):
        raise Mistake("It is q - p: who is told more gets less. The sign!")
    if math.isclose(largest, 0.4 / 0.7, rel_tol=1e-2):
        raise Mistake("That is what the student is told, not the difference.")
    if not math.isclose(largest, off, rel_tol=1e-2):
        raise Mistake("The gradient is q - p: only p differs.")
    if abs(drawn) > 1e-3:
        raise Mistake("The mean share of a class that is drawn is its own.")
    return "A bias of 0.17 in every step, against noise that has none."


def label(answer):
    """share * onehot(one) + (1 - share) * onehot(other)."""
    one, other = np.array([0, 1, 2]), np.array([1, 1, 0])
    share = np.array([0.2, 0.3, 0.9])
    got = array(answer, one, other, share, 4)
    if got.shape != (3, 4):
        raise Mistake(f"The shape must be (3, 4) here, got {got.shape}.")
    s, each = share[:, None], np.eye(4)
    if np.allclose(got, s * each[one] + (1 - s) * each[other]):
        return "Two images of one class make a whole label."
    if np.allclose(got, (1 - s) * each[one] + s * each[other]):
        raise Mistake("The share belongs to `one`.")
    if np.allclose(got[[0, 2]].sum(axis=1), 1):
        raise Mistake("A mixture of two 1s is a whole 1: add the shares up.")
    raise Mistake("Each row must add up to one.")


def mix(answer):
    """share * a + (1 - share) * b, broadcast over pixels."""
    generator = np.random.default_rng(0)
    a, b = generator.uniform(size=(2, 8, 8, 8, 1))
    share = generator.uniform(size=8)
    got = array(answer, a, b, share)
    if got.shape != a.shape:
        raise Mistake(f"The shape must stay {a.shape}, got {got.shape}.")
    s = share[:, None, None, None]
    if np.allclose(got, s * a + (1 - s) * b):
        return "One share an image."
    if np.allclose(got, (1 - s) * a + s * b):
        raise Mistake("The share belongs to a.")
    columns = share[:, None]
    if np.allclose(got, share * a + (1 - share) * b) or np.allclose(
        got, columns * a + (1 - columns) * b
    ):
        raise Mistake("Each pixel row got a share of its own. Add axes.")
    raise Mistake("A weighted mean of a and b, image by image.")


def steps(answer):
    """1,000 × 6 = n × 1 + 30 × 5."""
    value = number(answer)
    if value == 5850:
        return "Nearly six times as many."
    if value == 6000:
        raise Mistake("The teacher must still be asked once.")
    if value == 4850:
        raise Mistake("Each of the thousand steps has a student's part too.")
    if value == 5820:
        raise Mistake("Asking costs 5 a batch; the student has no part in it.")
    if value == 975:
        raise Mistake("That is what the steps alone would leave.")
    raise Mistake("Work before: 1,000 steps of 1 and 5 each.")
