"""Losses against the labels."""

import numpy as np
from keras import ops

from ..checks import is_traced
from . import inputs, stable


def hard_cross_entropy(labels, student_logits, *, label_smoothing=0.0):
    """Cross-entropy with the labels, `-sum_k y_k log q_k` at T = 1.

    With label smoothing a, the target is `y = (1 - a) onehot + a / C`
    (Szegedy et al. 2016, section 7).

    Args:
        labels: classes, integers from 0 to C - 1, shape `(batch,)`.
        student_logits: shape `(batch, classes)`.
        label_smoothing: mass moved to the uniform distribution, in [0, 1).
            Defaults to 0.

    Returns:
        Nats, at least 0, shape `(batch,)`.

    Raises:
        ValueError: when `label_smoothing` is outside [0, 1), for labels that
            are no classes, or shapes that differ. Labels that are not known
            yet, as in a compiled function, give NaN instead.

    Example:

    >>> import kd_tutorial as kd
    >>> loss = kd.losses.hard_cross_entropy([0], [[0.0, 0.0]])
    >>> round(float(loss[0]), 4)  # log 2
    0.6931
    """
    smoothing = inputs.share(
        "label_smoothing",
        label_smoothing,
        lambda s: 0 <= s < 1,
        "[0, 1)",
        "0 leaves the labels as they are, 0.1 is usual.",
    )
    student = inputs.rows("student_logits", student_logits)
    target = inputs.one_hot(labels, student)
    target = (1 - smoothing) * target + smoothing / target.shape[1]
    below = student - ops.stop_gradient(
        ops.max(student, axis=-1, keepdims=True)
    )
    # An excluded class without a share counts 0, not 0 times infinity.
    named = ops.where(target > 0, target * below, 0.0)
    each = stable.log_sum(below) - ops.sum(named, axis=-1)
    return inputs.of_labels(labels, target.shape[1], each)


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
        ValueError: for labels outside [0, 1], or shapes that differ.

    Example:

    >>> import kd_tutorial as kd
    >>> loss = kd.losses.binary_cross_entropy([[1, 0]], [[0.0, -200.0]])
    >>> round(float(loss[0]), 4)  # half of log 2
    0.3466
    """
    if not is_traced(labels):
        given = np.asarray(labels, dtype="float64")
        if not ((given >= 0) & (given <= 1)).all():
            raise ValueError(
                f"labels must be from 0 to 1, got {given.min()} to "
                f"{given.max()}. Give 1 where a label holds and 0 where it "
                "does not; for class numbers use hard_cross_entropy."
            )
    labels, student = inputs.pair(
        labels,
        student_logits,
        names=("labels", "student_logits"),
        columns="outputs",
    )
    student = ops.clip(student, stable.EXCLUDED, -stable.EXCLUDED)
    each = labels * ops.softplus(-student)
    each = each + (1 - labels) * ops.softplus(student)
    return ops.mean(each, axis=-1)
