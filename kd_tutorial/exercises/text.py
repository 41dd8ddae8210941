"""Checks of the exercises on the sentence encoder."""

import math

import numpy as np

from . import Mistake, array, number, numbers, word

__all__ = ["frequencies", "maps", "rival", "surer"]

HINTS = {
    "frequencies": (
        "A post counts for every group, by its share.",
        "Which product of two matrices sums over the posts?",
        "Then divide each group's row by its own sum.",
    ),
    "surer": (
        "Go back to logits: logarithms will do.",
        "Dividing by a half doubles them. What does that do to the "
        "probabilities?",
        "They have to add up to one again.",
    ),
    "maps": (
        "A map from 4,096 to 384 numbers is a matrix. How many entries has "
        "it?",
        "What does the product of two matrices lead from, and to?",
    ),
    "rival": (
        "Two students may differ in one thing only. Which is the one in "
        "question?",
        "Which rival sees all that the student sees, except for the teacher?",
    ),
    "lines": (
        "Which groups are confused can be seen on validation.",
        "Rewrite, look, rewrite: which rows have you chosen on by then?",
        "Without labels you can still read the posts that the teacher is "
        "unsure about.",
    ),
}


def frequencies(answer):
    """sharesᵀ x, each row over its sum."""
    generator = np.random.default_rng(0)
    x = generator.integers(0, 4, size=(6, 5)) + 1.0
    shares = 2 * np.eye(3)[[0, 1, 2, 0, 1, 2]]
    shares += generator.dirichlet(np.ones(3), size=6)
    shares = shares / 3
    got = array(answer, x, shares)
    totals = shares.T @ x  # (groups, words)
    if got.shape == (5, 3):
        raise Mistake("A row a group, a column a word: transpose it.")
    if got.shape != (3, 5):
        raise Mistake(f"The shape must be (3, 5) here, got {got.shape}.")
    if np.allclose(got, totals / totals.sum(axis=1, keepdims=True)):
        return "With a one for the label this is ordinary naive Bayes."
    hard = np.eye(3)[shares.argmax(axis=1)].T @ x
    own = np.maximum(hard.sum(axis=1, keepdims=True), 1)
    if np.allclose(got, hard / own):
        raise Mistake("Count a post for every group, not for the first only.")
    if np.allclose(got, totals):
        raise Mistake("These are counts: divide each group's by their sum.")
    if np.allclose(got, totals / totals.sum(axis=0)):
        raise Mistake("Each group's words add up to one, not each word's.")
    if np.allclose(got, totals / totals.sum()):
        raise Mistake("Each row adds up to one, not the whole table.")
    if np.allclose(got, totals / shares.sum(axis=0)[:, None]):
        raise Mistake("Divide by the group's words, not by its posts.")
    raise Mistake("The sum over posts of share times count, over its row's.")


def surer(answer):
    """0.25 / (0.25 + 0.09 + 0.04)."""
    value = number(answer)
    if math.isclose(value, 0.25 / 0.38, abs_tol=0.005):
        return "Half the temperature squares the probabilities: it is surer."
    roots = np.sqrt([0.5, 0.3, 0.2])
    if math.isclose(value, roots[0] / roots.sum(), abs_tol=0.005):
        raise Mistake("That is a temperature of 2: below one it is surer.")
    if math.isclose(value, 0.25, abs_tol=0.005):
        raise Mistake("The three no longer add up to one.")
    if math.isclose(value, 0.5, abs_tol=0.005):
        raise Mistake("That is a temperature of 1.")
    if value > 1:
        raise Mistake("A probability is at most 1.")
    raise Mistake("Divide the logarithms by 0.5, then take the softmax.")


def maps(answer):
    """4,096 × 384 + 384 × 20, and 4,096 × 20."""
    apart, together = numbers(answer, 2)
    both, one = 4096 * 384 + 384 * 20, 4096 * 20
    if (apart, together) == (one, both):
        raise Mistake("The other way round: apart they take more.")
    if apart == 4096 * 384:
        raise Mistake("The head has to be stored too.")
    if apart != both:
        raise Mistake("Map 4,096 by 384, and head 384 by 20.")
    if together == 4096 * 384 * 20:
        raise Mistake("The product of the maps sums over the 384.")
    if together != one:
        raise Mistake("Their product leads from words to groups.")
    return "Nineteen times less; kept apart, the vectors serve other heads."


def rival(answer):
    """The one that sees all that the student sees, but no teacher."""
    said = word(answer).replace("-", " ")
    if said == "self taught":
        return "It differs in one thing only: nobody answers for it."
    if said == "labels":
        raise Mistake(
            "It lacks two things, the teacher and the other posts: a gain "
            "could come from either."
        )
    if said == "all labels":
        raise Mistake("It has labels that the student never had.")
    if said == "teacher":
        raise Mistake("It is no student: it tells what answers are worth.")
    raise Mistake("Answer 'labels', 'self-taught' or 'all labels'.")
