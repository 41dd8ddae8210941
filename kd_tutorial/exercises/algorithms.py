"""Checks of the exercises on better algorithms."""

import math

from . import Mistake, numbers

__all__ = ["effects"]


def effects(answer):
    """((91 - 90) + (92 - 93)) / 2, ((93 - 90) + (92 - 91)) / 2, 1 - 3."""
    method, weight, interaction = numbers(answer, 3)
    if (method, weight) == (2.0, 0.0):
        raise Mistake("Method first, then weight.")
    if math.isclose(method, 1):
        raise Mistake(
            "The main effect of the method is its mean over both weights."
        )
    if math.isclose(weight, 3):
        raise Mistake(
            "The main effect of the weight is its mean over both methods."
        )
    if (method, weight) != (0.0, 2.0):
        raise Mistake("Halve the sum of the two differences.")
    if math.isclose(interaction, 2):
        raise Mistake("The new method's share first: its sign is negative.")
    if math.isclose(interaction, -1):
        raise Mistake("A difference of differences, without halving.")
    if not math.isclose(interaction, -2):
        raise Mistake("What the weight brings one method, minus the other.")
    return "Compared across weights, the new method would seem 2 ahead."
