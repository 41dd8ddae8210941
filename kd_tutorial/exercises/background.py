"""Checks of the exercises of the background chapter."""

import math

from . import Mistake, number

__all__ = ["bytes", "interval", "operations"]

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
        return "Nearly a quarter of what float32 takes."
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
    letter = str(answer).strip().strip("()").lower()
    if letter == "c":
        return "Not resolved is a result too; more seeds could resolve it."
    if letter == "a":
        raise Mistake("The interval holds zero as well.")
    if letter == "b":
        raise Mistake(
            "Absence of evidence: the interval holds gains near two points."
        )
    if isinstance(answer, float) and math.isnan(answer):
        raise Mistake("Answer with a letter.")
    raise Mistake("Answer a, b or c.")
