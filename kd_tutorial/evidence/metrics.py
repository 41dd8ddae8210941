"""How good a model is, and how close to its teacher.

All take labels or the teacher's logits first and the model's
logits second. Logits may be stacked, `(..., examples, classes)`; the result
then has one number for each leading index.
"""

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
