"""A teacher whose classes are not the student's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .cache import OUTPUT
from .teachers import answering


@dataclass(frozen=True, eq=False)
class _Mapped:
    """A teacher whose classes were mapped onto the student's."""

    teacher: object
    classes: tuple[tuple[int, ...], ...]

    def __call__(self, batch):
        from scipy.special import log_softmax, logsumexp

        logits = answering(self.teacher, [OUTPUT])(batch)[OUTPUT]
        known = logits.shape[-1]
        wrong = [k for group in self.classes for k in group if k >= known]
        if wrong:
            raise ValueError(
                f"classes names the teacher's class {wrong[0]}, but it "
                f"answers for {known}, 0 to {known - 1}."
            )
        groups = [logsumexp(logits[..., list(g)], -1) for g in self.classes]
        return log_softmax(np.stack(groups, axis=-1), -1).astype("float32")


def map_classes(teacher, classes: Sequence[int | Sequence[int]]) -> Callable:
    """A teacher for other classes than its own.

    Student class k gets the probability of the teacher's classes
    `classes[k]`, renormalised over all that are named:
    `p_k = sum_j p(j in classes[k]) / sum_j p(j in any)`.

    Args:
        teacher: anything that `ask` takes but `Answers`.
        classes: one entry a student class: the number of a teacher's class,
            or a sequence of them. Classes that are not named count for
            nothing.

    Returns:
        A function from a batch to logits, shape `(batch, len(classes))`.

    Raises:
        ValueError: for fewer than two classes, an empty entry, or a class of
            the teacher in two of them.
        TypeError: for entries that are no whole numbers.

    Example:

    >>> import numpy as np, kd_tutorial as kd
    >>> animals = lambda x: np.zeros((len(x), 4))  # cat, lion, dog, wolf
    >>> teacher = kd.map_classes(animals, [[0, 1], 2])  # felines, dog
    >>> np.exp(kd.ask(teacher, np.zeros((1, 5))).logits).round(3)
    array([[0.667, 0.333]], dtype=float32)
    """
    groups = tuple(
        tuple(g) if isinstance(g, Sequence | np.ndarray) else (g,)
        for g in classes
    )
    named = [k for group in groups for k in group]
    if any(
        isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 0
        for k in named
    ):
        raise TypeError(
            f"classes must hold the numbers of teacher's classes, got "
            f"{classes!r}. For example [[0, 1], 2]."
        )
    if len(groups) < 2 or not all(groups) or len({*named}) < len(named):
        raise ValueError(
            "classes must have an entry for each of two or more student "
            f"classes, no class of the teacher twice, got {classes!r}."
        )
    return _Mapped(teacher, tuple(tuple(map(int, g)) for g in groups))
