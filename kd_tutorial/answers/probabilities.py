"""Logits out of probabilities, also rounded ones, and the likeliest few."""

import numpy as np

from ..checks import check_finite, check_positive


def to_logits(
    probabilities, *, indices=None, classes: int | None = None, floor=1e-6
) -> np.ndarray:
    """The logarithm of probabilities, which are valid logits.

    Services round their answers or give the likeliest classes alone. A class
    with probability 0 here is one that was *not told*: what is missing to 1,
    at least `floor` a class, is shared out evenly among these, and the others
    are scaled so that each row adds up to 1. So nothing becomes minus
    infinity, and no class gets more than it may have had by the evidence of
    the sum. For answers rounded to two decimals, `floor=0.0025` is the middle
    of what a 0.00 may stand for.

    Args:
        probabilities: shape `(rows, classes)`, each row nonnegative and
            adding up to 1 or less; or `(rows, k)` with `indices`.
        indices: the class of each of the k probabilities, `(rows, k)`.
            Defaults to `None`: all classes in order.
        classes: how many there are, needed with `indices`.
        floor: the least probability of a class. Defaults to 1e-6.

    Returns:
        Logits, float32, `(rows, classes)`.

    Raises:
        ValueError: for negative or infinite numbers, rows that add up to 0
            or to more than 1 (by 2 %, or what rounding may add: half a step
            of the last decimal for each number above 0), or classes that do
            not fit.

    Example:

    >>> import numpy as np, kd_tutorial as kd
    >>> logits = kd.to_logits([[0.7, 0.2, 0.0, 0.0]])  # the likeliest two
    >>> np.exp(logits).round(3)
    array([[0.7 , 0.2 , 0.05, 0.05]], dtype=float32)
    """
    p = check_finite("probabilities", np.asarray(probabilities, "float64"))
    check_positive("floor", floor, "1e-6 is usual.")
    if p.ndim != 2 or not p.size:
        raise ValueError(
            f"probabilities must have shape (rows, classes), got {p.shape}."
        )
    if indices is not None:
        p = _scattered(p, np.asarray(indices), classes)
    sums = p.sum(axis=1)
    wrong = (p < 0).any(axis=1) | (sums == 0) | (sums > 1 + _rounding(p))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(
            f"probabilities of row {row} add up to {sums[row]:.4g}, smallest "
            f"{p[row].min():.4g}. Each row must be nonnegative and add up to "
            "at most 1: divide percentages by 100; logits need no conversion."
        )
    untold = p == 0
    number = untold.sum(axis=1)
    rest = np.maximum(1 - sums, floor * number) * (number > 0)
    share = rest / np.maximum(number, 1)
    told = p * ((1 - rest) / sums)[:, None]
    p = np.where(untold, share[:, None], np.maximum(told, floor))
    return np.log(p / p.sum(axis=1, keepdims=True)).astype("float32")


def _rounding(p) -> np.ndarray:
    """By how much a row's sum may pass 1, by the decimals of the numbers."""
    for decimals in range(1, 5):
        step = 10.0**-decimals
        if np.allclose(p / step, np.round(p / step), rtol=0, atol=1e-6):
            return np.maximum(0.02, 0.5 * step * (p > 0).sum(axis=1) + 1e-9)
    return np.full(len(p), 0.02)


def _scattered(p, indices, classes):
    """The likeliest few in their places among all classes."""
    if indices.shape != p.shape or indices.dtype.kind not in "iu":
        raise ValueError(
            f"indices have shape {indices.shape} and dtype {indices.dtype} "
            f"for probabilities of shape {p.shape}. Give one whole number "
            "each."
        )
    if classes is None or not 0 <= indices.min() <= indices.max() < classes:
        raise ValueError(
            f"indices run from {indices.min()} to {indices.max()}, but "
            f"classes is {classes!r}. Say how many classes there are."
        )
    if any(len({*row}) < len(row) for row in indices.tolist()):
        raise ValueError("indices name a class twice in one row.")
    full = np.zeros((len(p), classes))
    np.put_along_axis(full, indices, p, axis=1)
    return full
