"""A convolutional network for many seeds on a CPU, and views of images.

XLA compiles a convolution badly on a CPU, and matrix products well. So here a
convolution is written as one product; stacked replicas of it train several
times as fast as those of `cnn`.
"""

from collections.abc import Sequence

import keras
from keras import layers, ops

from ..checks import check_whole


@keras.saving.register_keras_serializable("kd_tutorial")
class Filters(layers.Conv2D):
    """Keras' `Conv2D`, in training computed as one matrix product.

    The same weights give the same outputs, up to rounding: each place's
    window is laid out as a row, which is multiplied by the kernel. Channels
    last, padding `"same"`.
    """

    def call(self, inputs, training=False):
        """Outputs `(batch, height, width, filters)`."""
        if not training:
            return super().call(inputs)
        return self.activation(self.product(inputs) + self.bias)

    def product(self, inputs):
        """The convolution without the bias."""
        (high, wide), step = self.kernel_size, self.strides[0]
        rows, above, below = _same(inputs.shape[1], high, step)
        columns, left, right = _same(inputs.shape[2], wide, step)
        padded = ops.pad(
            inputs, ((0, 0), (above, below), (left, right), (0, 0))
        )
        down, across = (rows - 1) * step + 1, (columns - 1) * step + 1
        windows = [
            padded[:, i : i + down : step, j : j + across : step]
            for i in range(high)
            for j in range(wide)
        ]  # each (batch, rows, columns, channels)
        flat = ops.reshape(self.kernel, (-1, self.filters))
        places = ops.concatenate(windows, axis=-1)
        if rows == 1:
            # tf.matmul of 2.20 and 2.21 multiplies an array of shape (batch,
            # 1, columns, n) wrongly, from memory that is not its own, and
            # Keras 3.12 hands it such (3.15 does not).
            return ops.matmul(places[:, 0], flat)[:, None]
        return ops.matmul(places, flat)


def _same(size, window, step):
    """How many places a window has, and the zeros before and after."""
    places = -(-size // step)
    zeros = max(0, (places - 1) * step + window - size)
    return places, zeros // 2, zeros - zeros // 2


@keras.saving.register_keras_serializable("kd_tutorial")
class Views(layers.Layer):
    """In training each image is seen a little aside, otherwise in the middle.

    What is seen is the image without a margin of `by` pixels. In training
    the image is moved by up to `by` pixels in each direction first: the
    (2 by + 1)² moves are dealt out over the places of a batch, so a batch
    should have as many rows. Rows are shuffled, so each image meets moves at
    random; random numbers, which XLA and stacked replicas handle badly, are
    not needed.

    Args:
        by: pixels, 0 or more.
    """

    def __init__(self, by: int = 2, **options):
        super().__init__(**options)
        self.by = check_whole("by", by, 0)

    def call(self, images, training=False):
        """`(batch, height, width, 1)` to as many pixels less on each side."""
        by, (high, wide) = self.by, images.shape[1:3]
        if not training or not by:
            return images[:, by : high - by, by : wide - by]
        side = 2 * by + 1
        # Few rows meet moves that are far apart, many meet all: side is odd,
        # so side + 2 has no divisor in common with its square.
        move = ops.arange(ops.shape(images)[0], dtype="int32")
        move = (side + 2) * move % side**2
        down, across = move // side, move % side
        seen = ops.matmul(_window(down, high, by), images[..., 0])
        columns = ops.transpose(_window(across, wide, by), (0, 2, 1))
        return ops.matmul(seen, columns)[..., None]

    def compute_output_shape(self, shape):
        """Keras' own question."""
        return (shape[0], *(size - 2 * self.by for size in shape[1:3]), 1)

    def get_config(self):
        """Keras' own question."""
        return {**super().get_config(), "by": self.by}


def _window(start, size, by):
    """One matrix a row: picks `size - 2 by` pixels from `start` on."""
    wanted = start[:, None] + ops.arange(size - 2 * by, dtype="int32")
    return ops.one_hot(wanted, size)


def strided_cnn(
    input_shape: Sequence[int],
    classes: int,
    *,
    filters: Sequence[int] = (8, 16, 24),
    shift: int = 2,
    name: str = "strided_cnn",
) -> keras.Model:
    """A convolutional network without pools, made for many seeds on a CPU.

    The first convolution is 5×5, the others 3×3; each has stride 2 and ReLU.
    In training images are moved by up to `shift` pixels, see `Views`: a class
    that does not change when its image is moved is assumed.

    Args:
        input_shape: a grey image's shape, `(height, width, 1)`.
        classes: how many classes.
        filters: channels of each convolution. Defaults to `(8, 16, 24)`.
        shift: pixels that training moves an image by, and margin that is not
            looked at. Defaults to 2; 0 for neither.
        name: the model's name. Defaults to `"strided_cnn"`.

    Returns:
        A Keras model, layers `views`, `filters_1`, ..., `flatten`, `logits`;
        outputs `(batch, classes)`.

    Raises:
        ValueError: for a shape that is not a grey image's, an image too small
            for the margin and the halvings, or a size that is not positive.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.strided_cnn((28, 28, 1), 10).count_params()
    7026
    """
    shape = tuple(input_shape)
    filters = tuple(check_whole("each of filters", f) for f in filters)
    shift = check_whole("shift", shift, 0)
    least = 2 ** len(filters) + 2 * shift
    if len(shape) != 3 or shape[2] != 1 or min(shape[:2]) < least:
        raise ValueError(
            f"input_shape must be (height, width, 1), at least {least} high "
            f"and wide for {len(filters)} halvings and a margin of {shift}, "
            f"got {shape}. Use fewer filters, or larger images."
        )
    inputs = keras.Input(shape)
    features = Views(shift, name="views")(inputs)
    for number, channels in enumerate(filters, start=1):
        features = Filters(
            channels, 5 if number == 1 else 3, strides=2, padding="same",
            activation="relu", name=f"filters_{number}",
        )(features)  # fmt: skip
    features = layers.Flatten(name="flatten")(features)
    outputs = layers.Dense(check_whole("classes", classes, 2), name="logits")(
        features
    )
    return keras.Model(inputs, outputs, name=name)
