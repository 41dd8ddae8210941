"""Public data sets through `keras.datasets`, and `.npz` files.

Keras downloads a public set once, to its own folder. Without a network the
error says which file belongs where.
"""

import os
import shutil
import uuid
from pathlib import Path

import numpy as np

from ..arrays import as_array, integer_labels
from ..checks import check_finite, is_real

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
        arrays = read(Path(name).expanduser())
    train, test = (
        checked(name, part, arrays[f"x_{part}"], arrays[f"y_{part}"])
        for part in ("train", "test")
    )
    if len(train[0]) < 2:
        raise ValueError(
            f"{name}: x_train has one example. There must be two or more: "
            "one of them validates."
        )
    check_alike(name, arrays, "x_test")
    train, test = ((x, y.astype("int64")) for x, y in (train, test))
    found = np.unique(train[1])
    if name in _NAMES:
        names = _NAMES[name]
    elif (found[0], found[-1]) != (0, len(found) - 1):
        raise ValueError(
            f"{name}: the {len(found)} classes of y_train must be numbered 0 "
            f"to {len(found) - 1}, got {_few(found)}. Number them: names, y = "
            "np.unique(labels, return_inverse=True), of both parts together."
        )
    elif len(found) < 2:
        raise ValueError(
            f"{name}: all labels of y_train are 0. There must be two classes "
            "or more to tell apart."
        )
    elif strange := {*test[1].tolist()} - {*found.tolist()}:
        raise ValueError(
            f"{name}: y_test has labels that y_train lacks: "
            f"{_few(sorted(strange))}. Number both alike, or drop these rows."
        )
    else:
        names = tuple(map(str, found))
    train, test = ((x, y.astype("int32")) for x, y in (train, test))
    return train, test, names


def check_alike(name, arrays, other):
    """Raise unless `other` holds examples as `x_train` does."""
    shapes = [np.shape(arrays[key])[1:] for key in ("x_train", other)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"{name}: examples of x_train have shape {shapes[0]}, those of "
            f"{other} {shapes[1]}. They must be alike."
        )
    kinds = [arrays[key].dtype for key in ("x_train", other)]
    if kinds[0] != kinds[1] and "uint8" in kinds:
        raise ValueError(
            f"{name}: x_train has dtype {kinds[0]}, {other} {kinds[1]}. "
            "Bytes are divided by 255 and other numbers are not: save both "
            "alike."
        )


def _few(numbers):
    """Numbers in words, the middle of many left out."""
    shown = [*map(str, numbers)]
    if len(shown) > 12:
        shown = [*shown[:5], "...", *shown[-3:]]
    return ", ".join(shown)


def _hold(path):
    """A second name for a file, or a copy; `None` where neither can be made.

    A drive may have no hard links, no room or no permission to write. Then
    Keras cannot delete the file either, or the file is at risk as it always
    is with Keras; reading it goes on.
    """
    held = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        os.link(path, held)
    except (OSError, NotImplementedError, AttributeError):
        try:
            shutil.copy2(path, held)
        except OSError:
            held.unlink(missing_ok=True)  # half a copy
            return None
    return held


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
            held[path] = _hold(path)
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
            if copy and path.exists():
                copy.unlink()
            elif copy:
                os.replace(copy, path)


def read(path: Path, optional=()) -> dict:
    """The four arrays of a file in Keras' layout, and others it may have."""
    if not path.is_file():
        raise FileNotFoundError(
            f"no file {path}. Give the path of a .npz file with the arrays "
            f"{', '.join(_LAYOUT)}."
        )
    try:
        with np.load(path, allow_pickle=False) as file:
            found = sorted(file.files)
            wanted = (*_LAYOUT, *optional)
            arrays = {key: file[key] for key in wanted if key in found}
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


def checked(name, part, x, y):
    """Examples as float32, images from 0 to 1, and labels of `part`."""
    x, y = as_array(f"{name}: x_{part}", x), as_array(f"{name}: y_{part}", y)
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y  # CIFAR's column
    if x.size == 0:
        raise ValueError(f"{name}: x_{part} has no examples.")
    if x.ndim < 2:
        raise ValueError(
            f"{name}: x_{part} has shape {x.shape}, one number an example. "
            "Save rows or images, one number as x[:, None]."
        )
    if y.shape != x.shape[:1]:
        raise ValueError(
            f"{name}: x_{part} has {len(x)} examples and y_{part} shape "
            f"{y.shape}. Give one integer label an example; for one-hot rows "
            "use argmax(axis=1)."
        )
    y = integer_labels(f"{name}: y_{part}", y)
    if x.dtype == np.uint8:
        x = x.astype("float32") / 255
    elif x.dtype == bool or is_real(x.dtype):
        x = check_finite(
            f"{name}: x_{part}",
            _single_precision(x),
            "Drop these rows, or fill their gaps.",
        )
    else:
        raise ValueError(
            f"{name}: x_{part} must hold numbers, got dtype {x.dtype}."
        )
    if x.ndim == 3:  # grey images get their channel
        x = x[..., None]
    return x, y


def _single_precision(x):
    with np.errstate(over="ignore"):  # what becomes infinite is refused
        return x.astype("float32")
