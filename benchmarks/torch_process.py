"""PyTorch's loop, in the process and environment where it lives."""

import json
import subprocess
import tempfile
from pathlib import Path

import keras
import numpy as np

from .works import LABELS, TEMPERATURE


class Torch:
    """A process of `torch_loop.py`, asked by lines of JSON.

    Args:
        python: the Python that has PyTorch.
    """

    def __init__(self, python: str):
        script = Path(__file__).with_name("torch_loop.py")
        self.process = subprocess.Popen(
            [python, str(script)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.folder = tempfile.TemporaryDirectory()
        self.version = self._line()["torch"]

    def _line(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("PyTorch's process ended; its error is above")
        return json.loads(line)

    def train(self, work, cached: bool) -> float:
        """The seconds that it takes there, once."""
        rows = Path(self.folder.name, f"{work.name}.npz")
        if not rows.exists():
            np.savez(rows, x=work.x, y=work.y)
        filters, hidden = _layers(work.student())
        teacher_filters, teacher_hidden = _layers(work.teacher)
        job = {
            "rows": str(rows), "cached": cached, "classes": work.classes,
            "filters": filters, "hidden": hidden, "epochs": work.epochs,
            "teacher_filters": teacher_filters, "labels": LABELS,
            "teacher_hidden": teacher_hidden, "temperature": TEMPERATURE,
            "batch_size": work.batch_size,
        }  # fmt: skip
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return self._line()


def _layers(model):
    """The widths of a model's convolutions and hidden dense layers."""
    filters = [
        layer.filters
        for layer in model.layers
        if isinstance(layer, keras.layers.Conv2D)
    ]
    dense = [
        layer.units
        for layer in model.layers
        if isinstance(layer, keras.layers.Dense)
    ]
    return filters, dense[:-1]
