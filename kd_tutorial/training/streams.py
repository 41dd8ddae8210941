"""Streams of batches, of which the teacher is asked batch by batch.

So it sees what the student sees, augmentation included, and nothing need fit
in memory.
"""

import itertools
import sys
from collections.abc import Callable, Iterator

import keras
import numpy as np


def is_stream(x) -> bool:
    """Whether `x` gives batches rather than rows.

    Raises:
        TypeError: for what `fit` would take, and this package does not.
    """
    if isinstance(x, keras.utils.PyDataset | Iterator) or _is_tf_data(x):
        return True
    if type(x).__module__.startswith("torch.utils.data"):
        raise TypeError(
            f"x is a {type(x).__name__} of PyTorch. Wrap it in a "
            "keras.utils.PyDataset whose items are NumPy arrays."
        )
    return False


def _is_tf_data(x):
    if "tensorflow" not in sys.modules:
        return False
    import tensorflow as tf

    return isinstance(x, tf.data.Dataset)


def first_batch(stream):
    """A look at the first batch, and the stream with nothing missing."""
    if isinstance(stream, keras.utils.PyDataset):
        return _arrays(stream[0]), stream
    try:
        batch = next(iter(stream))
    except StopIteration:
        raise ValueError("x has no batches. Pass at least one row.") from None
    if isinstance(stream, Iterator):
        stream = itertools.chain([batch], stream)
    return _arrays(batch), stream


def taught(stream, convert: Callable, example, numbered=False):
    """The stream with each batch converted, in the form that `fit` takes.

    Args:
        stream: from `first_batch`.
        convert: takes what `unpacked` gives, and gives what the student is
            trained on.
        example: what it gave for the first batch.
        numbered: its batches come with the numbers of their rows.
    """

    def converted(batch):
        return convert(*unpacked(batch, numbered))

    if isinstance(stream, keras.utils.PyDataset):
        return _Taught(stream, converted)

    if _is_tf_data(stream):
        return _mapped(stream, converted, example, numbered)
    return (converted(_arrays(batch)) for batch in stream)


def _mapped(stream, convert, example, numbered):
    """A `tf.data.Dataset` with the targets in place of the labels."""
    import tensorflow as tf

    spec = stream.element_spec
    flat = keras.tree.flatten(example[1:])  # targets, and perhaps weights

    def inputs_of(batch):
        batch = batch[1] if numbered else batch
        return batch[0] if isinstance(batch, tuple) else batch

    inputs = inputs_of(spec)
    if any(s.shape.rank is None for s in tf.nest.flatten(spec)):
        raise ValueError(
            "the stream does not know how many axes its batches have, as "
            "after py_function or numpy_function. Say so in its map, before "
            "batch: tensor.set_shape((28, 28, 1))."
        )
    still = all(None not in s.shape[1:] for s in tf.nest.flatten(inputs))

    def answers(*arrays):
        batch = tf.nest.pack_sequence_as(spec, arrays)
        given = keras.tree.flatten(convert(batch)[1:])
        return [np.asarray(a, e.dtype) for a, e in zip(given, flat)]

    def teach(*element):
        given = tf.numpy_function(
            answers, tf.nest.flatten(element), [e.dtype for e in flat]
        )
        for tensor, one in zip(given, flat):
            places = one.shape[1:]
            if not still:  # places may differ from batch to batch
                places = (*(None for _ in places[:-1]), *places[-1:])
            tensor.set_shape((None, *places))
        rest = keras.tree.pack_sequence_as(example[1:], given)
        several = isinstance(spec, tuple)
        return (inputs_of(element if several else element[0]), *rest)

    return stream.map(teach).prefetch(1)


class _Taught(keras.utils.PyDataset):
    """A `PyDataset` with each batch converted, one after the other."""

    def __init__(self, stream, convert):
        super().__init__()
        self.stream, self.convert = stream, convert

    @property
    def num_batches(self):  # or None, for one without end
        return self.stream.num_batches

    def __getitem__(self, index):
        return self.convert(_arrays(self.stream[index]))

    def on_epoch_begin(self):
        if hasattr(self.stream, "on_epoch_begin"):
            self.stream.on_epoch_begin()

    def on_epoch_end(self):
        self.stream.on_epoch_end()


def one_ahead(data, example):
    """A `PyDataset` that on TensorFlow is read one batch ahead of training.

    Keras would have as many read as memory seems to hold.

    Args:
        data: gives batches of NumPy arrays.
        example: such a batch.
    """
    if keras.backend.backend() != "tensorflow":
        return data
    import tensorflow as tf

    def plain(batch):  # of a list tf.data would make one tensor
        inputs, *others = batch
        return tuple(inputs) if isinstance(inputs, list) else inputs, *others

    kinds = keras.tree.map_structure(
        lambda a: tf.TensorSpec((None, *a.shape[1:]), a.dtype), plain(example)
    )
    batches = tf.data.Dataset.from_generator(
        lambda: (plain(data[i]) for i in range(data.num_batches)),
        output_signature=kinds,
    )
    count = tf.data.experimental.assert_cardinality(data.num_batches)
    return batches.apply(count).prefetch(1)


def reshuffled(arrays, batch_size, endless=False):
    """Arrays in batches on TensorFlow, in a new order every epoch.

    After `keras.utils.set_random_seed`, Keras' own `fit` draws one order on
    TensorFlow and takes it in every epoch (seen in 3.13 to 3.15).
    """
    import tensorflow as tf

    inputs, *others = arrays
    if isinstance(inputs, list):  # which tf.data would make one tensor of
        inputs = tuple(inputs)
    arrays = tf.nest.map_structure(tf.convert_to_tensor, (inputs, *others))
    rows = len(tf.nest.flatten(arrays)[0])
    order = tf.data.Dataset.range(rows).shuffle(
        rows, seed=int(np.random.randint(2**31))
    )
    return (
        (order.repeat() if endless else order)
        .batch(batch_size)
        .map(
            lambda some: tf.nest.map_structure(
                lambda array: tf.gather(array, some), arrays
            )
        )
        .prefetch(tf.data.AUTOTUNE)
    )


def unpacked(batch, numbered=False):
    """A batch as `(x, y, sample_weight)`, with `None` for what is missing.

    Of a numbered one, `(numbers, batch)`, the numbers come last.
    """
    if not numbered:
        return keras.utils.unpack_x_y_sample_weight(batch)
    numbers = np.asarray(batch[0] if isinstance(batch, tuple) else 0.0)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu" or len(batch) != 2:
        raise ValueError(
            "answers that were written down are found by the numbers of the "
            "rows, so with a stream its batches must be (numbers, batch): "
            "tf.data.Dataset.enumerate() gives them, if it comes before "
            "shuffle() and batch()."
        )
    batch = tuple(batch[1]) if isinstance(batch[1], list) else batch[1]
    return *keras.utils.unpack_x_y_sample_weight(batch), numbers


def _arrays(batch):
    def array(value):
        if value is None:
            return None
        if hasattr(value, "numpy") and not isinstance(value, np.ndarray):
            value = value.numpy()
        return np.asarray(value)

    batch = tuple(batch) if isinstance(batch, list) else batch
    return keras.tree.map_structure(array, batch)


def check_batched(name, rows, student):
    """Raise for a stream of single examples.

    Args:
        name: what to call the stream in an error.
        rows: the inputs of its first batch.
        student: has inputs.
    """
    given = [np.shape(array) for array in keras.tree.flatten(rows)]
    wanted = [tuple(tensor.shape) for tensor in student.inputs]
    # Keras itself gives inputs of one column that axis.
    if all(shape[-1] == 1 for shape in wanted):
        return
    if sorted(map(len, given)) == sorted(len(shape) - 1 for shape in wanted):
        raise ValueError(
            f"{name} gives single examples of shape "
            f"{', '.join(map(str, given))}, and the student takes batches of "
            f"shape {', '.join(map(str, wanted))}. Batch the stream: of "
            "tf.data by batch(32)."
        )


def refuse(**given):
    """Refuse what a stream brings itself, or has no use for."""
    remedy = {
        "y": "Let the stream give (x, y).",
        "sample_weight": "Let the stream give (x, y, sample_weight).",
        "cache": "Of a stream the teacher is asked about every view anew; to "
        "ask once, pass arrays.",
        "batch_size": "Its batches are what they are: batch it as you want.",
        "validation_split": "Hold rows out of it yourself, and pass them as "
        "validation_data.",
    }
    for name, value in given.items():
        if value is not None:
            raise ValueError(f"{name} was given with a stream. {remedy[name]}")


def refuse_weights(named):
    for name, target in named.items():
        if target.sample_weight is not None:
            raise ValueError(
                f"target {name!r} has a sample_weight a row, and a stream's "
                "rows have no numbers. Let it give (x, y, sample_weight)."
            )
