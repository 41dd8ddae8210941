"""Checks of the exercises on scaling."""

import functools
import math

from . import Mistake, number, numbers
from .measured import paired

__all__ = ["error", "gain", "rows"]

HINTS = {
    "rows": (
        "Set the student's error equal to the teacher's.",
        "Solve for the root of D first; mind that D counts hundreds.",
    ),
    "gain": (
        "Headroom is the labels' error minus the teacher's.",
        "A gain lowers the error.",
    ),
    "error": (
        "Choose the number of labels of the large teachers on validation, so "
        "that both errors agree.",
        "Both teach the same students on the same 240 images.",
        "The paired difference of the students is the answer; show that of "
        "the teachers beside it.",
    ),
}

_near = functools.partial(math.isclose, rel_tol=1e-6)  # float32 will do


def rows(answer):
    """3 + 20 / sqrt(D) = 8, so D = 16 hundreds."""
    value = number(answer)
    if value == 1600:
        return "From there on each further label is a gain."
    if value == 16:
        raise Mistake("D counts hundreds of rows.")
    if value in (4, 400):
        raise Mistake("The root of D is 4; D is its square.")
    if value == 25_600:
        raise Mistake("Squared once too often: D is the square of 4.")
    if _near(value, 625):
        raise Mistake("The 3 points stay: what may be left of the 20 is 5.")
    raise Mistake("Solve 3 + 20 / sqrt(D) = 8 for D.")


def gain(answer):
    """0.6 × (10 - 4) - 1 = 2.6, and 10 - 2.6 = 7.4."""
    won, left = numbers(answer, 2)
    if _near(won, 3.6):
        raise Mistake("The rule takes a point off.")
    if _near(won, -4.6):
        raise Mistake("Headroom is the labels' error minus the teacher's.")
    if _near(won, 5):
        raise Mistake("Only six tenths of the headroom are won.")
    if not _near(won, 2.6):
        raise Mistake("Six tenths of the headroom, less one point.")
    if _near(left, 1.4):
        raise Mistake("The student's error falls from 10, not from 4.")
    if _near(left, 12.6):
        raise Mistake("A gain lowers the error.")
    if not _near(left, 7.4):
        raise Mistake("The error is that of the labels less the gain.")
    return "The student stays behind its teacher, as nearly always."


def error(answer):
    """The reader\'s own, in a form that can be judged."""
    return paired(answer, "students of large teachers minus students of small")
