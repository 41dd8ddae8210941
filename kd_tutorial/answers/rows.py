"""Rows in memory, in any form that `fit` takes: an array, or several."""

import numpy as np

from ..arrays import as_array
from .cache import fingerprint


def as_rows(x, inputs: int = 1, name: str = "x", *, finite: bool = True):
    """`x` as arrays: one, or a dictionary or list of them, an input each.

    DataFrames, Series and sparse matrices become arrays; memory maps stay
    what they are.

    Args:
        x: an array or anything like one; a dictionary of such; or a list of
            them for a model with several inputs.
        inputs: how many inputs the model has. Defaults to 1.
        name: what to call it in an error. Defaults to `"x"`.
        finite: look at every value, and raise for NaN. Defaults to `True`.

    Raises:
        ValueError: for no rows, or inputs with different numbers of rows.
        TypeError: for what is no array.
    """
    if isinstance(x, dict):
        arrays = {k: _array(x[k], f"{name}[{k!r}]", finite) for k in x}
    elif isinstance(x, list | tuple) and inputs > 1:
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
    if array.dtype == object:
        array = array.astype(str)
    if not array.ndim:
        raise TypeError(
            f"{name} must be an array with a row an example, got {x!r}."
        )
    if finite and array.dtype.kind == "f":
        _check_finite(name, array)
    return array


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


def rows_fingerprint(x) -> str:
    """A digest of every value, which tells these rows from all others."""
    return fingerprint(*leaves(x))
