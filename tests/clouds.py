"""Small data for comparisons: three overlapping clouds."""

import numpy as np

import kd_tutorial as kd

CLASSES = 3


def blobs(count, seed, shift=0.0):
    """Three overlapping clouds in four dimensions."""
    generator = np.random.default_rng(seed)
    y = np.arange(count) % CLASSES
    centers = np.array([[2, 0, 0, 0], [0, 2, 0, 0], [0, 0, 2, 0]])
    x = centers[y] + 1.2 * generator.normal(size=(count, 4)) + shift
    return kd.Split(x.astype("float32"), y)


def draw(seed):
    """A data set of the seed's own."""
    generator = np.random.default_rng(seed)
    parts = [
        blobs(count, (seed, count)).take(generator.permutation(count))
        for count in (90, 60, 120)
    ]
    return kd.Dataset("clouds", *parts, ("a", "b", "c"))


def student():
    return kd.mlp((4,), CLASSES, hidden=(5,))
