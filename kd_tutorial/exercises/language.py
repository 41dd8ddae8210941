"""Checks of the exercises on language models."""

import math

import numpy as np

from . import Mistake, array, number, numbers

__all__ = ["bridge", "excess", "reverse", "search", "settings", "slips"]

HINTS = {
    "slips": (
        "What is the probability that one token is in order? And twenty?",
        "Lost is the opposite of in order throughout.",
    ),
    "search": (
        "Greedy takes the likelier first token, and goes on from there.",
        "The other first token may have a likelier text behind it: multiply.",
    ),
    "sharpened": (
        "Square the truth's probabilities, and scale each row to sum to one.",
        "Where does sharpening take mass from, and what of tokens that had "
        "none?",
        "Feed the sharpened table to `report`, as the page does with a "
        "student.",
    ),
    "excess": (
        "Of each text, average the divergence over the two kinds of states.",
        "The excess is relative to the error on real text.",
    ),
    "settings": (
        "Which of the two says who writes the texts?",
        "Which end of `beta` is the reverse divergence, in TRL's convention?",
    ),
    "reverse": (
        "Write the divergence as a sum of q log(q / p); only q depends on "
        "the logits.",
        "The derivative of q_k in logit j is q_k ((k = j) − q_j).",
        "Two terms remain: q log(q / p), and q times a number a row.",
    ),
    "bridge": (
        "What has the student's tokenizer written if the text goes on with "
        "*ab*?",
        "The probability of *ab* is a product of two.",
        "Its token *a* has what remains of the letter *a*.",
    ),
}


def _near(value, right) -> bool:
    """Equal but for the rounding of float32."""
    return math.isclose(value, right, rel_tol=1e-6)


def search(answer):
    """0.6 × 0.5 and 0.4 × 0.9."""
    greedy, likeliest = numbers(answer, 2)
    if _near(greedy, 0.3) and _near(likeliest, 0.36):
        return "One token decided too early costs the better text."
    if _near(greedy, 0.36) and _near(likeliest, 0.3):
        raise Mistake("The greedy text first.")
    if _near(greedy, 0.6):
        raise Mistake("That is the first token alone. Texts have two.")
    if _near(likeliest, 0.54):
        raise Mistake("0.9 is what follows *b*, not *a*.")
    if _near(greedy, 0.3):
        raise Mistake("The likeliest text may begin with the other token.")
    raise Mistake("Multiply the first token's probability by the second's.")


def slips(answer):
    """1 - 0.99^20."""
    value = number(answer)
    if abs(value - 100 * (1 - 0.99**20)) < 0.06:
        return "Nearly one in five, from one slip in a hundred tokens."
    if math.isclose(value, 20):
        raise Mistake(
            "Probabilities do not add up: two slips lose a text only once."
        )
    if abs(value - (1 - 0.99**20)) < 6e-4:
        raise Mistake("In percent.")
    if abs(value - 100 * (1 - 0.99**19)) < 0.06:
        raise Mistake("The first token may slip, too: twenty, not nineteen.")
    if abs(value - 100 * 0.99**20) < 0.06:
        raise Mistake("That share has never slipped.")
    raise Mistake("A text is in order if none of its 20 tokens slipped.")


def excess(answer):
    """(0.9 × 0.05 + 0.1 × 2) / (0.995 × 0.05 + 0.005 × 2) - 1."""
    value = number(answer)
    real = 0.995 * 0.05 + 0.005 * 2
    own = 0.9 * 0.05 + 0.1 * 2
    right = 100 * (own - real) / real
    if math.isclose(value, right, rel_tol=5e-3):
        return "The student is the same; only what it reads has changed."
    if math.isclose(value, right / 100, rel_tol=5e-3):
        raise Mistake("In percent.")
    if math.isclose(value, 100 * own / real, rel_tol=5e-3):
        raise Mistake("That is the whole; the excess is what lies above 100.")
    if math.isclose(value, 100 * (own - real) / own, rel_tol=5e-3):
        raise Mistake("Relative to the error on real text.")
    if math.isclose(value, 100 * (own - 0.05) / 0.05, rel_tol=5e-3):
        raise Mistake("Real text is lost now and then, too.")
    raise Mistake("Average over the two kinds of state, for each text.")


def settings(answer):
    """lmbda = 1: the student writes; beta = 1: reverse."""
    lmbda, beta = numbers(answer, 2)
    if (lmbda, beta) == (1, 1):
        return "Without the policy gradient; that is MiniLLM's own."
    if beta == 0:
        raise Mistake("beta = 0 is the forward divergence.")
    if lmbda == 0:
        raise Mistake("lmbda = 0: the student writes nothing.")
    if lmbda == 1:
        raise Mistake("Between 0 and 1, beta mixes both directions.")
    if beta == 1:
        raise Mistake("With this lmbda others write a part of the texts.")
    raise Mistake("lmbda says who writes, beta which divergence.")


def reverse(answer):
    """q (log(q / p) - KL(q || p))."""
    q = np.array([[0.7, 0.2, 0.1], [0.2, 0.3, 0.5]])
    p = np.array([[0.5, 0.25, 0.25], [0.6, 0.3, 0.1]])
    got = array(answer, q, p)
    ratio = np.log(q / p)
    right = q * (ratio - (q * ratio).sum(axis=1, keepdims=True))
    if got.shape != q.shape:
        raise Mistake("One number a token, shape (batch, tokens).")
    if np.allclose(got, right, atol=1e-6):
        return "Where the student gives nothing it is told nothing."
    if np.allclose(got, -right, atol=1e-6):
        raise Mistake("The sign: the loss grows along its gradient.")
    if np.allclose(got, q - p, atol=1e-6):
        raise Mistake("That is the gradient of the forward divergence.")
    if np.allclose(got, q * ratio, atol=1e-6):
        raise Mistake("Each row sums to zero: subtract q times the mean.")
    if np.allclose(got, ratio - (q * ratio).sum(axis=1, keepdims=True)):
        raise Mistake("Times q: the chain rule through the softmax.")
    if np.allclose(got, ratio + 1, atol=1e-6):
        raise Mistake("That is in q; go on to the logits.")
    raise Mistake(
        "Try sum_k q_k log(q_k / p_k), and dq_k/dz_j = q_k ((k = j) - q_j)."
    )


def bridge(answer):
    """0.5 × (1 - 0.4) and 0.5 × 0.4."""
    alone, together = numbers(answer, 2)
    if _near(alone, 0.3) and _near(together, 0.2):
        return "Together they are the 0.5 of all texts that go on with a."
    if _near(alone, 0.2) and _near(together, 0.3):
        raise Mistake("The token *a* first.")
    if _near(alone, 0.5):
        raise Mistake("Text that goes on with ab is not written with *a*.")
    if _near(alone, 0.6):
        raise Mistake("0.6 is given that *a* was written: times p(a).")
    if _near(together, 0.4):
        raise Mistake("0.4 is given that *a* was written.")
    raise Mistake("p(ab) = p(a) p(b | a); *a* alone has the rest of p(a).")
