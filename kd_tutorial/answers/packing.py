"""How answers are kept: in half precision, or the likeliest few of them."""

from collections.abc import Mapping

import numpy as np

# A group of its own: what is no answer stands beside the answers.
OFFSETS = "offsets/logits"
_HALF = np.finfo("float16").max


def packed(
    logits: np.ndarray, top: int | None, values: bool = False
) -> dict[str, np.ndarray]:
    """Logits as arrays to keep: all of them, or the likeliest and the rest.

    Half precision would lose what a whole row has in common: so each row is
    kept relative to its number nearest to 0, or to 0 where it lies on both
    sides of that. Nothing is kept worse for it.

    Args:
        logits: shape `(rows, ..., classes)`.
        top: how many classes a row to keep; `None`: all.
        values: they are real numbers, of which all digits count. Defaults to
            `False`.

    Returns:
        float16 `"logits"` and their float32 offsets, a number a row, by the
        name `OFFSETS`; or float32 `"logits"`, where they are values; or
        `"classes"`, shape `(rows, ..., top)`, the likeliest first, and their
        float16 `"log_probabilities"`, with one more column: the logarithm of
        all the others' mass.

    Raises:
        ValueError: for numbers that are too large.
    """
    if values:
        return {"logits": _cast("float32", logits)}
    if top is None:
        ends = (f(logits, axis=-1, keepdims=True) for f in (np.min, np.max))
        offsets = np.clip(0, *ends).astype("float32")
        offsets += 0.0  # -0.0, which Zarr takes for its fill value, becomes 0
        return {
            "logits": _cast("float16", logits - offsets),
            OFFSETS: offsets,
        }
    from scipy.special import log_softmax, logsumexp

    log_p = log_softmax(logits.astype("float32"), axis=-1)
    kept = np.argpartition(-log_p, top - 1, axis=-1)[..., :top]
    told = np.take_along_axis(log_p, kept, axis=-1)
    order = np.argsort(-told, axis=-1, kind="stable")
    kept, told = (np.take_along_axis(a, order, -1) for a in (kept, told))
    np.put_along_axis(log_p, kept, -np.inf, axis=-1)
    rest = logsumexp(log_p, axis=-1, keepdims=True)
    told = np.maximum(np.concatenate([told, rest], axis=-1), -_HALF)
    small = "uint16" if logits.shape[-1] <= 2**16 else "uint32"
    return {
        "classes": kept.astype(small),
        "log_probabilities": told.astype("float16"),
    }


def _cast(dtype, numbers):
    most, reach = np.finfo(dtype).max, np.abs(numbers).max()
    if reach > most:
        raise ValueError(
            f"the teacher's output spans {reach:g}, and {dtype} ends at "
            f"{most:g}. Scale it."
        )
    return numbers.astype(dtype)


def unpacked(arrays: Mapping[str, np.ndarray], classes: int) -> np.ndarray:
    """Float32 logits from what `packed` gave; the rest is shared evenly."""
    if "logits" in arrays:
        logits = arrays["logits"].astype("float32")
        if OFFSETS in arrays:
            logits += arrays[OFFSETS]
        return logits
    told = arrays["log_probabilities"].astype("float32")
    kept = arrays["classes"].astype("int64")
    share = told[..., -1:] - np.float32(np.log(classes - kept.shape[-1]))
    logits = np.repeat(share, classes, axis=-1)
    np.put_along_axis(logits, kept, told[..., :-1], axis=-1)
    return logits
