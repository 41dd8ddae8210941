"""Checks of the exercises on objectives."""

import numpy as np

from . import Mistake, array, numbers
from .measured import paired

__all__ = ["balance", "layer", "margin", "projector"]

HINTS = {
    "projector": (
        "It maps the student's width to the teacher's.",
        "A dense layer has inputs times outputs weights; how many biases?",
        "What does the student need it for, once it is trained?",
    ),
    "balance": (
        "If a class has n examples, what must each weigh, so that all "
        "classes count alike?",
        "`np.bincount` counts the classes; index it with the labels.",
        "Divide the weights by their mean.",
    ),
    "margin": (
        "Which two classes are meant? The teacher's row says it, for both.",
        "Sort the teacher's row, or use `top_k`; read both rows at these two "
        "places.",
        "The difference of the two margins, squared.",
    ),
    "layer": (
        "A hint has a `teacher_layer`; write one method for each pair of "
        "layer and weight.",
        "Compare layers at the same weight, seed by seed.",
        "Within a point is a claim of its own: `within=1`.",
    ),
}


def projector(answer):
    """64 × 256 + 256, none of which stays."""
    parameters, kept = numbers(answer, 2)
    if parameters == 64 * 256:
        raise Mistake("The bias is missing: one a unit of the teacher's.")
    if parameters == 64 * 256 + 64:
        raise Mistake("It maps to the teacher's width; so does its bias.")
    if parameters != 64 * 256 + 256:
        raise Mistake("The projector is a dense layer from 64 to 256 units.")
    if kept:
        raise Mistake("The projector serves training only.")
    return "The price is paid in training, not in use."


def balance(answer):
    """1 / n_y, with mean 1."""
    labels = np.array([0, 0, 0, 1, 2, 2])
    got = array(answer, labels)
    if got.shape != labels.shape:
        raise Mistake(
            f"One weight an example, shape {labels.shape}; got {got.shape}."
        )
    counts = np.bincount(labels)[labels]
    exact = (1 / counts) / (1 / counts).mean()
    if np.allclose(got, exact):
        mixed = np.array([3, 0, 5, 1, 4, 2])
        if not np.allclose(array(answer, labels[mixed]), exact[mixed]):
            raise Mistake(
                "Right where labels are sorted. Elsewhere each weight must "
                "find its own example."
            )
        return "Each class now adds the same."
    if np.allclose(got / got.mean(), exact):
        raise Mistake("Right proportions, but their mean is not 1.")
    if np.allclose(got / got.mean(), counts / counts.mean()):
        raise Mistake("Frequent classes should weigh less, not more.")
    raise Mistake("A class of n examples should weigh 1 / n each.")


def margin(answer):
    """((v_a - v_b) - (z_a - z_b))² at the teacher's two best classes."""
    v = np.array([[4, 1, 3], [0, 2, -1], [-1, 0.5, 3], [1, 2, 5]], "float32")
    z = np.array([[1, 5, 0.5], [1, 1.5, 9], [1, 2, -1], [0, 4, 1]], "float32")
    got = array(answer, v, z)
    if got.shape != (4,):
        raise Mistake(f"One number an example, shape (4,); got {got.shape}.")
    best = np.argsort(v, axis=1)[:, ::-1]
    rows = np.arange(4)

    def gap(logits, order):
        return logits[rows, order[:, 0]] - logits[rows, order[:, 1]]

    right = (gap(v, best) - gap(z, best)) ** 2
    if np.allclose(got, right):
        return "It asks for two logits only, and ignores the rest."
    own = np.argsort(z, axis=1)[:, ::-1]
    if np.allclose(got, (gap(v, best) - gap(z, own)) ** 2):
        raise Mistake("The student's margin is read at its own best classes.")
    if np.allclose(got[:2], right[:2]):
        raise Mistake(
            "Where the student prefers the second class its margin is below "
            "0: the difference with its sign, not the size."
        )
    if np.allclose(got**2, right):
        raise Mistake("The difference should be squared.")
    raise Mistake("Find the teacher's two best classes; read both there.")


def layer(answer):
    """The reader\'s own, in a form that can be judged."""
    return paired(answer, "`hidden_2` minus `hidden_1`, at one weight")
