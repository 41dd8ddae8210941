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


def _single(value):
    """`value` as a Python number; `None` unless it is one real number.

    NumPy's scalars and arrays without axes count as numbers, truth values,
    text and arrays of one entry do not.
    """
    if isinstance(value, bool) or np.ma.is_masked(value):
        return None
    if isinstance(value, numbers.Real):
        return value
    if getattr(value, "shape", None) != ():
        return None
    value = np.asarray(value)
    return value.item() if is_real(value.dtype) else None


def is_real(dtype) -> bool:
    """Whether a NumPy dtype holds real numbers; bfloat16 is one of them."""
    return dtype.kind in "iuf" or dtype.name.startswith(("bfloat", "float"))


def check_whole(name, value, least=1, most=None, remedy="") -> int:
    """`value` as an `int`; raise unless it is whole and within its bounds."""
    number = _single(value)
    if (
        not isinstance(number, numbers.Integral)
        or number < least
        or (most is not None and number > most)
    ):
        span = "or more" if most is None else f"to {most}"
        raise ValueError(
            f"{name} must be a whole number, {least} {span}, got {value!r}. "
            f"{remedy}".rstrip()
        )
    return int(number)


def check_number(name, value, good, wanted, remedy="") -> float:
    """`value` as a `float`; raise unless it is a number that is `good`.

    Args:
        name: what to call it in an error.
        value: a number.
        good: a function of the number that says whether it will do.
        wanted: what `good` asks for, in words, for example "from 0 to 1".
        remedy: what to do instead.
    """
    number = _single(value)
    try:
        number = math.nan if number is None else float(number)
    except OverflowError:  # a whole number with hundreds of digits
        number = math.nan
    if not (math.isfinite(number) and good(number)):
        raise ValueError(
            f"{name} must be a number {wanted}, got {value!r}. "
            f"{remedy}".rstrip()
        )
    return number


def as_array(name, value):
    """`value`, a table or series too, as an array; raise if it is none.

    An array keeps its identity, and a memory map stays on the disk. Numbers
    that a table keeps as objects get their own type back.
    """
    if np.ma.is_masked(value):
        raise ValueError(
            f"{name} has masked entries. Drop them, or fill them by "
            "numpy.ma.filled."
        )
    if hasattr(value, "toarray") and not isinstance(value, np.ndarray):
        raise ValueError(
            f"{name} is sparse, got {type(value).__name__}. Pass "
            f"{name}.toarray()."
        )
    try:
        own = type(value) in (np.ndarray, np.memmap)
        array = value if own else np.asarray(value)
        if array.dtype == object:
            inferred = np.array(array.tolist())
            array = array if inferred.dtype.kind in "OUS" else inferred
    except Exception as error:  # ragged rows, tensors of another library
        raise ValueError(
            f"{name} cannot be made an array ({error}). Pass an array, "
            "its rows of one length."
        ) from error
    if array.dtype.kind in "iuf" and not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if array.dtype == np.longdouble:  # which Keras does not know
        array = array.astype("float64")
    return array


def real_array(name, value):
    """`value` as an array of real numbers; raise if it is none."""
    array = as_array(name, value)
    if not is_real(array.dtype):
        raise ValueError(
            f"{name} must hold real numbers, got dtype {array.dtype}."
        )
    return array


def integer_labels(name, value):
    """`value` as an array of integers from 0; raise if they are none.

    Truth values become 0 and 1. Other numbers are not rounded: a label of
    2.0 may be one, a target of 2.0 is not.
    """
    array = as_array(name, value)
    if array.dtype == bool:
        array = array.astype("int32")
    if array.dtype.kind in "USO":
        raise ValueError(
            f"{name} must be integers from 0, got dtype {array.dtype}. "
            f"Number them: names, {name} = np.unique({name}, "
            "return_inverse=True)."
        )
    if array.dtype.kind not in "iu":
        raise ValueError(
            f"{name} must be integers from 0, got dtype {array.dtype}. If "
            f"they are class numbers, pass {name}.astype(int)."
        )
    if array.size and array.min() < 0:
        raise ValueError(
            f"{name} must be integers from 0, got dtype {array.dtype}, "
            f"smallest {array.min()}. Drop rows without a label; number the "
            f"others by np.unique({name}, return_inverse=True)."
        )
    return array


def check_temperature(temperature):
    """Raise unless `temperature` is a finite number above zero."""
    return check_positive(
        "temperature",
        temperature,
        "Use 1 for the model's own probabilities, 2 to 8 to soften them.",
    )


def check_seeds(seeds):
    """`seeds` as a list of whole numbers; raise unless it is a sequence."""
    ten = "Pass seeds(10) or range(10) for ten of them."
    if isinstance(seeds, str | bytes | dict) or not np.iterable(seeds):
        raise TypeError(f"seeds must be a sequence, got {seeds!r}. {ten}")
    # NumPy, and so scikit-learn and Keras, take no larger ones.
    return [check_whole("each of seeds", s, 0, 2**32 - 1, ten) for s in seeds]


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
    "temperature": "It belongs to a target: SoftTargets(temperature=...).",
    "student_loss_weight": "Weights belong to targets: "
    "[HardTargets(weight=0.1), SoftTargets(weight=0.9)].",
    "lr": "Pass optimizer=keras.optimizers.Adam(learning_rate).",
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
        first = [
            round(float(p), 3)
            for p in array.reshape(-1, array.shape[-1])[0][:5]
        ]
        raise ValueError(
            f"{name} are probabilities: {why} (first row {first}). Logits are "
            "needed. Build the model without a softmax or sigmoid at its end, "
            "or use Answers.from_probabilities. If these are logits all the "
            "same, add a constant to each row, which changes nothing."
        )
    return array
