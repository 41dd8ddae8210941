"""Layers found by path, in models within models."""

import keras
import numpy as np
import pytest
from keras import layers

import kd_tutorial as kd
from kd_tutorial.models.inside import layer_output, output_names, watched

X = np.random.default_rng(0).random((6, 8, 8, 1)).astype("float32")


def models():
    keras.utils.set_random_seed(0)
    backbone = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.GlobalAveragePooling2D(name="gap"),
        ],
        name="backbone",
    )
    x = keras.Input((8, 8, 1))
    middle = keras.Model(
        x, layers.Dense(5, name="wide")(backbone(x)), name="middle"
    )
    x = keras.Input((8, 8, 1))
    scaled = layers.Rescaling(2.0, name="scale")(x)
    outer = keras.Model(x, layers.Dense(3, name="logits")(middle(scaled)))
    return outer, middle, backbone


def test_two_models_deep_and_beside():
    outer, middle, backbone = models()
    paths = ["middle/backbone/gap", "middle/wide", "scale", "logits"]
    model = watched(outer, paths)
    given = keras.Model(
        model.inputs, {p: layer_output(model, p) for p in paths}
    ).predict(X, verbose=0)
    expected = {
        "middle/backbone/gap": backbone.predict(2 * X, verbose=0),
        "middle/wide": middle.predict(2 * X, verbose=0),
        "scale": 2 * X,
        "logits": outer.predict(X, verbose=0),
    }
    for path, values in expected.items():
        assert np.allclose(given[path], values, atol=1e-5), path
    assert {id(w) for w in model.weights} == {id(w) for w in outer.weights}


def test_a_sequential_model_around_a_nested_one():
    _, _, backbone = models()
    outer = keras.Sequential([keras.Input((8, 8, 1)), backbone])
    model = watched(outer, ["backbone/conv"])
    conv = keras.Model(model.inputs, layer_output(model, "backbone/conv"))
    first = keras.Model(backbone.inputs, backbone.layers[0].output)
    assert np.allclose(conv.predict(X), first.predict(X), atol=1e-6)


def test_a_layer_of_two_models_has_an_output_in_each():
    shared, x = layers.Dense(4, name="shared"), keras.Input((3,))
    first = keras.Model(x, shared(x))
    second = keras.Model(x, layers.Dense(2)(shared(-x)))
    third = keras.Sequential([keras.Input((3,)), shared, layers.Dense(2)])
    fourth = keras.Sequential([keras.Input((3,)), layers.ReLU(), shared])
    y = keras.Input((3,))
    fifth = keras.Model(y, layers.Dense(2)(third(layers.Rescaling(2.0)(y))))
    rows = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    kernel, bias = shared.get_weights()
    for model, path, given in [
        (first, "shared", rows),
        (second, "shared", -rows),
        (third, "shared", rows),
        (fourth, "shared", np.maximum(rows, 0)),
        (fifth, f"{third.name}/shared", 2 * rows),
    ]:
        told = kd.ask(model, rows, layers=[path])[path]
        assert np.allclose(told, given @ kernel + bias, atol=1e-5), path


def test_a_hint_of_a_layer_that_another_model_has_too():
    old = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(4, name="h")]
    )
    x = keras.Input((8, 8, 1))
    new = keras.Model(x, layers.Dense(2)(old.layers[1](old.layers[0](1 - x))))

    def teacher(batch):
        return {"output": batch[:, 0, :2, 0] - 1, "hint": batch[:, 0, :4, 0]}

    before = new.get_weights()
    hint = kd.Hint(teacher_layer="hint", student_layer="h")
    kd.distill(
        teacher, new, X, targets=[hint], epochs=1, batch_size=6,
        optimizer=keras.optimizers.SGD(0.1),
    )  # fmt: skip
    pixels = 1 - X.reshape(6, 64)
    error = pixels @ before[0] + before[1] - X[:, 0, :4, 0]
    step = before[0] - new.get_weights()[0]
    assert np.allclose(step, 0.1 * 2 / 24 * pixels.T @ error, atol=1e-5)


@pytest.mark.parametrize("path", ["twice", "inner/twice", "inner"])
def test_a_layer_called_twice_is_ambiguous(path):
    x, twice = keras.Input((3,)), layers.Dense(3, name="twice")
    inner = keras.Model(x, twice(twice(x)), name="inner")
    y = keras.Input((3,))
    outer = keras.Model(y, inner(layers.ReLU()(inner(y))))
    model = inner if path == "twice" else outer
    with pytest.raises(ValueError, match=f"{path.split('/')[-1]}' has 2 out"):
        kd.ask(model, np.eye(3, dtype="float32"), layers=[path])


def test_a_model_whose_own_layers_are_asked_stays_itself():
    outer, *_ = models()
    assert watched(outer, ["logits", "scale"]) is outer


@pytest.mark.parametrize("training", [True, False, None])
def test_the_model_built_again_does_what_the_model_does(training):
    """The same outputs, and the statistics move once, in every mode."""
    moved = []
    for watching in (False, True):
        _, _, backbone = models()
        x = keras.Input((8, 8, 1))
        outer = keras.Model(x, backbone(x, training=False))
        if watching:
            outer = watched(outer, ["backbone/norm"])
        output = outer(X, training=training)
        mean = backbone.get_layer("norm").moving_mean
        moved.append([*map(keras.ops.convert_to_numpy, (output, mean))])
    for one, other in zip(*moved, strict=True):
        assert np.allclose(one, other, atol=1e-6)


@pytest.mark.parametrize(
    "path, message",
    [
        ("conv", "no layer 'conv'.*of what lies in 'middle' say 'middle/LAY"),
        (
            "middle/backbone/c",
            "'middle''s 'backbone' has no layer 'c'.*'conv'",
        ),
        ("logits/kernel", "'logits', a Dense, has none inside"),
    ],
)
def test_what_is_not_there(path, message):
    outer, *_ = models()
    with pytest.raises(ValueError, match=f"(?i){message}"):
        watched(outer, [path])


def test_outputs_by_name():
    x = keras.Input((2,))
    one, two = layers.Dense(3, name="a")(x), layers.Dense(4, name="b")(x)
    assert list(output_names(keras.Model(x, one))) == ["output"]
    assert sorted(output_names(keras.Model(x, [one, two]))) == ["a", "b"]
    named = keras.Model(x, {"first": one, "second": two})
    assert sorted(output_names(named)) == ["first", "second"]
