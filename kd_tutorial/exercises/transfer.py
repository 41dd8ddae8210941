"""Checks of the exercises on the transfer of knowledge."""

import math

import numpy as np

from . import Mistake, called, numbers, scalar

__all__ = ["between", "bias", "optimism"]

HINTS = {
    "bias": (
        "A bias b is added to class 3 alone. When is the 3 named 3?",
        "And up to which b is the 8 still named 8?",
    ),
    "optimism": (
        "Two candidates are chosen: one by each list.",
        "Read the test accuracy of both, and subtract.",
    ),
    "missing": (
        "Two biases, one for 3 and one for 5: try pairs on a grid.",
        "Choose the pair on the few validation images, and count on test.",
        "Each seed leaves out, trains and chooses by itself.",
    ),
    "between": (
        "At share 1 it is the teacher, at share 0 the fresh network.",
        "Do the same with each pair of arrays, and return a list.",
    ),
}


def near(one, other):
    """Equal as far as float32 can tell."""
    return math.isclose(one, other, rel_tol=1e-6)


def between(answer):
    """share * teacher + (1 - share) * fresh, array by array."""
    generator = np.random.default_rng(0)
    shapes = (4, 3), (3,)
    teacher = [generator.normal(size=shape) for shape in shapes]
    fresh = [generator.normal(size=shape) for shape in shapes]
    got = called(answer, teacher, fresh, 0.25)
    if not isinstance(got, list | tuple) or len(got) != len(shapes):
        raise Mistake("Return a list with an array for each of theirs.")
    if any(
        np.shape(one) != shape for one, shape in zip(got, shapes, strict=True)
    ):
        raise Mistake("Each array keeps its shape.")

    def is_at(share):
        return all(
            np.allclose(one, share * own + (1 - share) * drawn)
            for one, own, drawn in zip(got, teacher, fresh, strict=True)
        )

    if is_at(0.25):
        return "`set_weights` takes the list as it is."
    if is_at(0.75):
        raise Mistake("The share belongs to the teacher: 1 is the teacher.")
    if is_at(0.5):
        raise Mistake("That is halfway, whatever the share.")
    raise Mistake("A weighted mean whose weights add up to one.")


def bias(answer):
    """2.1 + b > 4.6 and 1.2 + b < 6.0."""
    low, high = numbers(answer, 2)
    if near(low, 2.5) and near(high, 4.8):
        return "Any bias between them will do; validation finds one."
    if near(low, 4.8) and near(high, 2.5):
        raise Mistake("The right numbers, the lower one first.")
    if near(low, 2.5):
        raise Mistake("The 3 is right from there on; when is the 8 lost?")
    if near(high, 4.8):
        raise Mistake("The 8 is kept up to there; when is the 3 won?")
    raise Mistake("Compare class 3 with class 8, image by image.")


def optimism(answer):
    """max(test) - test[argmax(validation)]."""
    validation, test = [0.5, 0.8, 0.55, 0.95, 0.7], [0.4, 0.7, 0.9, 0.6, 0.8]
    got = scalar(answer, validation, test)

    def is_(value):
        return math.isclose(got, value, abs_tol=1e-6)

    if is_(0.9 - 0.6):
        return "It is never negative, which is the trouble with it."
    if is_(0.9 - 0.95):
        raise Mistake("Both choices are to be judged on test.")
    if is_(0.9 - 0.55):
        raise Mistake("Read both on test, also the one that validation chose.")
    if is_(0.6 - 0.9):
        raise Mistake("The other way round.")
    if is_(0.9 - 0.8):
        raise Mistake("Validation need not choose the second best on test.")
    raise Mistake("Choose twice; read the test accuracy of each choice.")
