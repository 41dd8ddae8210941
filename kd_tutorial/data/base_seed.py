"""Which seeds an experiment uses: they follow from one base seed."""

import os

from ..checks import check_whole


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
    count = check_whole("count", count, 1, 1000, "Claims need ten.")
    base = os.environ.get("KD_SEED", "0")
    if not base.isdecimal() or int(base) > 1_000_000:
        raise ValueError(
            "the environment variable KD_SEED must be a whole number from 0 "
            f"to 1,000,000, got {base!r}. Unset it to use 0."
        )
    return range(1000 * int(base), 1000 * int(base) + count)
