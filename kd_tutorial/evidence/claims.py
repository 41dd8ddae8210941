"""A claim stands next to its evidence, and stops the notebook if it fails.

One rule decides: a claim `above=a` *holds* if the whole 95 % interval lies
above a, *does not hold* if the whole interval lies below, and is *not
resolved* otherwise. `within=w` holds if the whole interval lies between -w
and w, and does not hold if it lies wholly outside.

The book's own claims (`claim`) must hold. Those that others published
(`published`) are tested by the same rule, and every verdict is a result.
Both print their numbers in one form, which `Claim.find` reads back: the
tables of claims are made from what the notebooks printed.
"""

import math
import numbers
import os
import re
from dataclasses import dataclass

from .intervals import Interval

SEEDS_NEEDED = 10


class ClaimFailed(AssertionError):
    """A claim that the evidence does not bear out; carries the numbers."""


@dataclass(frozen=True)
class Claim:
    """A statement, its evidence in words, and the verdict.

    Args:
        statement: the claim, as a sentence.
        evidence: the interval or number, as printed.
        condition: what was claimed of it, for example `"above 0"`.
        verdict: `"holds"`, `"does not hold"` or `"not resolved"`.
        source: who published it; empty for the book's own claims.
        setting: on what it was tested here; empty as well.
    """

    statement: str
    evidence: str
    condition: str
    verdict: str
    source: str = ""
    setting: str = ""

    def __str__(self):
        lines = [
            f"{self.verdict}: {self.statement}",
            f"  {self.evidence} (claimed: {self.condition})",
        ]
        if self.source:
            lines.append(f"  published: {self.source}; here: {self.setting}")
        return "\n".join(lines)

    @classmethod
    def find(cls, text: str) -> "list[Claim]":
        """Every claim that `text`, the output of some cells, shows.

        Example:

        >>> import kd_tutorial as kd
        >>> shown = str(kd.claims.Claim("2 > 1", "2", "above 1", "holds"))
        >>> [c.statement for c in kd.claims.Claim.find(shown)]
        ['2 > 1']
        """
        return [cls(**m.groupdict(default="")) for m in _SHOWN.finditer(text)]


_SHOWN = re.compile(
    r"^(?P<verdict>holds|does not hold|not resolved): (?P<statement>.+)\n"
    r"  (?P<evidence>.+) \(claimed: (?P<condition>[^()\n]+)\)$"
    r"(?:\n  published: (?P<source>.+); here: (?P<setting>.+)$)?",
    re.MULTILINE,
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
        ClaimFailed: with the numbers, unless the verdict is `"holds"`. (With
            the environment variable `KD_CLAIMS=report` it is printed like
            the others: `make replicate` wants every verdict.)
        ValueError: for evidence from fewer than ten seeds.

    Example:

    >>> import kd_tutorial as kd
    >>> _ = kd.claim("two and two make four", abs(2 + 2 - 4), below=1e-12)
    holds: two and two make four
      0 (claimed: below 1e-12)
    """
    made = _decide(statement, evidence, above, below, within)
    if made.verdict != "holds" and os.environ.get("KD_CLAIMS") != "report":
        raise ClaimFailed(str(made))
    print(made)
    return made


def published(
    statement: str,
    evidence,
    *,
    source: str,
    setting: str,
    above=None,
    below=None,
    within=None,
) -> Claim:
    """Test a claim that others published, and print the verdict.

    Nothing is raised when it does not hold here: that is a result too.

    Args:
        statement: the published claim, as a sentence.
        evidence: an `Interval` or `Difference` of ten seeds or more, or a
            number where nothing is random.
        source: authors, year and identifier.
        setting: data, models and number of labels it was tested on here.
        above, below, within: what is claimed, see `verdict`.

    Returns:
        The `Claim`, printed.

    Raises:
        ValueError: for evidence from fewer than ten seeds, or a source or
            setting that is empty.

    Example:

    >>> import kd_tutorial as kd
    >>> _ = kd.published(
    ...     "larger is better", kd.Difference([0.1, -0.1] * 5, "points"),
    ...     source="Nobody 2020", setting="made-up numbers", above=0,
    ... )
    not resolved: larger is better
      +0.00 points [-0.08, +0.08], n = 10 (claimed: above 0)
      published: Nobody 2020; here: made-up numbers
    """
    for name, value in (("source", source), ("setting", setting)):
        if not value.strip():
            raise ValueError(
                f"{name} is empty. Say who published it, and what it was "
                "tested on here."
            )
    made = _decide(statement, evidence, above, below, within, source, setting)
    print(made)
    return made


def _decide(statement, evidence, above, below, within, source="", setting=""):
    """The claim with its verdict."""
    for text in (statement, source, setting):
        if "\n" in text or "; here: " in text:
            raise ValueError(
                f"{text!r} must stand on one line, without '; here: '."
            )
    if isinstance(evidence, Interval) and evidence.n < SEEDS_NEEDED:
        raise ValueError(
            f"evidence has n = {evidence.n} seeds; a claim needs "
            f"{SEEDS_NEEDED} or more. Pass seeds=seeds({SEEDS_NEEDED}) to "
            "compare."
        )
    decided = verdict(evidence, above=above, below=below, within=within)
    kind, bound = next(
        (k, b)
        for k, b in (
            ("above", above),
            ("below", below),
            ("size below", within),
        )
        if b is not None
    )
    shown = (
        str(evidence)
        if isinstance(evidence, Interval)
        else f"{float(evidence):.3g}"
    )
    return Claim(
        statement, shown, f"{kind} {bound:g}", decided, source, setting
    )
