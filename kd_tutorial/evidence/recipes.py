"""Each seed's own data, rows and teacher; and what seeds share, by name."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

from ..answers.answers import Answers
from ..data.dataset import Dataset, Split
from ..data.draws import few_per_class
from ..data.loading import load_data
from ..training.trained import Replicas
from .methods import Teacher


@dataclass(frozen=True, eq=False)
class Shared:
    """One value for all seeds; made by `shared`."""

    value: object


def shared(value) -> Shared:
    """One data set or one teacher for all seeds of `compare`.

    A comparison then answers for this split or this teacher only: its
    intervals do not hold how another one would have come out.

    Args:
        value: a `Dataset`; or a teacher: a Keras model, or any function from
            rows to logits.

    Returns:
        The value, marked as shared, which `compare` takes.

    Example:

    >>> import kd_tutorial as kd
    >>> data = kd.load_data("digits")
    >>> study = kd.compare(
    ...     {"labels": [kd.HardTargets()]},
    ...     lambda: kd.mlp(data.input_shape, data.classes, hidden=(8,)),
    ...     kd.shared(data), seeds=range(2), epochs=1,
    ... )
    >>> bool((study.labels[0] == study.labels[1]).all())
    True
    """
    return Shared(value)


def draw_data(data, seeds: Sequence[int]) -> list[Dataset]:
    """A `Dataset` for each seed, from a recipe.

    Raises:
        TypeError: for what is no recipe, one that gives no `Dataset`, or one
            that gives two seeds the same rows.
        ValueError: for sets that do not fit together.
    """
    if isinstance(data, Shared):
        sets = [data.value] * len(seeds)
    elif isinstance(data, list | tuple):
        sets = _one_each("data", data, seeds)
    elif isinstance(data, str | Path):
        sets = [load_data(data, seed=seed) for seed in seeds]
    elif callable(data):
        _check_takes_seed(data)
        sets = [data(seed=seed) for seed in seeds]
    else:
        sets = [data]
    for seed, one in zip(seeds, sets, strict=False):
        if not isinstance(one, Dataset):
            raise TypeError(
                f"data gives {_kind(one)} for seed {seed}. What is needed is "
                "a Dataset, with training, validation and test rows: "
                "Dataset(name, train, validation, test, class_names)."
            )
    if isinstance(data, Dataset):
        raise TypeError(
            f"data is one Dataset, {data.name!r}, and seeds are not to share "
            "a split by accident. Let each seed draw its own, by a name "
            "('digits') or a function (lambda seed: load_data('digits', "
            "seed=seed)); or share this one by name: shared(data)."
        )
    if sets and callable(data):
        _check_drawn(sets, seeds)
    for what, size in (
        ("classes", lambda one: one.classes),
        ("the input shape", lambda one: one.input_shape),
        ("the number of validation rows", lambda one: len(one.validation)),
        ("the number of test rows", lambda one: len(one.test)),
    ):
        sizes = [size(one) for one in sets]
        for seed, own in zip(seeds, sizes, strict=True):
            if own != sizes[0]:
                raise ValueError(
                    f"{what} must be the same for all seeds, but data gives "
                    f"{sizes[0]} for seed {seeds[0]} and {own} for seed "
                    f"{seed}. Draw sets of one kind."
                )
    return sets


def draw_validation(sets, seeds, few) -> list[Dataset]:
    """Each seed's set with so many validation rows of each class.

    Raises:
        ValueError: when a class has fewer rows.
    """
    return [
        replace(data, validation=few_per_class(data.validation, few, seed=s))
        for data, s in zip(sets, seeds, strict=True)
    ]


def draw_rows(sets, seeds, few=None, train=None) -> list[Split]:
    """Each seed's training rows: all, a few of each class, or a function's.

    Raises:
        ValueError: when both `few` and `train` are given, or a class has
            fewer rows.
        TypeError: when `train` is not a function or gives no `Split`.
    """
    if few is not None and train is not None:
        raise ValueError(
            f"few={few!r} and train={train!r} both say which rows to train "
            "on. Give one of them."
        )
    if few is not None:
        return [
            few_per_class(data.train, few, seed=seed)
            for data, seed in zip(sets, seeds, strict=True)
        ]
    if train is None or train == "all":
        return [data.train for data in sets]
    if not callable(train):
        raise TypeError(
            "train must be a function (split, seed) that gives a Split, or "
            f"'all', got {_kind(train)}. For a few rows of each class pass "
            "few=3."
        )
    rows = [
        train(data.train, seed) for data, seed in zip(sets, seeds, strict=True)
    ]
    for seed, split in zip(seeds, rows, strict=True):
        if not isinstance(split, Split):
            raise TypeError(
                f"train gives {_kind(split)} for seed {seed}. It must give a "
                "Split(x, y)."
            )
    return rows


def given_teachers(teacher, seeds) -> Replicas | list:
    """A teacher for each seed, from those that need no training.

    Raises:
        TypeError: for one that is not `shared`, and for what is no teacher.
        ValueError: when there is not one for each seed.
    """
    if isinstance(teacher, Shared):
        teachers = [teacher.value] * len(seeds)
    elif isinstance(teacher, Replicas):
        _one_each("teacher", range(len(teacher)), seeds)
        return teacher
    elif isinstance(teacher, list | tuple):
        teachers = _one_each("teacher", teacher, seeds)
    elif isinstance(teacher, Answers):
        teachers = [teacher]
    else:
        raise TypeError(
            f"teacher is {_kind(teacher)}, and seeds are not to share a "
            "teacher by accident. Let each seed train its own, by a recipe: "
            "Teacher(build, epochs=20); or share this one by name: "
            "shared(teacher)."
        )
    for one in teachers:
        if isinstance(one, Answers):
            raise TypeError(
                "teacher is Answers, which hold for the rows that were asked; "
                "a comparison asks about training and test rows of each seed. "
                "Pass the teacher itself, shared(model) or Teacher(build); or "
                "Method(targets, answers=function) for training rows alone."
            )
        if one is None or isinstance(one, Teacher | Shared | Dataset | Split):
            raise TypeError(
                f"teacher holds {_kind(one)}, where a seed's own teacher is "
                "needed: a Keras model, or a function from rows to logits."
            )
    return teachers


def _check_drawn(sets, seeds):
    """Raise where a recipe did not use its seed."""
    for seed, one in zip(seeds[1:], sets[1:], strict=True):
        if _same_rows(one, sets[0]):
            raise TypeError(
                f"data gives seed {seed} the rows of seed {seeds[0]}, and "
                "seeds are not to share a split by accident. Let the function "
                "use its seed: lambda seed: load_data('digits', seed=seed); "
                "or share one by name: shared(data)."
            )


def _same_rows(one, other) -> bool:
    """Whether two sets have the same rows in the same parts."""
    for name in ("train", "validation", "test"):
        own, others = (
            keras.tree.flatten((part.y, part.x))
            for part in (getattr(one, name), getattr(other, name))
        )
        if len(own) != len(others) or not all(
            a is b or np.array_equal(a, b)
            for a, b in zip(own, others, strict=True)
        ):
            return False
    return True


def _check_takes_seed(function):
    try:
        inspect.signature(function).bind(seed=0)
    except TypeError:
        raise TypeError(
            f"data is a function that cannot be called with seed=0 "
            f"({function!r}). Write it as `lambda seed: ...`; it gives the "
            "Dataset of that seed."
        ) from None
    except ValueError:  # written in C, without a signature
        pass


def _one_each(name, values, seeds):
    if len(values) != len(seeds):
        raise ValueError(
            f"{name} has {len(values)} entries for {len(seeds)} seeds. Give "
            f"one a seed, or one for all by name: shared({name})."
        )
    return list(values)


def _kind(value) -> str:
    """What a value is, in a few words."""
    text = repr(value)
    plain = len(text) < 60 and not text.startswith("<") and "\n" not in text
    return text if plain else f"a {type(value).__name__}"
