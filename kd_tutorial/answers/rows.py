"""Rows in memory, in any form that `fit` takes: an array, or several."""

import numpy as np

from ..arrays import as_array
from .cache import fingerprint


def as_rows(
    x, inputs: int | None = 1, name: str = "x", *, finite: bool = True
):
    """`x` as arrays: one, or a dictionary or list of them, an input each.

    DataFrames, Series and sparse matrices become arrays; memory maps stay
    what they are.

    Args:
        x: an array or anything like one; a dictionary of such; or a list of
            them for a model with several inputs.
        inputs: how many inputs the model has. Defaults to 1. `None`: not
            known, then a list of arrays is one for each, as in Keras, and a
            list of lists, numbers or texts is one array.
        name: what to call it in an error. Defaults to `"x"`.
        finite: look at every value, and raise for NaN. Defaults to `True`.

    Raises:
        ValueError: for no rows, inputs with different numbers of rows, or
            what is neither numbers nor text, as gaps among texts.
        TypeError: for what is no array.
    """
    several = isinstance(x, list | tuple) and (
        bool(x) and all(len(getattr(part, "shape", ())) for part in x)
        if inputs is None
        else inputs > 1
    )
    if isinstance(x, dict):
        arrays = {k: _array(x[k], f"{name}[{k!r}]", finite) for k in x}
    elif several:
        arrays = [_array(a, f"{name}[{i}]", finite) for i, a in enumerate(x)]
    else:
        arrays = _array(x, name, finite)
    counts = {len(a) for a in leaves(arrays)}
    if len(counts) != 1:
        raise ValueError(
            f"the inputs in {name} have {sorted(counts)} rows. Give each "
            "input one entry an example."
        )
    if counts == {0}:
        raise ValueError(f"{name} has no examples. Pass at least one row.")
    return arrays


def _array(x, name, finite):
    if hasattr(x, "toarray"):  # a SciPy matrix
        x = x.toarray()
    if hasattr(x, "numpy") and not isinstance(x, np.ndarray):  # a tensor
        x = x.numpy()
    array = as_array(name, x)
    if not array.ndim:
        raise TypeError(
            f"{name} must be an array with a row an example, got {x!r}."
        )
    if array.dtype == object:
        array = _texts(array, name)
    if finite and array.dtype.kind == "f":
        _check_finite(name, array)
    return array


def _texts(array, name):
    """Texts as an array of them; raise where there is something else."""
    for place, each in np.ndenumerate(array):
        if not isinstance(each, str | bytes):
            raise ValueError(
                f"{name} must hold numbers or texts, got {each!r} at index "
                f"{place}. Drop or fill rows with gaps; turn dates and "
                "categories into numbers."
            )
    told = [t.decode() if isinstance(t, bytes) else t for t in array.flat]
    return np.array(told).reshape(array.shape)


def _check_finite(name, array):
    """In parts: a memory map may be larger than memory."""
    rows = max(1, 2**22 // max(1, array[:1].size))
    for first in range(0, len(array), rows):
        finite = np.isfinite(array[first : first + rows])
        if not finite.all():
            row, *others = (int(i) for i in np.argwhere(~finite)[0])
            raise ValueError(
                f"{name} has NaN or infinite values, the first at index "
                f"{(first + row, *others)}. Clean or impute the data first."
            )


def inputs_of(teacher) -> int | None:
    """How many inputs a Keras model has; `None` where that is not known."""
    return len(getattr(teacher, "inputs", None) or ()) or None


def leaves(x) -> list:
    """The arrays in `x`, a dictionary's in the order of its sorted keys."""
    if isinstance(x, dict):
        return [x[key] for key in sorted(x)]
    return list(x) if isinstance(x, list | tuple) else [x]


def count(x) -> int:
    """How many rows there are."""
    return len(leaves(x)[0])


def take(x, rows):
    """The same inputs, of some rows only: a slice or indices."""
    if isinstance(x, dict):
        return {key: array[rows] for key, array in x.items()}
    if isinstance(x, list | tuple):
        return [array[rows] for array in x]
    return x[rows]


def numbers_of(index, rows: int, what: str) -> np.ndarray:
    """The numbers of the rows that an index means: an array, or one alone.

    Args:
        index: a number, a slice, a sequence of numbers or a mask.
        rows: how many there are.
        what: has the rows, to say so in an error.

    Raises:
        IndexError: for any other index, or rows that there are not.
    """
    if isinstance(index, slice):
        return np.arange(rows)[index]
    numbers = np.asarray(None if isinstance(index, tuple) else index)
    if numbers.dtype == bool and numbers.shape == (rows,):
        return np.flatnonzero(numbers)
    if isinstance(index, list) and not index:
        numbers = numbers.astype("int64")
    if numbers.dtype.kind not in "iu" or numbers.ndim > 1:
        shape = f"{numbers.dtype} of shape {numbers.shape}"
        raise IndexError(
            f"{what} are read by row: by a number, a slice, a sequence of "
            f"whole numbers or a mask of {rows}; got "
            f"{shape if numbers.ndim else repr(index)}. Index further what "
            "comes back: logits[rows][:, 3]."
        )
    if numbers.size and not -rows <= numbers.min() <= numbers.max() < rows:
        raise IndexError(
            f"rows run from {numbers.min()} to {numbers.max()}, but {what} "
            f"are for {rows}."
        )
    return numbers.astype("int64")


def rows_fingerprint(x) -> str:
    """A digest of every value, which tells these rows from all others."""
    return fingerprint(*leaves(x))
