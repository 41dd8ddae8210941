"""Losses that do not see the scale of what they compare."""

from keras import ops

from ..checks import check_temperature
from . import inputs
from .divergences import kl_divergence


def dist(
    teacher_logits,
    student_logits,
    *,
    temperature=1.0,
    inter_weight=1.0,
    intra_weight=1.0,
):
    """DIST: match correlations, `T² (a (1 - r_rows) + b (1 - r_columns))`.

    r_rows is Pearson's correlation of an example's probabilities p and q over
    the classes; r_columns that of a class's probabilities over the batch,
    averaged over classes and the same for every example. Huang et al. 2022,
    arXiv:2205.10536. Needs a batch of at least two, and better many.

    Args:
        teacher_logits: shape `(batch, classes)`.
        student_logits: shape `(batch, classes)`.
        temperature: T > 0. Defaults to 1.
        inter_weight: a, the paper's beta. Defaults to 1.
        intra_weight: b, the paper's gamma. Defaults to 1.

    Returns:
        T² times a number from 0 to 2 (a + b), shape `(batch,)`.

    Raises:
        ValueError: for T ≤ 0 or not finite, or shapes that differ.

    Example:

    >>> import kd_tutorial as kd
    >>> v = [[3.0, 1.0, 0.0], [0.0, 2.0, 1.0]]
    >>> bool(abs(kd.losses.dist(v, v)[0]) < 1e-5)
    True
    """
    log_p, log_q = inputs.log_probabilities(
        teacher_logits, student_logits, temperature
    )
    p, q = ops.exp(log_p), ops.exp(log_q)

    def correlation(a, b, axis):
        a = a - ops.mean(a, axis=axis, keepdims=True)
        b = b - ops.mean(b, axis=axis, keepdims=True)
        squares = ops.sum(a * a, axis=axis) * ops.sum(b * b, axis=axis)
        return ops.sum(a * b, axis=axis) * ops.rsqrt(squares + 1e-16)

    rows = 1 - correlation(p, q, -1)  # (batch,)
    columns = 1 - ops.mean(correlation(p, q, 0))  # ()
    return temperature**2 * (inter_weight * rows + intra_weight * columns)


def standardized_kd(teacher_logits, student_logits, *, temperature=2.0):
    """Divergence of standardised logits, `T² KL(p' || q')`.

    Each row of logits is first brought to mean 0 and standard deviation 1
    (with C - 1 in the denominator): Sun et al. 2024,
    arXiv:2403.01427. The loss
    does not see positive affine maps of a row, `a z + b`.

    Args:
        teacher_logits: shape `(batch, classes)`.
        student_logits: shape `(batch, classes)`.
        temperature: T > 0. Defaults to 2.

    Returns:
        Nats times T², at least 0, shape `(batch,)`.

    Raises:
        ValueError: for T ≤ 0 or not finite, or shapes that differ.

    Example:

    >>> import kd_tutorial as kd
    >>> v = [[3.0, 1.0, 0.0]]
    >>> z = [[16.0, 12.0, 10.0]]  # 2 v + 10
    >>> bool(kd.losses.standardized_kd(v, z)[0] < 1e-6)
    True
    """
    check_temperature(temperature)

    def standardize(logits):
        centered = logits - ops.mean(logits, axis=-1, keepdims=True)
        variance = ops.sum(ops.square(centered), axis=-1, keepdims=True) / (
            logits.shape[1] - 1
        )
        # All logits equal: the row stays at zero and so does its gradient.
        return centered * ops.rsqrt(ops.maximum(variance, 1e-14))

    teacher, student = inputs.logits(teacher_logits, student_logits)
    return kl_divergence(
        standardize(teacher), standardize(student), temperature=temperature
    )
