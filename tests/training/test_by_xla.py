"""Students trained one after another, by XLA where that is quicker."""

import keras
import numpy as np
import pytest
from helpers import needs_tensorflow
from keras import layers

import kd_tutorial as kd
from kd_tutorial.training import compiled as programs
from kd_tutorial.training import loop_tensorflow

pytestmark = needs_tensorflow

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(24, 4, 3)).astype("float32")
Y = GENERATOR.integers(3, size=24)


class ByNumpy(layers.Layer):
    """What XLA cannot compile: Python in the middle of a program."""

    def call(self, x):
        import tensorflow as tf

        same = tf.numpy_function(lambda a: a, [x], tf.float32)
        return x + 0 * tf.stop_gradient(tf.ensure_shape(same, x.shape))


def attention(x):
    return layers.MultiHeadAttention(2, 3)(x, x)


@pytest.mark.slow
@pytest.mark.parametrize(
    "inside, by_xla",
    [
        ([layers.GRU], True),
        ([layers.SimpleRNN], True),
        ([layers.LSTM, layers.BatchNormalization], True),
        ([attention, layers.GlobalAveragePooling1D], True),
        ([layers.Conv1D, layers.GRU], False),
        ([layers.MaxPooling1D, layers.GRU], False),
        ([layers.Flatten], False),
        ([ByNumpy, layers.GRU], False),
    ],
)
def test_one_student_is_compiled_by_xla_where_it_gains(
    inside, by_xla, monkeypatch
):
    sizes = {
        layers.GRU: (3,), layers.SimpleRNN: (3,), layers.LSTM: (3,),
        layers.Conv1D: (3, 2),
    }  # fmt: skip

    def build():
        features = inputs = keras.Input((4, 3))
        for layer in inside:
            if layer is not attention:
                layer = layer(*sizes.get(layer, ()))
            features = layer(features)
        return keras.Model(inputs, layers.Dense(3)(features))

    def trained():  # Adam would make steps of a gradient that is but rounding
        monkeypatch.setattr(programs, "_PROGRAMS", {})
        return kd.train_replicas(
            build, X, Y, targets=[kd.HardTargets()], seeds=range(3), steps=7,
            batch_size=8, stacked=False, optimizer="sgd", learning_rate=0.1,
        )  # fmt: skip

    found = trained()
    assert [own.by_xla for own in programs._PROGRAMS.values()] == [by_xla]
    monkeypatch.setattr(loop_tensorflow, "_faster_by_xla", lambda model: False)
    plain = trained()
    np.testing.assert_allclose(found.losses, plain.losses, atol=1e-5)
    for one, other in zip(found.trainable, plain.trainable, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
