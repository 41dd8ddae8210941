"""Training that happens once: the weights are remembered on disk."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from ..answers.cache import fingerprint, read, write
from ..answers.keys import key_of
from .fit import train


def cache_directory() -> Path:
    """Where trained weights are kept: `KD_CACHE_DIR`, or `~/.cache`."""
    given = os.environ.get("KD_CACHE_DIR")
    return Path(given) if given else Path.home() / ".cache" / "kd_tutorial"


def train_once(
    build: Callable[[], keras.Model],
    x,
    y,
    *,
    seed: int,
    directory=None,
    learning_rate: float = 1e-3,
    epochs: int = 20,
    batch_size: int = 32,
    verbose=0,
) -> keras.Model:
    """Train a model on labels with Adam, or load it if that was done before.

    The key is all that decides the result: architecture and first weights,
    data, settings, Keras' version and backend. So a change of any of them
    trains anew, and notebooks that want the same teacher share one, whichever
    runs first. While one process trains, others that want the same model
    wait. A file that is damaged or foreign is never used.

    Args:
        build: makes the model; called after
            `keras.utils.set_random_seed(seed)`.
        x: examples, shape `(examples, ...)`.
        y: integer labels, shape `(examples,)`.
        seed: decides first weights and the order of examples.
        directory: where to keep the weights. Defaults to `None`: what the
            environment variable `KD_CACHE_DIR` says, or
            `~/.cache/kd_tutorial`.
        learning_rate: of Adam. Defaults to 0.001.
        epochs: passes over `x`. Defaults to 20.
        batch_size: examples a step. Defaults to 32.
        verbose: Keras' own, 0, 1 or 2. Defaults to 0.

    Returns:
        The trained model.

    Raises:
        ValueError: as `train` does.

    Example:

    >>> import tempfile, kd_tutorial as kd
    >>> data = kd.load_data("digits")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first, again = (
    ...         kd.train_once(
    ...             lambda: kd.mlp(data.input_shape, data.classes),
    ...             data.train.x, data.train.y,
    ...             seed=0, epochs=1, directory=folder,
    ...         )
    ...         for _ in range(2)
    ...     )
    >>> bool((first.get_weights()[0] == again.get_weights()[0]).all())
    True
    """
    from filelock import FileLock

    keras.utils.set_random_seed(seed)
    model = build()
    settings = {
        "learning_rate": learning_rate,
        "epochs": epochs,
        "batch_size": batch_size,
        "seed": seed,
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
    }
    key = fingerprint(
        np.frombuffer(
            json.dumps(
                [
                    key_of(model),
                    fingerprint(x, y),
                    sorted(settings.items()),
                ]
            ).encode(),
            dtype="uint8",
        )
    )
    folder = cache_directory() if directory is None else Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{key}.npz"
    with FileLock(f"{path}.lock"):
        weights = _remembered(path, key)
        if weights is None:
            train(
                model, x, y, epochs=epochs, batch_size=batch_size,
                optimizer=keras.optimizers.Adam(learning_rate),
                verbose=verbose,
            )  # fmt: skip
            outputs = {str(i): w for i, w in enumerate(model.get_weights())}
            write(path, outputs, {"key": key})
        else:
            model.set_weights(weights)
    return model


def _remembered(path, key):
    """The weights in a file, or `None` if they must be trained."""
    import warnings

    try:
        outputs, header = read(path)
        if header.get("key") != key:
            raise ValueError(f"{path} holds another model.")
    except FileNotFoundError:
        return None
    except ValueError as error:
        warnings.warn(f"{error} Training again.", stacklevel=3)
        return None
    return [outputs[str(i)] for i in range(len(outputs))]
