"""Training that happens once: the weights are remembered on disk."""

import json
import os
import warnings
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from ..answers.cache import fingerprint, read, write
from ..answers.keys import key_of
from ..answers.rows import as_rows, rows_fingerprint
from ..checks import check_positive, check_whole
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
    wait. A file that is damaged or foreign is never used. A model that cannot
    be keyed (see `AnswerCache`) is trained each time, with a warning.

    Args:
        build: makes the model; called after
            `keras.utils.set_random_seed(seed)`.
        x: examples, as `train` takes them in memory.
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
        ValueError: for settings out of bounds, and as `train` does.

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

    settings = {
        "learning_rate": float(
            check_positive("learning_rate", learning_rate, "0.001 is usual.")
        ),
        "epochs": check_whole("epochs", epochs),
        "batch_size": check_whole("batch_size", batch_size),
        "seed": check_whole("seed", seed, 0, 2**32 - 1),
    }
    keras.utils.set_random_seed(settings["seed"])
    model = build()
    x = as_rows(x, len(getattr(model, "inputs", None) or [x]))

    def trained():
        train(
            model, x, y, epochs=settings["epochs"],
            batch_size=settings["batch_size"], verbose=verbose,
            optimizer=keras.optimizers.Adam(settings["learning_rate"]),
        )  # fmt: skip
        return model

    about = key_of(model)
    if about is None:
        warnings.warn(
            f"the model {model.name!r} is trained each time: what decides "
            "its result cannot be written down. Keep arrays and functions "
            "out of the settings of its layers, or save it yourself.",
            stacklevel=2,
        )
        return trained()
    # Each input by its name: two that are swapped are other data.
    names = sorted(x) if isinstance(x, dict) else []
    settings |= {
        "keras": keras.__version__, "backend": keras.backend.backend(),
    }  # fmt: skip
    written = json.dumps(
        [
            about, rows_fingerprint(x), names, fingerprint(y),
            sorted(settings.items()),
        ]
    )  # fmt: skip
    key = fingerprint(np.frombuffer(written.encode(), dtype="uint8"))
    folder = cache_directory() if directory is None else Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{key}.npz"
    with FileLock(f"{path}.lock"):
        weights = _remembered(path, key)
        if weights is None:
            trained()
            outputs = {str(i): w for i, w in enumerate(model.get_weights())}
            write(path, outputs, {"key": key})
        else:
            model.set_weights(weights)
    return model


def _remembered(path, key):
    """The weights in a file, or `None` if they must be trained."""
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
