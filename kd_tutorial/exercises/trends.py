"""Checks of the exercises on trends."""

import math

from . import Mistake, number, numbers

__all__ = ["chance", "sign", "verdicts"]


def verdicts(answer):
    """Holds, not resolved, does not hold."""
    try:
        given = [str(verdict).strip().lower() for verdict in answer]
    except TypeError:
        raise Mistake("Answer with a list of three verdicts.") from None
    if isinstance(answer, str) or len(given) != 3:
        raise Mistake("Answer with a list of three verdicts.")
    known = {"holds", "not resolved", "does not hold"}
    if unknown := set(given) - known:
        raise Mistake(f"{unknown.pop()!r} is not one of the three verdicts.")
    if given == ["holds", "not resolved", "does not hold"]:
        return "The mean decides nothing; the whole interval does."
    if given[1] == "holds":
        raise Mistake("(b) has a mean above 0, but its interval holds 0.")
    if given[1] == "does not hold":
        raise Mistake("(b) does not exclude a gain: its interval holds both.")
    if given[2] == "not resolved":
        raise Mistake("(c) lies wholly below 0: that is resolved.")
    raise Mistake("Ask of each interval: is all of it on one side of 0?")


def sign(answer):
    """P(N(0.4, 2 * 0.8²) < 0)."""
    value = number(answer)

    def tail(ratio):
        return math.erfc(ratio / math.sqrt(2)) / 2

    right = tail(0.4 / (math.sqrt(2) * 0.8))
    if math.isclose(value, right, abs_tol=0.006):
        return "More than one case in three."
    if math.isclose(value, 100 * right, abs_tol=0.6):
        raise Mistake("As a probability, from 0 to 1.")
    if math.isclose(value, tail(0.5), abs_tol=0.006):
        raise Mistake("Both runs are draws: their difference spreads more.")
    if math.isclose(value, 1 - right, abs_tol=0.006):
        raise Mistake("This is how likely it looks better.")
    raise Mistake("A normal tail, at the gain over the difference's spread.")


def chance(answer):
    """40 * 0.025, and 1 - 0.975**40."""
    expected, least = numbers(answer, 2)
    right = 1 - 0.975**40
    if math.isclose(expected, 2):
        raise Mistake("Half of the 5 % lie on the wrong side: no gain there.")
    if not math.isclose(expected, 1):
        raise Mistake("Each holds by chance with the same probability.")
    if math.isclose(least, right, abs_tol=0.006):
        return "So one surprising verdict on such a page is no surprise."
    if math.isclose(least, 0.975**40, abs_tol=0.006):
        raise Mistake("This is how likely none of them holds.")
    raise Mistake("The second: one minus the chance that all forty do not.")
