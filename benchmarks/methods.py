"""Ways to train the student of a `Work`, each as its makers show it.

Each takes a work and returns nothing; labelling is part of what is timed.
"""

import keras
import numpy as np
from keras import ops

import kd_tutorial as kd

from .works import LABELS, TEMPERATURE, Work


def _compiled(model, **options):
    model.compile(
        optimizer=keras.optimizers.Adam(),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        **options,
    )
    return model


def distiller(work: Work):
    """`keras.distillation.Distiller`, with the loss that is right.

    Its teacher must be a Keras model.
    """
    model = keras.distillation.Distiller(
        teacher=work.teacher,
        student=work.student(),
        distillation_losses=keras.distillation.LogitsDistillation(
            temperature=TEMPERATURE, loss=keras.losses.KLDivergence()
        ),
        student_loss_weight=LABELS,
    )
    _compiled(model).fit(
        work.x, work.y, epochs=work.epochs, batch_size=work.batch_size,
        verbose=0,
    )  # fmt: skip


class AskingLoop(keras.Model):
    """A model that asks its teacher in `compute_loss`, as keras.io shows."""

    def __init__(self, student, teacher):
        super().__init__()
        self.student, self.teacher = student, teacher

    def call(self, x, training=None):
        return self.student(x, training=training)

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        told = ops.softmax(self.teacher(x, training=False) / TEMPERATURE)
        soft = ops.log_softmax(y_pred / TEMPERATURE)
        apart = ops.sum(told * (ops.log(told + 1e-9) - soft), axis=-1)
        hard = super().compute_loss(x=x, y=y, y_pred=y_pred)
        return LABELS * hard + (1 - LABELS) * TEMPERATURE**2 * ops.mean(apart)


def keras_io_loop(work: Work):
    """The loop of the keras.io example: the teacher in every step."""
    model = _compiled(AskingLoop(work.student(), work.teacher))
    model.fit(
        work.x, work.y, epochs=work.epochs, batch_size=work.batch_size,
        verbose=0,
    )  # fmt: skip


def cached_fit(work: Work):
    """Plain Keras on answers asked once, as one would write it by hand."""
    told = ops.softmax(_asked(work) / TEMPERATURE)
    student = work.student()

    def loss(y_true, logits):
        label, told = y_true[:, 0], y_true[:, 1:]
        hard = keras.losses.sparse_categorical_crossentropy(
            label, logits, from_logits=True
        )
        soft = ops.log_softmax(logits / TEMPERATURE)
        apart = -ops.sum(told * soft, axis=-1)
        return LABELS * hard + (1 - LABELS) * TEMPERATURE**2 * apart

    student.compile(optimizer="adam", loss=loss)
    student.fit(
        work.x, np.concatenate([work.y[:, None], told], axis=1),
        epochs=work.epochs, batch_size=work.batch_size, verbose=0,
    )  # fmt: skip


def _asked(work):
    if isinstance(work.teacher, keras.Model):
        return work.teacher.predict(work.x, batch_size=256, verbose=0)
    return work.teacher(work.x)["output"]


def distill(work: Work):
    """`kd.distill`."""
    kd.distill(
        work.teacher, work.student(), work.x, work.y, targets=work.targets,
        epochs=work.epochs, batch_size=work.batch_size,
    )  # fmt: skip


def replicas(count: int):
    """`kd.train_replicas` of so many seeds, the answers asked once."""

    def run(work: Work):
        kd.train_replicas(
            work.student, work.x, work.y, targets=work.targets,
            answers=kd.ask(work.teacher, work.x), seeds=range(count),
            epochs=work.epochs, batch_size=work.batch_size,
        )  # fmt: skip

    return run


def compare(count: int):
    """`kd.compare` of labels with labels and answers, so many seeds."""

    def run(work: Work):
        kd.compare(
            {"labels": [kd.HardTargets()], "both": work.targets},
            work.student, kd.shared(kd.load_data("digits")),
            teacher=kd.shared(work.teacher), seeds=range(count),
            epochs=work.epochs, batch_size=work.batch_size,
        )  # fmt: skip

    return run
