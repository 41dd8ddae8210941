"""Controls: answers that say less than the teacher did, by one thing.

Each takes a teacher's answers for some rows, those rows and a seed, and gives
the changed answers: as `Method(targets, answers=controls.shuffled)`, or by
hand. The layers that were asked stay what they are, unless said otherwise.
"""

import numpy as np
from scipy.special import logsumexp

from ..answers.answers import Answers
from ..answers.cache import OUTPUT
from ..checks import check_temperature
from ..data.dataset import Split


def shuffled(answers: Answers, split: Split, seed: int) -> Answers:
    """Each row's wrong classes in a random order.

    The true class keeps its logit, and the others theirs among themselves:
    certainty and entropy stay, which class resembles which is lost. It is not
    only lost: the student is told of resemblances that do not exist. Compare
    with `averaged`.

    The "dark knowledge with permuted predictions" of Furlanello et al. 2018
    (arXiv:1805.04770), with the label in place of the teacher's largest
    class.

    Args:
        answers: what the teacher said of the rows.
        split: the rows; their labels are the true classes.
        seed: of the order.

    Raises:
        ValueError: for labels that are no class of the answers, or another
            number of rows.

    Example:

    >>> import numpy as np, kd_tutorial as kd
    >>> split = kd.Split(np.zeros((1, 4)), np.array([1]))
    >>> answers = kd.Answers.of(split.x, [[3.0, 9.0, 1.0, 2.0]])
    >>> changed = kd.controls.shuffled(answers, split, seed=0).logits[0]
    >>> float(changed[1]), sorted(changed.tolist())
    (9.0, [1.0, 2.0, 3.0, 9.0])
    """
    logits = _of_classes(answers, split)
    generator = np.random.default_rng(seed)
    for row, label in zip(logits, split.y, strict=True):
        wrong = np.arange(len(row)) != label
        row[wrong] = generator.permutation(row[wrong])
    return _with_logits(answers, split, logits)


def averaged(
    answers: Answers, split: Split, seed: int = 0, *, temperature: float = 1.0
) -> Answers:
    """Each row's wrong classes made equal.

    Their softened probabilities are replaced by the mean of these,
    `z_k = T (logsumexp_j(z_j / T) - log(C - 1))` over the wrong classes, so
    that at this temperature the true class keeps its probability. What is
    left is a smoothing of the label that differs from row to row.

    Args:
        answers: what the teacher said of the rows.
        split: the rows; their labels are the true classes.
        seed: nothing is drawn. Defaults to 0.
        temperature: at which the true class keeps its probability. Defaults
            to 1.

    Raises:
        ValueError: as `shuffled`; for T ≤ 0.

    Example:

    >>> import numpy as np, kd_tutorial as kd
    >>> split = kd.Split(np.zeros((1, 4)), np.array([1]))
    >>> answers = kd.Answers.of(split.x, [[2.0, 9.0, 2.0, -90.0]])
    >>> print(kd.controls.averaged(answers, split).logits.round(2))
    [[1.59 9.   1.59 1.59]]
    """
    check_temperature(temperature)
    logits = _of_classes(answers, split)
    wrong = np.arange(logits.shape[1]) != np.asarray(split.y)[:, None]
    others = np.where(wrong, logits / temperature, -np.inf)
    mean = logsumexp(others, axis=1, keepdims=True)
    mean = temperature * (mean - np.log(logits.shape[1] - 1))
    return _with_logits(answers, split, np.where(wrong, mean, logits))


def another_row(answers: Answers, split: Split, seed: int) -> Answers:
    """For each row the answers to another row of its class.

    What the teacher thinks of the class stays, what it sees in this very
    example is lost. Layers that were asked move along.

    Args:
        answers: what the teacher said of the rows.
        split: the rows; their labels are the true classes.
        seed: which other row: the next one in a random circle through the
            class, so that each row's answers are used once.

    Raises:
        ValueError: as `shuffled`; for a class with one row.

    Example:

    >>> import numpy as np, kd_tutorial as kd
    >>> split = kd.Split(np.arange(6.0)[:, None], np.array([0, 0, 0, 1, 1, 1]))
    >>> answers = kd.Answers.of(split.x, np.arange(12.0).reshape(6, 2) - 9)
    >>> changed = kd.controls.another_row(answers, split, seed=0).logits
    >>> bool((changed != answers.logits).all())
    True
    """
    labels = np.asarray(split.y)
    _of_classes(answers, split)
    generator = np.random.default_rng(seed)
    source = np.arange(len(labels))
    for label in np.unique(labels):
        own = generator.permutation(np.flatnonzero(labels == label))
        if len(own) < 2:
            raise ValueError(
                f"class {label} has one row, and no other whose answers it "
                "could get. Take two or more of each class."
            )
        source[own] = np.roll(own, 1)
    moved = {name: array[source] for name, array in answers.outputs.items()}
    return Answers.of(split.x, moved.pop(OUTPUT), **moved)


def _of_classes(answers, split):
    """A copy of the logits, once they are known to fit the labels."""
    answers.check_rows(split.x)
    logits = np.array(answers.logits)
    labels = np.asarray(split.y)
    if logits.ndim != 2 or labels.shape != logits.shape[:1]:
        raise ValueError(
            f"answers of shape {logits.shape} and labels of shape "
            f"{labels.shape} do not fit: controls change the wrong classes, "
            "(examples, classes), of rows with one label each."
        )
    if labels.min() < 0 or labels.max() >= logits.shape[1]:
        raise ValueError(
            f"labels go from {labels.min()} to {labels.max()}, but the "
            f"answers have the classes 0 to {logits.shape[1] - 1}. Number "
            "labels as the teacher does."
        )
    return logits


def _with_logits(answers, split, logits):
    others = {k: a for k, a in answers.outputs.items() if k != OUTPUT}
    return Answers.of(split.x, logits, **others)
