"""Which seeds an experiment uses: they follow from one base seed."""

import os

from ..checks import check_whole


def seeds(count: int = 10) -> range:
    """The seeds of an experiment: `count` numbers, from the base seed on.

    The base seed is 0, or what the environment variable `KD_SEED` says.
    Base seed b gives `1000 b`, `1000 b + 1`, ..., so that two of them share
    no seed. Where the environment variable `KD_SEEDS` names a number, ten or
    more become at least so many: `make evidence` runs the whole book with
    twenty, from two base seeds.

    Args:
        count: how many, 1 to 1000. Defaults to 10.

    Returns:
        A `range`.

    Raises:
        ValueError: for a count outside 1 to 1000, a `KD_SEED` that is not a
            whole number from 0 to 1,000,000, or a `KD_SEEDS` that is not one
            from 10 to 1000.

    Example:

    >>> import kd_tutorial as kd
    >>> list(kd.seeds(3))
    [0, 1, 2]
    """
    count = check_whole("count", count, 1, 1000, "Claims need ten.")
    base = _from_environment("KD_SEED", 0, 0, 1_000_000)
    least = _from_environment("KD_SEEDS", 10, 10, 1000)
    if count >= 10:
        count = max(count, least)
    return range(1000 * base, 1000 * base + count)


def _from_environment(name, default, least, most) -> int:
    given = os.environ.get(name, str(default))
    if not given.isdecimal() or not least <= int(given) <= most:
        raise ValueError(
            f"the environment variable {name} must be a whole number from "
            f"{least:,} to {most:,}, got {given!r}. Unset it to use {default}."
        )
    return int(given)
