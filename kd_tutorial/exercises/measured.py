"""Checks of experiments, whose result is the reader's own.

What is right is not a number. It is the form of an answer that can be judged:
a paired difference, a value for each seed, ten seeds or more.
"""

from collections.abc import Iterable

import numpy as np

from ..evidence.intervals import Difference, Interval
from . import Mistake, number


def paired(answer, of: str) -> str:
    """Says what a paired difference shows; raises `Mistake` for other forms.

    Args:
        answer: the reader's.
        of: what is subtracted from what, for the mistakes.
    """
    if isinstance(answer, Difference | Interval):
        return _judged(answer, of)
    if isinstance(answer, str):
        raise Mistake(f"Show it, do not tell: the difference {of}.")
    if hasattr(answer, "difference"):
        raise Mistake(
            f"That is the whole comparison. Ask it for one `difference`: {of}."
        )
    if _is_number(answer):
        raise Mistake(
            "One number has no interval, and luck is not excluded. Answer "
            f"with a kd.Difference: {of}."
        )
    parts = answer.values() if isinstance(answer, dict) else answer
    if isinstance(parts, Iterable) and any(
        isinstance(one, Interval) for one in parts
    ):
        raise Mistake(
            "Whether two intervals overlap says little: the seeds are shared. "
            f"Subtract seed by seed: {of}."
        )
    raise Mistake(f"Make a kd.Difference of the values, a seed each: {of}.")


def _is_number(answer) -> bool:
    try:
        number(answer)
    except Mistake:
        return False
    return True


def _judged(answer, of):
    values = answer.values
    # A difference may be large; no method is 50 points ahead in each seed.
    if (values > (50 if isinstance(answer, Difference) else 20)).all():
        raise Mistake(f"These are accuracies. The difference, please: {of}.")
    if not values.any():
        raise Mistake("All differences are 0: a method minus itself?")
    if np.ptp(values) == 0:
        raise Mistake("All values are equal: one seed, many times?")
    if len(values) < 10:
        raise Mistake(
            f"{len(values)} seeds are few: an effect would have to be very "
            "large. Ten, please."
        )
    if not isinstance(answer, Difference):
        raise Mistake("Seeds are paired: make it a kd.Difference.")
    side = (
        "above 0" if answer.low > 0
        else "below 0" if answer.high < 0
        else "on both sides of 0, so its sign is open"
    )  # fmt: skip
    return f"Yours, {answer}, lies {side}."
