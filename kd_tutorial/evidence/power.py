"""How many seeds an effect takes."""

from ..checks import check_number


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
    spread = check_number(
        "spread", spread, lambda s: s > 0, "above 0",
        "Measure it over a few paired seeds.",
    )  # fmt: skip
    effect = check_number(
        "effect", effect, lambda e: e != 0, "other than 0",
        "Name the smallest difference that would matter to you.",
    )  # fmt: skip
    level = check_number(
        "level", level, lambda a: 0 < a < 1, "between 0 and 1",
        "0.05 is usual.",
    )  # fmt: skip
    power = check_number(
        "power", power, lambda p: level < p < 1, "between level and 1",
        "0.8 is usual.",
    )  # fmt: skip
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
