"""Training as an ordinary Keras `fit`, on targets the teacher wrote once."""

from collections.abc import Sequence

import keras
import numpy as np

from ..answers.answers import Answers
from ..answers.asking import ask
from ..answers.cache import AnswerCache
from ..checks import check_options
from ..objectives.targets import (
    HardTargets,
    SoftTargets,
    Target,
    heads,
    name_targets,
)

STUDENT = "student"  # the output that carries accuracy and no loss
_FIT_OPTIONS = (
    "callbacks", "initial_epoch", "shuffle", "steps_per_epoch",
    "validation_batch_size", "validation_freq", "validation_steps",
)  # fmt: skip


def check_student(student):
    """Raise unless the student is a built model that ends in logits."""
    try:
        output = student.outputs[0]
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(
            f"the student {student.name!r} has no symbolic output. Build it "
            "as a Sequential or functional model that starts with "
            "keras.Input(shape)."
        ) from error
    if len(output.shape) != 2:
        raise ValueError(
            f"the student's output has shape {tuple(output.shape)}, not "
            "(batch, classes). End it in one logit a class."
        )
    activation = getattr(student.layers[-1], "activation", None)
    if (
        activation is keras.activations.softmax
        or type(student.layers[-1]) is keras.layers.Softmax
    ):
        raise ValueError(
            f"the student {student.name!r} ends in a softmax, so it gives "
            "probabilities where logits are needed. Leave the last layer "
            "without activation."
        )


def check_labels(labels, rows: int, classes: int):
    """Raise unless labels are `rows` integers in [0, classes)."""
    labels = np.asarray(labels)
    if labels.shape != (rows,):
        raise ValueError(
            f"y has shape {labels.shape} for {rows} examples. Give one "
            f"integer label an example, shape ({rows},)."
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise TypeError(
            f"y must hold integer labels, got dtype {labels.dtype}. For "
            "one-hot rows use y.argmax(axis=1)."
        )
    if labels.min() < 0 or labels.max() >= classes:
        wrong = labels.min() if labels.min() < 0 else labels.max()
        raise ValueError(
            f"y has label {wrong}, but the student scores {classes} classes, "
            f"0 to {classes - 1}. Build it with enough classes, or renumber."
        )
    return labels


def _answers(teacher, x, named, cache, verbose) -> Answers | None:
    """The teacher's answers for `x`, asked now or brought along."""
    layers = [t.asks for t in named.values() if t.asks is not None]
    if not layers:
        return None
    if teacher is None:
        names = [type(t).__name__ for t in named.values() if t.asks]
        raise ValueError(
            f"{', '.join(names)} need a teacher, got teacher=None. Pass a "
            "model or its Answers."
        )
    if isinstance(teacher, Answers):
        teacher.check_rows(x)
        return teacher
    return ask(teacher, x, layers=layers, cache=cache, verbose=verbose)


def encode(named: dict[str, Target], answers: Answers | None, labels):
    """Each head's target array, by output name."""
    return {
        name: t.encode(labels, answers[t.asks] if t.asks else None)
        for name, t in named.items()
    }


def _sample_weights(named, rows):
    """Keras' `sample_weight`, or `None` when no target has any."""
    if all(t.sample_weight is None for t in named.values()):
        return None
    for name, target in named.items():
        given = target.sample_weight
        if given is not None and given.shape != (rows,):
            raise ValueError(
                f"sample_weight of target {name!r} has shape {given.shape} "
                f"for {rows} examples. Give one weight an example, shape "
                f"({rows},)."
            )
    ones = np.ones(rows, "float32")
    return {
        name: ones if t.sample_weight is None else t.sample_weight
        for name, t in named.items()
    }


class _Accuracy(keras.callbacks.Callback):
    """Logs `val_student_accuracy` of a student that trains without labels."""

    def __init__(self, student, x, y):
        super().__init__()
        self.student, self.x, self.y = student, x, y

    def on_epoch_end(self, epoch, logs=None):
        logits = self.student.predict(self.x, verbose=0)
        logs["val_student_accuracy"] = float(
            (logits.argmax(axis=-1) == self.y).mean()
        )


def distill(
    teacher,
    student,
    x,
    y=None,
    *,
    targets: Sequence[Target] | None = None,
    epochs: int = 20,
    batch_size: int = 32,
    optimizer="adam",
    validation_data=None,
    cache: AnswerCache | None = None,
    verbose=0,
    **fit_options,
):
    """Train a student on a teacher's answers: `sum_k weight_k L_k`.

    `L_k = mean_i w_i l_k(student_i, target_i)`, one term a target. The
    teacher is asked once, before training; then this is `keras.Model.fit` of
    a model with one named output a target, so callbacks, strategies, mixed
    precision and progress bars work as they always do. The student is trained
    in place.

    Args:
        teacher: a Keras model that ends in logits, or the `Answers` it gave
            for this `x`; `None` when no target asks.
        student: a Sequential or functional Keras model that ends in logits.
        x: examples, shape `(examples, ...)`.
        y: integer labels, shape `(examples,)`. Defaults to `None`: examples
            without labels, for targets that need none.
        targets: what to match. Defaults to
            `[HardTargets(weight=0.1), SoftTargets(weight=0.9)]` at T = 4, or
            the soft targets alone, with weight 1, when `y` is `None`.
        epochs: passes over `x`. Defaults to 20.
        batch_size: examples a step. Defaults to 32.
        optimizer: a Keras optimizer or its name. Defaults to `"adam"`.
        validation_data: `(x, y)`, logged as `val_...`; `y` may be `None`.
            Defaults to `None`.
        cache: an `AnswerCache`. Defaults to `None`: ask afresh.
        verbose: Keras' own, 0, 1 or 2. Defaults to 0.
        **fit_options: passed to `keras.Model.fit`: `callbacks`, `shuffle`,
            `initial_epoch`, `steps_per_epoch`, `validation_freq`, ...

    Returns:
        Keras' `History`: `loss` and, where labels are given,
        `student_accuracy`; with them, or with several targets, also one loss
        a target (`hard_loss`, `soft_loss`, ...), before its weight.

    Raises:
        ValueError: for no examples, labels that do not fit, a teacher with
            other classes, a layer that does not exist, answers for other
            rows, logits that are probabilities or not finite.
        TypeError: for an option that belongs to a target or to nobody.

    Example:

    >>> import kd_tutorial as kd
    >>> data = kd.load_data("digits")
    >>> teacher = kd.mlp(data.input_shape, data.classes, hidden=(128, 64))
    >>> _ = kd.train(teacher, data.train.x, data.train.y, epochs=1)
    >>> student = kd.mlp(data.input_shape, data.classes, hidden=(8,))
    >>> history = kd.distill(teacher, student, data.train.x, epochs=1)
    >>> sorted(history.history)
    ['loss']
    """
    if targets is None and y is None:
        targets = [SoftTargets()]
    elif targets is None:
        targets = [HardTargets(weight=0.1), SoftTargets(weight=0.9)]
    check_options(fit_options, _FIT_OPTIONS)
    x = np.asarray(x)
    if len(x) == 0:
        raise ValueError("x has no examples. Pass at least one row.")
    if getattr(student, "inputs", None) is None and hasattr(student, "build"):
        student.build((None, *x.shape[1:]))
    check_student(student)
    named = name_targets(targets)
    bar = True if verbose == 1 else None

    def prepare(x, labels):
        if labels is not None:
            labels = check_labels(labels, len(x), student.outputs[0].shape[-1])
        answers = _answers(teacher_or(x), x, named, cache, bar)
        arrays = encode(named, answers, labels)
        if labels is not None:
            arrays[STUDENT] = labels
        return answers, arrays

    def teacher_or(rows):
        if rows is x or not isinstance(teacher, Answers):
            return teacher
        raise ValueError(
            "validation_data needs a teacher to ask, and Answers only hold "
            "the training rows. Pass the teacher, or leave validation_data "
            "out and evaluate the student afterwards."
        )

    answers, arrays = prepare(x, y)
    shapes = (
        {}
        if answers is None
        else {
            layer: array.shape[1:] for layer, array in answers.outputs.items()
        }
    )
    model = heads(student, named, shapes)
    losses = {name: t.loss for name, t in named.items()}
    weights = {name: float(t.weight) for name, t in named.items()}
    metrics = None
    if y is not None:  # an output without loss, for its accuracy
        output = keras.layers.Identity(name=STUDENT)(student.outputs[0])
        model = keras.Model(model.input, {**model.output, STUDENT: output})
        losses[STUDENT], weights[STUDENT] = None, 0.0
        metrics = {STUDENT: ["accuracy"]}
    model.compile(
        optimizer=optimizer, loss=losses, loss_weights=weights, metrics=metrics
    )
    if validation_data is not None:
        if len(validation_data) != 2:
            raise ValueError(
                f"validation_data has {len(validation_data)} entries. Pass "
                "(x, y): validation examples all weigh the same."
            )
        rows, labels = np.asarray(validation_data[0]), validation_data[1]
        arrays_there = prepare(rows, labels)[1]
        if y is None and labels is not None:
            # No output for it: the training rows have no labels to compare.
            right = arrays_there.pop(STUDENT)
            fit_options["callbacks"] = [
                _Accuracy(student, rows, right),
                *fit_options.get("callbacks", ()),
            ]
        validation_data = (rows, arrays_there)
    sample_weight = _sample_weights(named, len(x))
    if sample_weight is not None and y is not None:
        sample_weight[STUDENT] = np.ones(len(x), "float32")
    return model.fit(
        x,
        arrays,
        epochs=epochs,
        batch_size=batch_size,
        sample_weight=sample_weight,
        validation_data=validation_data,
        verbose=verbose,
        **fit_options,
    )


def train(model, x, y, **options):
    """Train a model on labels alone; see `distill` for the options.

    Args:
        model: a Sequential or functional Keras model that ends in logits.
        x: examples, shape `(examples, ...)`.
        y: integer labels, shape `(examples,)`.
        **options: those of `distill`; `targets` defaults to
            `[HardTargets()]`.

    Returns:
        Keras' `History`.

    Raises:
        ValueError: as `distill` does.

    Example:

    >>> import kd_tutorial as kd
    >>> data = kd.load_data("digits")
    >>> model = kd.mlp(data.input_shape, data.classes)
    >>> history = kd.train(model, data.train.x, data.train.y, epochs=2)
    >>> len(history.history["student_accuracy"])
    2
    """
    options.setdefault("targets", [HardTargets()])
    return distill(None, model, x, y, **options)
