"""The compiled training loop behind `replicas`, on TensorFlow and JAX.

A program is made once for each kind of training (student, targets,
optimizer) and used again for every seed, temperature, weight, learning rate
and number of steps, which reach it as arrays.
"""

import json

import keras

from ..models.architecture import architecture
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
        stacked: how many replicas run side by side; 0: one after another.
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
    key = (
        architecture(model),
        tuple((name, t.structure()) for name, t in named.items()),
        optimizer,
        stacked,
    )
    if key not in _PROGRAMS:
        backend = {"tensorflow": TensorFlowLoop, "jax": JaxLoop}
        _PROGRAMS[key] = backend[keras.backend.backend()](
            model, named, keras.optimizers.get(config), stacked
        )
    return _PROGRAMS[key]
