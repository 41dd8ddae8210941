"""The divergence in two parts: the target, and all other classes."""

from keras import ops

from ..checks import check_temperature
from . import inputs, stable


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
        target_weight: a, the paper's alpha, at least 0, a number or shape
            `(batch,)`. Defaults to 1.
        nontarget_weight: b, the paper's beta, likewise. Defaults to 8.

    Returns:
        Nats times T², at least 0, shape `(batch,)`.

    Raises:
        ValueError: for T ≤ 0 or not finite, labels that are no classes, a
            weight below 0, or shapes that differ. Labels that are not known
            yet, as in a compiled function, give NaN instead.

    Example:

    >>> import kd_tutorial as kd
    >>> v = [[3.0, 1.0, 0.0]]
    >>> float(kd.losses.decoupled_kd(v, v, [0])[0])
    0.0
    """
    temperature = check_temperature(temperature)
    target_weight = inputs.weight("target_weight", target_weight)
    nontarget_weight = inputs.weight("nontarget_weight", nontarget_weight)
    v, z = inputs.logits(teacher_logits, student_logits)
    target = inputs.one_hot(labels, z) > 0
    a, b, x = stable.relative(
        v, z, temperature=temperature, among=ops.logical_not(target)
    )

    def own(each):  # the target's: (batch, classes) -> (batch,)
        return ops.sum(ops.where(target, each, 0.0), axis=-1)

    others = (
        ops.where(target, stable.EXCLUDED, a),
        ops.where(target, stable.EXCLUDED, b),
        ops.where(target, 0.0, x),
    )
    nckd = stable.divergence(*others)
    found = stable.compare(*others)
    tckd = stable.bernoulli(
        own(a) - stable.log_sum(others[0]),
        own(b) - stable.log_sum(others[1]),
        own(x) - found.moved[..., 0],
    )
    weights = [
        ops.convert_to_tensor(weight, z.dtype)
        for weight in (target_weight, nontarget_weight)
    ]
    each = weights[0] * tckd + weights[1] * nckd
    each = inputs.of_labels(labels, z.shape[1], each)
    return temperature**2 * (each + stable.barrier(v, z))
