"""Costs against arithmetic by hand: every layer, as often as it is called."""

import threading

import keras
import numpy as np
import pytest
from keras import layers, ops

import kd_tutorial as kd
from kd_tutorial.models import costs


def stack(shape, *parts):
    return keras.Sequential([keras.Input(shape), *parts])


def operations(*inputs, outputs):
    return kd.cost(keras.Model([*inputs], outputs)).operations


def test_cost_of_a_perceptron():
    model = kd.mlp((8, 8, 1), 10, hidden=(20,))
    cost = kd.cost(model)
    assert cost.operations == 64 * 20 + 20 * 10
    assert cost.parameters == cost.operations + 20 + 10
    assert cost.bytes == 4 * cost.parameters


def test_cost_of_a_convolution():
    model = kd.cnn((8, 8, 2), 10, filters=(4, 6))
    expected = 64 * 9 * 2 * 4 + 16 * 9 * 4 * 6 + (2 * 2 * 6) * 10
    assert kd.cost(model).operations == expected


def test_cost_of_a_recurrent_network():
    model = kd.rnn((5, 3), 10, units=(4,))
    assert kd.cost(model).operations == 5 * 3 * 4 * (3 + 4) + 4 * 10


def test_cost_of_a_transformer():
    model = kd.transformer((6, 3), 10, width=8, heads=2, blocks=1)
    attention = 6 * 4 * 8 * 8 + 2 * 6 * 6 * 8
    dense = 6 * (3 * 8) + 6 * 2 * (8 * 32) + 8 * 10
    assert kd.cost(model).operations == attention + dense


# The same products, however the weights are kept.


def frozen(model):
    model.trainable = False


def adapted(model):
    for layer in model.layers:
        if isinstance(layer, layers.Dense):
            layer.enable_lora(4)


@pytest.mark.parametrize(
    "change, parameters, size",
    [
        (lambda model: None, 4810, 4 * 4810),
        (frozen, 4810, 4 * 4810),
        # A byte a weight; a bias and a scale a unit.
        (lambda m: m.quantize("int8"), 4736 + 2 * 74, 4736 + 4 * 2 * 74),
        (adapted, 4810 + 4 * (64 + 64 + 64 + 10), 4 * 5618),
    ],
)
@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize`")
def test_operations_do_not_depend_on_how_weights_are_kept(
    change, parameters, size
):
    model = kd.mlp((8, 8, 1), 10, hidden=(64,))
    change(model)
    assert kd.cost(model) == kd.models.Cost(parameters, 4736, size)


@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize`")
def test_operations_of_a_quantised_transformer():
    model = kd.transformer((6, 3), 10, width=8, heads=2, blocks=1)
    whole = kd.cost(model)
    model.quantize("int8")
    assert kd.cost(model).operations == whole.operations
    assert kd.cost(model).bytes < whole.bytes


@pytest.mark.parametrize(
    "dtype, size", [("float16", 2), ("bfloat16", 2), ("float64", 8),
                    ("mixed_float16", 4)],
)  # fmt: skip
def test_bytes_of_other_number_types(dtype, size):
    if dtype == "float64" and keras.backend.backend() == "jax":
        pytest.skip("JAX has no float64 unless told")
    model = stack((8,), layers.Dense(3, dtype=dtype))
    assert kd.cost(model).bytes == size * (8 * 3 + 3)


@pytest.mark.parametrize(
    "shape, parts, expected",
    [
        # 6 × 6 places of a 3 × 3 kernel, two outputs a channel
        ((8, 8, 3), [layers.DepthwiseConv2D(3, depth_multiplier=2)],
         36 * 9 * 3 * 2),
        ((8, 3), [layers.DepthwiseConv1D(3)], 6 * 3 * 3),
        ((8, 8, 3), [layers.SeparableConv2D(5, 3, depth_multiplier=2)],
         36 * (9 * 6 + 6 * 5)),
        ((8, 3), [layers.SeparableConv1D(5, 3)], 6 * (3 * 3 + 3 * 5)),
        # each of 64 places times the whole kernel
        ((8, 8, 3), [layers.Conv2DTranspose(5, 3, strides=2)], 64 * 3 * 9 * 5),
        ((8, 3), [layers.Conv1DTranspose(5, 3)], 8 * 3 * 3 * 5),
        ((9, 9, 4), [layers.Conv2D(6, 3, strides=2, groups=2)],
         16 * 9 * 2 * 6),
        ((9, 2), [layers.Conv1D(6, 3, padding="causal", dilation_rate=2)],
         9 * 3 * 2 * 6),
        ((4, 4, 4, 2), [layers.Conv3D(3, 2)], 27 * 8 * 2 * 3),
        # look-ups, normalisation and activations multiply no matrix
        ((5,), [layers.Embedding(100, 7), layers.Flatten(), layers.Dense(2)],
         5 * 7 * 2),
        ((5, 4), [layers.LayerNormalization(), layers.BatchNormalization(),
                  layers.RMSNormalization(), layers.GroupNormalization(2),
                  layers.UnitNormalization(), layers.PReLU()], 0),
        ((5,), [layers.SpectralNormalization(layers.Dense(3))], 15),
        ((4, 5), [layers.Dense(3)], 4 * 5 * 3),
        ((4, 6), [layers.EinsumDense("...x,xy->...y", output_shape=7)],
         4 * 6 * 7),
        ((4, 6), [layers.EinsumDense("bsf,sfw->bw", output_shape=7)],
         4 * 6 * 7),
        ((5, 3), [layers.SimpleRNN(4)], 5 * 4 * (3 + 4)),
        ((5, 3), [layers.LSTM(4, return_sequences=True)], 5 * 4 * 4 * (3 + 4)),
        ((5, 3), [layers.Bidirectional(layers.GRU(4))], 2 * 5 * 3 * 4 * 7),
        ((5, 3), [layers.RNN([layers.GRUCell(4), layers.LSTMCell(2)])],
         5 * (3 * 4 * (3 + 4) + 4 * 2 * (4 + 2))),
        ((5, 8, 8, 3), [layers.ConvLSTM2D(4, 3, return_sequences=True)],
         5 * 36 * 9 * (3 + 4) * 4 * 4),
        ((5, 8, 8, 3), [layers.ConvLSTM2D(4, 3, padding="same")],
         5 * 64 * 9 * (3 + 4) * 4 * 4),
        ((5, 3), [layers.TimeDistributed(layers.Dense(4))], 5 * 3 * 4),
    ],
)  # fmt: skip
def test_cost_of_a_layer(shape, parts, expected):
    assert kd.cost(stack(shape, *parts)).operations == expected


def test_a_layer_counts_as_often_as_it_is_called():
    twice, inputs = layers.Dense(6), keras.Input((6,))
    assert operations(inputs, outputs=twice(twice(inputs))) == 2 * 36
    rows = keras.Input((4, 6))  # the same layer, in another place
    assert operations(rows, outputs=twice(rows)) == 4 * 36
    inner = kd.mlp((6,), 6, hidden=(5,))
    assert operations(inputs, outputs=inner(inner(inputs))) == 2 * 60
    assert kd.cost(inner).operations == 60  # whoever else calls it
    steps = stack((3, 6), layers.TimeDistributed(inner))
    assert kd.cost(steps).operations == 3 * 60


def test_cost_of_attention():
    queries, others = keras.Input((6, 8)), keras.Input((5, 3))
    value = 3 if keras.backend.backend() == "tensorflow" else 4  # JAX: alike
    heads = layers.MultiHeadAttention(2, 4, value_dim=value, output_shape=7)
    projections = 6 * 8 * 2 * 4 + 5 * 3 * 2 * (4 + value) + 6 * 2 * value * 7
    assert operations(
        queries, others, outputs=heads(queries, others)
    ) == projections + 6 * 5 * 2 * (4 + value)
    grouped = layers.GroupQueryAttention(4, 4, 2)(queries, queries)
    projections = 2 * 6 * 8 * 16 + 2 * 6 * 8 * 8
    assert operations(queries, outputs=grouped) == (
        projections + 6 * 6 * 4 * (4 + 4)
    )
    places = keras.Input((6, 5, 8))  # attends along the second axis only
    heads = layers.MultiHeadAttention(2, 4, attention_axes=(2,))
    assert operations(places, outputs=heads(places, places)) == (
        30 * 4 * 8 * 8 + 6 * 5 * 5 * 2 * (4 + 4)
    )
    for kind in (layers.Attention, layers.AdditiveAttention):
        outputs = kind()([queries, queries])
        assert operations(queries, outputs=outputs) == 6 * 6 * (8 + 8)
    rows = keras.Input((5, 8))
    outputs = layers.Dot(axes=2)([queries, rows])
    assert operations(queries, rows, outputs=outputs) == 6 * 5 * 8


def test_tied_embeddings_multiply_on_the_way_back():
    tokens, table = keras.Input((5,)), layers.ReversibleEmbedding(100, 7)
    outputs = table(table(tokens), reverse=True)
    assert operations(tokens, outputs=outputs) == 5 * 7 * 100


class Block(keras.Model):
    """A model that is no graph, with a layer that it may leave out."""

    def __init__(self, calls=2):
        super().__init__()
        self.wide, self.narrow = layers.Dense(5), layers.Dense(4)
        self.calls = calls

    def build(self, shape):
        self.wide.build(shape)
        self.narrow.build((None, 5))
        self.built = True

    def call(self, inputs):
        hidden = self.wide(inputs)
        return self.narrow(hidden) + inputs if self.calls > 1 else hidden


def test_cost_of_a_model_of_ones_own():
    model = Block()
    model.build((None, 4))
    assert kd.cost(model, input_shape=(4,)).operations == 2 * 4 * 5
    with pytest.raises(ValueError, match="does not tell the shape of its in"):
        kd.cost(model)
    assert kd.cost(stack((4,), Block())).operations == 2 * 4 * 5


def test_examples_of_any_length():
    model = stack((None, 3), layers.GRU(4))
    with pytest.raises(ValueError, match="each of input_shape .* got None"):
        kd.cost(model)
    for steps in (7, np.int64(7)):
        found = kd.cost(model, input_shape=(steps, 3))
        assert found.operations == 7 * 3 * 4 * (3 + 4)
    with pytest.raises(ValueError, match=r"example of input_shape \(7, 2\)"):
        kd.cost(model, input_shape=(7, 2))
    for wrong in ((7, 3.0), (True, 3), (-7, 3), "73", "", (), [], {}, 7):
        with pytest.raises(ValueError, match="input_shape"):
            kd.cost(model, input_shape=wrong)


def test_cost_of_several_inputs():
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    outputs = layers.Dense(2)(layers.Concatenate()([a, b]))
    assert operations(a, b, outputs=outputs) == 10
    named = keras.Model({"a": a, "b": b}, outputs)
    assert kd.cost(named).operations == 10
    shapes = {"a": (3,), "b": (2,)}
    assert kd.cost(named, input_shape=shapes).operations == 10


def test_a_public_network_costs_what_its_paper_says():
    # Howard et al. 2017, table 4: 569 million, without the biases' share.
    model = keras.applications.MobileNet(weights=None)
    assert round(kd.cost(model).operations / 1e6) in (568, 569)


class Own(layers.Layer):
    def build(self, shape):
        self.matrix = self.add_weight(shape=(shape[-1], 3))

    def call(self, inputs):
        return ops.matmul(inputs, self.matrix)


def test_cost_refuses_what_it_cannot_count():
    with pytest.raises(ValueError, match="cannot count .* 'own.*', a Own"):
        kd.cost(stack((4,), Own()))
    a, b = keras.Input((6, 8)), keras.Input((8, 5))
    with pytest.raises(ValueError, match="of 'matmul.*', a Matmul"):
        operations(a, b, outputs=ops.matmul(a, b))
    cell = stack((5, 3), layers.RNN(Cell()))
    with pytest.raises(ValueError, match="a Cell. Count it by hand"):
        kd.cost(cell)
    idle = Block(calls=1)
    idle.build((None, 4))
    with pytest.raises(ValueError, match="holds it and does not call it"):
        kd.cost(idle, input_shape=(4,))


class Cell(layers.Layer):
    state_size = 3

    def build(self, shape):
        self.matrix = self.add_weight(shape=(shape[-1], 3))

    def call(self, inputs, states):
        return ops.matmul(inputs, self.matrix), states


@pytest.mark.parametrize("model", [None, 3, lambda x: x, keras.Model])
def test_cost_needs_a_model(model):
    with pytest.raises(TypeError, match="model must be a Keras model, got"):
        kd.cost(model)


def test_a_file_costs_its_bytes(tmp_path):
    (tmp_path / "student.onnx").write_bytes(bytes(1234))
    found = kd.cost(tmp_path / "student.onnx")
    assert found == kd.models.Cost(None, None, 1234)
    for wrong in (str(tmp_path), "mlp"):
        with pytest.raises(FileNotFoundError, match="is no file"):
            kd.cost(wrong)


def test_cost_needs_weights():
    with pytest.raises(ValueError, match="is not built: it has no weights"):
        kd.cost(keras.Sequential([layers.Dense(3)]))


def test_counting_leaves_no_trace():
    model, call = kd.mlp((4,), 3), keras.Layer.__call__
    before = [w.numpy() for w in model.weights]
    kd.cost(model)
    with pytest.raises(ValueError):
        kd.cost(stack((4,), Own()))
    assert keras.Layer.__call__ is call
    assert model.get_layer("logits").output.shape == (None, 3)
    assert all((w.numpy() == b).all() for w, b in zip(model.weights, before))


def test_a_call_that_keras_gives_up_is_not_counted(monkeypatch):
    # As on PyTorch, where an operation may not know shapes without numbers.
    once = costs._Run.compute_output_spec

    def twice(run, example):
        once(run, example)
        return once(run, example)

    monkeypatch.setattr(costs._Run, "compute_output_spec", twice)
    assert kd.cost(kd.mlp((4,), 3, hidden=(5,))).operations == 4 * 5 + 5 * 3
    cell = stack((5, 3), layers.RNN(layers.GRUCell(4)))
    assert kd.cost(cell).operations == 5 * 3 * 4 * (3 + 4)


def test_threads_count_for_themselves():
    models = [kd.mlp((4,), 3, hidden=(units,)) for units in (5, 6, 7, 8)]
    found = {}

    def count(model):
        found[model.count_params()] = kd.cost(model).operations

    threads = [threading.Thread(target=count, args=(m,)) for m in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found.values()) == [7 * units for units in (5, 6, 7, 8)]
