"""Parts of a split: a few rows of each class, other labels, mixtures."""

from collections.abc import Sequence

import numpy as np

from ..checks import check_number, check_whole
from .dataset import Split, class_labels


def few_per_class(split: Split, count: int, *, seed: int = 0) -> Split:
    """As many examples of each class, drawn at random.

    Args:
        split: what to draw from.
        count: examples of each class.
        seed: of the draw. Defaults to 0.

    Returns:
        A `Split` of `count` times the number of classes, class by class.

    Raises:
        ValueError: when a class has fewer examples, for a count or seed that
            is no whole number, or a split without class numbers.

    Example:

    >>> import kd_tutorial as kd
    >>> few = kd.few_per_class(kd.load_data("digits").train, 1)
    >>> few.y.tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    labels = class_labels(split, "few_per_class")
    count = check_whole("count", count)
    generator = np.random.default_rng(check_whole("seed", seed, 0))
    chosen = []
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        if len(own) < count:
            raise ValueError(
                f"count is {count}, but class {label} has {len(own)} "
                "examples. Ask for at most so many."
            )
        chosen.append(generator.choice(own, count, replace=False))
    return split.take(np.concatenate(chosen))


def halves(split: Split, *, seed: int = 0) -> tuple[Split, Split]:
    """Two halves, drawn at random: what a teacher sees, and what it does not.

    Args:
        split: what to halve.
        seed: of the draw. Defaults to 0.

    Returns:
        Two `Split` without a common row; of an odd number the second has one
        more.

    Raises:
        ValueError: for fewer than two examples, or a seed that is no whole
            number.

    Example:

    >>> import kd_tutorial as kd
    >>> theirs, yours = kd.halves(kd.load_data("digits").train, seed=0)
    >>> len(theirs), len(yours)
    (495, 495)
    """
    if len(split) < 2:
        raise ValueError(
            f"split has {len(split)} examples; two halves need two."
        )
    generator = np.random.default_rng(check_whole("seed", seed, 0))
    order = generator.permutation(len(split))
    middle = len(split) // 2
    return split.take(order[:middle]), split.take(order[middle:])


def without_classes(split: Split, classes: int | Sequence[int]) -> Split:
    """The examples of all other classes. Labels keep their numbers.

    Args:
        split: what to take from.
        classes: the class or classes to leave out.

    Returns:
        A `Split`.

    Raises:
        ValueError: for a class that is not there, or when nothing is left.

    Example:

    >>> import kd_tutorial as kd
    >>> rest = kd.without_classes(kd.load_data("digits").train, 3)
    >>> 3 in rest.y, 4 in rest.y
    (False, True)
    """
    labels = class_labels(split, "without_classes")
    several = np.iterable(classes) and not isinstance(classes, str)
    classes = [
        check_whole("each of classes", label, 0)
        for label in (classes if several else [classes])
    ]
    missing = sorted({*classes} - {*labels.tolist()})
    if missing:
        raise ValueError(
            f"classes names {missing}, which the split does not hold: it has "
            f"{np.unique(labels).tolist()}."
        )
    keep = ~np.isin(labels, classes)
    if not keep.any():
        raise ValueError(
            f"classes {classes} are all there are: nothing would be "
            "left. Leave at least one class in."
        )
    return split.take(keep)


def noisy_labels(split: Split, rate: float, *, seed: int = 0) -> Split:
    """The same examples, a share of them with a wrong label.

    Wrong labels are drawn evenly from the other classes, so exactly
    `round(rate * examples)` labels are wrong.

    Args:
        split: what to spoil.
        rate: share of wrong labels, from 0 to 1.
        seed: of the draw. Defaults to 0.

    Returns:
        A `Split` with the same `x`.

    Raises:
        ValueError: for a rate outside [0, 1], fewer than two classes, or a
            split without class numbers.

    Example:

    >>> import kd_tutorial as kd
    >>> train = kd.load_data("digits").train
    >>> noisy = kd.noisy_labels(train, 0.4)
    >>> float((noisy.y != train.y).mean())
    0.4
    """
    labels = class_labels(split, "noisy_labels")
    rate = check_number(
        "rate", rate, lambda r: 0 <= r <= 1, "from 0 to 1",
        "0.4 makes 40 % of the labels wrong.",
    )  # fmt: skip
    classes = np.unique(labels)
    if len(classes) < 2:
        raise ValueError(
            f"the split has only class {classes.tolist()}: no other label "
            "can be drawn. Use two classes or more."
        )
    generator = np.random.default_rng(check_whole("seed", seed, 0))
    y = labels.copy()
    wrong = generator.choice(len(y), round(rate * len(y)), replace=False)
    # Step on by 1 to classes - 1 places: never back to the label itself.
    step = generator.integers(1, len(classes), len(wrong))
    place = np.searchsorted(classes, y[wrong])
    y[wrong] = classes[(place + step) % len(classes)]
    return Split(split.x, y)


def mixtures(split: Split, count: int, *, seed: int = 0) -> Split:
    """Weighted means of two rows drawn at random, `s x_i + (1 - s) x_j`.

    Both rows are drawn evenly from all, and the share s evenly from 0 to 1.
    Rows to ask a teacher about (Bucila et al. 2006); with labels mixed in the
    same shares, mixup (Zhang et al. 2018, arXiv:1710.09412). The draw depends
    on the seed and the numbers of rows alone: one-hot labels as `x` are mixed
    as the rows are.

    Args:
        split: what to mix, numbers.
        count: how many mixtures.
        seed: of the draw. Defaults to 0.

    Returns:
        A `Split`; a mixture's label is that of the row with the larger share.

    Raises:
        ValueError: for a count or seed that is no whole number.
        TypeError: for rows that are not one array of numbers.

    Example:

    >>> import numpy as np, kd_tutorial as kd
    >>> two = kd.Split(np.array([[0.0], [1.0]]), np.array([0, 1]))
    >>> mixed = kd.mixtures(two, 100)
    >>> bool(((mixed.x[:, 0] > 0.5) == (mixed.y == 1)).all())
    True
    """
    if not isinstance(split.x, np.ndarray) or split.x.dtype.kind not in "fiub":
        raise TypeError(
            "mixtures are means of rows that are one array of numbers, got "
            f"{type(split.x).__name__}. Mix the numbers that the text or "
            "tables become."
        )
    count = check_whole("count", count)
    generator = np.random.default_rng(check_whole("seed", seed, 0))
    one, other = generator.integers(len(split), size=(2, count))
    share = generator.uniform(size=count)
    wide = share.reshape(-1, *(1 for _ in split.x.shape[1:]))
    mixed = wide * split.x[one] + (1 - wide) * split.x[other]
    if split.x.dtype.kind == "f":
        mixed = mixed.astype(split.x.dtype)
    larger = np.where(share >= 0.5, one, other)
    return Split(mixed, split.y[larger])
