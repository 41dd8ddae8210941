"""The inputs of the golden values: formulas, the same on every machine."""

import numpy as np

SHAPES = {  # batch, classes, scale of the logits
    "two": (4, 2, 1.0),
    "few": (4, 5, 2.0),
    "sharp": (4, 10, 20.0),
    "many": (6, 1000, 3.0),
}
TEMPERATURES = (1.0, 4.0, 16.0)
BETAS = (0.0, 0.0001, 0.1, 0.5, 0.9, 1.0)


def wave(*shape, start=0.0):
    """Numbers of size 1 that look random, the same for the same `start`."""
    count = np.arange(np.prod(shape), dtype="float64")
    return 1.5 * np.sin(12.9898 * (count + start) + 78.233).reshape(shape)


def logits(name):
    """The teacher's and the student's."""
    batch, classes, scale = SHAPES[name]
    v = scale * wave(batch, classes)
    return v, scale * wave(batch, classes, start=0.3)


def labels(name):
    batch, classes, _ = SHAPES[name]
    return np.arange(batch) * 7 % classes


def features():
    """Two layers' outputs, `(batch, height, width, channels)`."""
    return wave(5, 4, 3, 6), wave(5, 4, 3, 6, start=0.7)


def rows(copies):
    """Features of a batch, with copies in it or without."""
    t, s = wave(6, 8), wave(6, 8, start=0.7)
    if copies:
        t[4], s[5] = t[1], s[2]
    return t, s
