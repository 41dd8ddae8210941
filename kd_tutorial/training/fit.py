"""Training as an ordinary Keras `fit`, on targets the teacher wrote once."""

from collections.abc import Sequence

import keras

from ..answers.answers import Answers
from ..answers.cache import AnswerCache
from ..answers.rows import as_rows, count, take
from ..answers.store import AnswerStore
from ..checks import check_options, check_whole
from ..data.dataset import Dataset, Split
from ..objectives.heads import heads
from ..objectives.target import VALUES, Target
from ..objectives.targets import HardTargets, SoftTargets
from .backup import backup_of, flat, ordered
from .checked import (
    check_batches,
    check_counts,
    check_student,
    check_student_on,
    warn_of_random_layers,
)
from .lesson import Lesson
from .ordered import Numbered, Starts, numbered_rows
from .quicker import created, steps_at_once
from .streams import (
    check_batched,
    first_batch,
    is_stream,
    one_ahead,
    refuse,
    refuse_weights,
    reshuffled,
    taught,
    unpacked,
)
from .taught_model import STUDENT, Evaluated, compiled, usual_metrics
from .validated import held_out, looks, validation

_FIT_OPTIONS = (
    "callbacks", "initial_epoch", "shuffle", "steps_per_epoch",
    "validation_batch_size", "validation_freq", "validation_split",
    "validation_steps",
)  # fmt: skip


def distill(
    teacher,
    student,
    x,
    y=None,
    *,
    targets: Sequence[Target] | None = None,
    epochs: int = 20,
    batch_size: int | None = None,
    optimizer="adam",
    sample_weight=None,
    validation_data=None,
    metrics: Sequence | None = None,
    cache: AnswerCache | None = None,
    verbose=0,
    **fit_options,
):
    """Train a student on a teacher's answers: `sum_k weight_k L_k`.

    `L_k = mean_i w_i l_k(student_i, target_i)`, one term a target. This is
    `keras.Model.fit` of a model with one named output a target, so callbacks,
    strategies, mixed precision and progress bars work as they always do. The
    student is trained in place, and it is the student that a `ModelCheckpoint`
    writes. Of rows in memory the teacher is asked once, before training; of a
    stream it is asked batch by batch, about the view that the student sees.

    Rows in memory are shuffled anew each epoch. (After
    `keras.utils.set_random_seed`, Keras' own `fit` on TensorFlow repeats one
    order; random functions of TensorFlow in a stream's `map` repeat too, and
    Keras' augmentation layers there do not.)

    Where a `keras.callbacks.BackupAndRestore` is among the callbacks, an
    interrupted call goes on after its last whole epoch, with the weights,
    optimizer, random states and order of rows it had; other callbacks (early
    stopping, say) begin anew, and so does a stream.

    Args:
        teacher: whatever `ask` takes, a Keras model or a function from a
            batch to logits for example, or the `Answers` it gave for this
            `x`, in memory or in an `AnswerStore`; `None` when no target asks.
        student: a Sequential or functional Keras model that ends in logits.
        x: examples, shape `(examples, ...)`; a dictionary or list of arrays
            for several inputs; or a stream of `(x, y, sample_weight)`, `(x,
            y)` or `x`: a `tf.data.Dataset`, a `keras.utils.PyDataset` or a
            generator. Where the teacher is `Answers`, a stream gives
            `(numbers, batch)` with the numbers of the rows, as
            `tf.data.Dataset.enumerate` does. Students with dense outputs,
            `(batch, ..., classes)`, are compared place by place, and a mask
            leaves places out. For a stream of unknown length pass
            `steps_per_epoch`: else Keras' averages of single losses, not
            `loss`, run over one step more.
        y: labels, shape `(examples,)`, or as the targets' losses need them.
            Defaults to `None`: examples without labels, for targets that
            need none, or a stream that brings its own.
        targets: what to match. Defaults to
            `[HardTargets(weight=0.1), SoftTargets(weight=0.9)]` at T = 4, or
            the soft targets alone, with weight 1, without labels.
        epochs: passes over `x`. Defaults to 20.
        batch_size: examples a step. Defaults to 32; a stream has its own.
        optimizer: a Keras optimizer or its name. Defaults to `"adam"`.
        sample_weight: w_i of every target, shape `(examples,)`, times the
            target's own. Defaults to `None`.
        validation_data: `(x, y)`, `(x, y, sample_weight)` or a stream, logged
            as `val_...`; `y` may be `None`. Of a teacher that is `Answers`,
            which know nothing of these rows, only the student's metrics are
            logged. Where it is given, `validation_split` rests. A target's
            own `sample_weight` is of training rows, and does not count here.
            Defaults to `None`.
        metrics: of the student's outputs and the labels, as `compile` takes
            them. Defaults to `None`: accuracy, or the mean squared error.
        cache: an `AnswerCache`, for rows in memory. Defaults to `None`: ask
            afresh.
        verbose: Keras' own, 0, 1 or 2. Defaults to 0.
        **fit_options: passed to `keras.Model.fit`: `callbacks`, `shuffle`,
            `initial_epoch`, `steps_per_epoch`, `validation_split`, ...

    Returns:
        Keras' `History`: `loss` and, where labels are given,
        `student_accuracy`; with them, or with several targets, also one loss
        a target (`hard_loss`, `soft_loss`, ...), before its weight.

    Raises:
        ValueError: for no examples, labels that do not fit, a teacher with
            other classes, a layer that does not exist, answers for other
            rows, logits that are probabilities or not finite, a batch of one
            row for targets that compare rows.
        TypeError: for what cannot be a teacher or a student, or an option
            that belongs to a target or to nobody.

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
    check_options(fit_options, _FIT_OPTIONS)
    check_whole("epochs", epochs)
    check_counts(batch_size=batch_size, **fit_options)
    if isinstance(x, Dataset):
        raise TypeError("x is a Dataset. Pass one of its splits: data.train.")
    if isinstance(x, Split):
        x, y = x.x, x.y if y is None else y
    stream = is_stream(x)
    fit_options["validation_freq"] = every = looks(
        fit_options.get("validation_freq", 1)
    )
    if validation_data is not None:
        fit_options.pop("validation_split", None)  # as in `fit`
    split = fit_options.get("validation_split") or None
    if isinstance(teacher, AnswerStore) and not stream:
        if split is not None:
            raise ValueError(
                f"validation_split={split!r} was given with answers in a "
                "store. Pass the rows to train on as a stream of (numbers, "
                "batch), and the others as validation_data."
            )
        x = numbered_rows(
            teacher, student, x, y, sample_weight,
            check_whole("batch_size", batch_size or 32),
            fit_options.get("shuffle", True),
            fit_options.pop("steps_per_epoch", None),
        )  # fmt: skip
        stream, y, sample_weight, batch_size = True, None, None, None
        cache, fit_options["shuffle"] = None, False  # it does both itself
    numbered = isinstance(teacher, Answers)
    if stream:
        refuse(
            y=y, sample_weight=sample_weight, cache=cache,
            batch_size=batch_size, validation_split=split,
        )  # fmt: skip
        first, x = first_batch(x)
        rows, labels, weights, *numbers = unpacked(first, numbered)
    else:
        batch_size = check_whole("batch_size", batch_size or 32)
        x = rows = as_rows(x, len(getattr(student, "inputs", None) or [x]))
        labels, weights = y, sample_weight
    labelled = labels is not None
    if targets is None and labelled:
        targets = [HardTargets(weight=0.1), SoftTargets(weight=0.9)]
    elif targets is None:
        targets = [SoftTargets()]
    lesson = Lesson(
        teacher, student, targets, cache, True if verbose == 1 else None
    )
    if isinstance(student, keras.Sequential) and not student.built:
        student.build((None, *rows.shape[1:]))
    check_student(student, lesson.outputs)
    if stream:
        check_batched("x", rows, student)
    lesson.check_teacher()
    if metrics is not None and not labelled:
        raise ValueError("metrics need labels, got y=None. Pass y.")
    if stream:
        refuse_weights(lesson.named)
        example = lesson.of_batch(rows, labels, weights, *numbers)
        data = {"x": taught(x, lesson.of_batch, example, numbered)}
        if not isinstance(x, keras.utils.PyDataset):
            fit_options.setdefault("shuffle", False)  # Keras cannot, and warns
    else:
        arrays, weights = lesson.of_rows(x, labels, weights)
        data = {"x": x, "y": arrays, "sample_weight": weights}
    if lesson.layers and (numbered or not stream):
        warn_of_random_layers(student)
    if lesson.outputs != VALUES:
        check_student_on(student, take(rows, slice(8)))
    metrics = usual_metrics(lesson.outputs) if metrics is None else metrics
    model = heads(
        student, lesson.named, lesson.shapes, STUDENT if labelled else None
    )
    if keras.backend.backend() == "jax":
        model(take(rows, slice(1)))  # shows the masks of nested models
    shown = metrics if labelled else None
    model = compiled(student, model, lesson.named, optimizer, shown)
    callbacks = flat(fit_options.pop("callbacks", None))
    if validation_data is not None:
        there, own = validation(
            lesson, validation_data, labelled, batch_size, fit_options
        )
        fit_options["validation_data"] = there
        if own is not None:
            callbacks.insert(0, Evaluated(student, metrics, own, every))
    steps = fit_options.get("steps_per_epoch")
    shuffle = fit_options.get("shuffle", True)
    again = shuffle is True and keras.backend.backend() == "tensorflow"
    if not stream:
        arrays = held_out(data, fit_options, lesson.named, batch_size)
        data = dict(zip(data, arrays), batch_size=batch_size)
        check_batches(lesson.named, "x", count(arrays[0]), batch_size)
    backup, callbacks = backup_of(
        callbacks, lesson, model, data, batch_size, shuffle, steps
    )
    if backup is not None:
        fit_options["initial_epoch"] = backup.restore(
            model, fit_options.get("initial_epoch", 0)
        )
    elif isinstance(x, Numbered):
        callbacks = [Starts(x), *callbacks]
    if isinstance(x, Numbered):
        data["x"] = one_ahead(data["x"], example)
    if not stream and (backup is not None or again):
        if backup is not None:
            data = ordered(backup, arrays, batch_size, shuffle, steps)
            fit_options.pop("steps_per_epoch", None)
        else:
            rows = reshuffled(arrays, batch_size, endless=steps is not None)
            data = {"x": rows, "shuffle": False}
            model.steps_per_execution = steps_at_once(
                callbacks, fit_options, epochs * count(arrays[0]) // batch_size
            )
        fit_options.pop("shuffle", None)
    created(model, example if stream else arrays)
    history = model.fit(
        **data, epochs=epochs, verbose=verbose, callbacks=callbacks,
        **fit_options,
    )  # fmt: skip
    return history if backup is None else backup.finish(history)


def train(model, x, y=None, **options):
    """Train a model on labels alone; see `distill` for the options.

    Args:
        model: a Sequential or functional Keras model that ends in logits.
        x: examples, or a stream, as `distill` takes them.
        y: labels; `None` for a stream that brings them.
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
