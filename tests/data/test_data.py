"""Data: the same images for the same seed, honest splits, helpful errors."""

import gzip
import importlib.util
import io
import os
import pickle
import shutil
import tarfile
from fractions import Fraction
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits

import kd_tutorial as kd
from kd_tutorial.data import files, glyphs


@pytest.fixture(scope="module")
def digits():
    return kd.load_data("digits")


def rows(split):
    return {row.tobytes() for row in split.x.reshape(len(split), -1)}


# digits


def test_digits_are_scikit_learns_and_no_image_is_in_two_splits(digits):
    x, _ = load_digits(return_X_y=True)
    real = {row.tobytes() for row in (x / 16).astype("float32")}
    parts = [rows(s) for s in (digits.train, digits.validation, digits.test)]
    assert set.union(*parts) == real
    assert sum(map(len, parts)) == len(real)
    assert [len(p) for p in parts] == [990, 357, 450]
    assert digits.train.x.dtype == np.float32
    assert digits.input_shape == (8, 8, 1) and digits.classes == 10


def test_digits_keep_their_labels(digits):
    x, y = load_digits(return_X_y=True)
    told = {r.tobytes(): k for r, k in zip((x / 16).astype("f4"), y)}
    for split in (digits.train, digits.validation, digits.test):
        flat = split.x.reshape(len(split), -1)
        assert [told[r.tobytes()] for r in flat] == split.y.tolist()


def test_digits_splits_are_stratified(digits):
    for split in (digits.train, digits.validation, digits.test):
        share = np.bincount(split.y) / len(split)
        whole = np.bincount(load_digits().target) / 1797
        assert np.abs(share - whole).max() < 2 / len(split) + 0.002


def test_seed_decides_the_split(digits):
    again, other = kd.load_data("digits"), kd.load_data("digits", seed=1)
    assert np.array_equal(digits.train.x, again.train.x)
    assert rows(digits.test) != rows(other.test)


def test_size_keeps_a_stratified_part_of_the_training_images(digits):
    small = kd.load_data("digits", size=100)
    assert np.bincount(small.train.y).tolist() == [10] * 10
    assert rows(small.train) < rows(digits.train)
    assert np.array_equal(small.test.x, digits.test.x)
    assert len(kd.load_data("digits", size=990).train) == 990


@pytest.mark.parametrize(
    "size", [0, -1, 2.5, "many", True, np.True_, float("nan"), [3], 10**400,
             np.array([3]), np.float32(3)],
)  # fmt: skip
def test_size_must_be_a_whole_number_above_zero(size):
    with pytest.raises(ValueError, match="size "):
        kd.load_data("digits", size=size)


@pytest.mark.parametrize(
    "seed", [-1, "a", 2.5, True, 2**32, float("nan"), [0], np.float64(1)]
)
def test_seeds_are_whole_numbers(digits, seed):
    for function in (
        lambda: kd.load_data("digits", seed=seed),
        lambda: kd.load_data("glyphs", seed=seed, size=1),
        lambda: kd.few_per_class(digits.train, 1, seed=seed),
        lambda: kd.noisy_labels(digits.train, 0.1, seed=seed),
    ):
        if seed == 2**32 and function.__code__.co_names[0] != "load_data":
            continue  # NumPy's generators take any
        with pytest.raises(ValueError, match="seed must be a whole number"):
            function()


def test_numpys_whole_numbers_will_do(digits):
    for three in (np.int8(3), np.uint64(3), np.array(3)):
        some = kd.load_data("digits", size=three, seed=three)
        other = kd.load_data("digits", size=3, seed=3)
        assert np.array_equal(some.train.x, other.train.x)
        few = kd.few_per_class(digits.train, three, seed=three)
        assert np.bincount(few.y).tolist() == [3] * 10


def test_more_glyphs_than_a_machine_holds():
    with pytest.raises(ValueError, match="size must be .* to 1000000, got"):
        kd.load_data("glyphs", size=10**9)


def test_size_cannot_exceed_what_there_is():
    with pytest.raises(ValueError, match="size is 991, but digits has 990"):
        kd.load_data("digits", size=991)


def test_unknown_dataset_names_the_known_ones():
    with pytest.raises(ValueError, match="'mnits'.*digits, glyphs.*npz"):
        kd.load_data("mnits")


# glyphs


@pytest.mark.parametrize("level", glyphs.LEVELS)
def test_the_same_glyphs_for_the_same_seed_whatever_the_size(level):
    x, y = glyphs.draw(250, part="train", level=level, seed=3)
    fewer, labels = glyphs.draw(120, part="train", level=level, seed=3)
    assert np.array_equal(x[:120], fewer) and np.array_equal(y[:120], labels)
    assert x.shape == (250, 28, 28, 1) and x.dtype == np.float32
    assert x.min() == 0 and 0.9 < x.max() <= 1


def test_glyphs_differ_by_seed_part_and_level():
    drawn = [
        glyphs.draw(100, part=part, level=level, seed=seed)[0]
        for part, level, seed in [
            ("train", "glyphs", 0),
            ("test", "glyphs", 0),
            ("train", "glyphs-strong", 0),
            ("train", "glyphs", 1),
        ]
    ]
    for i, first in enumerate(drawn):
        for second in drawn[i + 1 :]:
            assert not np.isclose(first, second).all(axis=(1, 2, 3)).any()


def test_each_block_of_glyphs_holds_ten_of_each_digit():
    _, y = glyphs.draw(300, part="test", level="glyphs", seed=0)
    for block in y.reshape(3, 100):
        assert np.bincount(block).tolist() == [10] * 10


def test_glyphs_show_their_label():
    # The nearest mean of other images names most of them; by chance 10 %.
    x, y = glyphs.draw(1000, part="train", level="glyphs", seed=0)
    means = np.stack([x[y == k].mean(axis=0) for k in range(10)])
    x, y = glyphs.draw(500, part="test", level="glyphs", seed=0)
    gaps = ((x[:, None] - means) ** 2).sum(axis=(2, 3, 4))
    assert (gaps.argmin(axis=1) == y).mean() > 0.6


def test_glyphs_are_the_same_pictures_everywhere():
    # NumPy 1.26 to 2.4, SciPy 1.11 to 1.17, Matplotlib 3.8 to 3.11 all gave
    # these to the last digit; the sum alone differed in the sixteenth.
    x, y = glyphs.draw(1000, part="train", level="glyphs", seed=0)
    assert np.isclose(x.sum(dtype="float64"), 106192.36086903, rtol=1e-9)
    assert y[:8].tolist() == [2, 1, 9, 5, 6, 9, 6, 2]
    x, _ = glyphs.draw(1000, part="train", level="glyphs-strong", seed=0)
    assert np.isclose(x.sum(dtype="float64"), 124217.68018100, rtol=1e-9)


def test_the_drawings_are_those_of_the_script():
    pytest.importorskip("matplotlib", minversion="3.11")  # older: no cmti10
    path = Path(__file__).parents[2] / "scripts" / "glyph_drawings.py"
    spec = importlib.util.spec_from_file_location("glyph_drawings", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert len(glyphs.drawings()) == len(script.FONTS)
    for name, kept in zip(script.FONTS, glyphs.drawings(), strict=True):
        drawn = script.draw(name).reshape(64, 10, 64).swapaxes(0, 1) / 255
        assert np.abs(drawn - kept).mean() < 0.015, name  # other fonts: 0.03


def test_nobody_draws_on_the_drawings():
    with pytest.raises(ValueError, match="read-only"):
        glyphs.drawings()[0] = 0


def test_every_font_has_its_own_ten_digits():
    sheet = glyphs.drawings().reshape(21 * 10, -1)
    assert len(np.unique(sheet, axis=0)) == len(sheet)
    high = (glyphs.drawings().max(axis=3) > 0).sum(axis=2)
    assert high.min() > 25 and high.max() < 60  # none is cut or lost


def test_glyphs_by_name():
    data = kd.load_data("glyphs-strong", size=150)
    assert [len(data.train), len(data.validation), len(data.test)] == [
        150, 2000, 5000,
    ]  # fmt: skip
    assert data.classes == 10 and data.input_shape == (28, 28, 1)


def test_stronger_distortion_is_harder():
    spread = {}
    for level in glyphs.LEVELS:
        x, y = glyphs.draw(600, part="train", level=level, seed=0)
        spread[level] = np.mean([x[y == k].std(axis=0) for k in range(10)])
    assert spread["glyphs-strong"] > spread["glyphs"]


# helpers


@given(st.integers(1, 20), st.integers(0, 1000))
def test_few_per_class(count, seed):
    train = kd.load_data("digits").train if not CACHE else CACHE[0]
    CACHE.append(train)
    few = kd.few_per_class(train, count, seed=seed)
    assert np.bincount(few.y).tolist() == [count] * 10
    assert len(rows(few)) == 10 * count and rows(few) <= rows(train)
    again = kd.few_per_class(train, count, seed=seed)
    assert np.array_equal(few.x, again.x)


@pytest.mark.parametrize("rows", [2, 7, 100])
def test_halves_share_no_row(rows):
    split = kd.Split(np.arange(rows, dtype=float)[:, None], np.arange(rows))
    first, second = kd.halves(split, seed=3)
    assert len(first) == rows // 2
    assert sorted([*first.y, *second.y]) == list(range(rows))
    assert (first.x[:, 0] == first.y).all()
    assert (kd.halves(split, seed=3)[0].y == first.y).all()


def test_halves_differ_by_seed_and_need_two():
    split = kd.Split(np.zeros((50, 1)), np.arange(50))
    one, other = (kd.halves(split, seed=seed)[0].y for seed in (0, 1))
    assert (one != other).any()
    with pytest.raises(ValueError, match="need two"):
        kd.halves(split.take([0]))


CACHE = []


def test_more_labels_per_class_than_there_are(digits):
    fewest = np.bincount(digits.train.y).min()
    with pytest.raises(ValueError, match=rf"count is {fewest + 1}, but class"):
        kd.few_per_class(digits.train, int(fewest) + 1)
    for count in (0, -1, 1.5, True, "2", None, float("nan")):
        with pytest.raises(ValueError, match="count must be"):
            kd.few_per_class(digits.train, count)


def test_without_classes(digits):
    rest = kd.without_classes(digits.train, [3, 7])
    keep = ~np.isin(digits.train.y, [3, 7])
    assert np.array_equal(rest.x, digits.train.x[keep])
    assert np.array_equal(rest.y, digits.train.y[keep])
    with pytest.raises(ValueError, match=r"\[11\].*does not hold"):
        kd.without_classes(digits.train, [3, 11])
    with pytest.raises(ValueError, match="nothing would be left"):
        kd.without_classes(digits.train, range(10))
    for classes in ({3, 7}, np.array([3, 7], "uint8"), (3, np.int64(7))):
        again = kd.without_classes(digits.train, classes)
        assert np.array_equal(rest.y, again.y)
    assert len(kd.without_classes(digits.train, [])) == len(digits.train)
    for classes in ("3", 3.0, None, [True], [[3]], [float("nan")], -1):
        with pytest.raises(ValueError, match="each of classes must be"):
            kd.without_classes(digits.train, classes)


@given(st.floats(0, 1), st.integers(0, 100))
def test_noisy_labels_are_wrong_as_often_as_asked(rate, seed):
    y = np.tile([0, 2, 5], 50)
    split = kd.Split(np.zeros((150, 1)), y)
    noisy = kd.noisy_labels(split, rate, seed=seed)
    assert (noisy.y != y).sum() == round(rate * 150)
    assert {*noisy.y.tolist()} <= {0, 2, 5}
    assert noisy.x is split.x and np.array_equal(split.y, y)


def test_noisy_labels_are_spread_evenly_over_the_other_classes():
    split = kd.Split(np.zeros((9000, 1)), np.zeros(9000, int))
    split.y[0:3] = [1, 2, 3]
    counts = np.bincount(kd.noisy_labels(split, 1.0).y)
    assert np.abs(counts[1:] - 3000).max() < 5 * np.sqrt(2000)


def test_noisy_labels_refuse_what_makes_no_sense(digits):
    half = kd.noisy_labels(digits.train, 0.5)
    for rate in (np.float32(0.5), np.array(0.5), Fraction(1, 2)):
        same = kd.noisy_labels(digits.train, rate)
        assert np.array_equal(half.y, same.y)
    for rate in (-0.1, 1.1, float("nan"), "0.5", None, True, [0.5], 1j):
        with pytest.raises(ValueError, match="rate must be a number from 0"):
            kd.noisy_labels(digits.train, rate)
    with pytest.raises(ValueError, match="only class"):
        kd.noisy_labels(digits.train.take([0]), 0.5)


def test_a_split_needs_examples_and_as_many_labels(digits):
    with pytest.raises(ValueError, match="no examples"):
        kd.Split(np.zeros((0, 2)), np.zeros(0, int))
    with pytest.raises(ValueError, match="3 examples and y 2 labels"):
        kd.Split(np.zeros((3, 2)), np.zeros(2, int))
    assert digits.train.take([5, 2]).y.tolist() == (
        digits.train.y[[5, 2]].tolist()
    )


def test_take_takes_rows(digits):
    train = digits.train
    wanted = train.y[[0, 1, 2]].tolist()
    mask = np.arange(len(train)) < 3
    for rows_of in ([0, 1, 2], (0, 1, 2), range(3), slice(3), mask,
                    mask.tolist(), np.arange(3, dtype="uint8")):  # fmt: skip
        assert train.take(rows_of).y.tolist() == wanted
    for rows_of in (0, None, ..., [[0, 1]], [0.0], "ab", np.int64(3)):
        with pytest.raises(ValueError, match="indices must be"):
            train.take(rows_of)
    with pytest.raises(ValueError, match="no examples"):
        train.take([])


class Frame:
    """What a table of pandas is to this package: no rows by number."""

    def __init__(self, columns):
        self.columns = columns

    def __getitem__(self, name):
        return self.columns[name]  # KeyError for a row number

    def __len__(self):
        return len(self.columns)

    def __array__(self, dtype=None, copy=None):
        return np.array([*self.columns.values()], dtype=dtype).T


class Series(Frame):
    """A column with labels of its own."""

    def __array__(self, dtype=None, copy=None):
        return np.array([*self.columns.values()], dtype=dtype)


def test_tables_and_series_become_arrays():
    x = Frame({"a": [0.5, 1.5, 2.5, 3.5], "b": [1.0, 2.0, 3.0, 4.0]})
    y = Series({7: 1, 3: 0, 5: 1, 1: 0})
    split = kd.Split(x, y)
    assert split.x.tolist() == [[0.5, 1], [1.5, 2], [2.5, 3], [3.5, 4]]
    assert split.y.tolist() == [1, 0, 1, 0]
    assert sorted(kd.few_per_class(split, 2).y.tolist()) == [0, 0, 1, 1]
    noisy = kd.noisy_labels(split, 1.0)
    assert noisy.y.tolist() == [0, 1, 0, 1]
    mixed = Frame({"a": [1, 2], "b": [0.5, 1.5]})
    mixed.__class__ = type("Objects", (Frame,), {
        "__array__": lambda self, dtype=None, copy=None: np.array(
            [[1, 0.5], [2, 1.5]], dtype=object)})  # fmt: skip
    assert kd.Split(mixed, [0, 1]).x.dtype == np.float64


@pytest.mark.parametrize(
    "y, wanted",
    [
        ([[1], [0], [2]], [1, 0, 2]),
        (np.array([[1], [0], [2]], "uint8"), [1, 0, 2]),
        (np.array([1, 0, 2], dtype=object), [1, 0, 2]),
        (np.array([1, 0, 2], ">i4"), [1, 0, 2]),
        (np.ma.array([1, 0, 2]), [1, 0, 2]),
        (np.matrix([[1], [0], [2]]), [1, 0, 2]),
        ([True, False, True], [1, 0, 1]),
        (np.array([[True], [False], [True]]), [1, 0, 1]),
        ((1, 0, 2), [1, 0, 2]),
    ],
)
def test_labels_in_other_dress(y, wanted):
    split = kd.Split(np.zeros((3, 2)), y)
    assert split.y.tolist() == wanted
    assert split.y.dtype.kind in "iu" and split.y.dtype.isnative
    kd.few_per_class(split, 1)


@pytest.mark.parametrize(
    "y, message",
    [
        (np.eye(3), r"one-hot, shape \(3, 3\).*argmax\(axis=1\)"),
        (np.eye(3, dtype=bool), "one-hot"),
        (np.eye(3, dtype=int)[[0, 0, 1]].tolist(), "one-hot"),
        (["cat", "dog", "cat"], "return_inverse=True"),
        (np.array([["cat"], ["dog"], ["cat"]]), "return_inverse=True"),
        (np.array(["cat", 1, None], dtype=object), "return_inverse=True"),
        ([b"cat", b"dog", b"cat"], "return_inverse=True"),
        (np.array([["a", "b"]] * 3), "y must hold numbers, got dtype <U1"),
        ([1.0, 2.0, 0.0], r"y.astype\(int\). Regression: .*y\[:, None\]"),
        ([1.0, float("nan"), 0.0], "y must be integers from 0"),
        (np.ma.array([1, 0, 2], mask=[0, 1, 0]), "masked entries"),
        ([1, None, 0], "y must be integers from 0, got dtype object"),
        ([0, -1, 1], "smallest -1. Drop rows without a label"),
        ([1, [2, 3], 0], "y cannot be made an array"),
        (5, "y must have one row an example, got 5"),
        (None, "y must have one row an example, got None"),
        (np.array([1j, 0, 2]), "y must be integers from 0, got dtype complex"),
        (np.array(["2020-01-01"] * 3, "M8[D]"), "got dtype datetime64"),
        ([[0.5, np.nan]] * 3, "y has 3 values that are NaN"),
    ],
)
def test_labels_that_are_none(y, message):
    with pytest.raises(ValueError, match=message):
        kd.Split(np.zeros((3, 2)), y)


@pytest.mark.parametrize(
    "y",
    [
        np.array([[0.5], [1.5], [2.0]]),  # regression
        np.array([[1, 1, 0], [0, 0, 0], [1, 0, 0]]),  # several labels
        np.array([[0.2, 0.8], [0.5, 0.5], [1, 0]]),  # soft labels
        np.arange(12).reshape(3, 2, 2),  # a label a place
    ],
)
def test_other_targets_keep_their_axes(y):
    split = kd.Split(np.zeros((3, 2)), y)
    assert split.y is y
    assert np.array_equal(split.take([2, 0]).y, y[[2, 0]])
    for name, function in (
        ("few_per_class", lambda: kd.few_per_class(split, 1)),
        ("noisy_labels", lambda: kd.noisy_labels(split, 0.5)),
        ("without_classes", lambda: kd.without_classes(split, 0)),
    ):
        with pytest.raises(ValueError, match=f"{name} needs one integer"):
            function()
    kd.Dataset("some", split, split, split, ("a", "b"))


def test_helpers_take_parts_of_a_data_set(digits):
    for wrong in (digits, (digits.train.x, digits.train.y), None):
        with pytest.raises(TypeError, match=r"split must be a Split, got"):
            kd.few_per_class(wrong, 1)
        with pytest.raises(TypeError, match=r"split must be a Split, got"):
            kd.noisy_labels(wrong, 0.1)
        with pytest.raises(TypeError, match=r"split must be a Split, got"):
            kd.without_classes(wrong, 1)


@pytest.mark.parametrize(
    "x, message",
    [
        (np.array([[1.0], [np.nan]]), r"x has 1 values .* index \(1, 0\)"),
        (np.array([[np.inf], [-np.inf]], "float16"), "x has 2 values"),
        (np.array([1e308, 1e308, np.nan])[1:], "x has 1 values"),
        ([[1.0, 2.0], [3.0]], "x cannot be made an array"),
        (np.array([[1, None], [2, 3]]), "real numbers or text, got dtype obj"),
        (np.ones((2, 2), complex), "got dtype complex128"),
        (np.ma.array([1.0, 2.0], mask=[0, 1]), "x has masked entries"),
        (np.array(["2020-01-01"] * 2, "M8[D]"), "got dtype datetime64"),
        (3.0, "x must have one row an example, got 3.0"),
        (None, "x must have one row an example, got None"),
        ("text", "x must have one row an example"),
        (["one", None], "real numbers or text, got dtype object"),
        ({"a": np.zeros((2, 1)), "b": np.zeros((3, 1))}, "b has 3 examples"),
        ({"a": np.zeros((2, 1)), "b": np.full((2, 1), np.nan)}, r"x\['b'\]"),
        ({}, "x has no examples"),
    ],
)
def test_examples_that_are_none(x, message):
    with pytest.raises(ValueError, match=message):
        kd.Split(x, [0, 1])


def test_sparse_examples_are_named():
    sparse = pytest.importorskip("scipy.sparse").eye(2, format="csr")
    with pytest.raises(ValueError, match=r"x is sparse.*x.toarray\(\)"):
        kd.Split(sparse, [0, 1])
    assert kd.Split(sparse.toarray(), [0, 1]).x.tolist() == [[1, 0], [0, 1]]


def test_examples_keep_what_they_are(tmp_path):
    for x in (
        np.arange(6, dtype="uint8").reshape(2, 3),
        np.arange(12.0).reshape(2, 6)[:, ::2],  # every other column
        np.array([["a b"], ["c"]]),
        np.array(["one text", "another"], dtype=object),
        np.full((2, 1), 1e308),  # whose sum is no finite number
    ):
        x.flags.writeable = False
        assert kd.Split(x, [0, 1]).x is x
    swapped = np.arange(4, dtype=">f4").reshape(2, 2)
    assert kd.Split(swapped, [0, 1]).x.dtype.isnative
    assert np.array_equal(kd.Split(swapped, [0, 1]).x, swapped)
    assert kd.Split([[1, 2], [3, 4]], [0, 1]).x.tolist() == [[1, 2], [3, 4]]
    np.save(tmp_path / "x.npy", np.arange(6.0).reshape(3, 2))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert isinstance(kd.Split(mapped, [0, 1, 0]).x, np.memmap)


def test_several_inputs_go_by_name():
    x = {"image": np.arange(8.0).reshape(4, 2), "age": [[1], [2], [3], [4]]}
    split = kd.Split(x, [0, 1, 0, 1])
    some = split.take([3, 0])
    assert some.x["image"].tolist() == [[6, 7], [0, 1]]
    assert some.x["age"].tolist() == [[4], [1]] and len(some) == 2
    assert len(kd.few_per_class(split, 1).x["age"]) == 2
    data = kd.Dataset("some", split, split, some, ("a", "b"))
    assert data.input_shape == {"image": (2,), "age": (1,)}


@pytest.mark.parametrize(
    "change, message",
    [
        ({"name": "two\nlines"}, "name must stand on one line"),
        ({"class_names": 2}, "class_names must be a sequence of names, got 2"),
        ({"class_names": "ab"}, "class_names must be .* got 'ab'"),
        ({"class_names": ("a",)}, "labels up to 1, class_names 1 names"),
        ({"test": (np.zeros((2, 3)), [0, 1])}, "test must be a Split, got t"),
        ({"test": kd.Split(np.zeros((2, 4)), [0, 1])}, r"\(4,\), those of tr"),
    ],
)
def test_parts_of_a_data_set_fit_each_other(change, message):
    part = kd.Split(np.zeros((2, 3)), [0, 1])
    options = {"name": "some", "train": part, "validation": part,
               "test": part, "class_names": np.array(["a", "b"])}  # fmt: skip
    assert kd.Dataset(**options).class_names == ("a", "b")
    with pytest.raises(ValueError, match=message):
        kd.Dataset(**(options | change))


# files: small ones in the layout of the public sets


@pytest.fixture
def arrays():
    generator = np.random.default_rng(0)
    return {
        "x_train": generator.integers(0, 256, (40, 6, 6), "uint8"),
        "y_train": np.tile(np.arange(10, dtype="uint8"), 4),
        "x_test": generator.integers(0, 256, (20, 6, 6), "uint8"),
        "y_test": np.tile(np.arange(10, dtype="uint8"), 2),
    }


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Keras' folder, empty, and a network that is not there."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))

    def unreachable(origin, *_):
        raise OSError(f"no network for {origin}")

    # Where Keras keeps its folder and its download is its own affair.
    module = pytest.importorskip("keras.src.utils.file_utils")
    monkeypatch.setattr(module, "urlretrieve", unreachable)
    monkeypatch.setattr(
        module.config, "keras_home", lambda: str(tmp_path), raising=False
    )
    (tmp_path / "datasets").mkdir()
    return tmp_path / "datasets"


def no_hash(monkeypatch):
    """Let Keras take a small file for the real one."""
    module = pytest.importorskip("keras.src.utils.file_utils")
    monkeypatch.setattr(module, "validate_file", lambda *_, **__: True)


def test_npz_in_keras_layout(tmp_path, arrays):
    path = tmp_path / "own.npz"
    np.savez(path, **arrays)
    data = kd.load_data(str(path))
    assert [len(data.train), len(data.validation), len(data.test)] == [
        36, 4, 20,
    ]  # fmt: skip
    assert np.array_equal(
        data.test.x[..., 0], (arrays["x_test"] / 255).astype("float32")
    )
    assert data.input_shape == (6, 6, 1) and data.classes == 10
    both = rows(data.train) | rows(data.validation)
    wanted = (arrays["x_train"] / 255).astype("float32").reshape(40, -1)
    assert both == {row.tobytes() for row in wanted}


def test_npz_of_floats_and_columns_of_labels(tmp_path, arrays):
    arrays |= {
        "x_train": np.linspace(-3, 3, 120).reshape(40, 3),
        "x_test": np.zeros((20, 3)),
        "y_train": arrays["y_train"][:, None],
    }
    np.savez(tmp_path / "own.npz", **arrays)
    data = kd.load_data(tmp_path / "own.npz", size=10)
    assert data.input_shape == (3,) and len(data.train) == 10
    assert data.train.x.dtype == np.float32 and data.train.x.min() < 0


@pytest.mark.parametrize(
    "change, message",
    [
        ({"y_test": None}, "lacks y_test; it has x_test, x_train, y_train"),
        ({"x_train": np.zeros((0, 6, 6))}, "x_train has no examples"),
        ({"y_train": np.zeros(39, int)}, r"40 examples and y_train shape"),
        ({"y_train": np.full(40, -1)}, "integers from 0, .* smallest -1"),
        ({"y_train": np.zeros(40)}, "integers from 0, got dtype float64"),
        ({"x_train": np.full((40, 6, 6), np.nan)}, "NaN or infinite"),
        ({"x_train": np.full((40, 6, 6), "a")}, "must hold numbers"),
        ({"x_test": np.zeros((20, 5, 6), "uint8")}, r"\(6, 6\), .* \(5, 6\)"),
        ({"x_test": np.zeros((20, 6, 6))}, "x_train has dtype uint8, x_test"),
        (
            {"y_train": np.arange(40) % 10 + 1},
            "the 10 classes of y_train must be numbered 0 to 9, got 1, 2, 3, "
            "4, 5, 6, 7, 8, 9, 10. Number them: .*return_inverse",
        ),
        ({"y_train": np.arange(40) % 10 * 10**6}, "got 0, .*8000000, 9000000"),
        ({"y_train": np.arange(40) * 10**6}, "0, 1000000, .*, .*39000000. Nu"),
        ({"y_train": np.arange(40) % 10 * 2}, "0 to 9, got 0, 2, 4"),
        ({"y_test": np.arange(20) % 10 + 1}, "y_train lacks: 10. Number both"),
        ({"y_test": np.full(20, 10**7)}, "y_train lacks: 10000000."),
        ({"y_train": np.arange(40) % 9}, "y_train lacks: 9."),
        ({"y_train": np.array([2**63] * 40, "uint64")}, "must be numbered 0"),
        (
            {"y_train": np.eye(10)[[0] * 40]},
            r"one-hot rows use argmax\(axis=1",
        ),
        ({"y_train": np.array(["a"] * 40)}, "got dtype <U1. Number them"),
        ({"y_train": np.array(3)}, r"40 examples and y_train shape \(\)"),
        (
            {"y_train": np.zeros(40, int), "y_test": np.zeros(20, int)},
            "all labels of y_train are 0. There must",
        ),
        ({"x_train": np.zeros(40)}, r"x_train has shape \(40,\), one number"),
        ({"x_train": np.array(1.0)}, r"x_train has shape \(\), one number"),
        ({"x_train": np.zeros((40, 0))}, "x_train has no examples"),
        ({"x_train": np.full((40, 6, 6), 1e300)}, "NaN or infinite"),
        ({"x_train": np.full((40, 6, 6), 1j)}, "must hold numbers, got dty"),
        (
            {"x_train": np.zeros((1, 6, 6), "uint8"), "y_train": [0]},
            "x_train has one example",
        ),
    ],
)
def test_npz_that_does_not_fit(tmp_path, arrays, change, message):
    arrays = {k: v for k, v in (arrays | change).items() if v is not None}
    path = tmp_path / "own.npz"
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=message):
        kd.load_data(str(path))


def test_npz_of_other_number_types(tmp_path, arrays):
    bits = arrays["x_train"] > 127
    np.savez(tmp_path / "own.npz", **(arrays | {
        "x_train": bits, "x_test": bits[:20],
        "y_train": arrays["y_train"].astype(">i8"),
        "y_test": np.tile([False, True], 10),
    }))  # fmt: skip
    data = kd.load_data(tmp_path / "own.npz")
    assert np.array_equal(data.test.x[..., 0], bits[:20].astype("float32"))
    assert data.test.y.tolist() == [0, 1] * 10 and data.classes == 10
    assert data.train.y.dtype == np.int32


def test_npz_in_the_home_folder(tmp_path, arrays, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    np.savez(tmp_path / "own.npz", **arrays)
    assert len(kd.load_data("~/own.npz").test) == 20
    with pytest.raises(FileNotFoundError, match="no file"):
        kd.load_data(str(tmp_path / "folder.npz"))


def test_npz_missing_truncated_or_pickled(tmp_path, arrays):
    path = tmp_path / "own.npz"
    with pytest.raises(FileNotFoundError, match="no file .*own.npz.*x_train"):
        kd.load_data(str(path))
    np.savez(path, **arrays)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ValueError, match="own.npz cannot be read"):
        kd.load_data(str(path))
    np.savez(path, **(arrays | {"y_train": np.array([{}] * 40)}))
    with pytest.raises(ValueError, match="own.npz cannot be read"):
        kd.load_data(str(path))


def test_mnist_from_keras_folder(home, arrays, monkeypatch):
    no_hash(monkeypatch)
    np.savez(home / "mnist.npz", **arrays)
    data = kd.load_data("mnist")
    assert data.name == "mnist" and data.input_shape == (6, 6, 1)
    assert np.array_equal(data.test.y, arrays["y_test"])
    assert [p.name for p in home.iterdir()] == ["mnist.npz"]


@pytest.mark.parametrize(
    "error", [OSError("no links"), PermissionError(), NotImplementedError()]
)
def test_a_drive_without_hard_links(home, arrays, monkeypatch, error):
    def link(*_):
        raise error

    monkeypatch.setattr(os, "link", link)
    no_hash(monkeypatch)
    np.savez(home / "mnist.npz", **arrays)
    assert np.array_equal(kd.load_data("mnist").test.y, arrays["y_test"])
    assert [p.name for p in home.iterdir()] == ["mnist.npz"]
    # What cannot be downloaded again is still there, from the copy.
    (home / "mnist.npz").write_bytes(b"half a file")
    monkeypatch.undo()
    monkeypatch.setenv("KERAS_HOME", str(home.parent))
    monkeypatch.setattr(os, "link", link)
    with pytest.raises(ValueError, match="mnist is damaged and could not"):
        kd.load_data("mnist")
    assert (home / "mnist.npz").read_bytes() == b"half a file"
    assert len([*home.iterdir()]) == 1


def test_a_drive_without_links_or_room(home, arrays, monkeypatch):
    def half(source, target, **_):
        Path(target).write_bytes(b"half")
        raise OSError("no space left on device")

    def link(*_):
        raise OSError("no links")

    monkeypatch.setattr(os, "link", link)
    monkeypatch.setattr(shutil, "copy2", half)
    no_hash(monkeypatch)
    np.savez(home / "mnist.npz", **arrays)
    assert np.array_equal(kd.load_data("mnist").test.y, arrays["y_test"])
    assert [p.name for p in home.iterdir()] == ["mnist.npz"]


def write_fashion(folder, arrays):
    """Small images, 28×28, in the four files of Fashion-MNIST."""
    folder.mkdir()
    for part, prefix in (("train", "train"), ("test", "t10k")):
        y = arrays[f"y_{part}"]
        x = np.arange(len(y) * 784, dtype="uint32").astype("uint8")
        for kind, head, body in (
            ("images-idx3", 16, x), ("labels-idx1", 8, y),
        ):  # fmt: skip
            with gzip.open(folder / f"{prefix}-{kind}-ubyte.gz", "wb") as f:
                f.write(bytes(head) + body.tobytes())


def test_fashion_mnist_from_keras_folder(home, arrays):
    write_fashion(home / "fashion-mnist", arrays)
    data = kd.load_data("fashion_mnist")
    assert data.class_names[9] == "ankle boot"
    assert data.test.x.shape == (20, 28, 28, 1)
    assert np.isclose(data.test.x[0, 0, 5, 0], 5 / 255)


def test_a_truncated_file_is_an_error_and_stays_where_it_was(home, arrays):
    write_fashion(home / "fashion-mnist", arrays)
    images = home / "fashion-mnist" / "train-images-idx3-ubyte.gz"
    images.write_bytes(images.read_bytes()[:-40])
    with pytest.raises(ValueError, match="fashion_mnist is damaged.*whole"):
        kd.load_data("fashion_mnist")
    assert images.is_file()
    assert len([*images.parent.iterdir()]) == 4


def test_cifar10_from_keras_folder(home, monkeypatch):
    no_hash(monkeypatch)
    generator = np.random.default_rng(0)
    with tarfile.open(
        home / "cifar-10-batches-py-target_archive", "w:gz", compresslevel=0
    ) as tar:
        for name in [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]:
            batch = pickle.dumps(
                {
                    b"data": generator.integers(
                        0, 256, (10000, 3072), "uint8"
                    ),
                    b"labels": (np.arange(10000) % 10).tolist(),
                }
            )
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(batch)
            tar.addfile(info, io.BytesIO(batch))
    data = kd.load_data("cifar10", size=500)
    assert data.input_shape == (32, 32, 3)
    assert [len(data.train), len(data.validation)] == [500, 5000]
    assert data.class_names[:2] == ("airplane", "automobile")
    assert np.bincount(data.test.y).tolist() == [1000] * 10


@pytest.mark.parametrize(
    "name, file",
    [
        ("mnist", "mnist.npz as .*mnist.npz"),
        ("fashion_mnist", "t10k-images-idx3-ubyte.gz as .*fashion-mnist"),
        ("cifar10", "cifar-10-python.tar.gz as .*cifar-10-batches-py"),
    ],
)
def test_without_network_the_error_names_file_and_place(home, name, file):
    with pytest.raises(FileNotFoundError, match=f"Put .*{file}.*'digits'"):
        kd.load_data(name)


def test_a_damaged_download_is_kept_when_it_cannot_be_replaced(home):
    (home / "mnist.npz").write_bytes(b"half a file")
    with pytest.raises(ValueError, match="mnist is damaged and could not"):
        kd.load_data("mnist")
    assert (home / "mnist.npz").read_bytes() == b"half a file"
    assert len([*home.iterdir()]) == 1


def test_class_names_of_public_sets_are_ten():
    assert {len(names) for names in files._NAMES.values()} == {10}
    assert keras.datasets.mnist  # what `files` leans on is public
