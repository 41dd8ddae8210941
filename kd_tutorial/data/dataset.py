"""Classification data in three parts: train, validation chooses, test reports.

Examples are float32, images from 0 to 1; labels are integers from 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..arrays import as_array, integer_labels
from ..checks import check_finite, check_line, is_real


@dataclass(frozen=True, eq=False)
class Split:
    """Examples and their labels, as arrays.

    Tables and series become arrays, a column of labels loses its axis, truth
    values become 0 and 1. Nothing else is guessed: a one-hot row may be a
    label or several, 2.0 a label or a measurement.

    Args:
        x: shape `(examples, ...)`: numbers without NaN, or text; several
            inputs as a dictionary of such arrays.
        y: integer labels from 0, shape `(examples,)`. Other targets have
            further axes: `(examples, 1)` for regression, `(examples,
            labels)` for several labels at once, `(examples, places)`.

    Raises:
        ValueError: for what is none of these, by name and with the remedy.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.Split([[0.5, 1.5], [2.5, 3.5]], [[1], [0]]).y
    array([1, 0])
    """

    x: np.ndarray | Mapping[str, np.ndarray]
    y: np.ndarray

    def __post_init__(self):
        if isinstance(self.x, Mapping):
            x = {k: _examples(f"x[{k!r}]", v) for k, v in self.x.items()}
            lengths = {k: len(v) for k, v in x.items()}
        else:
            x = _examples("x", self.x)
            lengths = {"x": len(x)}
        y = _targets(self.y)
        if {*lengths.values()} != {len(y)}:
            counts = " and ".join(f"{k} has {n}" for k, n in lengths.items())
            raise ValueError(
                f"{counts or 'x has no'} examples and y {len(y)} labels. "
                "Give one label an example."
            )
        if not len(y):
            raise ValueError("x has no examples. Pass at least one.")
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", y)

    def __len__(self):
        return len(self.y)

    def take(self, indices) -> "Split":
        """The examples at `indices`, in that order.

        Args:
            indices: a slice, a sequence of whole numbers or a mask.
        """
        if not isinstance(indices, slice):
            indices = as_array("indices", indices)
            if indices.ndim != 1 or not (
                indices.dtype.kind in "iub" or not indices.size
            ):
                raise ValueError(
                    "indices must be a slice, whole numbers or a mask, got "
                    f"{indices!r}. For one example pass a list of one."
                )
            if indices.dtype != bool:
                indices = indices.astype(int)
        if isinstance(self.x, Mapping):
            x = {name: part[indices] for name, part in self.x.items()}
        else:
            x = self.x[indices]
        return Split(x, self.y[indices])


def class_labels(split, purpose: str) -> np.ndarray:
    """A split's `y`; raises unless it is one integer label an example.

    Args:
        split: a `Split`.
        purpose: what needs such labels, to be named in the error.
    """
    if not isinstance(split, Split):
        raise TypeError(
            f"split must be a Split, got {type(split).__name__}. Pass a part "
            "of a data set, data.train, or Split(x, y)."
        )
    if split.y.ndim != 1:
        raise ValueError(
            f"{purpose} needs one integer label an example, got y of shape "
            f"{split.y.shape} and dtype {split.y.dtype}. Choose rows of other "
            "targets yourself, and pass their numbers to split.take."
        )
    return split.y


def _examples(name, x):
    """Examples as an array: numbers without NaN, or text."""
    given, x = x, as_array(name, x)
    if x.ndim == 0:
        raise ValueError(
            f"{name} must have one row an example, got {given!r}. Several "
            "inputs belong in a dictionary."
        )
    text = x.dtype.kind in "US" or (
        x.dtype == object and all(isinstance(each, str) for each in x.flat)
    )
    if not (text or x.dtype == bool or is_real(x.dtype)):
        raise ValueError(
            f"{name} must hold real numbers or text, got dtype {x.dtype}. "
            "Turn dates and categories into numbers, complex numbers into "
            "two; drop or fill rows with gaps."
        )
    # The sum tells of most arrays, without a second one of their size.
    with np.errstate(all="ignore"):
        total = x.sum(dtype="float64") if x.dtype.kind == "f" else 0.0
    if not np.isfinite(total):
        check_finite(name, x)
    return x


def _targets(y):
    """Class numbers `(examples,)`, or other targets with further axes."""
    given, y = y, as_array("y", y)
    if y.ndim == 2 and y.shape[1] == 1 and y.dtype.kind not in "f":
        y = y[:, 0]
    if y.ndim == 0:
        raise ValueError(f"y must have one row an example, got {given!r}.")
    if y.ndim == 1:
        if y.dtype.kind == "f" and y.size:
            raise ValueError(
                f"y must be integers from 0, got dtype {y.dtype}. Class "
                "numbers: pass y.astype(int). Regression: pass y[:, None]."
            )
        return integer_labels("y", y.astype(int) if not y.size else y)
    if y.dtype != bool and not is_real(y.dtype):
        raise ValueError(
            f"y must hold numbers, got dtype {y.dtype} and shape {y.shape}. "
            "Number each column's labels by np.unique(column, "
            "return_inverse=True)."
        )
    if y.dtype.kind == "f":
        check_finite("y", y)
    if y.ndim == 2 and ((y == 0) | (y == 1)).all() and (y.sum(1) == 1).all():
        raise ValueError(
            f"y is one-hot, shape {y.shape}: one 1 a row. Pass "
            "y.argmax(axis=1), the class numbers."
        )
    return y


@dataclass(frozen=True, eq=False)
class Dataset:
    """Three splits of one kind of data.

    Args:
        name: what `load_data` was asked for.
        train: what models learn from.
        validation: what settings are chosen on.
        test: what results are reported on, and nothing else.
        class_names: one a class.

    Raises:
        ValueError: for parts that do not fit each other or the class names.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]

    def __post_init__(self):
        check_line("name", self.name)
        names = self.class_names
        if isinstance(names, str) or not np.iterable(names):
            raise ValueError(
                f"class_names must be a sequence of names, got {names!r}. "
                "For example tuple('0123456789')."
            )
        object.__setattr__(self, "class_names", tuple(map(str, names)))
        for part in ("train", "validation", "test"):
            split = getattr(self, part)
            if not isinstance(split, Split):
                raise ValueError(
                    f"{part} must be a Split, got {type(split).__name__}. "
                    "Pass Split(x, y)."
                )
            if _shape(split.x) != self.input_shape:
                raise ValueError(
                    f"examples of {part} have shape {_shape(split.x)}, those "
                    f"of train {self.input_shape}. They must be alike."
                )
            if split.y.ndim == 1 and split.y.max() >= self.classes:
                raise ValueError(
                    f"{part} has labels up to {split.y.max()}, class_names "
                    f"{self.classes} names. Give one name a class."
                )

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(self.class_names)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """One example's shape; by name where there are several inputs."""
        return _shape(self.train.x)


def _shape(x):
    if isinstance(x, Mapping):
        return {name: part.shape[1:] for name, part in x.items()}
    return x.shape[1:]
