"""Checks of the exercises of the code chapter."""

import numpy as np
from scipy.special import log_softmax, softmax

from . import Mistake, array, number

__all__ = ["loss", "passes", "soften"]


def loss(answer):
    """CategoricalCrossentropy or KLDivergence, from logits."""
    kind = type(answer).__name__
    if kind == "SparseCategoricalCrossentropy":
        raise Mistake("Sparse means one class number an image.")
    if isinstance(answer, str) or not callable(answer):
        raise Mistake(
            "Give an instance: a name cannot say what the outputs are."
        )
    if isinstance(answer, type):
        raise Mistake("Give an instance, not the class.")
    z = np.array([[3.0, 0.0, -1.0], [0.0, 1.0, 0.5]], "float32")
    p = softmax(np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 4.0]], "float32"), 1)
    got = array(answer, p, z)
    cross = -(p * log_softmax(z, axis=1)).sum(1)
    if got.shape == () and np.isclose(got, cross.mean(), rtol=1e-4):
        return "from_logits=True puts the softmax inside the loss."
    if got.shape or np.isclose(got, cross.sum(), rtol=1e-4):
        raise Mistake(
            "It should give one number, the mean over the examples. Leave "
            "the reduction as it is."
        )
    if getattr(answer, "from_logits", False):
        raise Mistake(
            f"{kind} knows logits, but this is not the plain cross-entropy: "
            "does it smooth the targets, or weigh the classes?"
        )
    raise Mistake(
        f"{kind} took the outputs for probabilities. They are logits."
    )


def soften(answer):
    """p^(1/T), normalised."""
    v = np.array([[4.0, 1.0, 0.0], [0.0, 2.0, -3.0]])
    p = softmax(v, axis=1)
    got = array(answer, p, 3.0)
    if got.shape != p.shape:
        raise Mistake(f"The shape must stay {p.shape}, got {got.shape}.")
    if np.allclose(got, softmax(v / 3, axis=1)):
        return "The logarithms of probabilities are valid logits."
    if np.allclose(got, softmax(p / 3, axis=1)):
        raise Mistake("You softened the probabilities as if logits.")
    if np.allclose(got, p ** (1 / 3)):
        raise Mistake("The rows must add up to one again.")
    if np.allclose(got, softmax(3 * v, axis=1)):
        raise Mistake("That is temperature 1/T.")
    raise Mistake("Go back to logits first: which numbers have p as softmax?")


def passes(answer):
    """50,000 × 30 against 50,000."""
    value = number(answer)
    if value == 30:
        return "As many times as there are epochs."
    if value in (50_000, 1_500_000, 1_450_000):
        raise Mistake("This is a number of images, not a ratio.")
    if value == 29:
        raise Mistake("Once it must be asked.")
    raise Mistake("How often does each image pass in either case?")
