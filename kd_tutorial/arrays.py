"""Arrays out of what people pass: lists, tables, series, tensors."""

import numpy as np

from .checks import is_real


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
        if array.dtype.kind == "U" and isinstance(value, list | tuple):
            array = _no_gaps(array, np.asarray(value, object))
        # Texts stay objects: else each takes as much as the longest.
        if array.dtype == object and not _texts(array):
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


def _no_gaps(texts, given):
    """`texts`, or what they were made of, where that was not text alone."""
    return texts if _texts(given) else given


def _texts(array):
    return all(isinstance(each, str) for each in array.flat)


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
