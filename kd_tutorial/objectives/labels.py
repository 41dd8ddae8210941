"""Losses against the labels."""

from keras import ops

from . import inputs


def hard_cross_entropy(labels, student_logits, *, label_smoothing=0.0):
    """Cross-entropy with the labels, `-sum_k y_k log q_k` at T = 1.

    With label smoothing a, the target is `y = (1 - a) onehot + a / C`
    (Szegedy et al. 2016, section 7).

    Args:
        labels: integer classes, shape `(batch,)`.
        student_logits: shape `(batch, classes)`.
        label_smoothing: mass moved to the uniform distribution, in [0, 1).
            Defaults to 0.

    Returns:
        Nats, shape `(batch,)`.

    Raises:
        ValueError: when `label_smoothing` is outside [0, 1).

    Example:

    >>> import kd_tutorial as kd
    >>> loss = kd.losses.hard_cross_entropy([0], [[0.0, 0.0]])
    >>> round(float(loss[0]), 4)  # log 2
    0.6931
    """
    if isinstance(label_smoothing, float | int) and not (
        0 <= label_smoothing < 1
    ):
        raise ValueError(
            f"label_smoothing must be in [0, 1), got {label_smoothing!r}. "
            "0 leaves the labels as they are, 0.1 is usual."
        )
    log_q = ops.log_softmax(inputs.rows("student_logits", student_logits))
    classes = log_q.shape[1]
    labels = ops.cast(ops.convert_to_tensor(labels), "int32")
    target = ops.one_hot(labels, classes, dtype=log_q.dtype)
    target = (1 - label_smoothing) * target + label_smoothing / classes
    return -ops.sum(target * log_q, axis=-1)


def binary_cross_entropy(labels, student_logits):
    """Cross-entropy of yes-or-no outputs, the mean over the outputs.

    `-mean_j (y_j log s_j + (1 - y_j) log(1 - s_j))` with s = sigmoid(z): one
    logit for two classes, or several labels that may hold at once. Computed
    from the logits, in log space.

    Args:
        labels: 0 or 1, or a probability between, shape `(batch, outputs)`.
        student_logits: shape `(batch, outputs)`, one output or more.

    Returns:
        Nats, at least 0, shape `(batch,)`.

    Raises:
        ValueError: for shapes that differ.

    Example:

    >>> import kd_tutorial as kd
    >>> loss = kd.losses.binary_cross_entropy([[1, 0]], [[0.0, -200.0]])
    >>> round(float(loss[0]), 4)  # half of log 2
    0.3466
    """
    labels, student = inputs.pair(
        labels,
        student_logits,
        names=("labels", "student_logits"),
        columns="outputs",
    )
    each = labels * ops.softplus(-student)
    each = each + (1 - labels) * ops.softplus(student)
    return ops.mean(each, axis=-1)
