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


def check_seeds(seeds):
    """`seeds` as a list of whole numbers; raise unless it is a sequence."""
    if isinstance(seeds, numbers.Number | str | None):
        raise TypeError(
            f"seeds must be a sequence, got {seeds!r}. Pass seeds(10) or "
            "range(10) for ten of them."
        )
    return [int(seed) for seed in seeds]


def check_builder(build_student):
    """Raise unless `build_student` is a function, not the student itself."""
    if hasattr(build_student, "get_weights") or not callable(build_student):
        raise TypeError(
            "build_student must be a function that makes a fresh student, "
            f"got {build_student!r}. For example `lambda: mlp(shape, 10)`."
        )


_ELSEWHERE = {
    "class_weight": "Give each example its class's weight, as a target's "
    "sample_weight: HardTargets(sample_weight=...).",
    "sample_weight": "It belongs to a target, which knows the term it "
    "weighs: HardTargets(sample_weight=...), SoftTargets(sample_weight=...).",
    "temperature": "It belongs to a target: SoftTargets(temperature=...).",
    "student_loss_weight": "Weights belong to targets: "
    "[HardTargets(weight=0.1), SoftTargets(weight=0.9)].",
    "learning_rate": "Pass optimizer=keras.optimizers.Adam(learning_rate).",
    "steps": "Pass epochs, or steps_per_epoch.",
}


def check_options(options, allowed):
    """Raise for an option that is unknown or belongs elsewhere."""
    for name in options:
        if name in _ELSEWHERE:
            raise TypeError(f"{name} is no option here. {_ELSEWHERE[name]}")
        if name not in allowed:
            raise TypeError(
                f"unknown option {name!r}. Besides its own arguments, this "
                "function takes those of keras.Model.fit: "
                f"{', '.join(sorted(allowed))}."
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


def suspect_probabilities(array) -> str:
    """Why an array of would-be logits looks like probabilities, or "".

    Softmax outputs add up to 1, rounded or truncated ones to a little less,
    percentages to 100; sigmoid outputs lie from 0 to 1. Logits may do all
    that by chance, but hardly on every row, and a constant added to them
    costs nothing. Rows of zeros are an untrained head, not probabilities.
    """
    array = np.asarray(array)
    if not array.size or (array < 0).any() or not array.any():
        return ""
    sums = array.sum(axis=-1)
    if ((sums <= 1.001) & (sums > 0)).all():
        return "every row is nonnegative and adds up to at most 1"
    if (abs(sums - 100) <= 1).all():
        return "every row is nonnegative and adds up to 100"
    if (array <= 1).all():
        return "every number lies from 0 to 1"
    return ""


def check_logits(name, array, *, classes=2):
    """Raise unless `array` is finite logits, `(batch, ..., classes)`.

    Probabilities are refused: passed for logits they are softened twice, and
    nothing else in a training run would say so.

    Args:
        name: what to call it in an error.
        array: the logits.
        classes: the fewest columns allowed. Defaults to 2.
    """
    array = np.asarray(array)
    if array.ndim < 2 or array.shape[-1] < classes:
        least = "two classes" if classes == 2 else "one column"
        raise ValueError(
            f"{name} must have shape (batch, classes) with at least {least}, "
            f"got {array.shape}. Pass the outputs of the last layer, one row "
            "an example."
        )
    if not len(array):
        raise ValueError(
            f"{name} has no rows: shape {array.shape}. Pass at least one "
            "example."
        )
    check_finite(name, array)
    if why := suspect_probabilities(array):
        first = [round(float(p), 3) for p in array.reshape(-1, array.shape[-1])[0][:5]]
        raise ValueError(
            f"{name} are probabilities: {why} (first row {first}). Logits are "
            "needed. Build the model without a softmax or sigmoid at its end, "
            "or use Answers.from_probabilities. If these are logits all the "
            "same, add a constant to each row, which changes nothing."
        )
    return array
