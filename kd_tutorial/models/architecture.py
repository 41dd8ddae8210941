"""What a model is, apart from its weights and the names Keras counts up."""

import functools
import json
import re

# What `compile`, `fit` and `predict` leave on a model: no part of what it is.
_TRAINED = (
    "_compile_loss", "_compile_metrics", "_loss_tracker", "train_function",
    "test_function", "predict_function", "history", "stop_training",
    "stop_evaluating", "stop_predicting", "_eval_epoch_iterator", "_jax_state",
)  # fmt: skip
# Where a configuration speaks of layers by name.
_NAMED = ("name", "keras_history", "input_layers", "output_layers")


def architecture(model) -> tuple:
    """A model's settings without the names Keras counts up, and its code.

    A name that someone chose stays: a teacher may pick a head by it.
    A class or function that a notebook defines anew keeps its name, which is
    all that settings tell of it, so the objects themselves take part.
    """
    layers = model._flatten_layers()
    parts = [p for m in layers for p in (m, *getattr(m, "operations", ()))]
    names = {part.name for part in parts if _counted(part)}
    numbers: dict = {}

    def rename(value, named=False):
        if isinstance(value, dict):
            return {
                k: v if k == "dtype" else rename(v, named or k in _NAMED)
                for k, v in value.items()
            }
        if isinstance(value, list | tuple):
            return [rename(v, named) for v in value]
        if named and isinstance(value, str) and value in names:
            return numbers.setdefault(value, f"layer {len(numbers)}")
        return value

    settings = json.dumps(
        rename(model.get_config()),
        default=lambda v: v.tolist() if hasattr(v, "tolist") else str(v),
    )
    return settings, tuple(_code(layer) for layer in layers)


def _counted(part) -> bool:
    """Whether Keras named it, after its class: "dense_3"."""
    name = re.sub(r"_\d+$", "", part.name)
    return name.replace("_", "") == type(part).__name__.lower()


def _code(layer):
    """A layer's class, and the functions or classes of what it calls."""
    return type(layer), *(
        type(value) if hasattr(value, "get_config") else value
        for name, value in vars(layer).items()
        if callable(value)
        and not hasattr(type(layer), name)
        and name not in _TRAINED
    )


def additions(layer) -> dict:
    """What a layer of one's own class keeps, apart from what Keras does.

    Of initializers and seeds no output depends once there are weights.
    """
    import keras

    made = keras.initializers.Initializer, keras.random.SeedGenerator
    return {
        name: value
        for name, value in vars(layer).items()
        if name not in usual() and not isinstance(value, made)
    }


@functools.cache
def usual() -> set:
    """The names of what Keras, and `Replicas`, keep on layers and models."""
    import keras

    start, layer = keras.Input((1,)), keras.Layer()
    layer.add_weight(shape=())  # with what TensorFlow keeps of it
    model = keras.Model(start, keras.layers.Identity()(start))
    model.compile("sgd", "mse")
    plain = layer, keras.Sequential([start]), model
    names = {name for part in plain for name in vars(part)}
    names |= {"_asked", *_TRAINED}
    return names - {"activity_regularizer"}  # which may be one's own
