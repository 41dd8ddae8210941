"""Four kinds of classifier, in any size. All end in logits.

Layers have names that tell what they are (`hidden_1`, `conv_2`, `logits`),
so that a target can point at one.
"""

import math
from collections.abc import Sequence

import keras
from keras import layers

from ..checks import check_number, check_sizes, check_whole


def _check(input_shape, classes):
    """One example's shape and the class count, if they can make a model."""
    remedy = "Give one example's shape, without the batch: (8, 8, 1)."
    shape = check_sizes("input_shape", input_shape, remedy)
    if not shape:
        raise ValueError(
            f"input_shape is empty, got {input_shape!r}. {remedy}"
        )
    return shape, check_whole(
        "classes", classes, 2, 1_000_000, "Use data.classes."
    )


def _layers(name, values):
    """The size of each layer."""
    return check_sizes(name, values, "One number a layer: (64,) is one layer.")


def _logits(features, hidden, dropout, classes):
    """Dense layers, then one logit a class."""
    hidden = _layers("hidden", hidden)
    dropout = check_number(
        "dropout", dropout, lambda share: 0 <= share < 1, "from 0 to below 1",
        "It is the share of units dropped: 0.5 drops half.",
    )  # fmt: skip
    for number, units in enumerate(hidden, start=1):
        features = layers.Dense(
            units, activation="relu", name=f"hidden_{number}"
        )(features)
        if dropout:
            features = layers.Dropout(dropout, name=f"dropout_{number}")(
                features
            )
    return layers.Dense(classes, name="logits")(features)


def _rows(inputs, shape):
    """One example as a sequence: an image becomes its rows."""
    if len(shape) < 2:
        raise ValueError(
            f"input_shape {shape} has no sequence in it. Give (steps, "
            "features) or (height, width, channels)."
        )
    if len(shape) == 2:
        return inputs
    return layers.Reshape((shape[0], math.prod(shape[1:])), name="rows")(
        inputs
    )


def mlp(
    input_shape: Sequence[int],
    classes: int,
    *,
    hidden: Sequence[int] = (64,),
    dropout: float = 0.0,
    name: str = "mlp",
) -> keras.Model:
    """A multilayer perceptron: dense ReLU layers, then logits.

    Args:
        input_shape: one example's shape, without the batch.
        classes: how many classes.
        hidden: units of each hidden layer; `()` is logistic regression.
            Defaults to `(64,)`.
        dropout: share of units dropped after each, in training. Defaults
            to 0.
        name: the model's name. Defaults to `"mlp"`.

    Returns:
        A Keras model, layers `flatten`, `hidden_1`, ..., `logits`; outputs
        `(batch, classes)`.

    Raises:
        ValueError: for a shape, class count or size that is not positive, or
            a dropout outside [0, 1).

    Example:

    >>> import kd_tutorial as kd
    >>> kd.mlp((8, 8, 1), 10, hidden=(128, 64)).count_params()
    17226
    """
    shape, classes = _check(input_shape, classes)
    inputs = keras.Input(shape)
    features = layers.Flatten(name="flatten")(inputs)
    outputs = _logits(features, hidden, dropout, classes)
    return keras.Model(inputs, outputs, name=name)


def cnn(
    input_shape: Sequence[int],
    classes: int,
    *,
    filters: Sequence[int] = (16, 32),
    hidden: Sequence[int] = (),
    dropout: float = 0.0,
    name: str = "cnn",
) -> keras.Model:
    """A convolutional network: 3×3 ReLU convolutions, each halved by a pool.

    Args:
        input_shape: an image's shape, `(height, width, channels)`.
        classes: how many classes.
        filters: channels of each convolution. Defaults to `(16, 32)`.
        hidden: units of dense layers behind them. Defaults to `()`.
        dropout: share of units dropped after each dense layer. Defaults to 0.
        name: the model's name. Defaults to `"cnn"`.

    Returns:
        A Keras model, layers `conv_1`, `pool_1`, ..., `flatten`, `hidden_1`,
        ..., `logits`; outputs `(batch, classes)`.

    Raises:
        ValueError: for a shape that is not an image's, an image too small to
            be halved so often, or a size that is not positive.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.cnn((8, 8, 1), 10, filters=(8,)).count_params()
    1370
    """
    shape, classes = _check(input_shape, classes)
    filters = _layers("filters", filters)
    if len(shape) != 3 or min(shape[:2]) < 2 ** len(filters):
        raise ValueError(
            f"input_shape must be (height, width, channels), at least "
            f"{2 ** len(filters)} high and wide for {len(filters)} halvings, "
            f"got {shape}. Use fewer filters or larger images."
        )
    inputs = features = keras.Input(shape)
    for number, channels in enumerate(filters, start=1):
        features = layers.Conv2D(
            channels, 3, padding="same", activation="relu",
            name=f"conv_{number}",
        )(features)  # fmt: skip
        features = layers.MaxPooling2D(name=f"pool_{number}")(features)
    features = layers.Flatten(name="flatten")(features)
    outputs = _logits(features, hidden, dropout, classes)
    return keras.Model(inputs, outputs, name=name)


def rnn(
    input_shape: Sequence[int],
    classes: int,
    *,
    units: Sequence[int] = (64,),
    name: str = "rnn",
) -> keras.Model:
    """A recurrent network: gated recurrent units that read an image by rows.

    Args:
        input_shape: `(steps, features)`, or an image's shape, whose rows are
            the steps.
        classes: how many classes.
        units: of each recurrent layer. Defaults to `(64,)`.
        name: the model's name. Defaults to `"rnn"`.

    Returns:
        A Keras model, layers `recurrent_1`, ..., `logits`; outputs
        `(batch, classes)`.

    Raises:
        ValueError: for a shape without a sequence, or a size that is not
            positive.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.rnn((8, 8, 1), 10, units=(32,)).output.shape
    (None, 10)
    """
    shape, classes = _check(input_shape, classes)
    units = _layers("units", units)
    if not units:
        raise ValueError("units is empty. Give at least one recurrent layer.")
    inputs = keras.Input(shape)
    features = _rows(inputs, shape)
    for number, width in enumerate(units, start=1):
        features = layers.GRU(
            width,
            return_sequences=number < len(units),
            name=f"recurrent_{number}",
        )(features)
    return keras.Model(inputs, _logits(features, (), 0, classes), name=name)


def transformer(
    input_shape: Sequence[int],
    classes: int,
    *,
    width: int = 32,
    heads: int = 4,
    blocks: int = 2,
    name: str = "transformer",
) -> keras.Model:
    """A transformer encoder that reads an image by rows.

    Each row is a token with a learned position; blocks of self-attention and
    a dense layer of four times the width, normalised first, with residuals;
    the mean of the tokens decides.

    Args:
        input_shape: `(steps, features)`, or an image's shape, whose rows are
            the tokens.
        classes: how many classes.
        width: of each token. Defaults to 32.
        heads: of the attention; must divide `width`. Defaults to 4.
        blocks: how many. Defaults to 2.
        name: the model's name. Defaults to `"transformer"`.

    Returns:
        A Keras model, layers `tokens`, `attention_1`, `block_1`, ...,
        `logits`; outputs `(batch, classes)`.

    Raises:
        ValueError: for a shape without a sequence, a size that is not
            positive, or heads that do not divide the width.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.transformer((8, 8, 1), 10, blocks=1).output.shape
    (None, 10)
    """
    shape, classes = _check(input_shape, classes)
    width = check_whole("width", width, 1, 1_000_000)
    heads = check_whole("heads", heads)
    blocks = check_whole("blocks", blocks, 1, 1000)
    if width % heads:
        raise ValueError(
            f"heads must divide width, got {heads} heads and width {width}."
        )
    inputs = keras.Input(shape)
    rows = _rows(inputs, shape)
    # The bias has one entry a step and unit: it is the position's embedding.
    tokens = layers.EinsumDense(
        "bsf,fw->bsw", (rows.shape[1], width), bias_axes="sw", name="tokens"
    )(rows)  # (batch, steps, width)
    for number in range(1, blocks + 1):
        seen = layers.LayerNormalization(name=f"norm_{number}a")(tokens)
        seen = layers.MultiHeadAttention(
            heads, width // heads, name=f"attention_{number}"
        )(seen, seen)
        tokens = layers.Add(name=f"residual_{number}")([tokens, seen])
        seen = layers.LayerNormalization(name=f"norm_{number}b")(tokens)
        seen = layers.Dense(
            4 * width, activation="relu", name=f"wide_{number}"
        )(seen)
        seen = layers.Dense(width, name=f"narrow_{number}")(seen)
        tokens = layers.Add(name=f"block_{number}")([tokens, seen])
    tokens = layers.LayerNormalization(name="norm")(tokens)
    features = layers.GlobalAveragePooling1D(name="mean")(tokens)
    return keras.Model(inputs, _logits(features, (), 0, classes), name=name)
