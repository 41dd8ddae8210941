"""Checks of the exercises of the background chapter."""

from . import Mistake, number, word
from .measured import paired

__all__ = ["bytes", "confound", "interval", "larger", "operations", "tables"]

HINTS = {
    "operations": (
        "Each unit of a layer takes one product for each number that reaches "
        "it.",
        "So a layer takes inputs times outputs. There are three layers here.",
        "Pixels count as inputs of the first layer; biases are only added.",
    ),
    "bytes": (
        "Count weights and biases apart: they are kept in different sizes.",
        "Eight bits are one byte, 32 bits are four.",
        "There is one bias for each unit, in all three layers.",
    ),
    "interval": (
        "Which effects does the interval hold, and which does it leave out?",
        "Look at zero, and look at one point. Are they inside?",
    ),
    "confound": (
        "List everything in which the two trainings differ.",
        "The interval says that something helped. Could it be another thing "
        "than the answers?",
    ),
    "tables": (
        "A gain is a difference. Between which two students?",
        "Look for the student without a teacher, and for a spread.",
        "How near a student comes to its teacher is another question.",
    ),
    "larger": (
        "Run one comparison of labels and answers for each width, on the "
        "same seeds.",
        "Each seed then has two gains. What was asked is about their "
        "difference.",
        "Subtract the values of one `difference` from those of the other, "
        "and make a `kd.Difference` of them.",
    ),
}

_KERNELS = 64 * 32 + 32 * 16 + 16 * 10
_BIASES = 32 + 16 + 10


def operations(answer):
    """64-32-16-10, products of weights only."""
    value = number(answer)
    if value == _KERNELS:
        return "Most of them are in the first layer."
    if value == _KERNELS + _BIASES:
        raise Mistake("You counted the biases, which multiply nothing.")
    if value == 2 * _KERNELS:
        raise Mistake(
            "A multiply-add is one operation here, not a product and a sum."
        )
    if value == 64 * 32 + 32 * 16:
        raise Mistake("The last layer is missing.")
    if value == 64 + 32 + 16 + 10:
        raise Mistake("These are the units. Each is joined to all before it.")
    raise Mistake("Each layer takes inputs times outputs.")


def bytes(answer):
    """8-bit weights, 32-bit biases."""
    value = number(answer)
    if value == _KERNELS + 4 * _BIASES:
        return "A little more than a quarter of what float32 takes."
    if value == 8 * _KERNELS + 32 * _BIASES:
        raise Mistake("These are bits.")
    if value == 4 * (_KERNELS + _BIASES):
        raise Mistake("This is the size in float32.")
    if value == _KERNELS + _BIASES:
        raise Mistake("The biases keep 32 bits.")
    if value == _KERNELS:
        raise Mistake("The biases are missing.")
    raise Mistake("Weights take one byte each, biases four.")


def interval(answer):
    """The interval holds both 0 and 1."""
    letter = _letter(answer, "abc")
    if letter == "c":
        return "Open is a result too; more seeds could decide it."
    if letter == "a":
        raise Mistake("The interval holds zero as well.")
    raise Mistake(
        "Absence of evidence: the interval holds gains near two points."
    )


def confound(answer):
    """The lengths of the two trainings differ."""
    letter = _letter(answer, "abcd")
    if letter == "c":
        return "Two things changed, so neither is known to be the cause."
    if letter in "ab":
        raise Mistake(
            "Then the interval would be wide. It excludes zero: something "
            "helped. What?"
        )
    raise Mistake("A larger teacher is what is on trial, not a flaw.")


def tables(answer):
    """A gain needs the plain student; a spread says what to make of it."""
    letter = _letter(answer, "abcd")
    if letter == "b":
        return "74.9 - 73.3, by several times its spread. A may have none."
    if letter == "a":
        raise Mistake("What would A's student reach from labels alone?")
    if letter == "c":
        raise Mistake(
            "How near a student comes to its teacher says little: it may "
            "have been as near without."
        )
    raise Mistake("Only one of them shows the same student without a teacher.")


def _letter(answer, allowed):
    letter = word(answer)
    if letter not in set(allowed):
        *first, last = allowed
        raise Mistake(f"Answer {', '.join(first)} or {last}.")
    return letter


def larger(answer):
    """The reader\'s own, in a form that can be judged."""
    return paired(answer, "the gain of 512 units minus that of 8")
