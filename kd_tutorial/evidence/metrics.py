"""How good a model is, and how close to its teacher.

All take labels or the teacher's logits first and the model's
logits second. Logits may be stacked, `(..., examples, classes)`; the result
then has one number for each leading index. Labels and the teacher's logits
may have the same leading axes, or leave them out.
"""

import numpy as np
from scipy.special import log_softmax, softmax

from ..arrays import integer_labels, real_array
from ..checks import check_finite, check_whole, suspect_probabilities


def _logits(name, logits):
    """Float64 logits, `(..., examples, classes)`."""
    logits = real_array(name, logits).astype("float64")
    if logits.ndim < 2 or 0 in logits.shape or logits.shape[-1] < 2:
        raise ValueError(
            f"{name} must have shape (..., examples, classes) with at least "
            f"one example and two classes, got {logits.shape}."
        )
    check_finite(name, logits)
    if why := suspect_probabilities(logits):
        raise ValueError(
            f"{name} look like probabilities: {why}. Pass logits: the outputs "
            "of the last layer without a softmax or sigmoid, or the logarithm "
            "of probabilities. If these are logits all the same, add a "
            "constant to each row, which changes nothing."
        )
    return logits


def beyond_doubt(logits):
    """Logits each less the largest of their row, which no metric here sees.

    Few logits may look like probabilities by chance; these do not. For those
    of a study, which were checked when they were made.
    """
    logits = np.asarray(logits, "float64")
    return logits - logits.max(axis=-1, keepdims=True)


def _fit(name, array, wanted):
    """Raise unless `array` has the last axes of `wanted`, or all of them."""
    if not array.ndim or wanted[-array.ndim :] != array.shape:
        raise ValueError(
            f"{name} have shape {array.shape} and the logits need {wanted}: "
            "one entry an example, in the same order. Make one-hot rows class "
            "numbers by argmax(axis=-1), a column a row by ravel()."
        )


def _with_labels(labels, logits):
    """Labels, one for each example of float64 logits."""
    logits = _logits("logits", logits)
    labels = integer_labels("labels", labels)
    _fit("labels", labels, logits.shape[:-1])
    if labels.max() >= logits.shape[-1]:
        raise ValueError(
            f"labels must be integers from 0 to {logits.shape[-1] - 1} for "
            f"logits of {logits.shape[-1]} classes, largest {labels.max()}."
        )
    return np.broadcast_to(labels, logits.shape[:-1]), logits


def _with_teacher(teacher, student):
    """The teacher's logits, one row for each of the student's."""
    student = _logits("student_logits", student)
    teacher = _logits("teacher_logits", teacher)
    if teacher.shape[-1] != student.shape[-1]:
        raise ValueError(
            f"teacher_logits have {teacher.shape[-1]} classes and "
            f"student_logits {student.shape[-1]}. Both must score the same "
            "classes: leave the others out."
        )
    _fit("teacher_logits", teacher, student.shape)
    return np.broadcast_to(teacher, student.shape), student


def accuracy(labels, logits):
    """Share of examples whose largest logit is the label's.

    Args:
        labels: integers from 0, shape `(examples,)`, or that of the logits
            without the classes.
        logits: shape `(..., examples, classes)`.

    Returns:
        From 0 to 1, shape `(...)`.

    Raises:
        ValueError: when the shapes do not fit, there are no examples, labels
            are no class numbers, or logits are not finite or probabilities.

    Example:

    >>> import kd_tutorial as kd
    >>> float(kd.accuracy([0, 1], [[2.0, 0.0], [1.0, 0.0]]))
    0.5
    """
    labels, logits = _with_labels(labels, logits)
    return (logits.argmax(axis=-1) == labels).mean(axis=-1)


def log_loss(labels, logits):
    """Mean cross-entropy with the labels, `-mean_i log q_i[y_i]`.

    Args:
        labels: integers from 0, shape `(examples,)`, or that of the logits
            without the classes.
        logits: shape `(..., examples, classes)`.

    Returns:
        Nats, shape `(...)`.

    Raises:
        ValueError: when the shapes do not fit, there are no examples, labels
            are no class numbers, or logits are not finite or probabilities.

    Example:

    >>> import kd_tutorial as kd
    >>> round(float(kd.log_loss([0], [[0.0, 0.0]])), 4)
    0.6931
    """
    labels, logits = _with_labels(labels, logits)
    log_q = log_softmax(logits, axis=-1)
    return -np.take_along_axis(log_q, labels[..., None], axis=-1).mean(
        axis=(-2, -1)
    )


def calibration_error(labels, logits, *, bins=15):
    """Expected calibration error, `sum_b |share_b (accuracy - confidence)|`.

    Confidence is the largest probability; bins have equal width. Guo et al.
    2017, section 2. Few examples bias it upwards.

    Args:
        labels: integers from 0, shape `(examples,)`, or that of the logits
            without the classes.
        logits: shape `(..., examples, classes)`.
        bins: how many. Defaults to 15.

    Returns:
        From 0 to 1, shape `(...)`.

    Raises:
        ValueError: when the shapes do not fit, there are no examples, labels
            are no class numbers, or logits are not finite or probabilities.

    Example:

    >>> import kd_tutorial as kd
    >>> round(float(kd.calibration_error([0, 1], [[0.0, 0.0]] * 2)), 4)
    0.0
    """
    bins = check_whole("bins", bins, 1, 10_000, "15 is usual.")
    labels, logits = _with_labels(labels, logits)
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
        teacher_logits: shape `(examples, classes)`, or the student's.
        student_logits: shape `(..., examples, classes)`.

    Returns:
        From 0 to 1, shape `(...)`.

    Raises:
        ValueError: when the shapes do not fit, there are no examples, or
            logits are not finite or probabilities.

    Example:

    >>> import kd_tutorial as kd
    >>> float(kd.agreement([[2.0, 0.0]], [[0.5, -0.5]]))
    1.0
    """
    teacher, student = _with_teacher(teacher_logits, student_logits)
    same = teacher.argmax(axis=-1) == student.argmax(axis=-1)
    return same.mean(axis=-1)


def kl_to_teacher(teacher_logits, student_logits):
    """Mean divergence from the teacher, `mean_i KL(p_i || q_i)` at T = 1.

    Args:
        teacher_logits: shape `(examples, classes)`, or the student's.
        student_logits: shape `(..., examples, classes)`.

    Returns:
        Nats, at least 0, shape `(...)`.

    Raises:
        ValueError: when the shapes do not fit, there are no examples, or
            logits are not finite or probabilities.

    Example:

    >>> import kd_tutorial as kd
    >>> float(kd.kl_to_teacher([[2.0, 0.0]], [[5.0, 3.0]]))
    0.0
    """
    teacher, student = _with_teacher(teacher_logits, student_logits)
    log_p = log_softmax(teacher, axis=-1)
    log_q = log_softmax(student, axis=-1)
    return (np.exp(log_p) * (log_p - log_q)).sum(axis=-1).mean(axis=-1)
