"""The model that `fit` trains: the student with its heads, compiled."""

import warnings

import keras

from ..objectives.heads import averaged, by_name, inputs_of
from ..objectives.target import BINARY, VALUES
from .quicker import compiled_by_xla

STUDENT = "student"  # the output that carries metrics and no loss


class Taught(keras.Model):
    """A student in training. What is saved of it is the student."""

    def save(self, filepath, *arguments, **options):
        return self._student.save(filepath, *arguments, **options)

    def save_weights(self, filepath, *arguments, **options):
        return self._student.save_weights(filepath, *arguments, **options)

    def load_weights(self, filepath, *arguments, **options):
        return self._student.load_weights(filepath, *arguments, **options)

    def get_config(self):
        raise TypeError(
            "this is a student with its heads, in training, and no model to "
            "keep or to clone. Take the student: model.save(path) writes it, "
            "and distill trains yours in place."
        )

    def export(self, filepath, *arguments, **options):
        return self._student.export(filepath, *arguments, **options)


class Term(keras.losses.Loss):
    """A target's loss as `compile` takes it."""

    def __init__(self, target, width):
        super().__init__(name=target.name)
        self.target, self.width = target, width

    def call(self, y_true, y_pred):
        return averaged(self.target, y_true, y_pred, self.width)


def usual_metrics(outputs: str) -> list:
    """The metrics of outputs of a kind, where none are asked for."""
    if outputs == BINARY:  # logits: right or not from 0 on
        return [keras.metrics.BinaryAccuracy(name="accuracy", threshold=0.0)]
    if outputs == VALUES:
        return [keras.metrics.MeanSquaredError()]
    return ["accuracy"]


def compiled(student, model, named, optimizer, metrics):
    """The student with its heads, ready to `fit`.

    Args:
        student: the student.
        model: the same with its heads, from `heads`.
        named: the targets by output name.
        optimizer: a Keras optimizer or its name.
        metrics: of the output `STUDENT`, if the model has it.
    """
    own = by_name(model)
    if (
        any(head.masked for head in own.values())
        and keras.backend.backend() == "jax"
    ):
        warnings.warn(
            "On JAX, Keras loses masks on their way to metrics. They are left "
            "out: they would count places that are no part of the example.",
            stacklevel=3,
        )
        metrics = None
    losses = {name: Term(t, own[name].width) for name, t in named.items()}
    weights = {name: float(t.weight) for name, t in named.items()}
    if STUDENT in model.output:
        losses[STUDENT], weights[STUDENT] = None, 0.0
    model = Taught(inputs_of(model), model.output)
    object.__setattr__(model, "_student", student)  # no part of its own
    optimizer = keras.optimizers.get(optimizer)
    half = any(
        layer.compute_dtype == "float16" for layer in student._flatten_layers()
    )
    if half and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    model.compile(
        optimizer=optimizer,
        loss=losses,
        loss_weights=weights,
        metrics=None if metrics is None else {STUDENT: metrics},
        jit_compile=compiled_by_xla(),
    )
    return model


class Evaluated(keras.callbacks.Callback):
    """Logs the student's own metrics on rows that the objective cannot see.

    That is, on labelled validation rows of a student that trains without
    labels, or whose teacher is there only in its written answers.

    Args:
        student: the student.
        metrics: as `compile` takes them.
        data: what `evaluate` takes.
        every: Keras' `validation_freq`, epochs between two looks or a list
            of epochs, counted from 1.
    """

    def __init__(self, student, metrics, data, every=1):
        super().__init__()
        self.every = every
        self.judged = keras.Model(inputs_of(student), student.outputs[0])
        # Keras wants a loss; this one is always 0.
        self.judged.compile(
            loss=lambda y, z: 0 * keras.ops.mean(z, axis=-1), metrics=metrics
        )
        self.data = data

    def on_epoch_end(self, epoch, logs=None):
        if isinstance(self.every, int):
            due = (epoch + 1) % self.every == 0
        else:
            due = epoch + 1 in self.every
        if not due:
            return
        found = self.judged.evaluate(**self.data, return_dict=True, verbose=0)
        found.pop("loss", None)
        for name, value in found.items():
            logs[f"val_{STUDENT}_{name}"] = value
