"""Models: the layers they say, logits out, any size."""

import keras
import numpy as np
import pytest
from keras import ops

import kd_tutorial as kd

BUILDERS = [kd.mlp, kd.cnn, kd.rnn, kd.transformer]


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("classes", [2, 7])
def test_models_end_in_logits(build, classes):
    model = build((8, 6, 3), classes)
    assert model.layers[-1].name == "logits"
    assert model.layers[-1].activation is keras.activations.linear
    x = np.random.default_rng(0).normal(size=(5, 8, 6, 3)).astype("float32")
    logits = ops.convert_to_numpy(model(5 * x))
    assert logits.shape == (5, classes)
    assert (logits < 0).any() and not np.allclose(logits.sum(axis=1), 1)


@pytest.mark.parametrize("build", BUILDERS)
def test_models_overfit_a_few_examples(build):
    keras.utils.set_random_seed(0)
    generator = np.random.default_rng(0)
    x = generator.normal(size=(12, 4, 4, 1)).astype("float32")
    y = np.arange(12) % 3
    model = build((4, 4, 1), 3)
    adam = keras.optimizers.Adam(0.02)
    kd.train(model, x, y, epochs=150, batch_size=12, optimizer=adam)
    assert kd.accuracy(y, model.predict(x, verbose=0)) == 1


def test_mlp_computes_what_its_layers_say():
    model = kd.mlp((2, 2), 3, hidden=(5, 4))
    names = [layer.name for layer in model.layers[1:]]
    assert names == ["flatten", "hidden_1", "hidden_2", "logits"]
    x = np.random.default_rng(0).normal(size=(6, 2, 2))
    h = x.reshape(6, 4)
    weights = [np.asarray(w, "float64") for w in model.get_weights()]
    for kernel, bias in zip(weights[0:4:2], weights[1:4:2]):
        h = np.maximum(h @ kernel + bias, 0)
    expected = h @ weights[4] + weights[5]
    got = ops.convert_to_numpy(model(x.astype("float32")))
    assert np.allclose(got, expected, atol=1e-5)


def test_mlp_without_hidden_layers_is_logistic_regression():
    model = kd.mlp((4,), 3, hidden=())
    assert model.count_params() == 4 * 3 + 3


def test_dropout_acts_in_training_only():
    model = kd.mlp((4,), 3, hidden=(50,), dropout=0.5)
    assert [x.name for x in model.layers][-2] == "dropout_1"
    x = np.ones((1, 4), "float32")
    calm = [ops.convert_to_numpy(model(x)) for _ in range(2)]
    wild = [ops.convert_to_numpy(model(x, training=True)) for _ in range(2)]
    assert np.array_equal(*calm) and not np.allclose(*wild)


def test_cnn_layers_and_sizes():
    model = kd.cnn((9, 8, 1), 4, filters=(3, 5), hidden=(6,))
    names = [layer.name for layer in model.layers[1:]]
    assert names == [
        "conv_1", "pool_1", "conv_2", "pool_2", "flatten", "hidden_1",
        "logits",
    ]  # fmt: skip
    assert model.get_layer("flatten").output.shape == (None, 2 * 2 * 5)


def test_rnn_and_transformer_read_an_image_by_rows():
    x = np.arange(24, dtype="float32").reshape(1, 4, 3, 2)
    for build in (kd.rnn, kd.transformer):
        model = build((4, 3, 2), 2)
        rows = keras.Model(model.input, model.get_layer("rows").output)(x)
        assert np.array_equal(ops.convert_to_numpy(rows)[0], x.reshape(4, 6))


def test_transformer_knows_positions():
    keras.utils.set_random_seed(0)
    model = kd.transformer((4, 3), 5, width=8, heads=2, blocks=1)
    bias = model.get_layer("tokens").bias
    assert bias.shape == (4, 8)
    x = np.random.default_rng(0).normal(size=(1, 4, 3)).astype("float32")
    same = ops.convert_to_numpy(model(x[:, ::-1]))
    assert np.allclose(model(x), same, atol=1e-5)  # positions start at zero
    bias.assign(np.random.default_rng(1).normal(size=(4, 8)))
    assert not np.allclose(model(x), model(x[:, ::-1]), atol=1e-2)


def test_rnn_stacks_layers():
    model = kd.rnn((4, 3), 5, units=(6, 7))
    assert model.get_layer("recurrent_1").output.shape == (None, 4, 6)
    assert model.get_layer("recurrent_2").output.shape == (None, 7)


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize(
    "shape, classes, message",
    [
        ((), 3, "input_shape must be whole numbers"),
        ((8, 0, 1), 3, "input_shape must be whole numbers"),
        ((None, 8, 1), 3, "input_shape must be whole numbers"),
        ((8, 8, 1), 1, "classes must be 2 or more, got 1"),
        ((8, 8, 1), 2.0, "classes must be 2 or more, got 2.0"),
    ],
)
def test_shapes_and_classes_that_make_no_model(build, shape, classes, message):
    with pytest.raises(ValueError, match=message):
        build(shape, classes)


@pytest.mark.parametrize(
    "build, options, message",
    [
        (kd.mlp, {"hidden": (0,)}, r"hidden must .* got \(0,\)"),
        (kd.cnn, {"filters": (4, -1)}, "filters must"),
        (kd.cnn, {"filters": (2, 2, 2, 2)}, "at least 16 high and wide"),
        (kd.rnn, {"units": (1.5,)}, "units must"),
        (kd.rnn, {"units": ()}, "units is empty"),
        (kd.transformer, {"width": 10, "heads": 4}, "heads must divide"),
        (kd.transformer, {"blocks": 0}, "blocks must"),
    ],
)
def test_sizes_that_make_no_model(build, options, message):
    with pytest.raises(ValueError, match=message):
        build((8, 8, 1), 3, **options)


def test_models_for_sequences_and_images_refuse_flat_examples():
    for build in (kd.rnn, kd.transformer):
        with pytest.raises(ValueError, match="no sequence"):
            build((64,), 3)
    with pytest.raises(ValueError, match=r"\(height, width, channels\)"):
        kd.cnn((64,), 3)
