"""Data: the same images for the same seed, honest splits, helpful errors."""

import gzip
import io
import pickle
import tarfile

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


@pytest.mark.parametrize("size", [0, -1, 2.5, "many"])
def test_size_must_be_a_whole_number_above_zero(size):
    with pytest.raises(ValueError, match="size must be .* got"):
        kd.load_data("digits", size=size)


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


def test_every_font_has_its_own_ten_digits():
    sheet = glyphs.drawings().reshape(len(glyphs.FONTS) * 10, -1)
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


CACHE = []


def test_more_labels_per_class_than_there_are(digits):
    fewest = np.bincount(digits.train.y).min()
    with pytest.raises(ValueError, match=rf"count is {fewest + 1}, but class"):
        kd.few_per_class(digits.train, int(fewest) + 1)
    for count in (0, -1, 1.5):
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
    for rate in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="rate must be from 0 to 1"):
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
        ({"x_test": np.zeros((20, 5, 6))}, r"\(6, 6, 1\), .* \(5, 6, 1\)"),
    ],
)
def test_npz_that_does_not_fit(tmp_path, arrays, change, message):
    arrays = {k: v for k, v in (arrays | change).items() if v is not None}
    path = tmp_path / "own.npz"
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=message):
        kd.load_data(str(path))


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
        home / "cifar-10-batches-py-target_archive", "w:gz"
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
