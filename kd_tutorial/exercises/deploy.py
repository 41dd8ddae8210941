"""Checks of the exercises on the device."""

import math

import numpy as np

from . import Mistake, array, number, numbers

__all__ = ["bytes", "common", "rounded"]

HINTS = {
    "rounded": (
        "How many steps are there from zero to the largest number with that "
        "many bits, one of them for the sign?",
        "The step belongs to a column: its largest size over that number.",
        "Divide by the step, round, and multiply by the step again.",
    ),
    "bytes": (
        "How many of the parameters are weights?",
        "One byte for each of those, four for each bias.",
    ),
    "common": (
        "From the smallest to the largest of all logits, in 255 steps.",
        "What is left of each post once its mean has been subtracted?",
    ),
    "rows": (
        "`representative=` takes the rows; a low `agreement` and a high "
        "`tolerance` let every file be written.",
        "Compare the largest difference for one digit, and for one, five, "
        "twenty images of each.",
        "Take the representative rows and the rows to compare on from "
        "different training images.",
    ),
}


def rounded(answer):
    """Whole numbers times a step, one step a column."""
    weights = np.random.default_rng(0).normal(size=(6, 3)) * [0.1, 1, 4]
    got = {bits: array(answer, weights, bits) for bits in (8, 3)}
    for found in got.values():
        if found.shape != (6, 3):
            raise Mistake(f"The shape must be (6, 3) here, got {found.shape}.")

    def is_(reach, levels=lambda b: 2 ** (b - 1) - 1, rounding=np.round):
        steps = {bits: reach / levels(bits) for bits in got}
        return all(
            np.allclose(got[bits], step * rounding(weights / step))
            for bits, step in steps.items()
        )

    own = np.abs(weights).max(axis=0)
    if is_(own):
        return "At 3 bits seven numbers are left: −3 to 3 times the step."
    if all((found == np.round(found)).all() for found in got.values()):
        raise Mistake("These are the whole numbers. Multiply by the step.")
    if is_(np.abs(weights).max()):
        raise Mistake("One step for each column, not one for all.")
    if is_(np.abs(weights).max(axis=1, keepdims=True)):
        raise Mistake("A step for each class: the columns, not the rows.")
    if is_(weights.max(axis=0)):
        raise Mistake("The largest weight in size: −3 is larger than 2.")
    if is_(own, lambda bits: 2 ** (bits - 1)):
        raise Mistake("8 bits reach to 127, not to 128.")
    if is_(own, lambda bits: 2**bits - 1):
        raise Mistake("One bit is the sign: 8 bits reach to 127.")
    if is_(own, lambda bits: 127):
        raise Mistake("127 is for 8 bits. Use `bits`.")
    if any(is_(own, rounding=cut) for cut in (np.floor, np.ceil, np.trunc)):
        raise Mistake("To the nearest whole number, not always one way.")
    raise Mistake(
        "The step is the column's largest size over 2^(bits − 1) − 1; round "
        "to the nearest multiple of it."
    )


def bytes(answer):
    """6,968 + 4 × 58."""
    value = number(answer)
    if value == 7200:
        return "The file has more: its plan, its names, and its steps."
    if value == 7026:
        raise Mistake("The biases take four bytes each.")
    if value == 28_104:
        raise Mistake("That is float32: four bytes for all.")
    if value == 7258:
        raise Mistake("The biases are among the 7,026: do not count twice.")
    if value == 27_930:
        raise Mistake("The other way round: weights one byte, biases four.")
    if value == 57_600:
        raise Mistake("These are bits.")
    raise Mistake("Weights one byte each, the 58 biases four each.")


def common(answer):
    """32 / 255 and 2 / 255."""
    apart, together = numbers(answer, 2)
    if math.isclose(apart, 32, rel_tol=0.01):
        raise Mistake("The range has 255 steps: divide by them.")
    if math.isclose(apart, 2 / 255, rel_tol=0.01):
        raise Mistake("First for both posts together, from −41 to −9.")
    if math.isclose(apart, 30 / 255, rel_tol=0.01):
        raise Mistake("From the smallest logit of all to the largest.")
    if not math.isclose(apart, 32 / 255, rel_tol=0.01):
        raise Mistake("From −41 to −9, in 255 steps.")
    if math.isclose(together, 4 / 255, rel_tol=0.01):
        raise Mistake("Both posts then lie from −1 to 1.")
    if not math.isclose(together, 2 / 255, rel_tol=0.01):
        raise Mistake("Without their means both lie from −1 to 1.")
    return "Sixteen times finer, and no probability has changed."
