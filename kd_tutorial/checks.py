"""Checks of arguments: each error names argument, value and remedy."""

import math
import numbers

import numpy as np


def check_positive(name, value, remedy):
    """Raise unless `value` is a finite number above zero.

    Tensors pass unchecked: inside a compiled training loop the temperature
    is a traced scalar, whose value was checked before the loop.
    """
    if hasattr(value, "dtype") and not isinstance(value, np.generic):
        return value
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number, got {value!r}. {remedy}")
    if not (math.isfinite(value) and value > 0):
        raise ValueError(
            f"{name} must be positive and finite, got {value!r}. {remedy}"
        )
    return value


def check_temperature(temperature):
    """Raise unless `temperature` is a finite number above zero."""
    return check_positive(
        "temperature",
        temperature,
        "Use 1 for the model's own probabilities, 2 to 8 to soften them.",
    )


def check_finite(name, array):
    """Raise if `array` holds NaN or an infinity; say where the first is."""
    array = np.asarray(array)
    bad = ~np.isfinite(array)
    if bad.any():
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(
            f"{name} has {int(bad.sum())} values that are NaN or infinite, "
            f"the first at index {first}: {array[first]}. Look for a learning "
            "rate that is too high, float16 overflow or a logarithm of zero "
            "in the model that made them."
        )
    return array


def check_logits(name, array):
    """Raise unless `array` is a (batch, classes) array of finite logits.

    Rows that are all probabilities (nonnegative, each adding up to one) are
    refused: a softmax output passed for logits is softened twice, and nothing
    else in a training run would say so.
    """
    array = np.asarray(array)
    if array.ndim != 2 or array.shape[1] < 2:
        raise ValueError(
            f"{name} must have shape (batch, classes) with at least two "
            f"classes, got {array.shape}. Pass the outputs of the last layer, "
            "one row an example."
        )
    if not len(array):
        raise ValueError(
            f"{name} has no rows: shape {array.shape}. Pass at least one "
            "example."
        )
    check_finite(name, array)
    if (array >= 0).all() and np.allclose(array.sum(axis=1), 1, atol=1e-3):
        raise ValueError(
            f"{name} are probabilities: every row is nonnegative and adds up "
            f"to 1 (first row {np.round(array[0], 3).tolist()}). Logits are "
            "needed. Build the model without a softmax at its end, or pass "
            "the logarithm of the probabilities, which are valid logits."
        )
    return array
