"""Classification data in three parts: train, validation chooses, test reports.

Examples are float32, images from 0 to 1; labels are integers from 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from . import repeats

NAMES = (
    "digits", "glyphs", "glyphs-strong", "mnist", "fashion_mnist", "cifar10",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Split:
    """Examples and their labels.

    Args:
        x: shape `(examples, ...)`.
        y: integer labels, shape `(examples,)`.
    """

    x: np.ndarray
    y: np.ndarray

    def __post_init__(self):
        if len(self.x) != len(self.y):
            raise ValueError(
                f"x has {len(self.x)} examples and y {len(self.y)} labels. "
                "Give one label an example."
            )
        if not len(self.x):
            raise ValueError("x has no examples. Pass at least one.")

    def __len__(self):
        return len(self.x)

    def take(self, indices) -> "Split":
        """The examples at `indices`, in that order."""
        return Split(self.x[indices], self.y[indices])


@dataclass(frozen=True, eq=False)
class Dataset:
    """Three splits of one kind of data.

    Args:
        name: what `load_data` was asked for.
        train: what models learn from.
        validation: what settings are chosen on.
        test: what results are reported on, and nothing else.
        class_names: one a class.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(self.class_names)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """One example's shape."""
        return self.train.x.shape[1:]


def load_data(
    name: str = "digits",
    *,
    seed: int | None = None,
    size: int | None = None,
) -> Dataset:
    """Load a data set by name, or from a `.npz` file.

    - `"digits"`: scikit-learn's 1,797 real digits, 8×8: 990 to train, 357
      to validate, 450 to test, stratified. No download.
    - `"glyphs"`: printed digits, 28×28, drawn from Matplotlib's fonts and
      mildly distorted; 20,000 to train, 2,000 and 5,000 to validate and
      test. No download. `"glyphs-strong"`: strongly distorted.
    - `"mnist"`, `"fashion_mnist"`, `"cifar10"`: Keras downloads them once;
      a tenth of their training images validates.
    - the path of a `.npz` file in Keras' layout: arrays `x_train`, `y_train`,
      `x_test`, `y_test`; a tenth of the training examples validates.

    Args:
        name: one of these, or a path. Defaults to `"digits"`.
        seed: of the split, and of the drawing. Defaults to `None`: the base
            seed, see `seeds`; 0 unless that was changed.
        size: how many training examples to keep or draw. Defaults to `None`:
            all of them, or 20,000 glyphs.

    Returns:
        A `Dataset`.

    Raises:
        ValueError: for an unknown name, a size that is not positive or more
            than there is, or a damaged file.
        FileNotFoundError: when a file is missing and cannot be downloaded;
            says which file to put where.

    Example:

    >>> import kd_tutorial as kd
    >>> data = kd.load_data("digits")
    >>> data.train.x.shape, data.classes
    ((990, 8, 8, 1), 10)
    """
    if size is not None and (not isinstance(size, int) or size < 1):
        raise ValueError(
            f"size must be a whole number above 0, got {size!r}. Use None "
            "for all examples."
        )
    if seed is None:
        seed = repeats.seeds()[0]
    name = str(name)
    if name == "digits":
        data = _digits(seed)
    elif name.startswith("glyphs") and name in NAMES:
        from . import glyphs

        count = {"train": size or 20_000, "validation": 2_000, "test": 5_000}
        parts = {
            part: Split(*glyphs.draw(many, part=part, level=name, seed=seed))
            for part, many in count.items()
        }
        return Dataset(name, **parts, class_names=tuple("0123456789"))
    elif name in NAMES or name.endswith(".npz"):
        from . import files

        train, test, names = files.load(name)
        train, test = Split(*train), Split(*test)
        train, validation = _cut(train, len(train) // 10 or 1, seed)
        data = Dataset(name, train, validation, test, names)
    else:
        raise ValueError(
            f"unknown dataset {name!r}. Choose from {', '.join(NAMES)}, or "
            "give the path of a .npz file."
        )
    if size is None or size == len(data.train):
        return data
    if size > len(data.train):
        raise ValueError(
            f"size is {size}, but {name} has {len(data.train)} training "
            "examples. Ask for at most so many, or None for all."
        )
    return replace(data, train=_cut(data.train, size, seed)[1])


def _cut(split, count, seed):
    """Two parts, the second of `count` examples; stratified if it can be."""
    from sklearn.model_selection import train_test_split

    smallest = np.unique(split.y, return_counts=True)[1]
    can = min(count, len(split) - count) >= len(smallest) and (
        smallest.min() > 1
    )
    first, second = train_test_split(
        np.arange(len(split)),
        test_size=count,
        random_state=seed,
        stratify=split.y if can else None,
    )
    return split.take(first), split.take(second)


def _digits(seed):
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype("float32").reshape(-1, 8, 8, 1)
    rest, test = _cut(Split(x, y.astype("int32")), 450, seed)
    train, validation = _cut(rest, 357, seed)
    return Dataset("digits", train, validation, test, tuple("0123456789"))


def few_per_class(split: Split, count: int, *, seed: int = 0) -> Split:
    """As many examples of each class, drawn at random.

    Args:
        split: what to draw from.
        count: examples of each class.
        seed: of the draw. Defaults to 0.

    Returns:
        A `Split` of `count` times the number of classes, class by class.

    Raises:
        ValueError: when a class has fewer examples.

    Example:

    >>> import kd_tutorial as kd
    >>> few = kd.few_per_class(kd.load_data("digits").train, 1)
    >>> few.y.tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    if not isinstance(count, int) or count < 1:
        raise ValueError(
            f"count must be a whole number above 0, got {count!r}."
        )
    generator = np.random.default_rng(seed)
    chosen = []
    for label in np.unique(split.y):
        own = np.flatnonzero(split.y == label)
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
    classes = np.atleast_1d(classes)
    missing = sorted({*classes.tolist()} - {*split.y.tolist()})
    if missing:
        raise ValueError(
            f"classes names {missing}, which the split does not hold: it has "
            f"{np.unique(split.y).tolist()}."
        )
    keep = ~np.isin(split.y, classes)
    if not keep.any():
        raise ValueError(
            f"classes {classes.tolist()} are all there are: nothing would be "
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
        ValueError: for a rate outside [0, 1], or fewer than two classes.

    Example:

    >>> import kd_tutorial as kd
    >>> train = kd.load_data("digits").train
    >>> noisy = kd.noisy_labels(train, 0.4)
    >>> float((noisy.y != train.y).mean())
    0.4
    """
    if not 0 <= rate <= 1:
        raise ValueError(
            f"rate must be from 0 to 1, got {rate!r}. 0.4 makes 40 % of the "
            "labels wrong."
        )
    classes = np.unique(split.y)
    if len(classes) < 2:
        raise ValueError(
            f"the split has only class {classes.tolist()}: no other label "
            "can be drawn. Use two classes or more."
        )
    generator = np.random.default_rng(seed)
    y = split.y.copy()
    wrong = generator.choice(len(y), round(rate * len(y)), replace=False)
    # Step on by 1 to classes - 1 places: never back to the label itself.
    step = generator.integers(1, len(classes), len(wrong))
    place = np.searchsorted(classes, y[wrong])
    y[wrong] = classes[(place + step) % len(classes)]
    return Split(split.x, y)
