"""A claim stands next to its evidence, and stops the notebook if it fails.

One rule decides: a claim `above=a` *holds* if the whole 95 % interval lies
above a, *does not hold* if the whole interval lies below, and is *not
resolved* otherwise: an interval that touches a, as ten exact zeros touch 0,
refutes nothing. `within=w` holds if the whole interval lies between -w and
w, and does not hold if it lies wholly outside. A number where nothing is
random is above a or it is not.

The book's own claims (`claim`) must hold. Those that others published
(`published`) are tested by the same rule, and every verdict is a result.
Both print their numbers in one form, which `Claim.find` reads back: the
tables of claims are made from what the notebooks printed.
"""

import os
import re
from dataclasses import dataclass

from ..checks import check_line, check_number, single_number
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


def _number(evidence):
    """Evidence that is no interval as a `float`."""
    number = single_number(evidence)
    if number is None:
        raise TypeError(
            f"evidence must be a number or an Interval, got {evidence!r}. "
            "For example study.difference('soft', 'hard'); of several "
            "numbers make Interval(values)."
        )
    return float(number)


def _bound(above, below, within):
    """Which of the three is given, and its number."""
    given = {"above": above, "below": below, "within": within}
    given = {name: b for name, b in given.items() if b is not None}
    if len(given) != 1 or single_number(*given.values()) is None:
        raise TypeError(
            "give one number, as above, below or within, got "
            f"above={above!r}, below={below!r}, within={within!r}."
        )
    ((name, bound),) = given.items()
    if name == "within":
        bound = check_number(
            name, bound, lambda b: b > 0, "above 0",
            "The claim is that the size is less than this.",
        )  # fmt: skip
    return name, check_number(name, bound, lambda b: True, "that is finite")


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
        TypeError: when not exactly one of the three is given, or one of them
            or the evidence is no number.
        ValueError: for a bound that is not finite, or within 0 or less.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.verdict(kd.Interval([1.0, 2.0, 3.0]), above=0)
    'not resolved'
    >>> kd.verdict(0.5, within=1)
    'holds'
    """
    kind, bound = _bound(above, below, within)
    if isinstance(evidence, Interval):
        low, high = evidence.low, evidence.high
    else:
        low = high = _number(evidence)
    if kind == "above":
        holds, fails = low > bound, high < bound
    elif kind == "below":
        holds, fails = high < bound, low > bound
    else:
        holds = -bound < low and high < bound
        fails = low > bound or high < -bound
    if not isinstance(evidence, Interval):
        fails = not holds  # nan, too
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
        ValueError: for evidence from fewer than ten seeds, a bound that is
            not finite, or a statement that is not one line.

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
        ValueError: for evidence from fewer than ten seeds, a bound that is
            not finite, or a statement, source or setting that is empty or
            not one line.

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
        check_line(name, value, empty=False)
    made = _decide(statement, evidence, above, below, within, source, setting)
    print(made)
    return made


def _decide(statement, evidence, above, below, within, source="", setting=""):
    """The claim with its verdict."""
    check_line("statement", statement, empty=False)
    for text in (statement, source, setting):
        if "; here: " in text:  # which `Claim.find` looks for
            raise ValueError(f"write {text!r} without '; here: '.")
    if isinstance(evidence, Interval) and evidence.n < SEEDS_NEEDED:
        raise ValueError(
            f"evidence has n = {evidence.n} seeds; a claim needs "
            f"{SEEDS_NEEDED} or more. Pass seeds=seeds({SEEDS_NEEDED}) to "
            "compare."
        )
    decided = verdict(evidence, above=above, below=below, within=within)
    kind, bound = _bound(above, below, within)
    condition = f"{'size below' if kind == 'within' else kind} {bound:g}"
    if isinstance(evidence, Interval):
        shown = str(evidence)
    else:
        shown = f"{_number(evidence):.3g}"
    return Claim(statement, shown, condition, decided, source, setting)
