"""Losses that compare a student with its teacher, one number an example.

Every function takes logits of shape `(batch, classes)`, the teacher's first
(as Keras puts `y_true` first), and returns `(batch,)`. They work in log space
and never clip. Those with a temperature carry the factor T², so that their
gradients keep their size as T grows (Hinton et al. 2015, section 2).

In the formulas v are the teacher's logits and z the student's,
p = softmax(v / T) and q = softmax(z / T), C is the number of classes.
"""

from keras import ops

from ..checks import check_temperature


def _float(name, array):
    """`array` as a tensor of float32 or, where it is, float64."""
    double = "float64" in str(getattr(array, "dtype", ""))
    tensor = ops.convert_to_tensor(array, "float64" if double else None)
    if len(tensor.shape) != 2:
        raise ValueError(
            f"{name} must have shape (batch, classes), got "
            f"{tuple(tensor.shape)}. Give one row of logits an example."
        )
    if double:
        return tensor
    return ops.cast(tensor, "float32")  # float16 overflows at 65,504


def _pair(teacher_logits, student_logits):
    teacher = _float("teacher_logits", teacher_logits)
    student = _float("student_logits", student_logits)
    if teacher.shape[1] != student.shape[1]:
        raise ValueError(
            f"teacher_logits have {teacher.shape[1]} classes and "
            f"student_logits {student.shape[1]}. Both must score the same "
            "classes in the same order: drop or reorder columns first."
        )
    if None not in (teacher.shape[0], student.shape[0]) and (
        teacher.shape[0] != student.shape[0]
    ):
        raise ValueError(
            f"teacher_logits have {teacher.shape[0]} rows and student_logits "
            f"{student.shape[0]}. Row i of both must be the same example."
        )
    if teacher.dtype != student.dtype:  # a float64 array, float32 logits
        teacher = ops.cast(teacher, student.dtype)
    return teacher, student


def _log_probabilities(teacher_logits, student_logits, temperature):
    check_temperature(temperature)
    teacher, student = _pair(teacher_logits, student_logits)
    return (
        ops.log_softmax(teacher / temperature),
        ops.log_softmax(student / temperature),
    )


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
    log_q = ops.log_softmax(_float("student_logits", student_logits))
    classes = log_q.shape[1]
    labels = ops.cast(ops.convert_to_tensor(labels), "int32")
    target = ops.one_hot(labels, classes, dtype=log_q.dtype)
    target = (1 - label_smoothing) * target + label_smoothing / classes
    return -ops.sum(target * log_q, axis=-1)


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
    log_p, log_q = _log_probabilities(
        teacher_logits, student_logits, temperature
    )
    return -(temperature**2) * ops.sum(ops.exp(log_p) * log_q, axis=-1)


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
    log_p, log_q = _log_probabilities(
        teacher_logits, student_logits, temperature
    )
    return temperature**2 * ops.sum(ops.exp(log_p) * (log_p - log_q), axis=-1)


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
    log_p, log_q = _log_probabilities(
        teacher_logits, student_logits, temperature
    )
    return temperature**2 * ops.sum(ops.exp(log_q) * (log_q - log_p), axis=-1)


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
    if not 0 <= beta <= 1:
        raise ValueError(
            f"beta must be in [0, 1], got {beta!r}. 0 is KL(teacher || "
            "student), 1 is KL(student || teacher), 0.5 the Jensen-Shannon "
            "divergence."
        )
    if beta == 0:
        return kl_divergence(
            teacher_logits, student_logits, temperature=temperature
        )
    if beta == 1:
        return reverse_kl(
            teacher_logits, student_logits, temperature=temperature
        )
    log_p, log_q = _log_probabilities(
        teacher_logits, student_logits, temperature
    )
    log_beta = ops.log(ops.cast(beta, log_p.dtype))
    log_rest = ops.log1p(-ops.cast(beta, log_p.dtype))
    log_m = ops.logaddexp(log_p + log_beta, log_q + log_rest)
    from_teacher = ops.sum(ops.exp(log_p) * (log_p - log_m), axis=-1)
    from_student = ops.sum(ops.exp(log_q) * (log_q - log_m), axis=-1)
    scale = temperature**2 / (beta * (1 - beta) if normalized else 1)
    return scale * (beta * from_teacher + (1 - beta) * from_student)


def squared_logits(teacher_logits, student_logits, *, centered=False):
    """Squared error on the logits, `sum_k (z_k - v_k)² / (2 C)`.

    Logit matching, Ba and Caruana 2014 (arXiv:1312.6184). With
    `centered=True` each row first loses its mean: this is the limit of
    `kl_divergence` as T grows (Hinton et al. 2015, section 2.1), and does not
    see shifts.

    Args:
        teacher_logits: shape `(batch, classes)`.
        student_logits: shape `(batch, classes)`.
        centered: subtract each row's mean first. Defaults to `False`.

    Returns:
        Squared logits, shape `(batch,)`.

    Raises:
        ValueError: for shapes that differ.

    Example:

    >>> import kd_tutorial as kd
    >>> float(kd.losses.squared_logits([[1.0, 3.0]], [[0.0, 0.0]])[0])
    2.5
    """
    teacher, student = _pair(teacher_logits, student_logits)
    difference = student - teacher
    if centered:
        difference = difference - ops.mean(difference, axis=-1, keepdims=True)
    return ops.mean(ops.square(difference), axis=-1) / 2


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
    log_p, log_q = _log_probabilities(
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
    log_p, log_q = _log_probabilities(
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

    teacher, student = _pair(teacher_logits, student_logits)
    return kl_divergence(
        standardize(teacher), standardize(student), temperature=temperature
    )
