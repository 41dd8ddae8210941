"""Checks of arguments: each error names argument, value and remedy."""

import math
import numbers

import numpy as np


def check_positive(name, value, remedy):
    """`value` as a number; raise unless it is finite and above zero.

    What is still traced passes: inside a compiled training loop the
    temperature is such a tensor, whose value was checked before the loop.
    """
    if is_traced(value):
        return value
    number = single_number(value)
    if number is None:
        raise TypeError(f"{name} must be a number, got {value!r}. {remedy}")
    if not 0 < number < 1e308:
        raise ValueError(
            f"{name} must be positive and finite, got {value!r}. {remedy}"
        )
    return number


def is_traced(value) -> bool:
    """Whether `value` is a tensor whose value is not known yet."""
    if isinstance(value, np.ndarray | np.generic) or not hasattr(
        value, "dtype"
    ):
        return False
    try:
        np.asarray(value)
    except Exception:  # each library has its own for this
        return True
    return False


def single_number(value):
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
    number = single_number(value)
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


def check_line(name, text, *, empty=True):
    """Raise unless `text` is a string on one line."""
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a string, got {text!r}.")
    if len(text.splitlines()) > 1 or text != text.rstrip("\r\n"):
        raise ValueError(f"{name} must stand on one line, got {text!r}.")
    if not (empty or text.strip()):
        raise ValueError(f"{name} is empty.")
    return text


def check_sizes(name, values, remedy="") -> tuple[int, ...]:
    """`values` as a tuple of whole numbers, 1 to a million each."""
    no_list = str | bytes | dict | set | frozenset
    if isinstance(values, no_list) or not np.iterable(values):
        raise ValueError(
            f"{name} must be a sequence of whole numbers above 0, got "
            f"{values!r}. {remedy}"
        )
    return tuple(
        check_whole(f"each of {name}", value, 1, 1_000_000, remedy)
        for value in values
    )


def check_number(name, value, good, wanted, remedy="") -> float:
    """`value` as a `float`; raise unless it is a number that is `good`.

    Args:
        name: what to call it in an error.
        value: a number.
        good: a function of the number that says whether it will do.
        wanted: what `good` asks for, in words, for example "from 0 to 1".
        remedy: what to do instead.
    """
    number = single_number(value)
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


def check_temperature(temperature):
    """The temperature; raise unless it is a number from 1e-6 to 1e6.

    Losses take T², which leaves float32 farther out.
    """
    remedy = "Use 1 for the model's own probabilities, 2 to 8 to soften them."
    number = check_positive("temperature", temperature, remedy)
    if not (is_traced(number) or 1e-6 <= number <= 1e6):
        raise ValueError(
            f"temperature must be from 1e-6 to 1e6, got {temperature!r}. "
            f"{remedy}"
        )
    return number


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


_DIVERGED = (
    "Look for a learning rate that is too high, float16 overflow or a "
    "logarithm of zero in the model that made them."
)


def check_finite(name, array, remedy=_DIVERGED):
    """Raise if `array` holds NaN or an infinity; say where the first is."""
    array = np.asarray(array)
    bad = ~np.isfinite(array)
    if bad.any():
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(
            f"{name} has {int(bad.sum())} values that are NaN or infinite, "
            f"the first at index {first}: {array[first]}. {remedy}"
        )
    return array


# Where probabilities are of one number a row, or of several labels.
SIGMOID = "the logits log(p / (1 - p)) to Answers.of"


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
    told = (array > 0).sum(axis=-1)
    few = told.min() > 0 and told.max() < array.shape[-1] and told.max() >= 2
    if few and (sums <= 101).all() and sums.mean() >= 50:
        return (
            "every row is nonnegative, has zeros and adds up to at most 100, "
            "as the likeliest classes do in percent"
        )
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
        alone = array.shape[-1] == 1 or why.startswith("every number")
        remedy = (
            f"sigmoid at its end, or pass {SIGMOID}. If these are no "
            "probabilities, ask first: ask(teacher, x, values=True)."
            if alone
            else "softmax at its end, or use Answers.from_probabilities. If "
            "these are logits all the same, add a constant to each row, which "
            "changes nothing."
        )
        raise ValueError(
            f"{name} are probabilities: {why} (first row {first}). Logits are "
            f"needed. Build the model without a {remedy}"
        )
    return array
