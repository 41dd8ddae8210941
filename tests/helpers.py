"""What several test files need, on every backend."""

import keras
import numpy as np
import pytest

needs_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="needs TensorFlow"
)


def gradient(function, x):
    """The gradient of a scalar function at `x`, by the backend in use."""
    x = np.asarray(x)
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        x = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = function(x)
        return tape.gradient(value, x).numpy()
    if backend == "torch":
        import torch

        x = torch.tensor(x, requires_grad=True)
        function(x).backward()
        return x.grad.numpy()
    assert backend == "jax", backend
    import jax

    return np.asarray(jax.grad(function)(jax.numpy.asarray(x)))


def compiled(function):
    """The function as XLA compiles it, from array to array."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        whole = tf.function(function, jit_compile=True, autograph=False)
        return lambda x: whole(tf.constant(x)).numpy()
    if keras.backend.backend() == "torch":
        pytest.skip("nothing is compiled on PyTorch")
    import jax

    return lambda x: np.asarray(jax.jit(function)(x))


def precise():
    """How exact the backend is: float64 on TensorFlow alone."""
    return 1e-10 if keras.backend.backend() == "tensorflow" else 2e-4
