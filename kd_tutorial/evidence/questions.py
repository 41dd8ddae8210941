"""Three kinds of question about a result, and when a guess of each is right.

- `Number`, on a scale: it lies in the interval, or no farther from the mean
  than a tenth of the scale.
- `Choice`, among options with cuts between them: the rule of `verdicts` says
  of both bounds of the option *holds* or *leans for*. Where that is so of
  none, the choice is open and no guess counts.
- `Order`: it has every pair as a claim says, or leans to. Pairs that are open
  are not looked at; where all are, no guess counts.

Each `measure`s, giving a sentence and what `judge` needs, as text: the book's
script judges by the same.
"""

import math
from dataclasses import dataclass
from string import ascii_lowercase as LETTERS

from ..checks import check_line, check_number
from .intervals import Interval
from .verdicts import verdict

FOR, AGAINST = ("holds", "leans for"), ("does not hold", "leans against")


def kind_of(between, options, cuts, order) -> "Number | Choice | Order":
    """The question that `predict` was given."""
    given = {"between": between, "options": options, "order": order}
    given = [name for name in given if given[name] is not None]
    if len(given) != 1 or (cuts is None) != (options is None):
        raise TypeError(
            "give between=(low, high), or options=[...] with cuts=[...], or "
            f"order=[...], got {', '.join(given) or 'none of them'}."
        )
    if order is not None:
        return Order(_different(order))
    if options is not None:
        options, cuts = _different(options), _ascending("cuts", cuts)
        if len(cuts) != len(options) - 1:
            raise ValueError(
                f"cuts must be one less than the {len(options)} options, got "
                f"{cuts!r}."
            )
        return Choice(options, cuts)
    scale = _ascending("between", between)
    if len(scale) != 2:
        raise ValueError(f"between must be two numbers, got {between!r}.")
    return Number((), *scale)


def _different(options):
    options = tuple(check_line("each option", o, empty=False) for o in options)
    if not 2 <= len({*options}) == len(options) <= 9:
        raise ValueError(f"give 2 to 9 different options, got {options!r}.")
    return options


def _ascending(name, numbers):
    numbers = tuple(
        check_number(
            f"each of {name}", number, math.isfinite, "that is finite"
        )
        for number in numbers
    )
    if sorted({*numbers}) != [*numbers]:
        raise ValueError(f"{name} must ascend, got {numbers!r}.")
    return numbers


def _evidence(claim):
    """What a claim rests on: an interval, or a number without a seed."""
    if len(claim.values) == 1:
        return claim.values[0]
    return Interval(claim.values, claim.unit)


@dataclass(frozen=True)
class _Question:
    options: tuple[str, ...]

    def read(self, guess):
        """The guess, if it is one."""
        letters = LETTERS[: len(self.options)]
        if not isinstance(guess, str) or not self._fits(guess, letters):
            raise ValueError(f"guess must be {self}, got {guess!r}.")
        return guess


@dataclass(frozen=True)
class Number(_Question):
    """How large?"""

    low: float
    high: float

    @property
    def asks(self):
        return {"kind": "number", "between": f"{self.low:g} {self.high:g}"}

    def __str__(self):
        return f"a number from {self.low:g} to {self.high:g}"

    def read(self, guess):
        return check_number(
            "guess", guess, lambda g: self.low <= g <= self.high,
            f"from {self.low:g} to {self.high:g}",
        )  # fmt: skip

    def measure(self, claims):
        ((claim, _),) = claims
        own = _evidence(claim)
        ends = (own, own, own)
        if isinstance(own, Interval):
            ends = (own.mean, own.low, own.high)
        reach = (self.high - self.low) / 10
        numbers = zip(("mean", "low", "high", "reach"), (*ends, reach))
        return (
            "A guess counts that lies in the interval, or at most "
            f"{reach:g} from the mean."
        ), {name: f"{number:.9g}" for name, number in numbers}

    def judge(self, guess, found):
        mean, low, high, reach = (
            float(found[name]) for name in ("mean", "low", "high", "reach")
        )
        return low <= guess <= high or abs(guess - mean) <= reach

    def say(self, guess):
        return f"{guess:g}"


@dataclass(frozen=True)
class Choice(_Question):
    """Which of these? From the lowest values to the highest."""

    cuts: tuple[float, ...]
    asks = {"kind": "choice"}

    def __str__(self):
        return f"a letter from a to {LETTERS[len(self.options) - 1]}"

    def _fits(self, guess, letters):
        return guess in [*letters]

    def measure(self, claims):
        ((claim, _),) = claims
        own = _evidence(claim)
        bounds = [None, *self.cuts, None]
        for letter, low, high in zip(LETTERS, bounds, bounds[1:]):
            said = [verdict(own, above=low)] if low is not None else []
            said += [verdict(own, below=high)] if high is not None else []
            if all(each in FOR for each in said):
                firm = all(each == "holds" for each in said)
                so = "So" if firm else "So, as far as these seeds tell"
                return f"{so}: {self.say(letter)}.", {"right": letter}
        return "These seeds leave it open: no guess counts.", {"right": ""}

    def judge(self, guess, found):
        return guess == found["right"] if found["right"] else None

    def say(self, guess):
        return self.options[LETTERS.index(guess)]


@dataclass(frozen=True)
class Order(_Question):
    """In which order?"""

    asks = {"kind": "order"}

    def __str__(self):
        letters = LETTERS[: len(self.options)][::-1]
        return f"the letters, first to last, such as {letters!r}"

    def _fits(self, guess, letters):
        return sorted(guess) == [*letters]

    def measure(self, claims):
        pairs, told = [], []
        for claim, pair in claims:
            if len({*pair}) != 2 or not {*pair} <= {*self.options}:
                raise ValueError(
                    f"{claim.statement!r} needs a pair out of "
                    f"{self.options}, the first ahead if it is true, got "
                    f"{pair!r}."
                )
            (side,) = claim.condition
            if side == "within":
                raise ValueError(
                    f"{claim.statement!r} is a claim of equivalence, which "
                    "puts nothing in order."
                )
            said = verdict(_evidence(claim), **{side: 0.0})
            if said != "open":
                first, last = pair if said in FOR else pair[::-1]
                told.append(f"{first} before {last}")
                pairs.append(
                    LETTERS[self.options.index(first)]
                    + LETTERS[self.options.index(last)]
                )
        told = f"So: {'; '.join(told)}." if told else (
            "These seeds leave it open: no guess counts."
        )  # fmt: skip
        return told, {"pairs": " ".join(pairs)}

    def judge(self, guess, found):
        pairs = found["pairs"].split()
        fine = all(guess.index(a) < guess.index(b) for a, b in pairs)
        return fine if pairs else None

    def say(self, guess):
        return "; ".join(self.options[LETTERS.index(g)] for g in guess)
