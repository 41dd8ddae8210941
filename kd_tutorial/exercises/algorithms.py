"""Checks of the exercises on better algorithms."""

import math

from . import Mistake, number, numbers

__all__ = ["detectable", "effects"]

HINTS = {
    "detectable": (
        "How much does a mean of four runs spread, and the difference of two?",
        "The interval reaches as far as the quantile times that spread.",
    ),
    "effects": (
        "A main effect: what the change brings, averaged over the two "
        "settings of the other factor.",
        "The interaction: what the weight brings one method, minus what it "
        "brings the other.",
    ),
    "published": (
        "A temperature of its own for each method is a third factor. Can it "
        "be told from the method?",
        "One study with four learning rates has the smallest rate among its "
        "candidates.",
        "Look at `outcomes[...].validation` for what one rate alone would "
        "have given.",
    ),
}


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


def detectable(answer):
    """2.45 × 0.3 × sqrt(1/4 + 1/4)."""
    value = number(answer)

    def near(other):
        return math.isclose(value, other, rel_tol=0.01)

    if near(2.45 * 0.3 * 0.5**0.5):
        return "Half a point: many differences in tables are smaller."
    if near(1.96 * 0.3 * 0.5**0.5):
        raise Mistake("With eight runs in all the quantile is 2.45.")
    if near(2.45 * 0.3 / 2):
        raise Mistake("Both means spread: the difference spreads more.")
    if near(2.45 * 0.3):
        raise Mistake("Means of four runs spread half as much as a run.")
    if near(2.45 * 0.3 * 2**0.5):
        raise Mistake("That is for single runs. These are means of four.")
    if near(0.3 * 0.5**0.5):
        raise Mistake("That is one standard error; the interval has 2.45.")
    raise Mistake("Quantile, times 0.3, times the root of 1/4 + 1/4.")
