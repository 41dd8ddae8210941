"""A model's file as a phone or a board runs it: row by row, on one thread."""

import contextlib
import io
import logging
import os
import tempfile
import warnings
from pathlib import Path

import numpy as np

from ..models.pretrained import onnx_session
from ..models.saved import keras_model, readable


class OnDevice:
    """Runs a model's file, without the model that it was made from.

    Call it with rows and get the file's outputs for them. One row at a time
    passes through, on one thread, as it would on a device. LiteRT runs a
    `.tflite` file, ONNX Runtime an `.onnx` file, Keras a `.keras` file.

    Args:
        path: the file, of a model with one input and one output.

    Raises:
        ValueError: for another suffix, several inputs or outputs, or a file
            that is damaged; when called, for no rows or rows of another
            shape.
        TypeError: when called with numbers of another kind.
        FileNotFoundError: where there is no such file.
        ImportError: where what runs it is not installed.

    Example:

    >>> import tempfile, numpy as np, kd_tutorial as kd
    >>> model = kd.mlp((8, 8, 1), 10)
    >>> x = np.random.default_rng(0).uniform(size=(3, 8, 8, 1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = kd.export(model, f"{folder}/small.tflite", x).path
    ...     small = kd.OnDevice(file)
    >>> bool(np.allclose(small(x), model(x), atol=1e-5))
    True
    """

    def __init__(self, path):
        self.path = Path(path)
        openers = {".tflite": _litert, ".onnx": _onnx, ".keras": _keras}
        if self.path.suffix not in openers:
            raise ValueError(
                f"path must end in {', '.join(openers)}, got {str(path)!r}."
            )
        if not self.path.is_file():
            raise FileNotFoundError(
                f"no file {str(path)!r}. Write it with kd.export first."
            )
        with quiet():
            found = openers[self.path.suffix](self.path)
        self._shape, self._dtype, self._run = found

    def __call__(self, x) -> np.ndarray:
        x = np.asarray(x)
        if not x.ndim or not len(x):
            raise ValueError("x has no examples. Pass at least one row.")
        # A wrong shape would be an error of each library's own, and Keras
        # would fail on right ones from then on.
        one, wanted = (1, *x.shape[1:]), self._shape
        if len(one) != len(wanted) or any(
            w is not None and n != w for n, w in zip(one, wanted)
        ):
            shown = ", ".join("any" if n is None else str(n) for n in wanted)
            raise ValueError(
                f"one row of x has shape {one}, and {self.path.name} takes "
                f"({shown}). Pass rows like those that its model was trained "
                "on."
            )
        if self._dtype is not None:
            if not np.can_cast(x.dtype, self._dtype, "same_kind"):
                raise TypeError(
                    f"x holds {x.dtype}, and {self.path.name} takes "
                    f"{np.dtype(self._dtype)}."
                )
            x = x.astype(self._dtype, copy=False)
        return np.concatenate([self._run(row[None]) for row in x])


def _litert(path):
    with readable(path, "a LiteRT model"):
        interpreter = _interpreter()(
            model_content=path.read_bytes(), num_threads=1
        )
        interpreter.allocate_tensors()
    taken, given = _only(
        path, interpreter.get_input_details(), interpreter.get_output_details()
    )
    shape = tuple(taken["shape"])
    sizes = [None if n < 0 else int(n) for n in taken["shape_signature"]]

    def run(row):
        nonlocal shape
        if row.shape != shape:  # texts of another length
            interpreter.resize_tensor_input(
                taken["index"], row.shape, strict=True
            )
            interpreter.allocate_tensors()
            shape = row.shape
        interpreter.set_tensor(taken["index"], row)
        interpreter.invoke()
        return interpreter.get_tensor(given["index"])

    return sizes, taken["dtype"], run


def _interpreter():
    """LiteRT's own package where it is installed, else TensorFlow's copy."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        try:
            import tensorflow as tf

            return tf.lite.Interpreter
        except (ImportError, AttributeError) as error:
            raise ImportError(
                "LiteRT, which runs .tflite files, is not installed: pip "
                "install ai-edge-litert"
            ) from error
    return Interpreter


def _onnx(path):
    session = onnx_session(path, threads=1)
    taken, given = _only(path, session.get_inputs(), session.get_outputs())
    kind = taken.type.removeprefix("tensor(").removesuffix(")")
    dtype = {"float": "float32", "double": "float64"}.get(kind, kind)
    sizes = [n if isinstance(n, int) else None for n in taken.shape]

    def run(row):
        return session.run([given.name], {taken.name: row})[0]

    return sizes, dtype, run


def _keras(path):
    import keras

    model = keras_model(path)
    ends = [getattr(model, name, None) or [] for name in ("inputs", "outputs")]
    taken, _ = _only(path, *ends)

    def run(row):
        return keras.tree.flatten(model.predict_on_batch(row))[0]

    return (None, *taken.shape[1:]), None, run


def _only(path, inputs, outputs):
    """The input and the output; raise where there are several."""
    if len(inputs) != 1 or len(outputs) != 1:
        raise ValueError(
            f"{path.name} has {len(inputs)} inputs and {len(outputs)} "
            "outputs; kd.OnDevice runs files with one of each."
        )
    return inputs[0], outputs[0]


@contextlib.contextmanager
def quiet():
    """Without what Python and C++ write about their progress."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    stderr = os.dup(2)
    with (
        tempfile.TemporaryFile() as notices,
        contextlib.redirect_stdout(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        os.dup2(notices.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            logging.disable(level)
