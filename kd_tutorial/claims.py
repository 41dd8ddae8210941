"""A claim stands next to its evidence, and stops the notebook if it fails.

One rule decides: a claim `above=a` *holds* if the whole 95 % interval lies
above a, *does not hold* if the whole interval lies below, and is *not
resolved* otherwise. `within=w` holds if the whole interval lies between -w
and w, and does not hold if it lies wholly outside.
"""

import math
import numbers
from dataclasses import dataclass

from .intervals import Interval

SEEDS_NEEDED = 10


class ClaimFailed(AssertionError):
    """A claim that the evidence does not bear out; carries the numbers."""


@dataclass(frozen=True)
class Claim:
    """A statement, its evidence in words, and the verdict."""

    statement: str
    evidence: str
    condition: str
    verdict: str

    def __str__(self):
        return f"{self.verdict}: {self.statement}\n  {self.evidence}" + (
            f" (claimed: {self.condition})"
        )


def _bounds(evidence):
    if isinstance(evidence, Interval):
        return evidence.low, evidence.high
    if isinstance(evidence, bool) or not hasattr(evidence, "__float__"):
        raise TypeError(
            f"evidence must be a number or an Interval, got {evidence!r}. "
            "For example study.difference('soft', 'hard')."
        )
    return float(evidence), float(evidence)


def verdict(evidence, *, above=None, below=None, within=None) -> str:
    """What the evidence says of a claim, by the rule of this module.

    Args:
        evidence: an `Interval` or `Difference`; a number stands for itself.
        above: the claim is that the true value lies above this.
        below: the claim is that it lies below this.
        within: the claim is that its size is less than this.

    Returns:
        `"holds"`, `"does not hold"` or `"not resolved"`.

    Raises:
        TypeError: when not exactly one of the three is given.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.verdict(kd.Interval([1.0, 2.0, 3.0]), above=0)
    'not resolved'
    >>> kd.verdict(0.5, within=1)
    'holds'
    """
    given = [b for b in (above, below, within) if b is not None]
    if len(given) != 1 or not isinstance(given[0], numbers.Real):
        raise TypeError(
            "give one number, as above, below or within, got "
            f"above={above!r}, below={below!r}, within={within!r}."
        )
    low, high = _bounds(evidence)
    if math.isnan(low) or math.isnan(high):
        return "does not hold"
    if above is not None:
        holds, fails = low > above, high <= above
    elif below is not None:
        holds, fails = high < below, low >= below
    else:
        holds = -within < low and high < within
        fails = low >= within or high <= -within
    return "holds" if holds else "does not hold" if fails else "not resolved"


def claim(
    statement: str, evidence, *, above=None, below=None, within=None
) -> Claim:
    """State a claim, check it, and print it with its numbers.

    Args:
        statement: the claim, as a sentence.
        evidence: an `Interval` or `Difference` of ten seeds or more, or a
            number where nothing is random.
        above, below, within: what is claimed, see `verdict`.

    Returns:
        The `Claim`, printed.

    Raises:
        ClaimFailed: with the numbers, unless the verdict is `"holds"`.
        ValueError: for evidence from fewer than ten seeds.

    Example:

    >>> import kd_tutorial as kd
    >>> _ = kd.claim("two and two make four", abs(2 + 2 - 4), below=1e-12)
    holds: two and two make four
      0 (claimed: below 1e-12)
    """
    if isinstance(evidence, Interval) and evidence.n < SEEDS_NEEDED:
        raise ValueError(
            f"evidence has n = {evidence.n} seeds; a claim needs "
            f"{SEEDS_NEEDED} or more. Pass seeds=range({SEEDS_NEEDED}) to "
            "compare."
        )
    decided = verdict(evidence, above=above, below=below, within=within)
    kind, bound = next(
        (k, b)
        for k, b in (("above", above), ("below", below), ("within", within))
        if b is not None
    )
    shown = (
        str(evidence)
        if isinstance(evidence, Interval)
        else f"{float(evidence):.3g}"
    )
    if kind == "within":
        kind = "size below"
    made = Claim(statement, shown, f"{kind} {bound:g}", decided)
    if decided != "holds":
        raise ClaimFailed(str(made))
    print(made)
    return made
