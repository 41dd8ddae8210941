"""Checks of the exercises on Keras' own distiller."""

import numpy as np
from scipy.special import softmax

from . import Mistake, number, says, scalar

__all__ = ["fit", "loss", "test", "weight"]

HINTS = {
    "loss": (
        "`LogitsDistillation` takes the temperature and the inner loss.",
        "What happens if the inner loss is named by a string? Look at the "
        "page's first sections.",
    ),
    "test": (
        "What may be done to all of the teacher's logits without changing "
        "what it says?",
        "Keras' default clips. Which logits does that change, and which "
        "should it not change?",
        "Allow for rounding, and do not compare with one divergence: others "
        "are right, too.",
    ),
    "weight": (
        "The two weights of Keras add up to one.",
        "Divide 1 and 9 by the same number.",
    ),
    "fit": (
        "Both outputs are the student's own output, under the names of the "
        "two terms.",
        "`compile` takes dictionaries of losses and weights, `fit` one of "
        "targets.",
        "The soft loss: softmax and log-softmax of the logits over 4, summed "
        "over classes, times 16.",
    ),
}

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


def fit(answer):
    """Where 0.1 cross-entropy and 0.9 T² KL balance each other.

    There 0.1 (q - y) + 0.9 T (q_T - p_T) is 0, and so (q - y) / (p_T - q_T)
    is 36. It is another number for another objective.
    """
    import keras

    if not callable(answer):
        raise Mistake("Give the function itself.")
    x, labels = np.eye(4, dtype="float32"), np.array([0, 2, 3, 1])
    v = np.array(
        [[4, 2, 0, -2], [0, 3, 1, -1], [1, 0, 3, 2], [2, 2, -1, 0]], "float32"
    )
    student = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
    began = student.get_weights()[0].copy()
    answer(student, *(np.tile(a.T, 480).T for a in (x, labels, v)), 10)
    z = np.asarray(x @ student.get_weights()[0] + student.get_weights()[1])
    if np.array_equal(began, student.get_weights()[0]):
        raise Mistake(
            "The student has not moved. Build both outputs on its own output, "
            "and fit."
        )
    pull = softmax(z, axis=1) - np.eye(4)[labels]
    soft = softmax(v / 4, axis=1) - softmax(z / 4, axis=1)
    if np.abs(soft).max() < 1e-3:
        raise Mistake("It ends at the teacher's answers: where are labels?")
    if np.abs(pull).max() < 0.05:
        raise Mistake("It ends at the labels: does the teacher's term count?")
    ratio = (pull * soft).sum() / (soft**2).sum()
    one = softmax(v, axis=1) - softmax(z, axis=1)  # as at T = 1
    if np.allclose(pull, 9 * one, atol=0.02):
        raise Mistake("The teacher's term has a temperature of 1.")
    meant = {
        36: "",
        36 / 16: "T² is missing.",
        4 / 9: "The weights have changed places.",
        4: "The weights are missing: see loss_weights.",
        9: "The soft loss is averaged over classes. Sum over them.",
        36 * 16: "T² counts twice.",
    }
    for value, mistake in meant.items():
        if value / 1.15 < ratio < value * 1.15:
            if mistake:
                raise Mistake(mistake)
            return "Labels and teacher balance where the objective says."
    raise Mistake(
        f"Labels and teacher balance elsewhere: at {ratio:.3g} in place of "
        "36. Evaluate each term by hand, and take batches of 32: larger ones "
        "make too few steps."
    )
