"""A person's own files, as they are read: data, teacher and student."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..answers.asking import ask
from ..answers.probabilities import to_logits
from ..arrays import as_array
from ..checks import suspect_probabilities
from ..data.files import check_alike, checked, read
from ..models.classifiers import cnn, mlp
from ..models.pretrained import onnx_session
from ..models.saved import keras_model

_ONNX = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(float16)": "float16",
}


@dataclass(frozen=True, eq=False)
class Rows:
    """What a data file holds.

    Args:
        x: all training rows, with and without a label.
        y: their labels, -1 where there is none.
        x_test: rows to report on.
        y_test: their labels.
    """

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    @property
    def labelled(self) -> np.ndarray:
        """Which training rows have a label."""
        return self.y >= 0


def rows(path: Path) -> Rows:
    """Read a `.npz` file, in which rows may lack a label.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: for arrays that are missing or do not fit.
    """
    arrays = read(path, optional=("x_unlabelled",))
    y = as_array(f"{path}: y_train", arrays["y_train"])
    if y.dtype.kind in "iu":  # -1, and no other, says that there is none
        without = y == -1
        x, _ = checked(path, "train", arrays["x_train"], np.maximum(y, 0))
        if y.size and y.min() < -1:
            raise ValueError(
                f"{path}: y_train has label {y.min()}. Labels are numbered "
                "from 0; -1 says that a row has none."
            )
        y = np.where(without, -1, y).reshape(len(x))
    else:
        x, y = checked(path, "train", arrays["x_train"], y)
    x_test, y_test = checked(path, "test", arrays["x_test"], arrays["y_test"])
    check_alike(path, arrays, "x_test")
    if "x_unlabelled" in arrays:
        more = arrays["x_unlabelled"]
        none = np.zeros(np.shape(more)[:1], int)
        more, _ = checked(path, "unlabelled", more, none)
        check_alike(path, arrays, "x_unlabelled")
        x = np.concatenate([x, more])
        y = np.concatenate([y, np.full(len(x) - len(y), -1)])
    return Rows(x, y.astype("int64"), x_test, y_test.astype("int64"))


@dataclass(frozen=True, eq=False)
class TeacherFile:
    """A teacher out of a file.

    Args:
        path: of the file.
        answer: a function from a batch, in the model's shape, to its output.
        shape: one example's, `None` where any size goes.
        batch: how many rows at a time it takes.
        bytes: of its weights, or of an `.onnx` file.
    """

    path: Path
    answer: Callable
    shape: tuple
    batch: int
    bytes: int

    def logits(self, x):
        """Its logits for rows of the data file; and whether they were such.

        Probabilities become their logarithms, which are logits.
        """
        rows = arranged(x, self.shape, self.path)
        told = ask(self.answer, rows, batch_size=self.batch, values=True)
        told = told.logits
        if told.ndim != 2 or told.shape[1] < 2:
            raise ValueError(
                f"{self.path} answers with shape {told.shape} for {len(x)} "
                "rows. It must give a logit or a probability for each of two "
                "classes or more."
            )
        probabilities = bool(suspect_probabilities(told))
        return to_logits(told) if probabilities else told, not probabilities


def teacher(path: Path) -> TeacherFile:
    """Read a `.keras` or an `.onnx` file."""
    if path.suffix == ".keras":
        model = keras_model(path)
        shape = _input(model)
        answer = model.predict_on_batch
        return TeacherFile(path, answer, shape, 256, size(model))
    session = onnx_session(path, threads=0)
    taken = session.get_inputs()
    given = [
        output for output in session.get_outputs()
        if len(output.shape) == 2 and output.type in _ONNX
    ]  # fmt: skip
    if len(taken) != 1 or len(given) != 1:
        raise ValueError(
            f"{path} has {len(taken)} inputs and {len(given)} outputs of "
            "shape (rows, classes) that hold real numbers. Export it with "
            "one of each."
        )
    count, *shape = (n if isinstance(n, int) else None for n in taken[0].shape)
    dtype = _ONNX.get(taken[0].type)
    if dtype is None:
        raise ValueError(
            f"{path} takes {taken[0].type}, not real numbers. Export it "
            "without what turns text or bytes into numbers."
        )

    def answer(rows):
        number, rows = len(rows), rows.astype(dtype)
        if count:  # a file may take so many rows and no fewer
            rows = np.resize(rows, (count, *rows.shape[1:]))
        said = session.run([given[0].name], {taken[0].name: rows})[0]
        return said[:number]

    batch, whole = count or 256, path.stat().st_size
    return TeacherFile(path, answer, tuple(shape), batch, whole)


def arranged(x, shape, who):
    """Rows in the shape that a model takes: with its channel, where it goes.

    Args:
        x: rows, `(rows, ...)`.
        shape: one example's, `None` where any size goes.
        who: takes them, to be named in an error.
    """

    def fits(own):
        return len(own) == len(shape) and all(
            w is None or n == w for n, w in zip(own, shape)
        )

    own = x.shape[1:]
    if fits(own):
        return x
    if fits((*own, 1)):
        return x[..., None]
    if own[-1] == 1 and fits(own[:-1]):
        return x[..., 0]
    if len(own) == 3 and fits((own[2], *own[:2])):  # PyTorch's channels
        return np.moveaxis(x, -1, 1)
    wanted = tuple("any" if n is None else n for n in shape)
    raise ValueError(
        f"{who} takes examples of shape {wanted}, and those of the data have "
        f"shape {own}. Save x_train, x_test (and x_unlabelled) in that shape."
    )


_SPEC = re.compile(r"(mlp|cnn)(?::(\d+(?:[-,]\d+)*))?")


def student(spec: str, shape, classes: int):
    """A student by its kind and sizes, or out of a file.

    Args:
        spec: `"mlp:64"`, `"mlp:128-64"`, `"cnn"`, `"cnn:16-32"`, or the path
            of a `.keras` file, whose weights it starts from.
        shape: one example's.
        classes: how many.
    """
    if found := _SPEC.fullmatch(spec):
        kind, sizes = found.groups()
        sizes = [int(n) for n in re.split("[-,]", sizes)] if sizes else None
        if kind == "cnn":
            _check_channels_last(shape)
            options = {"filters": sizes} if sizes else {}
            return cnn(shape, classes, **options)
        return mlp(shape, classes, **({"hidden": sizes} if sizes else {}))
    path = Path(spec)
    if path.suffix != ".keras":
        raise ValueError(
            f"{spec!r} is no student. Write mlp:64 or mlp:128-64 (units of "
            "hidden layers), cnn or cnn:16-32 (filters), or the path of a "
            ".keras file."
        )
    model = keras_model(path)
    _input(model)
    if model.output_shape[-1] != classes:
        raise ValueError(
            f"{path} scores {model.output_shape[-1]} classes, the teacher "
            f"{classes}. Both must score the same ones."
        )
    return model


def _check_channels_last(shape):
    """Raise for images as PyTorch has them: they would be 3 pixels high."""
    if len(shape) == 3 and shape[0] <= 4 and shape[0] < min(shape[1:]):
        raise ValueError(
            "cnn takes images (height, width, channels), and those of the "
            f"data have shape {tuple(shape)}: channels first. Save "
            "np.moveaxis(x_train, 1, -1), and x_test (and x_unlabelled) "
            "alike; a teacher that takes channels first gets them so."
        )


def size(model) -> int:
    """The bytes of a Keras model's weights."""
    return sum(np.asarray(weight).nbytes for weight in model.get_weights())


def _input(model):
    """The shape of one example of a Keras model with one input."""
    ends = [getattr(model, name, None) or [] for name in ("inputs", "outputs")]
    if [len(end) for end in ends] != [1, 1]:
        raise ValueError(
            f"the model {model.name!r} must be Sequential or functional, with "
            "one input and one output. Save keras.Model(inputs, logits)."
        )
    return tuple(model.inputs[0].shape[1:])
