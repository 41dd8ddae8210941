"""Keys tell apart what answers otherwise, and only that."""

import functools
import os
import subprocess
import sys
import types

import keras
import numpy as np
import pytest
from helpers import needs_tensorflow
from keras import layers

import kd_tutorial as kd
from kd_tutorial.answers.keys import key_of

X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")


def asked(teacher, cache, x=X):
    """What the cache makes of a teacher, and what it says itself."""
    fresh = kd.ask(teacher, x).logits
    return kd.ask(teacher, x, cache=cache).logits, fresh


# functions and what they call


def test_a_module_of_ones_own_has_no_key(tmp_path, monkeypatch):
    (tmp_path / "own_settings.py").write_text(
        "scale = 1.0\ndef predict(x):\n    return scale * x\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import own_settings

    cache = kd.AnswerCache()
    for own_settings.scale in (1.0, 10.0):

        def teacher(x):
            return own_settings.predict(x)

        with pytest.warns(UserWarning, match="cannot be written down"):
            told, fresh = asked(teacher, cache)
        assert np.array_equal(told, fresh) and len(cache) == 0

    def importing(x):
        import own_settings

        return own_settings.predict(x)

    def versioned(x):
        import numpy

        return numpy.exp(x)

    assert key_of(importing) is None is not key_of(versioned)
    one = key_of(own_settings.predict)  # by its code and its scale
    own_settings.scale = 1.0
    assert None not in (one, key_of(np.exp)) and key_of(types) is not None
    assert key_of(own_settings.predict) != one


@pytest.mark.parametrize(
    "one, two", [({"s": 1.0}, {"s": 9.0}), ([1.0], [9.0]),
                 (np.ones(1), np.full(1, 9.0)), ({1.0}, {9.0})]
)  # fmt: skip
def test_attributes_of_a_class_are_part_of_the_key(one, two):
    def make(value):
        class Scaled:
            table = value

            def __call__(self, x):
                table = self.table
                table = table.values() if isinstance(table, dict) else table
                return x * max(table)

        return Scaled()

    cache = kd.AnswerCache()
    for value in (one, two, one):
        told, fresh = asked(make(value), cache)
        assert np.array_equal(told, fresh)
    assert (cache.hits, cache.misses) == (1, 2)


def test_a_helper_that_remembers_is_part_of_the_key():
    def make(value):
        @functools.cache
        def scale():
            return value

        return lambda x: x * scale()

    cache = kd.AnswerCache()
    for value in (1.0, 9.0, 1.0):
        told, fresh = asked(make(value), cache)
        assert np.array_equal(told, fresh)
    assert (cache.hits, cache.misses) == (1, 2)


def test_what_has_only_a_name_has_no_key():
    class Named:
        def __reduce__(self):
            return "NAMED"

    one = Named()
    sys.modules[__name__].NAMED = one
    try:
        assert key_of(one) is None
    finally:
        del sys.modules[__name__].NAMED


PROGRAM = """
from kd_tutorial.answers.keys import key_of

def teacher(x, names=frozenset(["north", "south", "east", "west"])):
    return 1 if x in {"left", "right", "up", "down"} or x in names else 0

print(key_of(teacher, {("a", 1), ("b", 2), ("c", 3)}))
"""


def test_sets_have_one_key_in_all_processes():
    keys = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM], text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True,
        ).stdout
        for seed in "123"
    }  # fmt: skip
    assert len(keys) == 1 and "None" not in keys.pop()
    assert key_of({"a", "b"}) != key_of({"a", "c"})


# Keras models


class Scale(layers.Layer):
    def __init__(self, by, **options):
        super().__init__(**options)
        self.by = by

    def call(self, z):
        return z / self.by


def scaled():
    keras.utils.set_random_seed(0)
    x = keras.Input((3,))
    return keras.Model(x, Scale(1.0, name="scale")(layers.Dense(3)(x)))


def test_an_attribute_set_on_a_layer_of_ones_own_is_part_of_the_key():
    cache = kd.AnswerCache()
    for by in (1.0, 0.1, 1.0):
        model = scaled()
        model.get_layer("scale").by = by
        told, fresh = asked(model, cache)
        assert np.allclose(told, fresh, atol=1e-6)
    assert (cache.hits, cache.misses) == (1, 2)


class Own(keras.Model):
    """What Keras keeps in lists and dictionaries of its own."""

    def __init__(self):
        super().__init__()
        self.dense = [layers.Dense(3)]
        self.table = {"scale": 1.0}

    def call(self, x):
        return self.dense[0](x) * self.table["scale"]

    def get_config(self):
        return {}


def test_training_leaves_no_trace_on_a_model_of_ones_own():
    model = Own()
    model(X)
    first, weights = key_of(model), model.get_weights()
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(X, X, validation_data=(X, X), verbose=0)
    model.evaluate(X, X, verbose=0)
    model.predict(X, verbose=0)
    assert key_of(model) != first
    model.set_weights(weights)
    assert key_of(model) == first is not None
    model.table["scale"] = 2.0
    assert key_of(model) != first


def test_a_long_array_in_the_settings_of_a_layer_counts_whole():
    class Shift(layers.Layer):
        def __init__(self, by):
            super().__init__()
            self.by = by

        def call(self, z):
            return z + self.by[:3]

        def get_config(self):
            return {"by": self.by}

    def key(array):
        return key_of(Shift(array))

    other = np.zeros(5000)
    other[2500] = 1
    assert key(np.zeros(5000)) == key(np.zeros(5000)) != key(other)
    assert None not in (key(other), key(np.zeros(5000)))


@needs_tensorflow
def test_a_vocabulary_that_was_adapted_is_part_of_the_key():
    embedding, dense = layers.Embedding(10, 2), layers.Dense(3)

    def integers(words):
        lookup = layers.IntegerLookup()
        lookup.adapt(np.array(words))
        return keras.Sequential(
            [keras.Input((2,), dtype="int64"), lookup, embedding,
             layers.Flatten(), dense]
        )  # fmt: skip

    cache, x = kd.AnswerCache(), np.array([[7, 8], [9, 7]])
    words = [7, 7, 7, 8, 8, 9]
    for own in (words, words[::-1], [9, 9, 9, 8, 8, 7], words):
        told, fresh = asked(integers(own), cache, x)
        assert np.allclose(told, fresh, atol=1e-6)
    assert (cache.hits, cache.misses) == (2, 2)

    def texts(words, mode):
        lookup = layers.TextVectorization(output_mode=mode)
        lookup.adapt(words)
        return key_of(lookup)

    assert texts(["a b", "a"], "int") == texts(["a b a"], "int")
    assert texts(["a b", "a"], "int") != texts(["a b b"], "int")
    # The same words, of other weights.
    assert texts(["a b", "a"], "tf_idf") != texts(["a b a"], "tf_idf")
    assert None not in (texts(["a"], "int"), texts(["a"], "tf_idf"))


def test_a_function_may_pick_a_head_by_its_name():
    def teacher(*names):
        keras.utils.set_random_seed(0)
        x = keras.Input((3,))
        model = keras.Model(x, [layers.Dense(3, name=n)(x) for n in names])
        return lambda batch: model.get_layer("cat")(batch)

    keys = [
        key_of(teacher(*names))
        for names in (("cat", "dog"), ("dog", "cat"), ("cat", "dog"))
    ]
    assert keys[0] == keys[2] != keys[1]
    assert None not in keys


def test_names_that_keras_counts_up_are_no_part_of_a_key():
    def build():
        keras.utils.set_random_seed(0)
        shape = [layers.Dense(4, "relu"), layers.Dropout(0.1)]
        shape += [keras.Sequential([layers.Dense(3)]), layers.ReLU()]
        return keras.Sequential([keras.Input((3,)), *shape])

    one, other = build(), build()
    assert one.layers[0].name != other.layers[0].name
    assert key_of(one) == key_of(other) is not None


def test_two_heads_whose_names_are_swapped():
    def build(*names):
        keras.utils.set_random_seed(0)
        x = keras.Input((3,))
        return keras.Model(x, [layers.Dense(3, name=n)(x) for n in names])

    cache = kd.AnswerCache()
    for names in (("cat", "dog"), ("dog", "cat"), ("cat", "dog")):
        model = build(*names)
        told = kd.ask(model, X, layers=["cat"], cache=cache)["cat"]
        fresh = model.predict(X, verbose=0)[names.index("cat")]
        assert np.allclose(told, fresh, atol=1e-6)
    assert (cache.hits, cache.misses) == (1, 2)
