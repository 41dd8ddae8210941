"""Divergences of two softened distributions, one number an example."""

from keras import ops

from ..checks import check_temperature, is_traced
from . import inputs, stable


def soft_cross_entropy(teacher_logits, student_logits, *, temperature=1.0):
    """Softened cross-entropy, `-T² sum_k p_k log q_k`.

    Differs from `kl_divergence` by T² times the teacher's entropy, which the
    student cannot change: the gradients are the same. Hinton et al. 2015,
    section 2.

    Args:
        teacher_logits: shape `(batch, classes)`.
        student_logits: shape `(batch, classes)`.
        temperature: T > 0. Defaults to 1.

    Returns:
        Nats times T², shape `(batch,)`.

    Raises:
        ValueError: for T ≤ 0 or not finite, or shapes that differ.

    Example:

    >>> import kd_tutorial as kd
    >>> loss = kd.losses.soft_cross_entropy([[0.0, 0.0]], [[0.0, 0.0]])
    >>> round(float(loss[0]), 4)  # the entropy of a fair coin
    0.6931
    """
    temperature = check_temperature(temperature)
    v, z = inputs.logits(teacher_logits, student_logits)
    a, b, x = stable.relative(v, z, temperature=temperature)
    entropy = stable.log_sum(a) - ops.sum(ops.softmax(a) * a, axis=-1)
    cross = entropy + stable.divergence(a, b, x)
    return temperature**2 * (cross + stable.barrier(v, z))


def kl_divergence(teacher_logits, student_logits, *, temperature=1.0):
    """Softened Kullback-Leibler divergence, `T² sum_k p_k log(p_k / q_k)`.

    The distillation loss of Hinton et al. 2015, section 2. Its gradient in
    z is `T (q - p)`.

    Args:
        teacher_logits: shape `(batch, classes)`.
        student_logits: shape `(batch, classes)`.
        temperature: T > 0. Defaults to 1.

    Returns:
        Nats times T², at least 0, shape `(batch,)`.

    Raises:
        ValueError: for T ≤ 0 or not finite, or shapes that differ.

    Example:

    >>> import kd_tutorial as kd
    >>> loss = kd.losses.kl_divergence([[0.0, 30.0]], [[30.0, 0.0]])
    >>> round(float(loss[0]), 3)  # a loss that clips says 16.118
    30.0
    """
    temperature = check_temperature(temperature)
    v, z = inputs.logits(teacher_logits, student_logits)
    a, b, x = stable.relative(v, z, temperature=temperature)
    each = stable.divergence(a, b, x) + stable.barrier(v, z)
    return temperature**2 * each


def reverse_kl(teacher_logits, student_logits, *, temperature=1.0):
    """Reverse divergence, `T² sum_k q_k log(q_k / p_k)`.

    Mode-seeking: it costs the student to put mass where the teacher has
    none. MiniLLM (Gu et al. 2024, arXiv:2306.08543) minimises it.

    Args:
        teacher_logits: shape `(batch, classes)`.
        student_logits: shape `(batch, classes)`.
        temperature: T > 0. Defaults to 1.

    Returns:
        Nats times T², at least 0, shape `(batch,)`.

    Raises:
        ValueError: for T ≤ 0 or not finite, or shapes that differ.

    Example:

    >>> import kd_tutorial as kd
    >>> teacher, student = [[2.0, 0.0]], [[0.0, 1.0]]
    >>> reverse = kd.losses.reverse_kl(teacher, student)
    >>> swapped = kd.losses.kl_divergence(student, teacher)
    >>> bool(abs(reverse[0] - swapped[0]) < 1e-6)
    True
    """
    temperature = check_temperature(temperature)
    v, z = inputs.logits(teacher_logits, student_logits)
    b, a, x = stable.relative(z, v, temperature=temperature)
    each = stable.divergence(b, a, x) + stable.barrier(z, v)
    return temperature**2 * each


def generalized_jsd(
    teacher_logits,
    student_logits,
    *,
    temperature=1.0,
    beta=0.5,
    normalized=False,
):
    """Generalised Jensen-Shannon divergence between p and q.

    With the mixture `m = beta p + (1 - beta) q`,
    `T² (beta KL(p || m) + (1 - beta) KL(q || m))`: GKD, Agarwal et al. 2024,
    arXiv:2306.13649. As written it goes to 0 at both ends; by convention the
    ends mean `beta=0`: KL(p || q) and `beta=1`: KL(q || p), so there is a
    jump.
    `normalized=True` divides by `beta (1 - beta)`, which has exactly those
    limits and no jump.

    Args:
        teacher_logits: shape `(batch, classes)`.
        student_logits: shape `(batch, classes)`.
        temperature: T > 0. Defaults to 1.
        beta: the teacher's share of the mixture, in [0, 1], a Python number.
            Defaults to 0.5.
        normalized: divide by `beta (1 - beta)`. Defaults to `False`.

    Returns:
        Nats times T², at least 0, shape `(batch,)`.

    Raises:
        ValueError: for T ≤ 0 or not finite, `beta` outside [0, 1], or shapes
            that differ.

    Example:

    >>> import kd_tutorial as kd
    >>> apart = [[30.0, 0.0]], [[0.0, 30.0]]
    >>> round(float(kd.losses.generalized_jsd(*apart)[0]), 4)  # at most log 2
    0.6931
    >>> round(float(kd.losses.generalized_jsd(*apart, beta=0)[0]), 3)
    30.0
    """
    beta = inputs.share(
        "beta",
        beta,
        lambda b: 0 <= b <= 1,
        "[0, 1]",
        "0 is KL(teacher || student), 1 is KL(student || teacher), 0.5 the "
        "Jensen-Shannon divergence.",
    )
    if not is_traced(beta) and beta in (0, 1):
        ends = (kl_divergence, reverse_kl)[int(beta)]
        return ends(teacher_logits, student_logits, temperature=temperature)
    temperature = check_temperature(temperature)
    v, z = inputs.logits(teacher_logits, student_logits)
    a, b, x = stable.relative(v, z, temperature=temperature)
    scale = temperature**2 / (beta * (1 - beta) if normalized else 1)
    return scale * stable.jensen_shannon(a, b, x, beta)


def binary_kl_divergence(teacher_logits, student_logits, *, temperature=1.0):
    """Softened divergence of yes-or-no outputs, the mean over the outputs.

    `T² mean_j KL(sigmoid(v_j / T) || sigmoid(z_j / T))`, each output a
    distribution over yes and no: one logit for two classes, or several labels
    that may hold at once. One output equals `kl_divergence` on the logits
    `(v, 0)` and `(z, 0)`. Its gradient in z is
    `T (sigmoid(z / T) - sigmoid(v / T)) / outputs`.

    Args:
        teacher_logits: shape `(batch, outputs)`, one output or more.
        student_logits: shape `(batch, outputs)`.
        temperature: T > 0. Defaults to 1.

    Returns:
        Nats times T², at least 0, shape `(batch,)`.

    Raises:
        ValueError: for T ≤ 0 or not finite, or shapes that differ.

    Example:

    >>> import kd_tutorial as kd
    >>> loss = kd.losses.binary_kl_divergence([[30.0]], [[-30.0]])
    >>> round(float(loss[0]), 3)
    30.0
    """
    temperature = check_temperature(temperature)
    v, z = inputs.logits(teacher_logits, student_logits, columns="outputs")
    each = stable.bernoulli(v, z, temperature=temperature)
    return temperature**2 * ops.mean(each, axis=-1)
