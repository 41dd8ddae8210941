"""The compiled training loop behind `replicas`, on TensorFlow and JAX.

A program is made once for each kind of training (student, targets,
optimizer) and used again for every seed, temperature, weight, learning rate
and number of steps, which reach it as arrays.
"""

import json

import keras

from ..answers.keys import key_of
from ..models.architecture import architecture, usual
from ..objectives.target import Target
from .loop_jax import JaxLoop
from .loop_tensorflow import TensorFlowLoop

# These move each weight by its own gradient alone, so that stacked replicas
# do not see each other. Others (lamb, muon) take norms over a whole variable.
OPTIMIZERS = (
    "adadelta", "adagrad", "adam", "adamax", "adamw", "lion", "nadam",
    "rmsprop", "sgd",
)  # fmt: skip

_PROGRAMS: dict = {}


def program(model, named: dict[str, Target], optimizer: str, stacked: int):
    """The program for this training, made now or found again.

    Args:
        model: the student with its heads, from `targets.heads`.
        named: the targets by output name.
        optimizer: one of `OPTIMIZERS`, or its configuration as JSON.
        stacked: how many replicas run side by side; 0: each by itself.
    """
    config = optimizer
    if optimizer.startswith("{"):
        config = json.loads(optimizer)
    name = config if isinstance(config, str) else config["class_name"]
    if name.lower() not in OPTIMIZERS:
        raise ValueError(
            f"unknown optimizer {name!r}. Choose one that treats each weight "
            f"on its own: {', '.join(OPTIMIZERS)}."
        )
    structures = tuple((name, t.structure()) for name, t in named.items())
    backends = {"tensorflow": TensorFlowLoop, "jax": JaxLoop}
    loop = backends[keras.backend.backend()]
    stacked = -(-stacked // loop.threads())  # each has a share of them
    return remembered(
        (architecture(model), structures, optimizer, stacked),
        (structures, own_parts(model)),
        lambda: loop(model, named, keras.optimizers.get(config), stacked),
    )


def remembered(key: tuple, code, make):
    """What `make` gives, made now or found again.

    Compiled code holds the values that its functions referred to, so these
    are part of the key; where they cannot be written down, it is made anew.
    """
    written = key_of(code)
    if written is None:
        return make()
    if (*key, written) not in _PROGRAMS:
        _PROGRAMS[*key, written] = make()
    return _PROGRAMS[*key, written]


def own_parts(model) -> list:
    """What the layers of a model do beyond Keras' code and its settings."""
    layers = model._flatten_layers()
    parts = [p for m in layers for p in (m, *getattr(m, "operations", ()))]
    return [own for part in parts if (own := _own(part))]


def _own(part):
    values = {k: v for k, v in vars(part).items() if k not in usual()}
    if not _known(part):
        return type(part), _apart(values)
    # Settings tell what it is, but for functions of one's own.
    return {k: v for k, v in values.items() if callable(v) and not _known(v)}


def _known(value) -> bool:
    """Whether Keras or this package brings it."""
    module = getattr(value, "__module__", None) or type(value).__module__
    return module.partition(".")[0] in ("keras", __name__.partition(".")[0])


def _apart(value):
    """Without weights and seeds, which reach a program as data."""
    if isinstance(value, dict):
        return {k: _apart(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_apart(v) for v in value]
    if isinstance(value, keras.Variable):
        return tuple(value.shape), str(value.dtype)
    data = keras.Layer, keras.initializers.Initializer
    if isinstance(value, (*data, keras.random.SeedGenerator)):
        return type(value)
    return value
