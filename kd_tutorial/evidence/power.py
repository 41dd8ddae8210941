"""How many seeds an effect takes."""

from ..checks import check_positive


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
