"""A model as a file for a device, compared with the model before it stays."""

import importlib.util
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np

from ..answers.rows import as_rows
from ..checks import check_finite, check_number
from ..models.pretrained import onnx_session
from .on_device import OnDevice, quiet

# What an output may differ by, as a share of their spread. In int8 an output
# beyond those of the representative rows is cut off, which costs most.
TOLERANCES = {"float32": 1e-4, "float16": 0.01, "dynamic": 0.1, "int8": 0.2}


@dataclass(frozen=True)
class Exported:
    """A file that was written, and how near it is to its model.

    Args:
        path: the file.
        bytes: its size.
        agreement: the share of rows for which file and model name the same
            class; of a single output column `nan`.
        difference: the largest difference between their outputs, as a share
            of the spread (largest minus smallest) of the model's outputs.
    """

    path: Path
    bytes: int
    agreement: float
    difference: float


def export(
    model: keras.Model,
    path,
    rows,
    *,
    precision: str = "float32",
    representative=None,
    tolerance: float | None = None,
    agreement: float = 0.95,
) -> Exported:
    """Write a model as a file for a device, and check what the file says.

    The suffix says which kind: `.tflite` for LiteRT, one row at a time;
    `.onnx` for ONNX Runtime; `.keras` for Keras. The file is run on `rows`
    and compared with the model. It appears, in place of one of the same name,
    only if both say the same within bounds; otherwise nothing is left of it.

    Args:
        model: a built Keras model with one input and one output.
        path: the file to write.
        rows: real examples to compare on, some hundreds.
        precision: `"float32"`; `"float16"` or `"dynamic"` (weights only, in
            16 or 8 bits) for `.tflite`; `"int8"` (weights and activations;
            inputs and outputs stay float) for `.tflite` and `.onnx`.
            Defaults to `"float32"`.
        representative: real examples from which `"int8"` takes the range of
            each activation; of many, 500 are taken. Defaults to `None`:
            `rows`.
        tolerance: what an output may differ by, as a share of the outputs'
            spread. Defaults to `None`: 0.0001 for float32, 0.01 for float16,
            0.1 for dynamic, 0.2 for int8.
        agreement: the share of rows for which file and model must name the
            same class; one row may always differ. Defaults to 0.95.

    Returns:
        `Exported`.

    Raises:
        ValueError: where the file differs by more, or cannot be written or
            run; for a suffix or precision that is not known, or a `.tflite`
            file where Keras does not run on TensorFlow.
        TypeError: for what is no Keras model.
        ImportError: where a library is not installed; it says which.

    Example:

    >>> import tempfile, kd_tutorial as kd
    >>> data = kd.load_data("digits", size=200)
    >>> model = kd.mlp(data.input_shape, data.classes)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = f"{folder}/student.tflite"
    ...     kd.export(model, path, data.test.x, precision="int8").bytes < 9000
    True
    """
    path = Path(path)
    write = _checked(model, path, precision)
    rows = as_rows(rows, name="rows")
    if representative is None:
        representative = rows
    representative = as_rows(representative, name="representative")
    some = np.linspace(0, len(representative) - 1, 500).astype(int)
    representative = representative[np.unique(some)]
    if tolerance is None:
        tolerance = TOLERANCES[precision]
    bounds = [
        check_number(name, value, lambda s: 0 < s <= 1, "above 0, at most 1")
        for name, value in (
            ("tolerance", tolerance), ("agreement", agreement),
        )
    ]  # fmt: skip
    with quiet():
        wanted = _said(model, rows)
    check_finite(f"the output of {model.name!r}", wanted)
    with tempfile.TemporaryDirectory(
        prefix=".export-", dir=path.parent
    ) as folder:
        file = Path(folder) / path.name
        try:
            with quiet():
                write(model, file, precision, representative)
                found = OnDevice(file)(rows)
        except ImportError:
            raise
        except Exception as error:  # each library has its own for this
            raise ValueError(
                f"{model.name!r} cannot be written as {path.name} in "
                f"{precision} and run: {error}"
            ) from error
        same, difference = _compared(wanted, found, path, *bounds)
        os.replace(file, path)
    return Exported(path, path.stat().st_size, same, difference)


def _said(model, rows, batch_size=256):
    """What the model says; not by `predict`, which would compile it first."""
    starts = range(0, len(rows), batch_size)
    batches = [model(rows[i : i + batch_size], training=False) for i in starts]
    # An output may have a name, and then comes in a dictionary.
    parts = [keras.tree.flatten(batch)[0] for batch in batches]
    return np.concatenate([keras.ops.convert_to_numpy(p) for p in parts])


def _compared(wanted, found, path, tolerance, agreement):
    """Agreement and largest difference; raise where they are out of bounds."""
    spread = np.ptp(wanted) or abs(wanted).max() or 1.0
    difference = float(abs(found - wanted).max() / spread)
    same, other = float("nan"), np.zeros(1)
    if wanted.shape[-1] > 1:
        other = wanted.argmax(axis=-1) != found.argmax(axis=-1)
        same = float(1 - other.mean())
    within = difference <= tolerance  # not, where the file says NaN
    if not within or (other.sum() > 1 and same < agreement):
        raise ValueError(
            f"{path.name} is not what it was made from, and was not kept: "
            f"its outputs differ by up to {difference:.3g} of their spread "
            f"(at most {tolerance:g} is allowed), and it names the same "
            f"class for {same:.1%} of the rows (at least {agreement:.1%} is). "
            "Pass representative rows like those of use, a finer precision, "
            "or other bounds."
        )
    return same, difference


def _checked(model, path, precision):
    """What writes such a file; raise for what cannot be written."""
    if not isinstance(model, keras.Model):
        raise TypeError(f"model must be a Keras model, got {model!r}.")
    if path.suffix not in _WRITERS:
        raise ValueError(
            f"path must end in {', '.join(_WRITERS)}, got {str(path)!r}."
        )
    write, precisions = _WRITERS[path.suffix]
    if precision not in precisions:
        raise ValueError(
            f"precision must be one of {', '.join(precisions)} for "
            f"{path.suffix} files, got {precision!r}."
        )
    if not path.parent.is_dir():
        raise ValueError(f"path: there is no folder {str(path.parent)!r}.")
    backend = keras.backend.backend()
    if path.suffix == ".tflite" and backend != "tensorflow":
        raise ValueError(
            "path: TensorFlow writes .tflite files, and Keras runs on "
            f"{backend}. Write .onnx, or save the model and load it where "
            "KERAS_BACKEND is tensorflow."
        )
    for name in ("inputs", "outputs"):
        count = len(getattr(model, name, None) or ())
        if count != 1:
            raise ValueError(
                f"model {model.name!r} must have one of its {name}, got "
                f"{count or 'none that are known'}. Build it from "
                "keras.Input, with one input and one output."
            )
    return write


def _litert(model, path, precision, rows):
    import tensorflow as tf

    if not hasattr(tf, "lite"):
        raise ImportError(
            f"TensorFlow {tf.__version__} cannot write .tflite files: pip "
            'install "tensorflow<2.22"'
        )
    # One row at a time: recurrent layers do not convert otherwise.
    like = model.inputs[0]
    one = keras.Input(batch_shape=(1, *like.shape[1:]), dtype=like.dtype)
    converter = tf.lite.TFLiteConverter.from_keras_model(
        keras.Model(one, model(one))
    )
    if precision != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if precision == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if precision == "int8":
        converter.representative_dataset = lambda: (
            [row[None].astype(like.dtype)] for row in rows
        )
        converter.target_spec.supported_ops = [
            tf.lite.OpsSet.TFLITE_BUILTINS_INT8
        ]
    path.write_bytes(converter.convert())


def _onnx(model, path, precision, rows):
    for name in ("onnx", "tf2onnx"):
        if importlib.util.find_spec(name) is None:
            raise ImportError(
                f"writing .onnx files needs {name}, which is not installed: "
                f"pip install {name}"
            )
    whole = path.with_suffix(".float.onnx")
    model.export(str(whole), format="onnx", verbose=False)
    if precision == "float32":
        whole.rename(path)
        return
    from onnxruntime import quantization

    (taken,) = onnx_session(whole, threads=1).get_inputs()
    dtype = model.inputs[0].dtype
    batches = iter([{taken.name: row[None].astype(dtype)} for row in rows])
    reader = SimpleNamespace(get_next=lambda: next(batches, None))
    quantization.quantize_static(
        str(whole), str(path), reader, per_channel=True,
        reduce_range=True,  # eight bits overflow on processors without VNNI
    )  # fmt: skip


def _keras(model, path, precision, rows):
    model.save(path)


_WRITERS = {
    ".tflite": (_litert, ("float32", "float16", "dynamic", "int8")),
    ".onnx": (_onnx, ("float32", "int8")),
    ".keras": (_keras, ("float32",)),
}
