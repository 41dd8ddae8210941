"""Parts of a split: a few rows of each class, fewer classes, wrong labels."""

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
