"""One rule decides what an interval says of a claim.

A claim `above=a` is measured by how far the mean lies from a, in standard
errors of the mean.

- *holds*, *does not hold*: a is at least t + 1.645 √2 standard errors away
  (4.6 with ten seeds, 4.4 with twenty), t being Student's 0.975 quantile.
  Had the same study come out once more, with other seeds, its plain 95 %
  interval would lie on the same side of a 95 times in a hundred: the
  difference of two means spreads √2 times as much as one, and t standard
  errors must be left.
- *leans for*, *leans against*: the plain 95 % interval lies on one side of
  a, but nearer than that. Another draw may well not show it.
- *open*: the interval holds a. It refutes nothing.

`within=w` is a claim of equivalence: that the size is less than w. It holds
if both -w and w are that far away, on their sides. A number where nothing is
random is above a or it is not.
"""

import numpy as np

from ..checks import check_number, single_number
from .intervals import Interval, student

VERDICTS = ("holds", "leans for", "open", "leans against", "does not hold")
AGAIN = 1.645 * 2**0.5  # standard errors, to come out the same once more


def number_of(evidence) -> float:
    """Evidence that is no interval as a `float`."""
    number = single_number(evidence)
    if number is None:
        raise TypeError(
            f"evidence must be a number or an Interval, got {evidence!r}. "
            "For example study.difference('soft', 'hard'); of several "
            "numbers make Interval(values)."
        )
    if number != number:
        raise ValueError(
            "evidence is nan, which says nothing of any claim. Look for what "
            "made it: 0 / 0, a logarithm below 0, a training that diverged."
        )
    return float(number)


def bound_of(above, below, within) -> tuple[str, float]:
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


def in_words(condition) -> str:
    """What is claimed, such as `{"above": 0.0}`, as it is printed."""
    ((kind, bound),) = condition.items()
    return f"{'size below' if kind == 'within' else kind} {bound:g}"


def verdict(evidence, *, above=None, below=None, within=None) -> str:
    """What the evidence says of a claim, by the rule of this module.

    Args:
        evidence: an `Interval` or `Difference`; a number stands for itself.
        above: the claim is that the true value lies above this.
        below: the claim is that it lies below this.
        within: the claim is that its size is less than this.

    Returns:
        `"holds"`, `"leans for"`, `"open"`, `"leans against"` or
        `"does not hold"`; of a number the first or the last.

    Raises:
        TypeError: when not exactly one of the three is given, or one of them
            or the evidence is no number.
        ValueError: for a bound that is not finite, within 0 or less, or
            evidence that is NaN.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.verdict(kd.Interval([1.0, 2.0, 3.0]), above=0)
    'open'
    >>> kd.verdict(kd.Interval([1.0, 2.0, 3.0] * 4), above=0)
    'holds'
    >>> kd.verdict(kd.Interval([1.0, 2.0, 3.0] * 4), above=1.4)
    'leans for'
    >>> kd.verdict(0.5, within=1)
    'holds'
    """
    off = distance(evidence, above=above, below=below, within=within)
    if not isinstance(evidence, Interval):
        return "holds" if off > 0 else "does not hold"
    t = student(evidence.n)
    if abs(off) > t + AGAIN:
        return "holds" if off > 0 else "does not hold"
    if abs(off) > t:
        return "leans for" if off > 0 else "leans against"
    return "open"


def distance(evidence, *, above=None, below=None, within=None) -> float:
    """How many standard errors the mean lies on the claimed side.

    Below 0 it lies on the other side. Of `within` the nearer bound counts.
    A number has no standard error: what is left is the difference itself.

    Args:
        evidence: an `Interval` or `Difference`; a number stands for itself.
        above, below, within: what is claimed, see `verdict`.

    Returns:
        Standard errors; infinite where all values are the same, unless they
        are the bound.

    Raises:
        TypeError, ValueError: as `verdict` does.

    Example:

    >>> import kd_tutorial as kd
    >>> round(kd.verdicts.distance(kd.Interval([1, 2, 3]), above=0), 3)
    3.464
    >>> kd.verdicts.distance(3.0, within=1)
    -2.0
    """
    kind, bound = bound_of(above, below, within)
    known = isinstance(evidence, Interval)
    mean = evidence.mean if known else number_of(evidence)
    off = {"above": mean - bound, "below": bound - mean,
           "within": bound - abs(mean)}[kind]  # fmt: skip
    if not known:
        return off
    if evidence.standard_error == 0:
        return float(np.copysign(np.inf, off)) if off else 0.0
    return off / evidence.standard_error
