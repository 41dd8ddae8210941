"""A Keras model as LiteRT (TensorFlow Lite) runs it on a phone or a board."""

import contextlib
import io
import logging
import os
import tempfile
import warnings

import numpy as np


class OnDevice:
    """A Keras model in LiteRT: one file, one thread, no Keras around it.

    Call it with rows and get what the model gives for them. One row at a
    time passes through LiteRT, as it would on a device.

    Args:
        model: a built Keras model with one input and one output.

    Raises:
        ImportError: where TensorFlow does not bring LiteRT.

    Example:

    >>> import numpy as np, kd_tutorial as kd
    >>> model = kd.mlp((8, 8, 1), 10)
    >>> small = kd.OnDevice(model)
    >>> x = np.random.default_rng(0).uniform(size=(3, 8, 8, 1))
    >>> bool(np.allclose(small(x), model(x), atol=1e-5))
    True
    >>> 19_000 < len(small.file) < 30_000
    True
    """

    def __init__(self, model):
        import tensorflow as tf

        if not hasattr(tf, "lite"):
            raise ImportError(
                f"TensorFlow {tf.__version__} does not bring LiteRT, which "
                "OnDevice needs."
            )

        with _quiet():
            converter = tf.lite.TFLiteConverter.from_keras_model(model)
            self.file = converter.convert()
            self._interpreter = _interpreter_class()(
                model_content=self.file, num_threads=1
            )
            self._interpreter.allocate_tensors()
        self._input, self._output = (
            details[0]["index"]
            for details in (
                self._interpreter.get_input_details(),
                self._interpreter.get_output_details(),
            )
        )

    def __call__(self, x) -> np.ndarray:
        outputs = []
        for row in np.asarray(x, dtype="float32"):
            self._interpreter.set_tensor(self._input, row[None])
            self._interpreter.invoke()
            outputs.append(self._interpreter.get_tensor(self._output)[0])
        return np.stack(outputs)


def _interpreter_class():
    """LiteRT's own package where it is installed, else TensorFlow's copy.

    TensorFlow calls its copy deprecated. It is the same code, and already
    here, where the package would add 60 MB.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        import tensorflow as tf

        return tf.lite.Interpreter
    return Interpreter


@contextlib.contextmanager
def _quiet():
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
