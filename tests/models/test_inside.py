"""Layers found by path, in models within models."""

import keras
import numpy as np
import pytest
from keras import layers

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
        moved.append((np.asarray(output), np.asarray(mean)))
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
