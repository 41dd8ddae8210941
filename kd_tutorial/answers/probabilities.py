"""Logits out of probabilities, also rounded ones, and the likeliest few."""

import numpy as np

from ..checks import SIGMOID, check_finite, check_positive


def to_logits(
    probabilities, *, indices=None, classes: int | None = None, floor=1e-6
) -> np.ndarray:
    """The logarithm of probabilities, which are valid logits.

    Services round their answers or give the likeliest classes alone. A class
    with probability 0 here is one that was *not told*: what is missing to 1,
    at least `floor` a class, is shared out evenly among these, and the others
    are scaled so that each row adds up to 1. So nothing becomes minus
    infinity. For answers rounded to two decimals, `floor=0.0025` is the
    middle of what a 0.00 may stand for. Of many classes each gets less:
    floors add no more in all than rounding may have hidden, half a step of
    the last decimal for each number above 0 (2 % of what is not rounded).

    Args:
        probabilities: shape `(rows, classes)`, each row nonnegative and
            adding up to 1 or less; or `(rows, k)` with `indices`.
        indices: the class of each of the k probabilities, `(rows, k)`.
            Defaults to `None`: all classes in order.
        classes: how many there are, needed with `indices`.
        floor: the least probability of a class, where so much may have been
            hidden. Defaults to 1e-6.

    Returns:
        Logits, float32, `(rows, classes)`.

    Raises:
        ValueError: for negative or infinite numbers, rows that add up to 0
            or to more than 1 (by 2 %, or what rounding may add), classes
            that do not fit, or a single column.

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
    if p.shape[1] == 1:
        raise ValueError(
            f"probabilities have one column, shape {p.shape}, and a class "
            "alone has probability 1. Pass two columns, [1 - p, p]; or, for a "
            f"single logit, {SIGMOID}."
        )
    sums, hidden = p.sum(axis=1), _hidden(p)
    most = 1 + np.maximum(0.02, hidden) + 1e-9
    wrong = (p < 0).any(axis=1) | (sums == 0) | (sums > most)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(
            f"probabilities of row {row} add up to {sums[row]:.4g}, smallest "
            f"{p[row].min():.4g}. Each row must be nonnegative and add up to "
            "at most 1: divide percentages by 100; logits need no conversion; "
            "of several labels, each with a probability of its own, pass "
            f"{SIGMOID}."
        )
    least = np.minimum(floor, hidden / p.shape[1])
    untold = p == 0
    number = untold.sum(axis=1)
    rest = np.maximum(1 - sums, least * number) * (number > 0)
    share = rest / np.maximum(number, 1)
    told = p * ((1 - rest) / sums)[:, None]
    p = np.where(untold, share[:, None], np.maximum(told, least[:, None]))
    return np.log(p / p.sum(axis=1, keepdims=True)).astype("float32")


def _hidden(p) -> np.ndarray:
    """What rounding may have hidden of a row, by the decimals of numbers."""
    for decimals in range(1, 5):
        step = 10.0**-decimals
        if np.allclose(p / step, np.round(p / step), rtol=0, atol=1e-6):
            return 0.5 * step * (p > 0).sum(axis=1)
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
