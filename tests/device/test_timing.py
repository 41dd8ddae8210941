"""How long a model takes: what is timed, and what is refused."""

import keras
import numpy as np
import pytest
from keras import layers

import kd_tutorial as kd

ONE = np.zeros((1, 4), "float32")


def two_inputs(names):
    inputs = [keras.Input((3,), name="a"), keras.Input((2,), name="b")]
    outputs = layers.Dense(2)(layers.Concatenate()(inputs))
    if names:
        inputs = {"a": inputs[0], "b": inputs[1]}
    return keras.Model(inputs, outputs)


def test_latency_is_ordered_and_reads():
    found = kd.latency(kd.mlp((4,), 2), ONE, repeats=10)
    assert 0 < found.low <= found.median <= found.high
    assert str(kd.Latency(1.5, 1.25, 2)) == "1.5 ms [1.25, 2]"


@pytest.mark.parametrize("repeats", [np.int64(2), np.array(2)])
def test_latency_times_each_repeat_after_three(repeats):
    calls = []
    kd.latency(calls.append, ONE, repeats=repeats)
    assert len(calls) == 5 and all(each is ONE for each in calls)


def test_latency_takes_what_a_model_takes():
    a, b = np.zeros((1, 3), "float32"), np.zeros((1, 2), "float32")
    assert kd.latency(two_inputs(False), [a, b], repeats=2).median > 0
    named = two_inputs(True)
    assert kd.latency(named, {"a": a, "b": b}, repeats=2).median > 0
    assert kd.latency(kd.mlp((4,), 2), [[0, 1, 2, 3]], repeats=2).median > 0
    assert kd.latency(kd.mlp((4,), 2), [ONE[0]], repeats=2).median > 0


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(2)

    def call(self, x):
        return self.dense(x)


@pytest.mark.parametrize(
    "build", [Subclassed, lambda: keras.Sequential([layers.Dense(2)])]
)
def test_latency_of_a_model_that_knows_no_input_yet(build):
    model = build()
    assert kd.latency(model, ONE, repeats=2).median > 0
    assert kd.latency(build(), [[0.0, 1, 2, 3]], repeats=2).median > 0
    assert model.get_weights()[0].shape == (4, 2)


@pytest.mark.parametrize(
    "repeats", [1, 0, -3, 2.5, "10", None, True, float("nan"), 10**9]
)
def test_latency_needs_two_repeats(repeats):
    with pytest.raises(ValueError, match="repeats must be .* 2 to 1000000"):
        kd.latency(kd.mlp((4,), 2), ONE, repeats=repeats)


@pytest.mark.parametrize(
    "x, message",
    [
        (np.zeros((0, 4)), "x has no examples"),
        ([], "x has no examples"),
        (3.0, "x must be an array with a row an example, got 3.0"),
        (None, "x must be an array with a row an example, got None"),
        ([[1.0, 2.0], [3.0]], "x cannot be made an array"),
        ({"a": np.zeros((0, 3)), "b": np.zeros((0, 2))}, "x has no"),
    ],
)
def test_latency_refuses_nothing_to_time(x, message):
    model = two_inputs(True) if isinstance(x, dict) else kd.mlp((4,), 2)
    with pytest.raises((TypeError, ValueError), match=message):
        kd.latency(model, x)


@pytest.mark.parametrize("model", [None, 3, keras.Model])
def test_latency_needs_a_model(model):
    with pytest.raises(TypeError, match="model must be a Keras model, a path"):
        kd.latency(model, ONE)


def test_latency_needs_a_file_that_runs(tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.tflite.*got 'mlp'"):
        kd.latency("mlp", ONE)
    with pytest.raises(FileNotFoundError, match=r"no file .*none\.onnx"):
        kd.latency(tmp_path / "none.onnx", ONE)
