"""Models in files: read, or an error that names the file."""

import contextlib
import zipfile


@contextlib.contextmanager
def readable(path, kind: str):
    """Around what reads a model's file: each library has its own errors.

    Args:
        path: of the file.
        kind: of model it should hold, to be named in an error.

    Raises:
        ValueError: for whatever the library says, with the file's name.
    """
    try:
        yield
    except ImportError:
        raise
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise ValueError(
            f"{path} cannot be read as {kind} ({lines[0][:200]}). If it is "
            "damaged, write it again."
        ) from error


def keras_model(path):
    """A model that `model.save` wrote, not compiled.

    Raises:
        ValueError: for what cannot be read as one.
    """
    import keras  # here: other files run without it

    from . import strided  # noqa: F401  registers its layers

    if not zipfile.is_zipfile(path):
        raise ValueError(
            f"{path} is damaged, or not what model.save writes. Save it again."
        )
    with readable(path, "a Keras model"):
        return keras.models.load_model(path, compile=False)
