"""Checks of the exercises on what else is handed on."""

from math import isclose

from . import Mistake, number, numbers

__all__ = ["average", "chain", "noisy"]

HINTS = {
    "chain": (
        "Divide the images in two groups: teacher right, teacher wrong.",
        "On each group the student is right on some share. Add them up.",
    ),
    "average": (
        "In validation, what share of the images is of common classes?",
        "In the test set, every class has the same weight.",
    ),
    "noisy": (
        "Split the images in those that the student has right and wrong.",
        "If both are wrong, how often do they name the same class?",
    ),
}


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
    if near(value, 97):
        raise Mistake("A quarter of the 20 % it has wrong, not of all.")
    if near(value, 92):
        raise Mistake("Of those it has wrong, a quarter: a quarter of 20 %.")
    raise Mistake("Add up both groups of images.")


def noisy(answer):
    """0.95 × 0.6 + 0.05 × 0.4 / 9."""
    value = number(answer)

    def close(other):
        return isclose(value, other, abs_tol=0.06)

    if close(95 * 0.6 + 5 * 0.4 / 9):
        return "All are squeezed alike, so validation can still choose."
    if close(0.572):
        raise Mistake("In percent.")
    if close(57):
        raise Mistake("Student and label may be wrong in the same way.")
    if close(59):
        raise Mistake("A wrong label is one of nine: seldom the student's.")
    if close(55):
        raise Mistake("Shares of shares are multiplied, not subtracted.")
    if close(38.33):
        raise Mistake("Six in ten labels are right, four are wrong.")
    raise Mistake("Add up: both right, and both wrong in the same way.")
