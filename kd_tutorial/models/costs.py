"""What a model costs: parameters, operations, bytes.

One operation is a product of a weight, or of an attention score, with its
addition. The model is run on the shape of one example, without numbers, and
each layer that it calls is counted, as often as it is called.
"""

import math
import os
import re
import threading
from dataclasses import dataclass

import keras
import numpy as np

from ..checks import check_sizes
from . import products

_LOCK = threading.RLock()  # one count at a time watches Keras


@dataclass(frozen=True)
class Cost:
    """What one prediction takes.

    Args:
        parameters: numbers in the model's weights; of a file `None`.
        operations: multiplications with an addition, for one example; of a
            file `None`.
        bytes: what the weights take in memory; of a file its size.
    """

    parameters: int | None
    operations: int | None
    bytes: int


def cost(model, *, input_shape=None) -> Cost:
    """Count a model's parameters, operations and bytes.

    Operations are the multiply-adds of dense, convolutional (depthwise,
    separable and transposed ones too), recurrent and attention layers, for
    one example: a layer that is called twice counts twice, one under
    `TimeDistributed` once a step, a frozen or quantised one like any other.
    Look-ups of embeddings, normalisation, biases, activations and pooling
    are left out: they are few beside these. Adapters (LoRA) are taken as
    merged. A transposed convolution counts what it crops at the edges. What
    a layer of your own multiplies without a weight or a layer for it is not
    seen.

    Args:
        model: a built Keras model; or the path of a file, whose bytes are
            counted. What it multiplies is what its model multiplies.
        input_shape: one example's shape, without the batch; a list or
            dictionary of shapes for several inputs. Defaults to `None`: the
            model's own, which must be known.

    Returns:
        `Cost`.

    Raises:
        TypeError: for what is no Keras model.
        FileNotFoundError: where there is no such file.
        ValueError: for a model that is not built, an example whose shape is
            not known, or a layer of a kind it cannot count.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.cost(kd.mlp((8, 8, 1), 10, hidden=(64,)))
    Cost(parameters=4810, operations=4736, bytes=19240)
    """
    if isinstance(model, str | os.PathLike):
        if not os.path.isfile(model):
            raise FileNotFoundError(
                f"model must be a Keras model or a file, and {str(model)!r} "
                "is no file."
            )
        return Cost(None, None, os.path.getsize(model))
    if not isinstance(model, keras.Layer):
        raise TypeError(f"model must be a Keras model, got {model!r}.")
    if not model.built:
        raise ValueError(
            f"model {model.name!r} is not built: it has no weights yet. Call "
            "it on a batch first."
        )
    return Cost(
        model.count_params(),
        _count(model, _example(model, input_shape)),
        sum(math.prod(v.shape) * _bits(v.dtype) // 8 for v in model.weights),
    )


def _bits(dtype):
    found = re.search(r"\d+", str(dtype))  # float8_e4m3fn: 8
    return int(found[0]) if found else 8


def _example(model, input_shape):
    """One example, as symbols; of a known shape."""
    own = getattr(model, "inputs", None)
    if own is not None:  # a Sequential has but one
        own = own[0] if isinstance(model, keras.Sequential) else model.input
    if input_shape is None:
        if own is None:
            raise ValueError(
                f"model {model.name!r} does not tell the shape of its input. "
                "Pass input_shape, one example's shape without the batch."
            )
        return keras.tree.map_structure(lambda t: _symbol(t.shape[1:], t), own)
    if isinstance(input_shape, dict) and input_shape:
        like = own if isinstance(own, dict) else {}
        return {k: _symbol(v, like.get(k)) for k, v in input_shape.items()}
    nested = isinstance(input_shape, list | tuple) and input_shape
    if nested and all(map(np.iterable, input_shape)):
        like = own if isinstance(own, list) else [None] * len(input_shape)
        pairs = zip(input_shape, like, strict=True)
        return [_symbol(shape, tensor) for shape, tensor in pairs]
    return _symbol(input_shape, own)


def _symbol(shape, like):
    """A batch of one, of this shape and of another tensor's dtype."""
    shape = check_sizes(
        "input_shape", shape,
        "Pass one example's shape, without the batch: (8, 8, 1).",
    )  # fmt: skip
    return keras.KerasTensor((1, *shape), getattr(like, "dtype", "float32"))


class _Run(keras.Layer):
    """Calls a layer on symbols: nothing is computed, no node is left."""

    def __init__(self, layer, begin):
        super().__init__()
        self.layer = layer
        self.begin = begin

    def call(self, inputs):
        self.begin()
        return self.layer(inputs)


def _count(layer, example) -> int:
    """All that a call multiplies: itself, and every layer that it calls.

    Keras has no hooks, so its `Layer.__call__` is wrapped meanwhile, for
    this thread.
    """
    total = loops = 0
    called, refused = set(), []
    here = threading.get_ident()

    def begin():
        """Forget a call that Keras gave up: on PyTorch it may call twice."""
        nonlocal total, loops
        total = loops = 0
        called.clear()
        refused.clear()

    def watched(part, *args, **kwargs):
        nonlocal total, loops
        if loops or threading.get_ident() != here:
            return call(part, *args, **kwargs)
        loops += isinstance(part, products.LOOPS)
        outputs = call(part, *args, **kwargs)
        try:
            total += products.own(part, args, kwargs, outputs, _count)
        except ValueError as error:
            refused.append(error)
            raise
        called.update(map(id, part._flatten_layers() if loops else [part]))
        loops = 0
        return outputs

    with _LOCK:
        call = keras.Layer.__call__
        keras.Layer.__call__ = watched
        try:
            _Run(layer, begin).compute_output_spec(example)
        except Exception as error:
            if refused:  # Keras says much around it
                raise refused[0] from None
            shapes = [tuple(t.shape[1:]) for t in keras.tree.flatten(example)]
            raise ValueError(
                f"{layer.name!r} does not take an example of input_shape "
                f"{shapes if len(shapes) > 1 else shapes[0]}: {error}"
            ) from error
        finally:
            keras.Layer.__call__ = call
    for part in layer._flatten_layers():
        if products.multiplies(part) and id(part) not in called:
            raise ValueError(
                f"cannot count the operations of {part.name!r}: "
                f"{layer.name!r} holds it and does not call it. Count it by "
                "hand."
            )
    return total
