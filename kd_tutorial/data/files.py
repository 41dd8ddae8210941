"""Public data sets through `keras.datasets`, and `.npz` files.

Keras downloads a public set once, to its own folder. Without a network the
error says which file belongs where.
"""

import os
from pathlib import Path

import numpy as np

from ..checks import check_finite

# What Keras looks for in its folder, and what the file is called elsewhere.
_FILES = {
    "mnist": {"mnist.npz": "mnist.npz"},
    "fashion_mnist": {
        f"fashion-mnist/{name}": name
        for name in (
            "train-images-idx3-ubyte.gz",
            "train-labels-idx1-ubyte.gz",
            "t10k-images-idx3-ubyte.gz",
            "t10k-labels-idx1-ubyte.gz",
        )
    },
    "cifar10": {
        "cifar-10-batches-py-target_archive": "cifar-10-python.tar.gz"
    },
}
_NAMES = {
    "mnist": tuple("0123456789"),
    "fashion_mnist": (
        "T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt",
        "sneaker", "bag", "ankle boot",
    ),
    "cifar10": (
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog",
        "horse", "ship", "truck",
    ),
}  # fmt: skip
_LAYOUT = ("x_train", "y_train", "x_test", "y_test")


def load(name: str):
    """Training and test examples, and the class names.

    Args:
        name: "mnist", "fashion_mnist", "cifar10" or the path of a `.npz`.

    Returns:
        `(x, y), (x, y), names`.
    """
    if name in _FILES:
        (x, y), (x_test, y_test) = _public(name)
        arrays = dict(zip(_LAYOUT, (x, y, x_test, y_test), strict=True))
    else:
        arrays = _npz(Path(name))
    train, test = (
        _checked(name, part, arrays[f"x_{part}"], arrays[f"y_{part}"])
        for part in ("train", "test")
    )
    if train[0].shape[1:] != test[0].shape[1:]:
        raise ValueError(
            f"{name}: examples of x_train have shape {train[0].shape[1:]}, "
            f"those of x_test {test[0].shape[1:]}. They must be alike."
        )
    classes = 1 + int(max(train[1].max(), test[1].max()))
    return train, test, _NAMES.get(name, tuple(map(str, range(classes))))


def _public(name):
    """What `keras.datasets` gives, or an error that helps."""
    import keras

    home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    folder = Path(home) / "datasets"
    wanted = {folder / place: file for place, file in _FILES[name].items()}
    # Keras deletes a file that it cannot download again; hold on to it.
    held = {}
    for path in wanted:
        if path.is_file():
            held[path] = path.with_name(f".{path.name}.{os.getpid()}")
            os.link(path, held[path])
    try:
        return getattr(keras.datasets, name).load_data()
    except Exception as error:
        missing = [path for path in wanted if path not in held]
        places = "; ".join(
            f"{file} as {path}" for path, file in wanted.items()
        )
        if missing:
            raise FileNotFoundError(
                f"{name} is not here and could not be downloaded ({error}). "
                f"Put {places}, or use 'digits' or 'glyphs', which need no "
                "download."
            ) from error
        raise ValueError(
            f"{name} is damaged and could not be downloaded again ({error}). "
            f"Replace the files with whole ones: {places}."
        ) from error
    finally:
        for path, copy in held.items():
            if path.exists():
                copy.unlink()
            else:
                os.replace(copy, path)


def _npz(path):
    """The four arrays of a file in Keras' layout."""
    if not path.is_file():
        raise FileNotFoundError(
            f"no file {path}. Give the path of a .npz file with the arrays "
            f"{', '.join(_LAYOUT)}."
        )
    try:
        with np.load(path, allow_pickle=False) as file:
            found = sorted(file.files)
            arrays = {key: file[key] for key in _LAYOUT if key in found}
    except Exception as error:  # zip, numpy: all mean one thing here
        raise ValueError(
            f"{path} cannot be read ({error}). It is damaged, or not a .npz "
            "file without pickled objects: write it again with np.savez."
        ) from error
    missing = [key for key in _LAYOUT if key not in arrays]
    if missing:
        raise ValueError(
            f"{path} lacks {', '.join(missing)}; it has {', '.join(found)}. "
            f"Name its arrays {', '.join(_LAYOUT)}."
        )
    return arrays


def _checked(name, part, x, y):
    """Examples as float32, images from 0 to 1; labels as int32."""
    y = np.asarray(y)
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y  # CIFAR's column
    if len(x) == 0:
        raise ValueError(f"{name}: x_{part} has no examples.")
    if y.shape != (len(x),):
        raise ValueError(
            f"{name}: x_{part} has {len(x)} examples and y_{part} shape "
            f"{y.shape}. Give one integer label an example."
        )
    if not np.issubdtype(y.dtype, np.integer) or y.min() < 0:
        raise ValueError(
            f"{name}: y_{part} must hold integers from 0, got dtype "
            f"{y.dtype}, smallest {y.min()}. For one-hot rows use argmax."
        )
    if x.dtype == np.uint8:
        x = x.astype("float32") / 255
    elif np.issubdtype(x.dtype, np.number):
        x = check_finite(f"{name}: x_{part}", x.astype("float32"))
    else:
        raise ValueError(
            f"{name}: x_{part} must hold numbers, got dtype {x.dtype}."
        )
    if x.ndim == 3:  # grey images get their channel
        x = x[..., None]
    return x, y.astype("int32")
