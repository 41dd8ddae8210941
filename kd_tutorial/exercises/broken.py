"""Checks of the five broken notebooks: what was mended, and where instead.

Each tries the reader's function on cases of its own. What it is compared
with is the right function, the broken one, and mends that move the symptom.
"""

import numpy as np
from scipy.special import entr, log_softmax, softmax

from . import Mistake, array, called

__all__ = ["chance", "lucky", "silent", "stuck", "unsteady"]

HINTS = {
    "silent": (
        "Compute the teacher's part of the gradient at T = 1 and at T = 8: "
        "how do they compare?",
        "Softening makes the teacher's gradient smaller, and the labels' "
        "not. What makes up for it?",
        "Look at what `soft_loss` returns, and at the formula in the "
        "museum's rooms.",
    ),
    "stuck": (
        "Print some outputs of the model, and add up each row.",
        "`soft_loss` takes the softmax itself. What does it expect?",
    ),
    "unsteady": (
        "What differs between `ask` and `teacher.predict`? Try both, twice.",
        "Dropout acts in one of two modes. In which is the teacher asked?",
    ),
    "chance": (
        "Compute the teacher's accuracy from what `batches` yields, not from "
        "`answers`.",
        "Which of the three arrays goes into the new order, and which stays?",
    ),
    "lucky": (
        "How many rows are in both `validation` and `test`? `np.intersect1d` "
        "tells.",
        "How often does `split` draw an order, and how often should it?",
    ),
}

_AS_IT_WAS = (
    "This function is as broken as it was. If the symptom is gone, it was "
    "moved elsewhere: by {}, say."
)


def silent(answer):
    """T² times the divergence."""
    v, z = 3 * np.random.default_rng(0).normal(size=(2, 5, 4))
    temperatures = 1.0, 2.0, 4.0
    got = [array(answer, v, z, T) for T in temperatures]
    if got[0].shape != (5,):
        raise Mistake(f"One number a row, shape (5,); got {got[0].shape}.")

    def kl(T, to=None, reduce=np.sum, told=v, own=z):
        log_p = log_softmax(told / T, axis=1)
        log_q = log_softmax(own / (to or T), axis=1)
        return reduce(np.exp(log_p) * (log_p - log_q), axis=1)

    def is_(function):
        made = [function(T) for T in temperatures]
        return np.allclose(got, made, rtol=1e-4, atol=1e-6)

    if is_(lambda T: T**2 * kl(T)):
        return "Room 9: T² was missing, and with it the teacher's pull."
    if is_(kl):
        raise Mistake(_AS_IT_WAS.format("the weights, or fewer steps"))
    if is_(lambda T: T * kl(T)):
        raise Mistake("One T is back. The gradient had lost two.")
    if is_(lambda T: T**4 * kl(T)):
        raise Mistake("T² twice: now the teacher drowns the labels.")
    if is_(lambda T: kl(1.0)):
        raise Mistake("The temperature does nothing now: it was mended away.")
    if is_(lambda T: T**2 * (kl(T) + entr(softmax(v / T, 1)).sum(axis=1))):
        raise Mistake(
            "T² is back, and its gradient is right. But equal answers no "
            "longer cost 0: keep `log_p` in the bracket."
        )
    if is_(lambda T: T**2 * kl(T, reduce=np.mean)):
        raise Mistake("T² is back, but the sum over classes is a mean now.")
    if is_(lambda T: T**2 * kl(T, told=z, own=v)):
        raise Mistake("T² is back, but teacher and student changed places.")
    if is_(lambda T: T**2 * kl(T, to=1.0)):
        raise Mistake("T² is back, but only the teacher is softened.")
    weight = got[0].sum() / kl(1.0).sum()
    if is_(lambda T: weight * kl(T)):
        raise Mistake(
            f"A weight of {weight:.3g}, whatever T, hides the symptom at one "
            "temperature."
        )
    raise Mistake("At T = 1 and at T = 4 the pull should be of like size.")


def stuck(answer):
    """The last layer without its softmax."""
    model = called(answer)
    if not hasattr(model, "predict"):
        raise Mistake("`build` should return the model.")
    x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    z, far = _said(model, x), _said(model, 100 * x)
    if z.shape != (64, 4):
        raise Mistake(f"Four numbers a row, please; got shape {z.shape}.")
    total = z.sum(axis=1)
    if np.allclose(total, 1, atol=1e-3) and (z >= 0).all():
        raise Mistake(
            _AS_IT_WAS.format("more units, more epochs, another temperature")
        )
    if np.ptp(total) < 1e-3 * np.abs(z).max():
        raise Mistake(
            f"Each row still adds up to {total.mean():.3g}: a softmax, "
            "scaled. Logits may add up to anything."
        )
    if (z >= 0).all() and far.max() <= 1:
        raise Mistake("A sigmoid squeezes, too: outputs from 0 to 1.")
    if (z >= 0).all():
        raise Mistake(
            "No output is negative: room 12. Logits are, as often as not."
        )
    edge = np.minimum(far - far.min(), far.max() - far) / np.ptp(far)
    if np.quantile(edge, 0.4) < 0.01:
        ends = f"{far.min():.3g} and {far.max():.3g}"
        raise Mistake(f"Outputs end at {ends}: logits have no such bounds.")
    return "Room 1: the loss has a softmax, and the model had another."


def unsteady(answer):
    """What `training=False` says."""
    import keras

    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(80, 8)).astype("float32")
    dense = keras.layers.Dense
    between = keras.layers.Dropout(0.5), keras.layers.BatchNormalization()
    dropping, normed = (
        keras.Sequential([keras.Input((8,)), dense(32), layer, dense(4)])
        for layer in between
    )
    got, again = (_asked(answer, dropping, x) for _ in range(2))
    right = _said(dropping, x)
    if got.shape != right.shape:
        raise Mistake(
            f"A row of logits for each row asked, shape {right.shape}; got "
            f"{got.shape}."
        )

    def close(one, other):  # as logits
        one, other = log_softmax(one, axis=1), log_softmax(other, axis=1)
        return np.allclose(one, other, atol=1e-3)

    in_batches = close(_asked(answer, normed, x), _said(normed, x))
    if close(got, right) and in_batches:
        return "Room 5: the teacher was asked in training mode."
    if close(got, softmax(right, axis=1)):
        raise Mistake("The mode is right. But these are probabilities.")
    if close(got, right):
        raise Mistake(
            "Dropout is off, but a teacher with batch normalisation still "
            "answers by its batch: it is in training mode yet."
        )
    if in_batches:
        raise Mistake(
            "Frozen weights are not a mode: batch normalisation has settled, "
            "and dropout still drops."
        )
    if close(got, again):
        raise Mistake(
            "A seed gives the same noise twice. The symptom is gone, the "
            "noise is not."
        )
    usual = _said(dropping, x, training=True) - right
    if np.abs(got - right).mean() < np.abs(usual).mean() / 2:
        raise Mistake("Averaging hides the noise; the mode is still wrong.")
    raise Mistake(_AS_IT_WAS.format("less dropout, or a longer training"))


def _said(model, x, training=False):
    from keras import ops

    return ops.convert_to_numpy(model(x, training=training))


def _asked(answer, teacher, x):
    if not callable(answer):
        raise Mistake("Give the function itself.")
    teacher.trainable = True  # whatever the last call left
    return array(lambda: answer(teacher, x))


def chance(answer):
    """Rows, labels and answers in one order."""
    count, size = 50, 10
    names = np.arange(count)
    first = _batches(answer, count, size, 0)
    row, label, told = (np.concatenate(part) for part in zip(*first))
    if len(row) < count:
        raise Mistake(f"{count - len(row)} of {count} rows never come.")
    if len(row) > count or {*row} != {*names}:
        raise Mistake("Each row should come once in an epoch.")
    with_label, with_answer = (row == label).all(), (row == told).all()
    if not with_answer:
        if (told == names).all() and with_label:
            raise Mistake(
                _AS_IT_WAS.format("the learning rate, or more epochs")
            )
        if (label == told).all():
            raise Mistake("Labels and answers agree now, and the rows do not.")
        if (told == names).all():
            raise Mistake(
                "Rows and labels are apart now, and the answers still stay."
            )
        if {*told} == {*names} and (told[row] == names).all():
            raise Mistake("The answers moved the other way: order inverted.")
        raise Mistake(
            "The answers move, too, but in another order than the rows."
        )
    if not with_label:
        raise Mistake("Rows and answers agree. The labels are left behind.")
    if (row == names).all():
        raise Mistake(
            "Nothing is mixed any more. Each batch has one class: the symptom "
            "has moved."
        )
    other = np.concatenate([b[0] for b in _batches(answer, count, size, 1)])
    if (row == other).all():
        raise Mistake("Whatever the seed, the order is the same: room 11.")
    if {*row[:size]} == {*names[:size]}:
        raise Mistake("Batches are mixed within, and not among each other.")
    if sum(np.ptp(b[0]) < size for b in first) > 1:
        raise Mistake("Batches have new places, and the same rows as before.")
    if [len(b[0]) for b in first] != [size] * (count // size):
        raise Mistake("The batches should have `size` rows each.")
    return "Room 6: the answers stayed where the rows had been."


def _batches(answer, count, size, seed):
    """The batches of rows that are known by their numbers."""
    names = np.arange(count)
    rows = names[:, None] + np.zeros(3), names, names[:, None] + np.zeros(4)
    made = called(answer, *rows, size, seed)
    try:
        made = [[np.asarray(part) for part in batch] for batch in made]
        return [
            (x[:, 0].astype(int), y.astype(int), v[:, 0].astype(int))
            for x, y, v in made
        ]
    except (TypeError, ValueError, IndexError):
        raise Mistake(
            "It should yield x, y and answers, batch by batch."
        ) from None


def lucky(answer):
    """No row on both sides, drawn by the seed."""
    count = 100
    drawn = [_halves(answer, count, seed) for seed in (0, 0, 1)]
    (choose, report), again, other = drawn
    if not len(choose) or not len(report):
        raise Mistake("One side is empty: rows must choose, and rows report.")
    for side in (choose, report):
        if side.min() < 0 or side.max() >= count:
            raise Mistake(f"Rows are numbered from 0 to {count - 1} here.")
        if len({*side}) < len(side):
            raise Mistake("A row stands twice on one side.")
    both = len({*choose} & {*report})
    if both == len(report) == len(choose):
        raise Mistake("Both sides are the same rows: the luck is greater yet.")
    if both and len(report) == len(choose) == count // 2:
        raise Mistake(
            f"{both} of {len(report)} rows that report had chosen, too. "
            + _AS_IT_WAS.format("fewer students")
        )
    if both:
        raise Mistake(
            f"{both} of {len(report)} rows that report have chosen: other "
            "sizes, the same luck."
        )
    if all(np.array_equal(a, b) for a, b in zip(drawn[0], other)):
        raise Mistake(
            "Disjoint, but the same rows for every seed: a seed draws the "
            "split."
        )
    if not all(np.array_equal(a, b) for a, b in zip(drawn[0], again)):
        raise Mistake("Disjoint, but the seed does not settle it: use it.")
    if min(len(choose), len(report)) < count // 10:
        raise Mistake("Disjoint, but so few rows on one side say nothing.")
    return "Rows that choose do not report: nobody is lucky on average."


def _halves(answer, count, seed):
    made = called(answer, count, seed)
    try:
        choose, report = (np.asarray(side) for side in made)
        if choose.ndim != 1 or report.ndim != 1:
            raise ValueError
        return choose.astype(int), report.astype(int)
    except (TypeError, ValueError):
        raise Mistake("It should return two arrays of row numbers.") from None
