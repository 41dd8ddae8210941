"""Checks of the exercises on what else is handed on."""

from math import isclose

from . import Mistake, number, numbers

__all__ = ["average", "chain"]


def near(one, other):
    """Equal as far as float32 can tell."""
    return isclose(one, other, rel_tol=1e-6)


def average(answer):
    """(10 × 98 + 65) / 11, and (98 + 65) / 2."""
    validation, test = numbers(answer, 2)
    if near(validation, 95) and near(test, 81.5):
        return "Uneven validation hides more than thirteen points."
    if near(validation, 0.95) and near(test, 0.815):
        raise Mistake("In percent.")
    if near(validation, 81.5) and near(test, 95):
        raise Mistake("The right numbers, validation first.")
    if near(test, 81.5):
        raise Mistake("In validation a common class counts ten times.")
    if near(validation, 95):
        raise Mistake("In the test set every class counts once.")
    raise Mistake("Weigh each class by its share of the images.")


def chain(answer):
    """0.8 × 0.9 + 0.2 × 0.25."""
    value = number(answer)
    if near(value, 77):
        return "Below the teacher, though it corrects some of its errors."
    if near(value, 0.77):
        raise Mistake("In percent.")
    if near(value, 72):
        raise Mistake("Where the teacher errs, the student may be right.")
    if near(value, 92):
        raise Mistake("Of those it has wrong, a quarter: a quarter of 20 %.")
    raise Mistake("Add up both groups of images.")
