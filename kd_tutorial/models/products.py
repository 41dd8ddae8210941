"""How many products with an addition one call of a Keras layer takes.

A rule counts what a layer multiplies itself; what the layers inside it
multiply is counted when it calls them.
"""

import inspect
import math

import keras
from keras import layers

_GATES = {layers.SimpleRNNCell: 1, layers.GRUCell: 3, layers.LSTMCell: 4}
# Their weights look up, scale or shift.
_FREE = (
    layers.BatchNormalization, layers.Embedding, layers.GroupNormalization,
    layers.LayerNormalization, layers.Normalization, layers.PReLU,
    layers.RMSNormalization, layers.SpectralNormalization,
)  # fmt: skip
# What multiplies in a graph without being a layer.
_BARE = {
    "Conv", "ConvTranspose", "DepthwiseConv", "Dot", "DotProductAttention",
    "Einsum", "Inner", "Matmul", "Outer", "SeparableConv", "Tensordot",
    "Vdot",
}  # fmt: skip
# Their rules count what is inside: it runs in a loop.
LOOPS = (layers.RNN, layers.TimeDistributed)


def own(layer, args, kwargs, outputs, count) -> int:
    """What a layer multiplies itself in one call.

    Args:
        layer: a Keras layer.
        args: what it was called with, of a batch of one.
        kwargs: the same, by name.
        outputs: what it gave.
        count: a function of a layer and its input: all that it multiplies.

    Raises:
        ValueError: for a layer that may multiply in ways unknown here.
    """
    for kinds, rule in _RULES:
        if isinstance(layer, kinds):
            names = inspect.signature(layer.call).parameters
            given = dict(zip(names, args)) | kwargs
            first = next(iter(given.values()))
            if rule is _distributed:
                return rule(layer, first, count)
            return rule(layer, first, keras.tree.flatten(outputs)[0], given)
    inside = {
        id(w) for part in layer._flatten_layers(False) for w in part.weights
    }
    matrix = any(
        len(w.shape) > 1 and id(w) not in inside for w in layer.weights
    )
    if matrix and not isinstance(layer, _FREE):
        raise _unknown(layer.name, type(layer))
    for part in getattr(layer, "operations", ()):
        if type(part).__name__ in _BARE and not isinstance(part, keras.Layer):
            raise _unknown(part.name, type(part))
    return 0


def multiplies(layer) -> bool:
    """Whether a layer is of a kind that multiplies by weights of its own."""
    return bool(layer.weights) and any(
        isinstance(layer, kinds) for kinds, _ in _RULES
    )


def _unknown(name, kind):
    return ValueError(
        f"cannot count the operations of {name!r}, a {kind.__name__}. Count "
        "it by hand, or build the model from dense, convolutional, recurrent "
        "and attention layers."
    )


def _size(x) -> int:
    """Numbers of one example."""
    return math.prod(x.shape[1:])


def _channels(layer, x) -> int:
    return x.shape[-1 if layer.data_format == "channels_last" else 1]


def _einsum(layer, x, y, _):
    """A product for every combination of the equation's indices."""
    equation = layer.equation.replace(" ", "").replace("...", ".")
    sizes = {}
    ends = equation.split(",")[0], equation.split("->")[1]
    for letters, tensor in zip(ends, (x, y), strict=True):
        shape = [*tensor.shape]
        if "." in letters:  # stands for as many axes as are left
            start = letters.index(".")
            stop = start + len(shape) - len(letters) + 1
            shape[start:stop] = [math.prod(shape[start:stop])]
        sizes |= dict(zip(letters, shape, strict=True))
    return math.prod(sizes.values())


def _separable(layer, x, y, _):
    middle = _channels(layer, x) * layer.depth_multiplier
    places = _size(y) // layer.filters
    return places * middle * (math.prod(layer.kernel_size) + layer.filters)


def _recurrent(layer, x, *_):
    """Each gate of a cell takes the step's features and the last state."""
    features, total = x.shape[-1], 0
    for cell in getattr(layer.cell, "cells", [layer.cell]):
        gates = [g for kind, g in _GATES.items() if isinstance(cell, kind)]
        if not gates:
            raise _unknown(layer.name, type(cell))
        total += gates[0] * cell.units * (features + cell.units)
        features = cell.units
    return x.shape[1] * total


def _recurrent_convolution(layer, x, y, _):
    cell = layer.cell
    places = _size(y) // cell.filters
    if layer.return_sequences:
        places //= x.shape[1]
    channels = x.shape[-1 if cell.data_format == "channels_last" else 2]
    kernel = math.prod(cell.kernel_size) * (channels + cell.filters)
    return x.shape[1] * places * 4 * cell.filters * kernel


def _scores(heads, key, value, queries, keys, axes=None):
    """Every query with every key, and with every value: per head."""
    axes = axes or range(1, len(queries.shape) - 1)
    attended = math.prod(keys.shape[axis] for axis in axes)
    places = math.prod(queries.shape[1:-1])
    return places * attended * heads * (key + value)


def _heads(layer, queries, _, given):
    return _scores(
        layer.num_heads, layer.key_dim, layer.value_dim, queries,
        given["value"], layer.attention_axes,
    )  # fmt: skip


def _grouped_heads(layer, queries, _, given):
    return _scores(
        layer.num_query_heads, layer.head_dim, layer.head_dim, queries,
        given["value"],
    )  # fmt: skip


def _attention(layer, inputs, *_):
    queries, values = inputs[:2]
    return _scores(1, queries.shape[-1], values.shape[-1], queries, values)


def _dot(layer, inputs, y, _):
    axes = layer.axes
    axis = axes if isinstance(axes, int) else axes[0]
    return _size(y) * inputs[0].shape[axis]


def _reversible(layer, x, y, given):
    return _size(y) * layer.output_dim if given.get("reverse") else 0


def _distributed(layer, x, count):
    step = keras.KerasTensor((1, *x.shape[2:]), x.dtype)
    return x.shape[1] * count(layer.layer, step)


_RULES = (
    ((layers.Dense,), lambda layer, x, y, _: _size(y) * x.shape[-1]),
    ((layers.EinsumDense,), _einsum),
    (
        (layers.Conv1D, layers.Conv2D, layers.Conv3D),
        lambda layer, x, y, _: (
            _size(y) * math.prod(layer.kernel_size) * _channels(layer, x)
            // layer.groups
        ),
    ),
    (
        (
            layers.Conv1DTranspose, layers.Conv2DTranspose,
            layers.Conv3DTranspose,
        ),
        lambda layer, x, y, _: (
            _size(x) * math.prod(layer.kernel_size) * layer.filters
        ),
    ),
    (
        (layers.DepthwiseConv1D, layers.DepthwiseConv2D),
        lambda layer, x, y, _: _size(y) * math.prod(layer.kernel_size),
    ),
    ((layers.SeparableConv1D, layers.SeparableConv2D), _separable),
    (
        (layers.ConvLSTM1D, layers.ConvLSTM2D, layers.ConvLSTM3D),
        _recurrent_convolution,
    ),
    ((layers.RNN,), _recurrent),
    ((layers.TimeDistributed,), _distributed),
    ((layers.MultiHeadAttention,), _heads),
    ((layers.GroupQueryAttention,), _grouped_heads),
    ((layers.Attention,), _attention),  # AdditiveAttention is one of them
    ((layers.Dot,), _dot),
    ((layers.ReversibleEmbedding,), _reversible),
)  # fmt: skip
