"""How good a model is, how close to its teacher, and what it costs.

The first five take labels or the teacher's logits first and the model's
logits second. Logits may be stacked, `(..., examples, classes)`; the result
then has one number for each leading index.
"""

import time
from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax, softmax


def _arrays(first, first_name, logits):
    """Float64 logits, and the reference broadcast to their examples."""
    logits = np.asarray(logits, dtype="float64")
    if logits.ndim < 2 or 0 in logits.shape:
        raise ValueError(
            "logits must have shape (..., examples, classes) with at least "
            f"one example, got {logits.shape}."
        )
    first = np.asarray(first)
    wanted = (
        logits.shape if first_name == "teacher_logits" else (logits.shape[:-1])
    )
    try:
        return np.broadcast_to(first, wanted), logits
    except ValueError:
        raise ValueError(
            f"{first_name} have shape {first.shape} and logits "
            f"{logits.shape}: {first_name} must fit {wanted}. Give one entry "
            "an example, in the same order."
        ) from None


def accuracy(labels, logits):
    """Share of examples whose largest logit is the label's.

    Args:
        labels: integers, shape `(examples,)`.
        logits: shape `(..., examples, classes)`.

    Returns:
        From 0 to 1, shape `(...)`.

    Raises:
        ValueError: when the shapes do not fit or there are no examples.

    Example:

    >>> import kd_tutorial as kd
    >>> float(kd.accuracy([0, 1], [[2.0, 0.0], [1.0, 0.0]]))
    0.5
    """
    labels, logits = _arrays(labels, "labels", logits)
    return (logits.argmax(axis=-1) == labels).mean(axis=-1)


def log_loss(labels, logits):
    """Mean cross-entropy with the labels, `-mean_i log q_i[y_i]`.

    Args:
        labels: integers, shape `(examples,)`.
        logits: shape `(..., examples, classes)`.

    Returns:
        Nats, shape `(...)`.

    Raises:
        ValueError: when the shapes do not fit or there are no examples.

    Example:

    >>> import kd_tutorial as kd
    >>> round(float(kd.log_loss([0], [[0.0, 0.0]])), 4)
    0.6931
    """
    labels, logits = _arrays(labels, "labels", logits)
    log_q = log_softmax(logits, axis=-1)
    return -np.take_along_axis(log_q, labels[..., None], axis=-1).mean(
        axis=(-2, -1)
    )


def calibration_error(labels, logits, *, bins=15):
    """Expected calibration error, `sum_b |share_b (accuracy - confidence)|`.

    Confidence is the largest probability; bins have equal width. Guo et al.
    2017, section 2. Few examples bias it upwards.

    Args:
        labels: integers, shape `(examples,)`.
        logits: shape `(..., examples, classes)`.
        bins: how many. Defaults to 15.

    Returns:
        From 0 to 1, shape `(...)`.

    Raises:
        ValueError: when the shapes do not fit or there are no examples.

    Example:

    >>> import kd_tutorial as kd
    >>> round(float(kd.calibration_error([0, 1], [[0.0, 0.0]] * 2)), 4)
    0.0
    """
    labels, logits = _arrays(labels, "labels", logits)
    q = softmax(logits, axis=-1)
    gap = (logits.argmax(axis=-1) == labels) - q.max(axis=-1)
    # The bin of (b / bins, (b + 1) / bins] has number b.
    place = np.ceil(q.max(axis=-1) * bins).astype(int) - 1
    total = sum(
        np.abs(np.where(place == number, gap, 0).sum(axis=-1))
        for number in range(bins)
    )
    return total / labels.shape[-1]


def agreement(teacher_logits, student_logits):
    """Share of examples on which teacher and student name the same class.

    The "top-1 agreement" of Stanton et al. 2021 (arXiv:2106.05945).

    Args:
        teacher_logits: shape `(examples, classes)`.
        student_logits: shape `(..., examples, classes)`.

    Returns:
        From 0 to 1, shape `(...)`.

    Raises:
        ValueError: when the shapes do not fit or there are no examples.

    Example:

    >>> import kd_tutorial as kd
    >>> float(kd.agreement([[2.0, 0.0]], [[0.1, 0.0]]))
    1.0
    """
    teacher, student = _arrays(
        teacher_logits, "teacher_logits", student_logits
    )
    same = teacher.argmax(axis=-1) == student.argmax(axis=-1)
    return same.mean(axis=-1)


def kl_to_teacher(teacher_logits, student_logits):
    """Mean divergence from the teacher, `mean_i KL(p_i || q_i)` at T = 1.

    Args:
        teacher_logits: shape `(examples, classes)`.
        student_logits: shape `(..., examples, classes)`.

    Returns:
        Nats, at least 0, shape `(...)`.

    Raises:
        ValueError: when the shapes do not fit or there are no examples.

    Example:

    >>> import kd_tutorial as kd
    >>> float(kd.kl_to_teacher([[2.0, 0.0]], [[5.0, 3.0]]))
    0.0
    """
    teacher, student = _arrays(
        teacher_logits, "teacher_logits", student_logits
    )
    log_p = log_softmax(teacher.astype("float64"), axis=-1)
    log_q = log_softmax(student, axis=-1)
    return (np.exp(log_p) * (log_p - log_q)).sum(axis=-1).mean(axis=-1)


@dataclass(frozen=True)
class Cost:
    """What one prediction takes.

    Args:
        parameters: numbers in the model's weights.
        operations: multiplications with an addition, for one example.
        bytes: what the weights take in memory.
    """

    parameters: int
    operations: int
    bytes: int


def cost(model) -> Cost:
    """Count a model's parameters, operations and bytes.

    Operations are the multiply-adds of dense, convolutional, recurrent and
    attention layers, for one example. Biases, activations and normalisation
    are left out: they are few beside these.

    Args:
        model: a built Keras model.

    Returns:
        `Cost`.

    Raises:
        ValueError: for a layer with weights of a kind it cannot count.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.cost(kd.mlp((8, 8, 1), 10, hidden=(64,)))
    Cost(parameters=4810, operations=4736, bytes=19240)
    """
    return Cost(
        model.count_params(),
        sum(_operations(layer) for layer in model.layers),
        sum(
            int(np.prod(v.shape)) * np.dtype(_storage(v.dtype)).itemsize
            for v in model.weights
        ),
    )


def _storage(dtype):
    return "float16" if dtype == "bfloat16" else dtype  # as many bytes


def _operations(layer) -> int:
    """Multiply-adds of one layer for one example."""
    kind = type(layer).__name__
    kernels = sum(
        int(np.prod(v.shape))
        for v in layer.trainable_weights
        if len(v.shape) > 1
    )
    if not kernels:
        return 0
    if hasattr(layer, "layers"):
        return sum(_operations(each) for each in layer.layers)
    places = int(np.prod(layer.output.shape[1:-1]))  # a kernel's uses
    if kind in ("Dense", "Conv1D", "Conv2D", "Conv3D"):
        return kernels * places
    if kind == "EinsumDense":
        return int(np.prod(layer.kernel.shape)) * places
    if kind in ("GRU", "LSTM", "SimpleRNN"):
        gates = int(np.prod(layer.cell.kernel.shape)) + int(
            np.prod(layer.cell.recurrent_kernel.shape)
        )
        return gates * layer.input.shape[1]
    if kind == "MultiHeadAttention":
        tokens = layer.output.shape[1]
        projections = sum(
            int(np.prod(v.shape))
            for v in layer.trainable_weights
            if v.name == "kernel"
        )
        # Scores and weighted values: tokens² products of each head's width.
        width = layer.num_heads * (layer.key_dim + layer.value_dim)
        return tokens * projections + tokens**2 * width
    raise ValueError(
        f"cannot count the operations of layer {layer.name!r}, a {kind}. "
        "Count it by hand, or build the model from dense, convolutional, "
        "recurrent and attention layers."
    )


@dataclass(frozen=True)
class Latency:
    """How long one call takes, in milliseconds.

    Args:
        median: of the repeats.
        low: their 5 % quantile.
        high: their 95 % quantile.
    """

    median: float
    low: float
    high: float

    def __str__(self):
        return f"{self.median:.3g} ms [{self.low:.3g}, {self.high:.3g}]"


def latency(model, x, *, repeats=50) -> Latency:
    """Time a model's `predict_on_batch` on `x`, compiled and warm.

    Machines are shared and noisy: compare models within one run, and read
    the quantiles.

    Args:
        model: a Keras model.
        x: a batch of examples, often of one.
        repeats: how many calls are timed, after three that are not.
            Defaults to 50.

    Returns:
        `Latency`, in milliseconds a call.

    Raises:
        ValueError: for fewer than two repeats or no examples.

    Example:

    >>> import numpy as np, kd_tutorial as kd
    >>> one = np.zeros((1, 8, 8, 1), "float32")
    >>> kd.latency(kd.mlp((8, 8, 1), 10), one, repeats=5).median > 0
    True
    """
    if repeats < 2:
        raise ValueError(f"repeats must be 2 or more, got {repeats!r}.")
    if len(x) == 0:
        raise ValueError("x has no examples. Pass at least one.")
    for _ in range(3):
        model.predict_on_batch(x)
    times = np.empty(repeats)
    for i in range(repeats):
        start = time.perf_counter()
        model.predict_on_batch(x)
        times[i] = 1000 * (time.perf_counter() - start)
    low, median, high = np.quantile(times, [0.05, 0.5, 0.95])
    return Latency(float(median), float(low), float(high))
