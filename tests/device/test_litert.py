"""A model in LiteRT gives what Keras gives, from one file, silently."""

import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import kd_tutorial as kd

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="LiteRT is TensorFlow's"
)


@pytest.mark.parametrize(
    "build",
    [
        lambda: kd.strided_cnn((12, 12, 1), 3, filters=(2, 3), shift=1),
        lambda: kd.mlp((12, 12, 1), 3, dropout=0.5),
    ],
)
def test_it_gives_what_keras_gives(build):
    keras.utils.set_random_seed(0)
    model = build()
    x = np.random.default_rng(0).uniform(size=(7, 12, 12, 1))
    assert np.allclose(kd.OnDevice(model)(x), model(x), atol=1e-5)


def test_its_file_holds_the_weights_and_little_more():
    model = kd.mlp((28, 28, 1), 10, hidden=(50,))
    weights = kd.cost(model).bytes
    assert weights < len(kd.OnDevice(model).file) < weights + 8_000


def test_it_says_nothing(capfd):
    kd.OnDevice(kd.mlp((8, 8, 1), 3, hidden=(4,)))
    assert capfd.readouterr() == ("", "")


def test_litert_by_its_own_package_where_it_is_installed(monkeypatch):
    import tensorflow as tf

    opened = []

    class Interpreter(tf.lite.Interpreter):
        def __init__(self, **options):
            opened.append(options)
            super().__init__(**options)

    model = kd.mlp((8, 8, 1), 3, hidden=(4,))
    x = np.random.default_rng(0).uniform(size=(2, 8, 8, 1))
    name = "ai_edge_litert"
    own = SimpleNamespace(Interpreter=Interpreter)
    monkeypatch.setitem(sys.modules, name, SimpleNamespace(interpreter=own))
    monkeypatch.setitem(sys.modules, f"{name}.interpreter", own)
    by_package = kd.OnDevice(model)
    assert opened == [{"model_content": by_package.file, "num_threads": 1}]
    monkeypatch.setitem(sys.modules, f"{name}.interpreter", None)  # absent
    by_tensorflow = kd.OnDevice(model)
    assert len(opened) == 1
    assert np.array_equal(by_package(x), by_tensorflow(x))
