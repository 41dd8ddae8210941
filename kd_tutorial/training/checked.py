"""What training refuses: students and labels that do not fit the targets."""

import warnings

import keras
import numpy as np

from ..checks import check_whole
from ..objectives.heads import inputs_of
from ..objectives.target import BINARY, CLASSES, VALUES

_WHAT = {
    CLASSES: "one logit a class",
    BINARY: "one logit a label",
    VALUES: "one number a value",
}
_FUNCTIONS = {
    "Softmax": "softmax", "Sigmoid": "sigmoid", "LogSoftmax": "log_softmax",
}  # fmt: skip


def check_student(student, outputs: str = CLASSES):
    """Raise unless the student is a built model that ends in logits.

    Args:
        student: a Keras model.
        outputs: of which kind they are, see `heads.outputs_of`.
    """
    if not isinstance(student, keras.Model):
        raise TypeError(
            f"student must be a Keras model, got {type(student).__name__}. "
            "Build one, for example mlp(shape, classes)."
        )
    if not getattr(student, "inputs", None):
        raise ValueError(
            f"the student {student.name!r} has no symbolic output. Build it "
            "as a Sequential or functional model that starts with "
            "keras.Input(shape)."
        )
    if len(student.outputs) != 1:
        raise ValueError(
            f"the student has {len(student.outputs)} outputs, "
            f"{list(student.output_names)}. Train one at a time: "
            "keras.Model(student.inputs, student.outputs[0]) shares its "
            "weights; or use keras.Model.fit with the teacher's answers, one "
            "array an output."
        )
    shape = tuple(student.outputs[0].shape)
    least = 2 if outputs == CLASSES else 1
    if len(shape) < 2 or (shape[-1] or 0) < least:
        raise ValueError(
            f"the student's output has shape {shape}, not (batch, "
            f"{outputs}) with {least} or more. End it in {_WHAT[outputs]}. "
            "For two classes by one logit use binary_cross_entropy and "
            "binary_kl_divergence. Boxes of a detector and the like have no "
            "target here: match them in plain Keras, with one loss an output."
        )
    name = _last_function(student)
    # A log_softmax gives logits of classes, though not of labels each alone.
    wrong = {
        CLASSES: ("softmax", "sigmoid"),
        BINARY: ("softmax", "sigmoid", "log_softmax"),
    }
    if name in wrong.get(outputs, ()):
        raise ValueError(
            f"the student {student.name!r} ends in a {name}, so it gives "
            "probabilities where logits are needed. Leave the last layer "
            "without activation."
        )


def _last_function(model) -> str:
    """What a model applies last, as Keras names activations; or ""."""
    history = model.outputs[0]._keras_history
    # A subclassed model inside has no symbolic outputs to look at.
    while isinstance(history.operation, keras.Model) and getattr(
        history.operation, "outputs", None
    ):
        inside = history.operation.outputs[history.tensor_index]
        history = inside._keras_history
    last = history.operation  # a layer, or the operation of a function
    kind = _FUNCTIONS.get(type(last).__name__)
    return kind or getattr(getattr(last, "activation", None), "__name__", "")


def bare(student):
    """The student, with its one output in no list or dictionary."""
    if isinstance(student, keras.Sequential) or isinstance(
        student.output, keras.KerasTensor
    ):
        return student
    return keras.Model(inputs_of(student), student.outputs[0])


def check_student_on(student, rows):
    """Raise if a softmax or sigmoid hides in the student: look at outputs."""
    model = bare(student)
    given = _given(model(rows, training=False))
    sums = given.sum(axis=-1)
    if (given >= 0).all() and np.allclose(sums, 1, atol=1e-3):
        raise ValueError(
            f"the student {student.name!r} gives probabilities: every row is "
            "nonnegative and adds up to 1. There is a softmax in it. Leave "
            "it out: the losses take logits."
        )
    # Those of a new student may lie from 0 to 1 on any number of rows, but
    # logits do not stay there when the last weights are large.
    if _within(given) and _within(_given(_steep(model, rows))):
        raise ValueError(
            f"the student {student.name!r} gives probabilities: every number "
            "lies from 0 to 1, whatever the weights of its last layer. There "
            "is a sigmoid in it. Leave it out: the losses take logits."
        )


def _given(outputs):
    return np.asarray(keras.ops.convert_to_numpy(outputs), "float64")


def _within(given):
    return bool(given.any() and (given >= 0).all() and (given <= 1).all())


def _steep(model, rows):
    """What a model would give with its last weights times -1000."""
    last = model
    while inside := [part for part in last._layers if part.trainable_weights]:
        last = inside[-1]
    last = {id(variable) for variable in last.trainable_weights}
    weights = [
        [
            -1000.0 * v if id(v) in last else keras.ops.convert_to_tensor(v)
            for v in variables
        ]
        for variables in (
            model.trainable_variables, model.non_trainable_variables,
        )
    ]  # fmt: skip
    return model.stateless_call(*weights, rows, training=False)[0]


# How Keras names them, or begins to.
RANDOM = "Rand", "AugMix", "CutMix", "MixUp"
OF_IMAGES = "Conv", "Pooling", *RANDOM
OF_SEQUENCES = "GRU", "LSTM", "RNN", "MultiHeadAttention"


def warn_of_random_layers(student):
    """Warn if the student sees other rows than the teacher was asked about."""
    for layer in student._flatten_layers():
        if type(layer).__name__.startswith(RANDOM):
            warnings.warn(
                f"the student's layer {layer.name!r} changes its input at "
                "random, and the teacher was asked about the unchanged one: "
                "the two see different views. Put the augmentation into a "
                "tf.data pipeline and pass that as x: then the teacher is "
                "asked about the view that the student sees.",
                stacklevel=3,
            )
            return


def check_labels(labels, rows: int, shape, outputs: str = CLASSES):
    """Labels as an array that fits the student's outputs, or raise.

    Args:
        labels: what was given as `y`.
        rows: how many there must be.
        shape: the student's output's, `(batch, ..., columns)`.
        outputs: of which kind they are.
    """
    labels = np.asarray(labels)
    shape = tuple(shape)
    if outputs == CLASSES:
        return _classes(labels, rows, shape)
    if labels.ndim == len(shape) - 1 and shape[-1] == 1:
        labels = labels[..., None]
    _fits(labels, (rows, *shape[1:]), "a number for each output")
    if labels.dtype.kind not in "fiub":
        raise TypeError(f"y must hold numbers, got dtype {labels.dtype}.")
    labels = labels.astype("float32")
    if not np.isfinite(labels).all():
        raise ValueError("y has NaN or infinite values. Leave such rows out.")
    if outputs == BINARY and not ((labels >= 0) & (labels <= 1)).all():
        raise ValueError(
            f"y runs from {labels.min():g} to {labels.max():g}; labels that "
            "are each right or not must be 0 or 1."
        )
    return labels


def _classes(labels, rows, shape):
    _fits(labels, (rows, *shape[1:-1]), "one integer label an example")
    if not np.issubdtype(labels.dtype, np.integer):
        raise TypeError(
            f"y must hold integer labels, got dtype {labels.dtype}. For "
            "one-hot rows use y.argmax(axis=1); for names, "
            "np.unique(y, return_inverse=True)[1]; for labels that are each "
            'right or not, HardTargets(loss_function="binary_cross_entropy").'
        )
    if labels.size and (labels.min() < 0 or labels.max() >= shape[-1]):
        wrong = labels.min() if labels.min() < 0 else labels.max()
        raise ValueError(
            f"y has label {wrong}, but the student scores {shape[-1]} "
            f"classes, 0 to {shape[-1] - 1}. Build it with enough classes, "
            "or renumber. At masked places put any class: they do not count."
        )
    return labels


def _fits(labels, wanted, what):
    fits = labels.ndim == len(wanted) and all(
        w is None or n == w for n, w in zip(labels.shape, wanted)
    )
    if not fits:
        shown = tuple("any" if n is None else n for n in wanted)
        shown = f"({shown[0]},)" if len(shown) == 1 else str(shown)
        raise ValueError(
            f"y has shape {labels.shape} for {wanted[0]} examples. Give "
            f"{what}, shape {shown}."
        )


def check_counts(**given):
    """Raise for numbers of rows or steps that are given and no numbers."""
    for name in (
        "batch_size", "steps_per_epoch", "validation_batch_size",
        "validation_steps",
    ):  # fmt: skip
        if given.get(name) is not None:
            check_whole(name, given[name])


def check_batches(named, what: str, rows: int, batch_size: int | None = None):
    """Raise if a batch has fewer rows than a target compares.

    Args:
        named: targets by output name.
        what: what to call the rows in an error.
        rows: how many there are.
        batch_size: of a batch, of which the last may be shorter. Defaults to
            `None`: they are one batch.
    """
    size = batch_size or rows
    least = rows % size or size
    for name, target in named.items():
        if least < target.least_batch:
            raise ValueError(
                f"target {name!r} compares the rows of a batch, at least "
                f"{target.least_batch}, and {what}, {rows} rows by {size}, "
                f"has a batch of {least}. Pass another batch size, or leave "
                "a row out; of tf.data use batch(..., drop_remainder=True)."
            )


def check_weights(name, weights, rows: int):
    """Sample weights as an array, one an example, or raise."""
    try:
        weights = np.asarray(weights, "float32")
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{name} must be numbers, one an example, got {weights!r}."
        ) from error
    if weights.shape != (rows,):
        raise ValueError(
            f"{name} has shape {weights.shape} for {rows} examples. Give one "
            f"weight an example, shape ({rows},)."
        )
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError(f"{name} must be finite and at least 0.")
    return weights
