"""A claim stands next to its evidence, and is counted.

Of four kinds. The book's own (`claim`) stop the notebook when the evidence
does not bear them out. Its own questions (`hypothesis`) may be answered
either way. What others published (`published`) is tested, and every verdict
is a result. What can be proved (`identity`) is checked by a number, and
counts as no evidence of anything. `verdicts` has the rule.

In a notebook a claim is shown with its numbers in the output's metadata, one
a seed: the tables of claims and `make evidence` are made from those.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..checks import check_line
from .intervals import Interval
from .tables import publish
from .verdicts import bound_of, in_words, number_of, verdict

SEEDS_NEEDED = 10
shown: dict[str, "Claim"] = {}  # so far, by their statements


class ClaimFailed(AssertionError):
    """A claim that the evidence does not bear out; carries the numbers."""


@dataclass(frozen=True)
class Claim:
    """A statement, its evidence, and the verdict.

    Args:
        statement: the claim, as a sentence.
        evidence: the interval or number, as printed.
        condition: what was claimed of it, for example `{"above": 0.0}`.
        verdict: one of the five of `verdicts`.
        kind: `"own"`, `"published"` or `"identity"`. Defaults to `"own"`.
        unit: what the values are measured in.
        values: the evidence, one number a seed; or one where nothing is
            random.
        source: who published it; empty for the book's own claims.
        setting: on what it was tested here; empty as well.
        paper: the effect that was published, and its setting; empty as well.
    """

    statement: str
    evidence: str
    condition: Mapping[str, float]
    verdict: str
    kind: str = "own"
    unit: str = ""
    values: tuple[float, ...] = field(default=(), repr=False)
    source: str = ""
    setting: str = ""
    paper: str = ""

    def __str__(self):
        lines = [
            f"{self.verdict}: {self.statement}",
            f"  {self.evidence} (claimed: {in_words(self.condition)})",
        ]
        if self.source:
            what = "proved" if self.kind == "identity" else "published"
            lines.append(f"  {what}: {self.source}; here: {self.setting}")
        if self.paper:
            lines.append(f"  there: {self.paper}")
        return "\n".join(lines)

    @classmethod
    def find(cls, cells: Iterable) -> "list[Claim]":
        """Every claim that the executed cells of a notebook show."""
        return [
            cls(**output["metadata"]["kd_claim"])
            for cell in cells
            for output in cell.get("outputs", ())
            if "kd_claim" in output.get("metadata", ())
        ]


def claim(
    statement: str, evidence, *, above=None, below=None, within=None
) -> Claim:
    """State a claim of your own, check it, and show it with its numbers.

    Args:
        statement: the claim, as a sentence.
        evidence: an `Interval` or `Difference` of ten seeds or more, or a
            number where nothing is random. Rounds of a clock are no seeds:
            claim the least of them, as a number.
        above, below, within: what is claimed, see `verdict`.

    Returns:
        The `Claim`, shown.

    Raises:
        ClaimFailed: with the numbers, unless the verdict is `"holds"` or
            `"leans for"`. (With the environment variable `KD_CLAIMS=report`
            it is shown like the others: `make evidence` wants them all.)
        ValueError: for evidence from fewer than ten seeds or that is NaN, a
            bound that is not finite, or a statement that is not one line.

    Example:

    >>> import kd_tutorial as kd
    >>> _ = kd.claim("two and two make four", abs(2 + 2 - 4), below=1e-12)
    holds: two and two make four
      0 (claimed: below 1e-12)
    """
    return _must(_decided(statement, evidence, above, below, within))


def hypothesis(
    statement: str, evidence, *, above=None, below=None, within=None
) -> Claim:
    """Ask a question of your own, and show the verdict, whichever it is.

    Args:
        statement: what may be so or not, as a sentence.
        evidence: an `Interval` or `Difference` of ten seeds or more, or a
            number where nothing is random.
        above, below, within: what is asked, see `verdict`.

    Returns:
        The `Claim`, shown.

    Raises:
        ValueError: as `claim` does.

    Example:

    >>> import kd_tutorial as kd
    >>> _ = kd.hypothesis(
    ...     "it helps", kd.Difference([0.1, -0.1] * 5, "points"), above=0
    ... )
    open: it helps
      +0.00 points [-0.08, +0.08], n = 10 (claimed: above 0)
    """
    return _show(_decided(statement, evidence, above, below, within))


def published(
    statement: str,
    evidence: Interval,
    *,
    source: str,
    setting: str,
    paper: str,
    above=None,
    below=None,
    within=None,
) -> Claim:
    """Test a claim that others published, and show the verdict.

    Nothing is raised when it does not hold here: that is a result too.

    Args:
        statement: the published claim, as a sentence.
        evidence: an `Interval` or `Difference` of ten seeds or more.
        source: authors, year and identifier.
        setting: data, models and number of labels it was tested on here.
        paper: the effect that the source reports, and in which setting.
        above, below, within: what is claimed, see `verdict`.

    Returns:
        The `Claim`, shown.

    Raises:
        TypeError: for evidence that is no `Interval`.
        ValueError: for evidence from fewer than ten seeds, a bound that is
            not finite, or a statement, source, setting or paper that is
            empty or not one line.

    Example:

    >>> import kd_tutorial as kd
    >>> _ = kd.published(
    ...     "larger is better", kd.Difference([0.1, -0.1] * 5, "points"),
    ...     source="Nobody 2020", setting="made-up numbers",
    ...     paper="+2 points on others", above=0,
    ... )
    open: larger is better
      +0.00 points [-0.08, +0.08], n = 10 (claimed: above 0)
      published: Nobody 2020; here: made-up numbers
      there: +2 points on others
    """
    if not isinstance(evidence, Interval):
        raise TypeError(
            f"evidence must be an Interval over seeds, got {evidence!r}. "
            "What a formula gives, and no seed changes, is an identity(...)."
        )
    told = {"source": source, "setting": setting, "paper": paper}
    for name, value in told.items():
        check_line(name, value, empty=False)
    return _show(
        _decided(statement, evidence, above, below, within, "published", told)
    )


def identity(
    statement: str,
    number: float,
    *,
    source: str,
    setting: str,
    above=None,
    below=None,
    within=None,
) -> Claim:
    """Check what can be proved by a number, and show it.

    It cannot come out otherwise, unless the code is wrong; so it is counted
    apart from what was found.

    Args:
        statement: the theorem, or the property of a formula, as a sentence.
        number: what was computed.
        source: who stated it: authors, year and identifier.
        setting: on which numbers it was computed here.
        above, below, within: what the number must be, see `verdict`.

    Returns:
        The `Claim`, shown.

    Raises:
        ClaimFailed: when the number is another.
        TypeError: for an `Interval`: what seeds change is no identity.

    Example:

    >>> import math
    >>> import kd_tutorial as kd
    >>> _ = kd.identity(
    ...     "the logarithm of 1 is 0", math.log(1.0), within=1e-12,
    ...     source="Napier 1614", setting="float64",
    ... )
    holds: the logarithm of 1 is 0
      0 (claimed: size below 1e-12)
      proved: Napier 1614; here: float64
    """
    told = {"source": source, "setting": setting}
    for name, value in told.items():
        check_line(name, value, empty=False)
    return _must(
        _decided(
            statement, number_of(number), above, below, within, "identity",
            told,
        )
    )  # fmt: skip


def _decided(
    statement, evidence, above, below, within, kind="own", told=None
) -> Claim:
    """The claim with its verdict."""
    check_line("statement", statement, empty=False)
    decided = verdict(evidence, above=above, below=below, within=within)
    condition = dict([bound_of(above, below, within)])
    if not isinstance(evidence, Interval):
        number = number_of(evidence)
        return Claim(
            statement, f"{number:.3g}", condition, decided, kind,
            values=(number,), **(told or {}),
        )  # fmt: skip
    if evidence.n < SEEDS_NEEDED:
        raise ValueError(
            f"evidence has n = {evidence.n} seeds; a claim needs "
            f"{SEEDS_NEEDED} or more. Pass seeds=seeds({SEEDS_NEEDED}) to "
            "compare."
        )
    return Claim(
        statement, str(evidence), condition, decided, kind, evidence.unit,
        tuple(evidence.values.tolist()), **(told or {}),
    )  # fmt: skip


def _must(made: Claim) -> Claim:
    """Show it, or raise where it does not hold."""
    fine = made.verdict in ("holds", "leans for")
    if not fine and os.environ.get("KD_CLAIMS") != "report":
        raise ClaimFailed(str(made))
    return _show(made)


def _show(made: Claim) -> Claim:
    """Print it; in a notebook, with its numbers behind the text."""
    shown[made.statement] = made
    publish(str(made), metadata={"kd_claim": vars(made)})
    return made
