"""Checks of the exercises of the code chapter."""

import numpy as np
from scipy.special import log_softmax, softmax

from . import Mistake, array, number
from .measured import paired

__all__ = ["argmax", "loss", "outputs", "passes", "soften"]

HINTS = {
    "loss": (
        "What do the targets look like: one number an image, or a row?",
        "The loss has to know that the outputs are not probabilities yet.",
    ),
    "soften": (
        "Which logits have p as their softmax?",
        "Logarithms of probabilities are such logits. They differ from the "
        "lost ones by a number a row.",
        "Divide them by T, and take the softmax of each row.",
    ),
    "passes": (
        "How many images pass through the teacher in each case?",
        "The number of images cancels in the ratio.",
    ),
    "outputs": (
        "One student ends in logits. Both outputs are those same logits, "
        "under two names.",
        "`keras.layers.Identity(name=...)` gives a tensor a name. A model "
        "takes a dictionary of outputs.",
        "`compile` takes a loss and a weight for each name; the soft loss is "
        "a function of the teacher's and the student's logits.",
    ),
    "argmax": (
        "What does the argmax of a weak teacher say of images that are new "
        "to it, and what does it leave out?",
        "The argmax is another set of answers: write it as logits that are "
        "far apart.",
        "Three methods in one comparison; the teacher's `train` takes the "
        "first hundred rows, the students' all others.",
    ),
}


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
    if not hasattr(answer, "reduction"):
        raise Mistake("Give an instance of a Keras loss, not a function.")
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


def outputs(answer):
    """0.1 times cross-entropy plus 0.9 times T² KL, on the model's logits."""
    if not hasattr(answer, "evaluate") or not getattr(answer, "compiled", 0):
        raise Mistake("Answer with the model, compiled.")
    generator = np.random.default_rng(0)
    x = generator.normal(size=(16, 64)).astype("float32")
    v = 3 * generator.normal(size=(16, 10)).astype("float32")
    labels = np.arange(16) % 10
    z = answer.predict(x, verbose=0)
    if not isinstance(z, dict) or {*z} != {"hard", "soft"}:
        raise Mistake('Its outputs should be a dictionary: "hard", "soft".')
    z, other = z["hard"], z["soft"]
    if z.shape != v.shape or not np.allclose(z, other, atol=1e-5):
        raise Mistake("Both outputs are the same ten logits of one student.")
    if (z >= 0).all() and np.allclose(z.sum(axis=1), 1, atol=1e-3):
        raise Mistake("These are probabilities. Leave the softmax out.")
    targets = {"hard": labels, "soft": v}
    got = answer.evaluate(x, targets, verbose=0, return_dict=True)["loss"]
    cross = -log_softmax(z, axis=1)[np.arange(16), labels].mean()
    p, log_q = softmax(v / 4, axis=1), log_softmax(z / 4, axis=1)
    terms = p * (log_softmax(v / 4, axis=1) - log_q)
    kl = terms.sum(axis=1).mean()
    back = (np.exp(log_q) * (log_q - np.log(p))).sum(axis=1).mean()
    meant = {
        0.1 * cross + 0.9 * 16 * kl: "",
        0.1 * cross + 0.9 * kl: "T² is missing.",
        0.9 * cross + 0.1 * 16 * kl: "The weights have changed places.",
        cross + 16 * kl: "The weights are missing: see loss_weights.",
        0.1 * cross + 0.9 * 16 * terms.mean(): (
            "The soft loss is averaged over classes. Sum over them."
        ),
        cross + 9 * 16 * kl: "Right proportions, but ten times too large.",
        0.1 * cross + 0.9 * 16 * back: "Teacher and student change places.",
        0.1 * cross - 0.9 * 16 * (p * log_q).sum(axis=1).mean(): (
            "This is the soft cross-entropy, which differs by a constant. "
            "Subtract the teacher's entropy, so that equal answers cost 0."
        ),
    }
    for value, mistake in meant.items():
        if np.isclose(got, value, rtol=1e-3):
            if mistake:
                raise Mistake(mistake)
            return "No training step of your own was needed."
    raise Mistake("The loss has another value. Evaluate each term by hand.")


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
    if value == 31:
        raise Mistake("Asked once beforehand, and not in epoch 1 again.")
    if np.isclose(value, 1 / 30):
        raise Mistake("Turn it over: how many times fewer?")
    raise Mistake("How often does each image pass in either case?")


def argmax(answer):
    """The reader\'s own, in a form that can be judged."""
    return paired(answer, "answers at T = 4 minus argmax")
