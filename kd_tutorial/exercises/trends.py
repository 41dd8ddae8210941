"""Checks of the exercises on trends."""

import math

from . import Mistake, number, numbers, word
from .measured import paired

__all__ = ["chance", "design", "flaws", "sign", "trials", "verdicts"]

HINTS = {
    "verdicts": (
        "On which side of 0 does each interval lie, or does it hold 0?",
        "Half an interval is 2.26 standard errors: how many from the mean to "
        "0?",
        "Firm needs 4.6 of them here.",
    ),
    "sign": (
        "Which quantity is below 0 when it looks worse? A difference of two "
        "runs.",
        "Both runs spread: the difference's variance is the sum of theirs.",
        "How far below 0.4 is 0, in spreads of the difference? Take the "
        "normal tail.",
    ),
    "chance": (
        "How often does a 95 % interval miss a true zero, and on which side?",
        "At least one is the opposite of none.",
    ),
    "flaws": (
        "Ask of each step: what if it had come out otherwise by luck?",
        "Which set chose, which set reported, and who was allowed to try how "
        "often?",
        "Does the last sentence speak of more than was tried?",
    ),
    "design": (
        "Count: for each seed a teacher, and every trial of both methods.",
        "Both sides get the same number of trials, and both at least two.",
        "Whatever could have come out otherwise is drawn by the seed.",
    ),
    "trials": (
        "A method with several candidates is chosen on validation, seed by "
        "seed.",
        "One row with one candidate, one row with six of the same kind.",
        "The paired difference of the two is what tuning alone gives.",
    ),
}


VERDICTS = ("holds", "leans for", "open", "leans against", "does not hold")


def verdicts(answer):
    """Leans for (3.0 standard errors), open, does not hold (6.8)."""
    try:
        given = [word(verdict) for verdict in answer]
    except TypeError:
        raise Mistake("Answer with a list of three verdicts.") from None
    if isinstance(answer, str | set | dict) or len(given) != 3:
        raise Mistake("Answer with a list of three verdicts.")
    if unknown := set(given) - set(VERDICTS):
        raise Mistake(f"{unknown.pop()!r} is not one of the five verdicts.")
    if given == ["leans for", "open", "does not hold"]:
        return "The mean decides nothing; its distance in errors does."
    if given[0] == "holds":
        raise Mistake("(a) is 3.0 standard errors from 0: 4.6 are needed.")
    if given[1] in ("holds", "leans for"):
        raise Mistake("(b) has a mean above 0, but its interval holds 0.")
    if given[1] in ("does not hold", "leans against"):
        raise Mistake("(b) does not exclude a gain: its interval holds both.")
    if given[2] == "open":
        raise Mistake("(c) lies wholly below 0: that is not open.")
    if given[2] == "leans against":
        raise Mistake("(c) is 6.8 standard errors from 0: that is firm.")
    raise Mistake("Ask of each: how many standard errors, on which side of 0?")


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
    if math.isclose(value, tail(0.25), abs_tol=0.006):
        raise Mistake(
            "Variances add up, not spreads: 0.8 times the root of 2."
        )
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


_FLAWS = {
    "a": "one split for all seeds: the interval speaks for that split alone",
    "b": "a teacher chosen on test, and one for all seeds",
    "d": "24 trials against one: the rival was not tuned",
    "e": "nobody looked whether 20 epochs are enough",
    "g": "one network, one data set, and the sentence is about all of them",
}
_SOUND = {
    "c": "the same seeds for both make a paired comparison",
    "f": "the paired interval is the right one, for what was drawn",
}


def flaws(answer):
    """a, b, d, e, g."""
    try:
        given = set("".join(map(str, answer)).lower()) - set(" ,()")
    except TypeError:
        raise Mistake("Answer with the letters, for example 'cf'.") from None
    if unknown := given - set("abcdefg"):
        raise Mistake(f"{min(unknown)!r} is not a step of the report.")
    if wrong := sorted(given & set(_SOUND)):
        raise Mistake(f"({wrong[0]}) is sound: {_SOUND[wrong[0]]}.")
    if not given:
        raise Mistake("There are flaws. What do all ten seeds share?")
    if missed := sorted(set(_FLAWS) - given):
        hints = {
            "a": "What varies from seed to seed, and what does not?",
            "b": "Which set chose the teacher?",
            "d": "How often was each side allowed to try?",
            "e": "How would one know that 20 epochs are the end?",
            "g": "Does the conclusion say more than what was tried?",
        }
        raise Mistake(f"One more is not to be let pass. {hints[missed[0]]}")
    return "Split, teacher, tuning, length, and what follows: all five."


_DRAWN = {"split", "teacher", "choice", "student"}


def design(answer):
    """Ten seeds or more, equal trials, all drawn, few validate."""
    keys = {"seeds", "trials", "drawn", "validation", "matters"}
    if not isinstance(answer, dict) or set(answer) != keys:
        raise Mistake(
            f"Answer with a dictionary of {', '.join(sorted(keys))}."
        )
    seeds, matters = number(answer["seeds"]), number(answer["matters"])
    ours, theirs = numbers(answer["trials"], 2)
    validation = number(answer["validation"])
    try:
        drawn = {word(one) for one in answer["drawn"]}
    except TypeError:
        raise Mistake("'drawn' is a set of words.") from None
    if unknown := drawn - _DRAWN:
        raise Mistake(f"{min(unknown)!r} is not one of the four to draw.")
    if any(count % 1 for count in (seeds, ours, theirs)):
        raise Mistake("Seeds and trials are whole numbers.")
    if ours != theirs:
        raise Mistake("One side may try more often: its gain may be tuning.")
    if min(ours, theirs) < 2:
        raise Mistake("Both were to be tuned: one trial is none.")
    if missed := _DRAWN - drawn:
        raise Mistake(f"All seeds share one {min(missed)}: draw it, too.")
    if seeds < 10:
        raise Mistake(
            "So few seeds know their own spread too roughly. Ten, please."
        )
    cost = seeds * (1 + ours + theirs)
    if cost > 240:
        raise Mistake(
            f"That is {cost:.0f} networks: a teacher and {ours + theirs:.0f} "
            "trials for each seed. There are 240."
        )
    if not 1 <= validation <= 5:
        raise Mistake(
            "With five labels a class to train on, there are not more to "
            "choose with; and some are needed."
        )
    if not matters > 0:
        raise Mistake("Name a difference above 0 that would matter.")
    return "Paired, tuned alike, everything drawn: whatever comes out counts."


def trials(answer):
    """The reader\'s own, in a form that can be judged."""
    return paired(answer, "six trials minus one")
