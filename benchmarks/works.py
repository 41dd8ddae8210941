"""What is trained in the benchmarks: data, teacher, student, passes."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np

import kd_tutorial as kd

TEMPERATURE = 4.0
LABELS = 0.1  # weight of the labels; the teacher's answers have the rest


@dataclass(frozen=True, eq=False)
class Work:
    """One student to train, from labels and a teacher's answers.

    Args:
        name: as in `results.json`.
        x, y: the training rows and their labels.
        classes: how many classes.
        teacher: a Keras model, or a function from rows to logits.
        student: takes nothing, and gives a new student. One function, as a
            script would have it: what is remembered of it counts.
        epochs, batch_size: how long it is trained.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    classes: int
    teacher: Callable
    student: Callable
    epochs: int
    batch_size: int = 32

    @property
    def targets(self):
        """The article's objective."""
        return [
            kd.HardTargets(weight=LABELS),
            kd.SoftTargets(temperature=TEMPERATURE, weight=1 - LABELS),
        ]


def digits_mlp(epochs=20):
    """1,184 digits of 8×8, teacher 128-64, student 64."""
    data = kd.load_data("digits")
    keras.utils.set_random_seed(0)
    teacher = kd.mlp(data.input_shape, data.classes, hidden=(128, 64))
    kd.train(teacher, data.train.x, data.train.y, epochs=20)

    def student():
        return kd.mlp(data.input_shape, data.classes, hidden=(64,))

    return Work(
        "digits-mlp", data.train.x, data.train.y, data.classes, teacher,
        student, epochs,
    )  # fmt: skip


def glyphs_cnn(epochs=3, rows=4096):
    """Drawn digits of 28×28, a teacher of a million parameters, a small CNN.

    The teacher is not trained: how long its answers take is all that counts.
    """
    data = kd.load_data("glyphs", size=rows)
    x, y = data.train.x[:rows], data.train.y[:rows]
    keras.utils.set_random_seed(0)
    teacher = kd.cnn(
        data.input_shape, data.classes, filters=(32, 64), hidden=(310,)
    )

    def student():
        return kd.cnn(data.input_shape, data.classes, filters=(8, 16))

    return Work(
        "glyphs-cnn", x, y, data.classes, teacher, student, epochs,
        batch_size=128,
    )  # fmt: skip


def ocr_images(epochs=3, rows=256):
    """MNIST images, asked of the OCR reader, and a small CNN."""
    data = kd.load_data("mnist-5k")
    reader = kd.OcrReader("0123456789", threads=2)

    def student():
        return kd.cnn(data.input_shape, data.classes, filters=(8, 16))

    return Work(
        "ocr-images", data.train.x[:rows], data.train.y[:rows], data.classes,
        reader, student, epochs,
    )  # fmt: skip
