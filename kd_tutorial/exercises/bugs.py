"""Checks of the exercises in the museum of bugs."""

import numpy as np

from . import Mistake, number, says

__all__ = ["chance", "factor", "size"]


def chance(answer):
    """The shuffled cache."""
    value = number(answer)
    if value == 6:
        return "The cache belongs to other rows."
    if value == 8:
        raise Mistake("Asked afresh, the teacher is right.")
    if value == 1:
        raise Mistake("A double softmax keeps the order of classes.")
    if value == 5:
        raise Mistake("Dropout makes answers noisy, not random.")
    raise Mistake("What differs between the cache and a fresh answer?")


def size(answer):
    """True with T², False without."""
    from ..objectives import losses

    def without(v, z, temperature):
        value = losses.kl_divergence(v, z, temperature=temperature)
        return value / temperature**2

    def half(v, z, temperature):
        return (
            losses.kl_divergence(v, z, temperature=temperature) / temperature
        )

    def right(v, z, temperature):
        return losses.kl_divergence(v, z, temperature=temperature)

    def twice(v, z, temperature):
        return right(v, z, temperature) * temperature**2

    if not says(answer, right):
        raise Mistake("It refuses the right loss.")
    if says(answer, without):
        raise Mistake("A loss without T² passes.")
    if says(answer, half):
        raise Mistake("A loss with T instead of T² passes.")
    if says(answer, twice):
        raise Mistake(
            "A loss with T² twice passes. It grows: test both directions."
        )
    return "No formula was needed."


def factor(answer):
    """1,000 × 16."""
    value = number(answer)
    if np.isclose(value, 16_000):
        return "Such a teacher might as well be silent."
    if np.isclose(value, 4_000):
        raise Mistake("T counts twice.")
    if np.isclose(value, 1_000):
        raise Mistake("The temperature is missing.")
    if np.isclose(value, 16):
        raise Mistake("The mean over classes is missing.")
    raise Mistake("Two factors, to be multiplied.")
