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
    keras.utils.set_random_seed(2)
    model = build((8, 6, 3), classes)
    assert model.layers[-1].name == "logits"
    assert model.layers[-1].activation is keras.activations.linear
    x = np.random.default_rng(0).normal(size=(5, 8, 6, 3)).astype("float32")
    logits = ops.convert_to_numpy(model(5 * x))
    assert logits.shape == (5, classes)
    assert (logits < 0).any() and not np.allclose(logits.sum(axis=1), 1)


@pytest.mark.slow
@pytest.mark.parametrize("build", BUILDERS)
def test_models_overfit_a_few_examples(build):
    keras.utils.set_random_seed(0)
    generator = np.random.default_rng(0)
    x = generator.normal(size=(12, 4, 4, 1)).astype("float32")
    y = np.arange(12) % 3
    model = build((4, 4, 1), 3)
    adam = keras.optimizers.Adam(0.02)
    rows = np.tile(np.arange(12), 150)
    kd.train(model, x[rows], y[rows], epochs=1, shuffle=False, batch_size=12,
             optimizer=adam)  # fmt: skip
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
    plain = ops.convert_to_numpy(model(x))
    assert np.allclose(plain, same, atol=1e-5)  # positions start at zero
    bias.assign(np.random.default_rng(1).normal(size=(4, 8)))
    there, back = map(ops.convert_to_numpy, (model(x), model(x[:, ::-1])))
    assert not np.allclose(there, back, atol=1e-2)


def test_rnn_stacks_layers():
    model = kd.rnn((4, 3), 5, units=(6, 7))
    assert model.get_layer("recurrent_1").output.shape == (None, 4, 6)
    assert model.get_layer("recurrent_2").output.shape == (None, 7)


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize(
    "shape, classes, message",
    [
        ((), 3, "input_shape is empty"),
        ((8, 0, 1), 3, "each of input_shape must be a whole number, 1 to"),
        ((None, 8, 1), 3, "each of input_shape must be .* got None"),
        ((8, 8, True), 3, "each of input_shape must be .* got True"),
        ((8, 8.0, 1), 3, "each of input_shape must be .* got 8.0"),
        (64, 3, "input_shape must be a sequence .* got 64"),
        ("8,8,1", 3, "input_shape must be a sequence .* got '8,8,1'"),
        (None, 3, "input_shape must be a sequence .* got None"),
        ({"image": (8, 8, 1)}, 3, "input_shape must be a sequence"),
        ((8, 8, 1), 1, "classes must be a whole number, 2 to 1000000, got"),
        ((8, 8, 1), 2.0, "classes must be .* got 2.0"),
        ((8, 8, 1), 10**9, "classes must be .* got 1000000000"),
        ((8, 8, 1), True, "classes must be .* got True"),
        ((8, 8, 1), "10", "classes must be .* got '10'"),
        ((8, 8, 1), None, "classes must be .* got None"),
        ((8, 8, 1), float("nan"), "classes must be .* got nan"),
        ((8, 8, 1), ("a", "b"), "classes must be"),
    ],
)
def test_shapes_and_classes_that_make_no_model(build, shape, classes, message):
    with pytest.raises(ValueError, match=message):
        build(shape, classes)


@pytest.mark.parametrize(
    "build, options, message",
    [
        (kd.mlp, {"hidden": (0,)}, "each of hidden must .* got 0"),
        (kd.mlp, {"hidden": 64}, r"hidden must .* got 64.*\(64,\) is one l"),
        (kd.mlp, {"hidden": "64"}, "hidden must be a sequence"),
        (kd.mlp, {"hidden": b"64"}, "hidden must be a sequence"),
        (kd.mlp, {"hidden": {64, 32}}, "hidden must be a sequence"),
        (kd.mlp, {"hidden": (True,)}, "each of hidden must .* got True"),
        (kd.mlp, {"hidden": None}, "hidden must be .* got None"),
        (kd.mlp, {"hidden": [[64]]}, r"each of hidden must .* got \[64\]"),
        (kd.cnn, {"hidden": 5}, "hidden must be a sequence"),
        (kd.cnn, {"filters": (4, -1)}, "each of filters must"),
        (kd.cnn, {"filters": 16}, "filters must be a sequence"),
        (kd.cnn, {"filters": (2, 2, 2, 2)}, "at least 16 high and wide"),
        (kd.rnn, {"units": (1.5,)}, "each of units must"),
        (kd.rnn, {"units": np.float32(8)}, "units must be a sequence"),
        (kd.rnn, {"units": ()}, "units is empty"),
        (kd.transformer, {"width": (32,)}, "width must be a whole"),
        (kd.transformer, {"width": 32.0}, "width must be a whole"),
        (kd.transformer, {"heads": True}, "heads must be a whole"),
        # what no machine holds, or would take for ever
        (kd.mlp, {"hidden": (10**9,)}, "each of hidden must be .* to 1000000"),
        (kd.transformer, {"blocks": 10**9}, "blocks must be .* 1 to 1000"),
        (kd.transformer, {"width": 10, "heads": 4}, "heads must divide"),
        (kd.transformer, {"blocks": 0}, "blocks must"),
    ],
)
def test_sizes_that_make_no_model(build, options, message):
    with pytest.raises(ValueError, match=message):
        build((8, 8, 1), 3, **options)


@pytest.mark.parametrize("build", [kd.mlp, kd.cnn])
@pytest.mark.parametrize(
    "dropout", ["0.5", -0.1, 1, 1.5, True, None, float("nan"), (0.5,), 1j]
)
def test_dropout_is_a_share(build, dropout):
    with pytest.raises(ValueError, match="dropout must be .* below 1, got"):
        build((8, 8, 1), 3, hidden=(4,), dropout=dropout)
    with pytest.raises(ValueError, match="dropout must be"):
        build((8, 8, 1), 3, hidden=(), dropout=dropout)


def test_sizes_may_be_numpys():
    model = kd.mlp(
        np.array([8, 8, 1]), np.uint8(10), dropout=np.float32(0.5),
        hidden=np.array([5, 4]),
    )  # fmt: skip
    assert model.count_params() == 64 * 5 + 5 + 5 * 4 + 4 + 4 * 10 + 10
    assert model.get_layer("dropout_2").rate == 0.5
    again = keras.Model.from_config(model.get_config())
    assert again.count_params() == model.count_params()
    kd.cnn([8, 8, 1], 3, filters=range(1, 3))
    kd.transformer((8, 8), 3, width=np.int64(8), heads=np.array(2), blocks=1)


def test_models_for_sequences_and_images_refuse_flat_examples():
    for build in (kd.rnn, kd.transformer):
        with pytest.raises(ValueError, match="no sequence"):
            build((64,), 3)
    with pytest.raises(ValueError, match=r"\(height, width, channels\)"):
        kd.cnn((64,), 3)
