"""A teacher is trained once: whoever asks again gets the same weights."""

import multiprocessing
import os
import threading
import time

import keras
import numpy as np
import pytest

import kd_tutorial as kd
from kd_tutorial.training import once

X = np.random.default_rng(0).normal(size=(40, 6)).astype("float32")
Y = (X[:, 0] > 0).astype("int32")


def build():
    return kd.mlp((6,), 2, hidden=(5,))


@pytest.fixture
def trained(monkeypatch):
    """Counts how often something is really trained."""
    calls = []

    def counting(model, x, y, **options):
        calls.append(options)
        return kd.train(model, x, y, **options)

    monkeypatch.setattr(once, "train", counting)
    return calls


def ask(directory, **changed):
    options = {"seed": 0, "epochs": 2, "directory": directory} | changed
    made = options.pop("build", build)
    x, y = options.pop("x", X), options.pop("y", Y)
    return kd.train_once(made, x, y, **options)


def test_the_second_time_it_is_read(tmp_path, trained):
    first = ask(tmp_path)
    keras.layers.Dense(3)  # Keras counts names on
    again = ask(tmp_path)
    assert len(trained) == 1
    for one, other in zip(first.get_weights(), again.get_weights()):
        np.testing.assert_array_equal(one, other)
    start = build()
    assert not np.array_equal(
        first.get_weights()[0], start.get_weights()[0]
    )  # it was trained at all


def test_it_is_the_training_of_train(tmp_path):
    keras.utils.set_random_seed(3)
    plain = build()
    kd.train(
        plain, X, Y, epochs=3, batch_size=8,
        optimizer=keras.optimizers.Adam(0.01),
    )  # fmt: skip
    own = ask(tmp_path, seed=3, epochs=3, batch_size=8, learning_rate=0.01)
    for one, other in zip(plain.get_weights(), own.get_weights()):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 1},
        {"epochs": 3},
        {"batch_size": 16},
        {"learning_rate": 0.01},
        {"x": X + 1},
        {"y": 1 - Y},
        {"build": lambda: kd.mlp((6,), 2, hidden=(5, 5))},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_whatever_decides_the_result_is_part_of_the_key(
    changed, tmp_path, trained
):
    ask(tmp_path)
    ask(tmp_path, **changed)
    assert len(trained) == 2


@pytest.mark.parametrize("fault", ["truncate", "alter", "foreign"])
def test_a_bad_file_is_trained_again(fault, tmp_path, trained):
    first = ask(tmp_path)
    (path,) = tmp_path.glob("*.npz")
    whole = path.read_bytes()
    if fault == "truncate":
        path.write_bytes(whole[: len(whole) // 2])
    elif fault == "alter":
        middle = len(whole) // 2
        path.write_bytes(
            whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
        )
    else:
        other = tmp_path / "other"
        ask(other, seed=5)
        (foreign,) = other.glob("*.npz")
        path.write_bytes(foreign.read_bytes())
    before = len(trained)
    with pytest.warns(UserWarning, match="Training again"):
        again = ask(tmp_path)
    assert len(trained) == before + 1
    np.testing.assert_allclose(
        first.get_weights()[0], again.get_weights()[0], atol=1e-6
    )
    assert not list(tmp_path.glob("*.tmp"))
    ask(tmp_path)  # and the file is whole again
    assert len(trained) == before + 1


def test_a_training_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="label 2"):
        ask(tmp_path, y=Y + 1)
    assert not list(tmp_path.glob("*.npz"))


def test_the_directory_comes_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("KD_CACHE_DIR", str(tmp_path / "here"))
    ask(None)
    assert len(list((tmp_path / "here").glob("*.npz"))) == 1
    monkeypatch.delenv("KD_CACHE_DIR")
    assert once.cache_directory().parts[-2:] == (".cache", "kd_tutorial")


def _train_in_a_process(directory):
    """Ask; leave a mark for each training that really happens."""

    def marking(model, x, y, **options):
        (directory / f"trained-{os.getpid()}").touch()
        time.sleep(2)  # long enough for the other process to arrive
        return kd.train(model, x, y, **options)

    once.train = marking
    return ask(directory, epochs=3).get_weights()[0].tolist()


class Less(keras.layers.Layer):
    """Keras cannot write its settings down: they hold an array."""

    def __init__(self, mean, **options):
        super().__init__(**options)
        self.mean, self.lock = np.asarray(mean), threading.Lock()

    def call(self, inputs):
        return inputs - self.mean


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_cannot_be_keyed_is_trained_each_time(tmp_path, trained):
    def less(activation, mean):
        return lambda: keras.Sequential(
            [
                keras.Input((6,)), Less(np.full(6, mean)),
                keras.layers.Dense(5, activation=activation),
                keras.layers.Dense(2),
            ]
        )  # fmt: skip

    weights = []
    for made in (less("relu", 0.0), less("tanh", 5.0)):
        with pytest.warns(UserWarning, match="is trained each time: what dec"):
            own = ask(tmp_path, build=made)
        keras.utils.set_random_seed(0)
        plain = made()
        kd.train(plain, X, Y, epochs=2)
        weights.append(own.get_weights())
        for one, other in zip(weights[-1], plain.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)
    assert not np.allclose(weights[0][0], weights[1][0], atol=1e-6)
    assert len(trained) == 2 and not list(tmp_path.glob("*.npz"))


def test_numpys_numbers_are_the_same_numbers(tmp_path, trained):
    ask(tmp_path, epochs=2, learning_rate=0.125, batch_size=8)
    ask(
        tmp_path, epochs=np.int64(2), learning_rate=np.float32(0.125),
        batch_size=np.int32(8), seed=np.int64(0),
    )  # fmt: skip
    assert len(trained) == 1


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"epochs": 1.5}, "epochs must be a whole number.* got 1.5"),
        ({"learning_rate": -1}, "learning_rate must be positive.* got -1"),
        ({"batch_size": 0}, "batch_size must be a whole number.* got 0"),
    ],
)
def test_settings_that_make_no_sense(changed, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        ask(tmp_path, **changed)


def test_a_dictionary_of_inputs_is_keyed_by_name_and_value(tmp_path, trained):
    def two():
        a, b = (keras.Input((3,), name=name) for name in "ab")
        both = keras.layers.Concatenate()([a, b])
        return keras.Model({"a": a, "b": b}, keras.layers.Dense(2)(both))

    rows = {"a": X[:, :3], "b": X[:, 3:]}
    first = ask(tmp_path, x=rows, build=two).get_weights()[0]
    again = ask(tmp_path, x=dict(reversed(rows.items())), build=two)
    assert len(trained) == 1
    assert np.array_equal(first, again.get_weights()[0])
    swapped = {"a": rows["b"], "b": rows["a"]}
    other = ask(tmp_path, x=swapped, build=two).get_weights()[0]
    assert len(trained) == 2 and not np.allclose(first, other, atol=1e-5)


@pytest.mark.long
def test_two_at_once_train_one(tmp_path):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        one, other = pool.map(_train_in_a_process, [tmp_path] * 2, chunksize=1)
    assert one == other
    assert len(list(tmp_path.glob("trained-*"))) == 1  # the other waited
    assert len(list(tmp_path.glob("*.npz"))) == 1
