"""Checks of the exercises on what is larger than memory or a machine."""

import math

import numpy as np

from . import Mistake, array, number, numbers

__all__ = ["bytes", "gather", "hours"]

HINTS = {
    "bytes": (
        "Rows times numbers a row times bytes a number.",
        "What must be kept with each of the hundred, so that it can be found "
        "again?",
        "One more number a row: the rest.",
    ),
    "gather": (
        "Row n lies in chunk n // size. Which chunks are needed at all?",
        "Go chunk by chunk: read it once, and take all its wanted rows.",
        "A mask says where in the result these rows were asked for.",
    ),
    "hours": (
        "A forward pass takes about two operations for each parameter and "
        "token.",
        "All operations over operations a second are seconds.",
    ),
}


def bytes(answer):
    """100 TB, and 402 GB."""
    full, kept = numbers(answer, 2)
    if math.isclose(full, 200):
        raise Mistake("A float16 takes two bytes, not four.")
    if not math.isclose(full, 100):
        raise Mistake("Rows times classes times bytes, in units of 10^12.")
    if math.isclose(kept, 0.402):
        raise Mistake("The second in gigabytes, please.")
    if math.isclose(kept, 400):
        raise Mistake("The rest takes two bytes a row as well.")
    if math.isclose(kept, 202):
        raise Mistake("The indices of the kept must be kept too.")
    if not math.isclose(kept, 402):
        raise Mistake("A hundred numbers of four bytes a row, and one of two.")
    return "From several disks to a part of one."


def gather(answer):
    """Each chunk once, its rows to the places that asked for them."""
    everything = np.random.default_rng(0).normal(size=(14, 3))
    wanted = np.array([13, 0, 4, 4, 1, 12, 5])  # none of chunk 2
    asked = []

    def read(chunk):
        asked.append(int(chunk))
        return everything[4 * int(chunk) :][:4].copy()

    got = array(answer, read, wanted.copy(), 4)
    if got.shape == (7, 3) and not np.allclose(got, everything[wanted]):
        order = np.sort(wanted)
        if np.allclose(got, everything[order]):
            raise Mistake("The rows come back sorted, not in the order asked.")
        grouped = wanted[np.argsort(wanted // 4, kind="stable")]
        if np.allclose(got, everything[grouped]):
            raise Mistake("The rows come back chunk by chunk, not as asked.")
    if got.shape != (7, 3) or not np.allclose(got, everything[wanted]):
        raise Mistake("Row n is row n % size of chunk n // size.")
    if len(asked) > len({*asked}):
        raise Mistake(f"It reads {len(asked)} chunks where three are needed.")
    if len(asked) > 3:
        return "No chunk twice. Chunk 2 holds none of the rows: leave it."
    return "Aligned, and no chunk is read twice."


def hours(answer):
    """2 * 7e9 * 1e10 / 2e14 / 3600."""
    value = number(answer)
    right = 2 * 7e9 * 1e10 / 2e14 / 3600
    if math.isclose(value, right, rel_tol=0.01):
        return "Of one machine; a hundred need two hours."
    if math.isclose(value, right / 2, rel_tol=0.01):
        raise Mistake("Two operations a parameter: multiply and add.")
    if math.isclose(value, right * 3600, rel_tol=0.01):
        raise Mistake("These are seconds.")
    if math.isclose(value, right * 60, rel_tol=0.01):
        raise Mistake("These are minutes.")
    if math.isclose(value, right * 3, rel_tol=0.01):
        raise Mistake("6P is for training. Who answers goes forward only.")
    raise Mistake("Tokens times 2P, over operations a second, over 3600.")
