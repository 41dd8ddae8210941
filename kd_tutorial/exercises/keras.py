"""Checks of the exercises on Keras' own distiller."""

import numpy as np

from . import Mistake, number, says, scalar

__all__ = ["loss", "test", "weight"]

_V = np.array([[2.0, 0.0, -1.0], [0.5, 1.0, 3.0]], "float32")
_Z = np.array([[1.0, 1.0, 0.0], [-2.0, 0.0, 1.0]], "float32")


def loss(answer):
    """LogitsDistillation(temperature=4, loss=KLDivergence())."""
    from ..objectives import losses

    if isinstance(answer, type) or not hasattr(answer, "compute_loss"):
        raise Mistake("Give a keras.distillation loss, as an object.")
    got = scalar(answer.compute_loss, _V, _Z)

    def value(temperature):
        each = losses.kl_divergence(_V, _Z, temperature=temperature)
        return np.asarray(each).mean()

    if np.isclose(got, value(4.0), rtol=1e-3):
        return "The object makes the difference."
    if np.isclose(got, value(3.0), rtol=1e-3):
        raise Mistake("Right loss, but at the default temperature.")
    raise Mistake("Its value is not T² KL. Is the loss a string?")


def test(answer):
    """Zero at equality under a shift, or any property that separates."""
    from ..objectives import losses

    def clipped(v, z):
        from keras import ops  # so that a test may take gradients

        p, q = (ops.clip(ops.divide(logits, 3), 1e-7, 1) for logits in (v, z))
        return ops.sum(p * ops.log(p / q), axis=-1)

    for name in ("kl_divergence", "reverse_kl", "generalized_jsd"):
        if not says(answer, getattr(losses, name)):
            raise Mistake(
                f"It refuses {name}, which is right. Allow for rounding, and "
                "do not compare with one formula."
            )
    if says(answer, clipped):
        raise Mistake("Keras' default passes it. Which shift should not show?")
    return "A property is often a stronger test than a stored number."


def weight(answer):
    """1 : 9."""
    value = number(answer)
    if np.isclose(value, 0.1):
        return "And Adam does not mind the factor of ten that is left."
    if np.isclose(value, 0.9):
        raise Mistake("w is the weight of the labels.")
    if np.isclose(value, 1 / 9):
        raise Mistake("The two weights must add up to one.")
    raise Mistake("Divide both weights by their sum.")
