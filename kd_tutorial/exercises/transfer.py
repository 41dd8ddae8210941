"""Checks of the exercises on the transfer of knowledge."""

import math

from . import Mistake

__all__ = ["bias", "chain", "optimism"]


def bias(answer):
    """2.1 + b > 4.6 and 1.2 + b < 6.0."""
    try:
        low, high = (float(number) for number in answer)
    except (TypeError, ValueError):
        raise Mistake("Answer with a pair of numbers.") from None
    if math.isclose(low, 2.5) and math.isclose(high, 4.8):
        return "Any bias between them will do; validation finds one."
    if math.isclose(low, 4.8) and math.isclose(high, 2.5):
        raise Mistake("The right numbers, the lower one first.")
    if math.isclose(low, 2.5):
        raise Mistake("The 3 is right from there on; when is the 8 lost?")
    if math.isclose(high, 4.8):
        raise Mistake("The 8 is kept up to there; when is the 3 won?")
    raise Mistake("Compare class 3 with class 8, image by image.")


def optimism(answer):
    """max(test) - test[argmax(validation)]."""
    if not callable(answer):
        raise Mistake("Give the function itself.")
    validation, test = [0.7, 0.9, 0.8], [0.6, 0.7, 0.85]
    got = float(answer(validation, test))
    if math.isclose(got, 0.15):
        return "It is never negative, which is the trouble with it."
    if math.isclose(got, -0.05):
        raise Mistake("Both choices are to be judged on test.")
    if math.isclose(got, -0.15):
        raise Mistake("The other way round.")
    raise Mistake("Choose twice; read the test accuracy of each choice.")


def chain(answer):
    """0.8 × 0.9 + 0.2 × 0.25."""
    value = float(answer)
    if math.isclose(value, 77):
        return "Below the teacher, though it corrects some of its errors."
    if math.isclose(value, 0.77):
        raise Mistake("In percent.")
    if math.isclose(value, 72):
        raise Mistake("Where the teacher errs, the student may be right.")
    if math.isclose(value, 92):
        raise Mistake("Of those it has wrong, a quarter: a quarter of 20 %.")
    raise Mistake("Add up both groups of images.")
