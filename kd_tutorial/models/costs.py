"""What a model costs: parameters, operations, bytes."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Cost:
    """What one prediction takes.

    Args:
        parameters: numbers in the model's weights.
        operations: multiplications with an addition, for one example.
        bytes: what the weights take in memory.
    """

    parameters: int
    operations: int
    bytes: int


def cost(model) -> Cost:
    """Count a model's parameters, operations and bytes.

    Operations are the multiply-adds of dense, convolutional, recurrent and
    attention layers, for one example. Biases, activations and normalisation
    are left out: they are few beside these.

    Args:
        model: a built Keras model.

    Returns:
        `Cost`.

    Raises:
        ValueError: for a layer with weights of a kind it cannot count.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.cost(kd.mlp((8, 8, 1), 10, hidden=(64,)))
    Cost(parameters=4810, operations=4736, bytes=19240)
    """
    return Cost(
        model.count_params(),
        sum(_operations(layer) for layer in model.layers),
        sum(
            int(np.prod(v.shape)) * np.dtype(_storage(v.dtype)).itemsize
            for v in model.weights
        ),
    )


def _storage(dtype):
    return "float16" if dtype == "bfloat16" else dtype  # as many bytes


def _operations(layer) -> int:
    """Multiply-adds of one layer for one example."""
    kind = type(layer).__name__
    kernels = sum(
        int(np.prod(v.shape))
        for v in layer.trainable_weights
        if len(v.shape) > 1
    )
    if not kernels:
        return 0
    if hasattr(layer, "layers"):
        return sum(_operations(each) for each in layer.layers)
    places = int(np.prod(layer.output.shape[1:-1]))  # a kernel's uses
    if kind in ("Dense", "Conv1D", "Conv2D", "Conv3D"):
        return kernels * places
    if kind == "EinsumDense":
        return int(np.prod(layer.kernel.shape)) * places
    if kind in ("GRU", "LSTM", "SimpleRNN"):
        gates = int(np.prod(layer.cell.kernel.shape)) + int(
            np.prod(layer.cell.recurrent_kernel.shape)
        )
        return gates * layer.input.shape[1]
    if kind == "MultiHeadAttention":
        tokens = layer.output.shape[1]
        projections = sum(
            int(np.prod(v.shape))
            for v in layer.trainable_weights
            if v.name == "kernel"
        )
        # Scores and weighted values: tokens² products of each head's width.
        width = layer.num_heads * (layer.key_dim + layer.value_dim)
        return tokens * projections + tokens**2 * width
    raise ValueError(
        f"cannot count the operations of layer {layer.name!r}, a {kind}. "
        "Count it by hand, or build the model from dense, convolutional, "
        "recurrent and attention layers."
    )
