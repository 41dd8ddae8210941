"""The divergence in two parts: the target, and all other classes."""

from keras import ops

from .inputs import log_probabilities


def decoupled_kd(
    teacher_logits,
    student_logits,
    labels,
    *,
    temperature=4.0,
    target_weight=1.0,
    nontarget_weight=8.0,
):
    """Decoupled distillation, `T² (a TCKD + b NCKD)`.

    TCKD is the divergence of (target, rest) as two classes, NCKD that among
    the other classes alone: Zhao et al. 2022, section 3
    (arXiv:2203.08679). With `b = 1 - p_target` and `a = 1` they add up to
    `kl_divergence`.

    Args:
        teacher_logits: shape `(batch, classes)`.
        student_logits: shape `(batch, classes)`.
        labels: the target classes, integers, shape `(batch,)`.
        temperature: T > 0. Defaults to 4.
        target_weight: a, the paper's alpha. Defaults to 1.
        nontarget_weight: b, the paper's beta, a number or shape `(batch,)`.
            Defaults to 8.

    Returns:
        Nats times T², shape `(batch,)`.

    Raises:
        ValueError: for T ≤ 0 or not finite, or shapes that differ.

    Example:

    >>> import kd_tutorial as kd
    >>> v = [[3.0, 1.0, 0.0]]
    >>> float(kd.losses.decoupled_kd(v, v, [0])[0])
    0.0
    """
    log_p, log_q = log_probabilities(
        teacher_logits, student_logits, temperature
    )
    classes = log_p.shape[1]
    labels = ops.cast(ops.convert_to_tensor(labels), "int32")
    target = ops.one_hot(labels, classes, dtype=log_p.dtype)
    rest = 1 - target

    def split(log):  # (batch, classes) -> (batch,), (batch,), the rest's own
        log_target = ops.sum(target * log, axis=-1)
        without = log - 1e9 * target
        log_rest = ops.logsumexp(without, axis=-1)
        return log_target, log_rest, log - log_rest[:, None]

    p_target, p_rest, p_among = split(log_p)
    q_target, q_rest, q_among = split(log_q)
    tckd = ops.exp(p_target) * (p_target - q_target) + ops.exp(p_rest) * (
        p_rest - q_rest
    )
    # The target's own column is masked before the exponential, which could
    # otherwise overflow where the teacher is certain.
    share = rest * ops.exp(rest * p_among)
    nckd = ops.sum(share * rest * (p_among - q_among), axis=-1)
    return temperature**2 * (target_weight * tckd + nontarget_weight * nckd)
