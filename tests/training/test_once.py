"""A teacher is trained once: whoever asks again gets the same weights."""

import multiprocessing
import os
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


@pytest.mark.long
def test_two_at_once_train_one(tmp_path):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        one, other = pool.map(_train_in_a_process, [tmp_path] * 2, chunksize=1)
    assert one == other
    assert len(list(tmp_path.glob("trained-*"))) == 1  # the other waited
    assert len(list(tmp_path.glob("*.npz"))) == 1
