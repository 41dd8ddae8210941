"""Which seeds an experiment uses, and how many it needs."""

import os


def seeds(count: int = 10) -> range:
    """The seeds of an experiment: `count` numbers, from the base seed on.

    The base seed is 0, or what the environment variable `KD_SEED` says.
    Base seed b gives `1000 b`, `1000 b + 1`, ..., so that two of them share
    no seed. `make replicate SEED=1` runs the whole book with another one.

    Args:
        count: how many, 1 to 1000. Defaults to 10.

    Returns:
        A `range`.

    Raises:
        ValueError: for a count outside 1 to 1000, or a `KD_SEED` that is not
            a whole number from 0 to 1,000,000.

    Example:

    >>> import kd_tutorial as kd
    >>> list(kd.seeds(3))
    [0, 1, 2]
    """
    if not isinstance(count, int) or not 1 <= count <= 1000:
        raise ValueError(
            f"count must be a whole number from 1 to 1000, got {count!r}. "
            "Claims need ten."
        )
    base = os.environ.get("KD_SEED", "0")
    if not base.isdecimal() or int(base) > 1_000_000:
        raise ValueError(
            "the environment variable KD_SEED must be a whole number from 0 "
            f"to 1,000,000, got {base!r}. Unset it to use 0."
        )
    return range(1000 * int(base), 1000 * int(base) + count)


def seeds_needed(
    spread: float, effect: float, *, power: float = 0.8, level: float = 0.05
) -> int:
    """How many paired seeds show an effect of this size.

    The smallest n for which the two-sided paired t-test at this level finds
    a true mean difference `effect` with probability `power`, when single
    differences spread by `spread`: exactly, from the noncentral t
    distribution with n - 1 degrees of freedom and noncentrality
    `sqrt(n) effect / spread` (Cohen 1988, chapter 2). The rule of thumb
    `n = 2 + (2.8 spread / effect)²` comes close for power 0.8.

    Args:
        spread: standard deviation of the paired differences, for example
            `study.difference(a, b).values.std(ddof=1)`.
        effect: the difference to find, in the same unit; its sign does not
            matter.
        power: the probability of finding it, in (level, 1). Defaults to 0.8.
        level: of the test, in (0, 1). Defaults to 0.05.

    Returns:
        A number of seeds, at least 2.

    Raises:
        ValueError: for a spread that is not positive, an effect of zero, a
            power or level outside its range, or more than a million seeds.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.seeds_needed(spread=2.0, effect=2.0)
    10
    >>> kd.seeds_needed(spread=2.0, effect=1.0)  # half the effect
    34
    """
    from .checks import check_positive

    check_positive("spread", spread, "Measure it over a few paired seeds.")
    if not effect:
        raise ValueError(
            "effect is 0: no number of seeds shows that. Name the smallest "
            "difference that would matter to you."
        )
    check_positive("effect", abs(effect), "Name a difference that matters.")
    if not 0 < level < power < 1:
        raise ValueError(
            f"power and level must satisfy 0 < level < power < 1, got power "
            f"{power!r} and level {level!r}. 0.8 and 0.05 are usual."
        )
    low, high = 1, 2  # the power grows with n: double, then bisect
    while _power(high, effect / spread, level) < power:
        low, high = high, 2 * high
        if low > 1_000_000:
            raise ValueError(
                f"effect {effect!r} is too small beside spread {spread!r}: "
                "more than a million seeds. It cannot be shown this way."
            )
    while high - low > 1:
        middle = (low + high) // 2
        if _power(middle, effect / spread, level) < power:
            low = middle
        else:
            high = middle
    return high


def _power(count, ratio, level):
    """The power of the two-sided paired t-test with `count` pairs."""
    from scipy import stats

    if count < 2:
        return 0.0
    critical = stats.t.ppf(1 - level / 2, count - 1)
    shift = abs(ratio) * count**0.5
    test = stats.nct(count - 1, shift)
    return float(test.sf(critical) + test.cdf(-critical))
