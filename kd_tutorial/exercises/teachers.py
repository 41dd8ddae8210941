"""Checks of the exercises on the choice of a teacher."""

import math

import numpy as np

from . import Mistake, array, number
from .measured import paired

__all__ = ["cwtm", "dist", "steps"]

HINTS = {
    "steps": (
        "Multiply-adds of one step: inputs times outputs, layer by layer.",
        "Both have 64 inputs and 10 outputs. How many times more does the "
        "assistant take?",
        "The student may take that many more steps than 200.",
    ),
    "cwtm": (
        "First probabilities, row by row, then the largest of each row.",
        "Divide by one number for the whole batch. Which?",
    ),
    "dist": (
        "A batch of all rows: `batch_size` is the number of classes times "
        "the images a class.",
        "Compare DIST with plain distillation at each number of images, and "
        "subtract the two differences.",
    ),
}


def steps(answer):
    """200 × 2720 / 740."""
    value = number(answer)
    assistant, student = 64 * 32 + 32 * 16 + 16 * 10, 64 * 10 + 10 * 10
    right = 200 * assistant / student
    if abs(value - right) <= 1:
        return "So many steps more for the student that skips the assistant."
    if abs(value - 200 * student / assistant) <= 1:
        raise Mistake("The other way round: the assistant is the larger.")
    if abs(value - 200 * (assistant + 58) / (student + 20)) <= 1:
        raise Mistake("Leave the biases out.")
    if abs(value - (right + 200)) <= 1:
        raise Mistake("Only the steps that pay for the assistant.")
    if math.isclose(value, assistant / student, abs_tol=0.01):
        raise Mistake("That is for one step of the assistant.")
    raise Mistake("Multiply-adds: inputs times outputs, layer by layer.")


def cwtm(answer):
    """max p_b / sum_u max p_u."""
    logits = np.array(
        [[2.0, 0.0, 0.0], [0.0, 0.5, 0.0], [1.0, 1.0, -3.0], [-1.0, 0.0, 1.0]]
    )
    got = array(answer, logits)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    top = p.max(axis=1)
    if got.shape != top.shape:
        raise Mistake("One number an image, shape (batch,).")
    if np.allclose(got, top / top.sum(), atol=1e-6):
        return "An image of which the teacher is sure counts more."
    if np.allclose(got, top, atol=1e-6):
        raise Mistake("Divide by their sum over the batch.")
    if np.allclose(got, top / top.mean(), atol=1e-6):
        raise Mistake("By their sum, not by their mean.")
    raw = logits.max(axis=1)
    if np.allclose(got, raw / raw.sum(), atol=1e-6):
        raise Mistake("Probabilities, not logits: softmax first.")
    raise Mistake("Softmax, the largest of each row, divided by their sum.")


def dist(answer):
    """The reader\'s own, in a form that can be judged."""
    return paired(
        answer, "DIST's gain in one batch minus its gain in the other"
    )
