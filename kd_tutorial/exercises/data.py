"""Checks of the exercises on the reader's own data."""

import math

import numpy as np
from scipy.special import expit, logsumexp

from . import Mistake, array, number, numbers

__all__ = ["average", "one_logit", "own", "questions", "scale", "untold"]

HINTS = {
    "scale": (
        "Where must 0 go, and where 1?",
        "A straight line through two points: a slope and a shift.",
    ),
    "untold": (
        "How much probability do the two named classes leave?",
        "How many classes share it?",
    ),
    "one_logit": (
        "What is the probability of yes, in terms of the four?",
        "The logit of yes is log p(yes) minus log p(no); the sum of all four "
        "cancels.",
        "`scipy.special.logsumexp` adds probabilities without leaving the "
        "logarithms; `keepdims` keeps the axis.",
    ),
    "average": (
        "First within each example, over the places that count; then over "
        "the examples.",
        "By which number do you divide in each example?",
        "What is 0 times nan? Choose by `np.where`.",
    ),
    "questions": (
        "Of an array the answers can be written down.",
        "A random view is a new image each time: count images times epochs.",
    ),
    "own": (
        "Any table of numbers with a class for each row will do; "
        "scikit-learn has `load_wine` and others.",
        "Draw an order of the rows, and cut it in three: `kd.Split(x, y)` "
        "for each part, `kd.Dataset` for all.",
        "Scale the columns by mean and spread of the training rows; every "
        "part needs every class.",
    ),
}


def scale(answer):
    """2 x - 1."""
    x = np.linspace(0, 1, 24).reshape(2, 3, 4)
    dark = x / 4 + 0.1
    got = array(answer, x)
    if got.shape != x.shape:
        raise Mistake(f"The shape must stay {x.shape}, got {got.shape}.")
    if np.allclose(got, 2 * x - 1):
        got = array(answer, dark)
        if got.shape != x.shape or not np.allclose(got, 2 * dark - 1):
            raise Mistake(
                "Right for a batch that reaches from 0 to 1. A dark one must "
                "stay dark: take the scale, not the ends of the batch."
            )
        return "The documentation's line would have left all pixels at -1."
    if np.allclose(got, x / 127.5 - 1):
        raise Mistake("That line is for 0 to 255: all of yours become -1.")
    if np.allclose(got, 255 * x):
        raise Mistake("These are 0 to 255; the backbone wants -1 to 1.")
    if np.allclose(got, x - 1):
        raise Mistake("The darkest is right; the lightest must become 1.")
    if np.allclose(got, x - 0.5):
        raise Mistake("The middle is right; the range is half as wide.")
    if np.allclose(got, 1 - 2 * x):
        raise Mistake("Dark and light have changed places.")
    raise Mistake("0 becomes -1, and 1 becomes 1, in a straight line.")


def untold(answer):
    """(1 - 0.70 - 0.22) / 8."""
    value = number(answer)
    if math.isclose(value, 0.01, rel_tol=0.01):
        return "Eight classes share the 0.08 evenly."
    if value == 0:
        raise Mistake("A 0 here means not told, and has no logarithm.")
    if math.isclose(value, 0.08, rel_tol=0.01):
        raise Mistake("That is missing in all. How many classes share it?")
    if math.isclose(value, 0.008, rel_tol=0.01):
        raise Mistake("Only those that were not told share it.")
    if math.isclose(value, 1e-6):
        raise Mistake("The floor is the least that a class gets, not this.")
    if math.isclose(value, 0.1):
        raise Mistake("Two of the ten were told. Share what they leave.")
    raise Mistake("What is missing to 1, over the number of untold classes.")


def one_logit(answer):
    """logsumexp of yes minus logsumexp of no."""
    small = np.random.default_rng(0).normal(size=(5, 4)) * 2
    got = array(answer, small)
    yes, no = small[:, :2], small[:, 2:]
    right = logsumexp(yes, axis=1) - logsumexp(no, axis=1)
    if got.shape == (5,):
        raise Mistake("Keep the axis of the outputs: shape (batch, 1).")
    if got.shape != (5, 1):
        raise Mistake(f"The shape must be (5, 1) here, got {got.shape}.")
    got = got[:, 0]
    if np.allclose(got, right):
        with np.errstate(all="ignore"):
            large = array(
                answer, 1000 * np.array([[1.0, 0, -1, 0.5], [-1, -0.5, 1, 0]])
            )
        if not np.allclose(large.ravel(), [500, -1500]):
            raise Mistake(
                "Right for small logits, but e to the thousand is infinite, "
                "and e to minus a thousand is 0: take the largest out first, "
                "of yes and of no, as logsumexp does."
            )
        return "It is what map_classes gives, one logit minus the other."
    if np.allclose(got, -right):
        raise Mistake("That is the logit of no.")
    if np.allclose(got, expit(right)):
        raise Mistake("That is the probability. Leave the sigmoid out.")
    if np.allclose(got, yes.sum(axis=1) - no.sum(axis=1)):
        raise Mistake("Probabilities are added, not logits.")
    if np.allclose(got, yes.mean(axis=1) - no.mean(axis=1)):
        raise Mistake("Probabilities are added; logits are not averaged.")
    if np.allclose(got, yes.max(axis=1) - no.max(axis=1)):
        raise Mistake("The second class of each pair has a share, too.")
    if np.allclose(got, logsumexp(yes, axis=1)):
        raise Mistake("The logit is of yes against no: no is missing.")
    if np.allclose(got, right + logsumexp(no, 1) - logsumexp(small, 1)):
        raise Mistake(
            "That is the logarithm of the probability of yes. A logit is "
            "against no: log p - log(1 - p)."
        )
    raise Mistake("log of the sum of exponentials: of yes, minus of no.")


def average(answer):
    """The mean over places that count, then over the examples."""
    generator = np.random.default_rng(0)
    losses = generator.uniform(1, 2, size=(3, 4))
    mask = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]])
    own = (losses * mask).sum(axis=1) / mask.sum(axis=1)
    got = array(answer, losses, mask)
    if got.shape == (3,) and np.allclose(got, own):
        raise Mistake("Each example is right. Average over them, too.")
    if got.size != 1:
        raise Mistake(f"It must be one number, got shape {got.shape}.")
    value = number(got)
    if not math.isclose(value, own.mean(), rel_tol=1e-6):
        if math.isclose(value, losses.mean(), rel_tol=1e-6):
            raise Mistake("The mask is not used.")
        if math.isclose(value, (losses * mask).mean(), rel_tol=1e-6):
            raise Mistake(
                "Masked places count as zeros here: divide by the number of "
                "places that count."
            )
        if math.isclose(
            value, (losses * mask).sum() / mask.sum(), rel_tol=1e-6
        ):
            raise Mistake(
                "All places were thrown together, so long examples weigh "
                "more. Average within each example first."
            )
        raise Mistake("Within each example first, where mask is 1.")
    if not math.isclose(
        number(array(answer, losses[:, ::-1], mask[:, ::-1])),
        own.mean(),
        rel_tol=1e-6,
    ):
        raise Mistake(
            "Right where the places that count come first. They need not: "
            "read the mask place by place."
        )
    holed = np.where(mask > 0, losses, np.nan)
    if not math.isclose(
        number(array(answer, holed, mask)), own.mean(), rel_tol=1e-6
    ):
        raise Mistake(
            "0 times nan is nan: choose by np.where, do not multiply."
        )
    return "Padding may hold anything now."


def questions(answer):
    """10,000 once; 200,000 of the stream."""
    kept, streamed = numbers(answer, 2)
    if (kept, streamed) == (10_000, 200_000):
        return "A large teacher makes the difference felt."
    if (kept, streamed) == (200_000, 10_000):
        raise Mistake("The other way round: which one can be written down?")
    if kept == 200_000:
        raise Mistake("Of an array the teacher is asked once, before epoch 1.")
    if kept == streamed == 10_000:
        raise Mistake("A random view is a new image in each epoch.")
    raise Mistake("Images for the array; images times epochs for the stream.")


def own(answer):
    """A `Dataset`: drawn, whole, scaled on training rows, nothing leaked."""
    from ..data.dataset import Dataset
    from ..data.loading import NAMES

    if not isinstance(answer, Dataset):
        raise Mistake("Answer with a kd.Dataset of three kd.Split.")
    if answer.name in NAMES:
        raise Mistake(f"{answer.name!r} comes with the package. Bring yours.")
    parts = {k: getattr(answer, k) for k in ("train", "validation", "test")}
    if any(p.y.ndim != 1 or not hasattr(p.x, "dtype") for p in parts.values()):
        raise Mistake("One array of rows, please, and one class for each.")
    x = {k: np.reshape(p.x, (len(p), -1)) for k, p in parts.items()}
    if x["train"].dtype.kind not in "biuf":
        raise Mistake("Rows of numbers, please: turn words into counts.")
    rows = {k: {row.tobytes() for row in part} for k, part in x.items()}
    for one, other in (("validation", "train"), ("test", "train"),
                       ("test", "validation")):  # fmt: skip
        few = max(2, 0.02 * len(rows[one]))  # real tables have twins
        if len(both := rows[one] & rows[other]) > few:
            raise Mistake(f"{len(both)} rows of {one} are in {other}, too.")
    for part, split in parts.items():
        if missing := {*range(answer.classes)} - {*split.y.tolist()}:
            raise Mistake(
                f"{part} has no row of class {min(missing)}. Are the rows "
                "sorted? Draw them."
            )
    if len(x["test"]) < 30:
        raise Mistake("Fewer than 30 test rows: one row is worth points.")
    each = np.concatenate([*x.values()]).astype("float64")
    y = np.concatenate([split.y for split in parts.values()])
    each = each[:, each.std(axis=0) > 0]
    if not each.size:
        raise Mistake("No column of x varies.")
    mean, spread = each.mean(axis=0), each.std(axis=0)
    told = np.abs((y - y.mean()) @ ((each - mean) / spread)) / len(y)
    if (told > (1 - 1e-6) * y.std()).any():
        raise Mistake("A column of x is the label itself, but for its scale.")
    if max(np.abs(mean).max(), spread.max()) > 20:
        raise Mistake(
            "Inputs are far from 1: scale each column by the mean and spread "
            "of the training rows."
        )
    if (
        np.allclose(mean, 0, atol=1e-6) and np.allclose(spread, 1, atol=1e-4)
    ) or _ranged(each, len(x["train"])):
        raise Mistake(
            "The scale knows the test rows: take mean and spread from train."
        )
    return "Now: does a teacher pay? Compare it with labels, ten seeds each."


def _ranged(each, count) -> bool:
    """Whether columns share ends that the first `count` rows do not reach."""
    each = each[:, [len(np.unique(column)) > 10 for column in each.T]]
    if each.shape[1] < 2:
        return False

    def unequal(rows):
        return np.ptp(rows.min(axis=0)) + np.ptp(rows.max(axis=0)) > 1e-6

    return not unequal(each) and unequal(each[:count])
