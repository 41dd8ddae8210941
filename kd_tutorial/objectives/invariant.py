"""Losses that do not see the scale of what they compare."""

from keras import ops

from ..checks import check_temperature
from . import inputs, stable


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
    arXiv:2205.10536. Needs a batch of at least two, and better many. Every
    row counts in the columns: leave out what is padding.

    Where a row or column of the teacher is constant there is nothing to
    match: it counts 0. Where only the student's is, r = 0, and the gradient
    is that of a row of length 1.

    Args:
        teacher_logits: shape `(batch, classes)`.
        student_logits: shape `(batch, classes)`.
        temperature: T > 0. Defaults to 1.
        inter_weight: a, the paper's beta, at least 0. Defaults to 1.
        intra_weight: b, the paper's gamma, at least 0. Defaults to 1.

    Returns:
        T² times a number from 0 to 2 (a + b), shape `(batch,)`.

    Raises:
        ValueError: for T ≤ 0 or not finite, a weight below 0, a batch of one
            row, or shapes that differ.

    Example:

    >>> import kd_tutorial as kd
    >>> v = [[3.0, 1.0, 0.0], [0.0, 2.0, 1.0]]
    >>> bool(abs(kd.losses.dist(v, v)[0]) < 1e-5)
    True
    """
    temperature = check_temperature(temperature)
    inter_weight = inputs.weight("inter_weight", inter_weight)
    intra_weight = inputs.weight("intra_weight", intra_weight)
    v, z = inputs.logits(teacher_logits, student_logits)
    if z.shape[0] == 1:
        raise ValueError(
            "dist correlates a class's probabilities over the batch, and "
            "student_logits have one row. Give batches of two or more; drop "
            "a last batch of one."
        )
    a, b, x = stable.relative(v, z, temperature=temperature)
    rows = _mismatch(a, b, x)
    # Over the batch: log p and log q less log C, one row a class.
    ratio = x - stable.compare(a, b, x).moved
    columns = [
        ops.transpose(each)
        for each in (a - _log_mean(a), b - _log_mean(b), ratio)
    ]
    tops = [ops.max(each, axis=-1, keepdims=True) for each in columns[:2]]
    columns[2] = columns[2] - (tops[1] - tops[0])
    columns = ops.mean(_mismatch(*stable.relative(*columns)))
    return temperature**2 * (inter_weight * rows + intra_weight * columns)


def standardized_kd(teacher_logits, student_logits, *, temperature=2.0):
    """Divergence of standardised logits, `T² KL(p' || q')`.

    Each row of logits is first brought to mean 0 and standard deviation 1:
    Sun et al. 2024, arXiv:2403.01427. The loss does not see positive affine
    maps of a row, `a z + b`. The deviation has C - 1 in its denominator, as
    in the authors' code. Algorithm 1 of the paper has C, and so rows longer
    by 1 / s, s = sqrt(1 - 1 / C): the paper's loss at T is this one at s T,
    whose factor is (s T)², divided by 1 - 1 / C.

    The gradient grows as 1 over the deviation of the student's row. A row of
    equal logits, as a head that starts at zero gives, has none: it is
    divided by 1, stays at 0, and its gradient is at most T sqrt(C - 1).

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
    temperature = check_temperature(temperature)
    v, z = inputs.logits(teacher_logits, student_logits)
    both = ops.minimum(v, z) > stable.EXCLUDED
    a, b, x = _directions(*stable.relative(v, z, among=both), both)[:3]
    count = ops.sum(ops.cast(both, z.dtype), axis=-1, keepdims=True)
    to_deviation = ops.sqrt(ops.maximum(count - 1, 1.0))
    a, b, x = stable.relative(
        a * to_deviation,
        b * to_deviation,
        x * to_deviation,
        temperature=temperature,
    )
    each = stable.divergence(a, b, x) + stable.barrier(v, z)
    return temperature**2 * each


def _directions(a, b, gap, among=None):
    """Centred rows at length 1, and the second less the first.

    The difference comes from `gap`, which is b - a up to a constant a row: it
    keeps its digits where a and b are nearly equal. A row without any spread
    has no direction; it is divided by 1, so that it stays at 0 and its
    gradient stays finite. Mean and length are those of the entries `among`.

    Returns:
        Both rows, their difference, and their lengths, a pair.
    """
    if among is None:
        among = ops.ones_like(a, dtype="bool")
    count = ops.sum(ops.cast(among, a.dtype), axis=-1, keepdims=True)

    def total(rows):
        rows = ops.where(among, rows, 0.0)
        return ops.sum(rows, axis=-1, keepdims=True)

    a, b, gap = (r - total(r) / count for r in (a, b, gap))
    squares = [total(r * r) for r in (a, b)]
    lengths = [ops.sqrt(ops.where(s > 0, s, 1.0)) for s in squares]
    longer = total(gap * (a + b))
    longer = longer / (lengths[0] + lengths[1])  # than a, by so much is b
    turned = (gap - a * (longer / lengths[0])) / lengths[1]
    a, b = a / lengths[0], b / lengths[1]
    difference = ops.where(squares[1] > 0, turned, b - a)
    difference = ops.where(among, difference, 0.0)
    return a, b, stable.valued(difference, b - a), lengths


def _mismatch(a, b, x):
    """1 - Pearson's correlation of exp(a) and exp(b); 0 for a constant a.

    As half the square of the difference of two directions it keeps its
    digits at small mismatch. Subtracting 1 changes no correlation and keeps
    those of nearly uniform rows.
    """
    close = ops.exp(a) * ops.expm1(ops.clip(x, -1.0, 1.0))
    a, b = ops.expm1(a), ops.expm1(b)
    return _half_square(a, b, ops.where(ops.abs(x) < 1, close, b - a))


@ops.custom_gradient
def _half_square(a, b, gap):
    a, b, difference, lengths = _directions(a, b, gap)
    has_a, has_b = (
        ops.cast(ops.any(r != 0, axis=-1, keepdims=True), a.dtype)
        for r in (a, b)
    )
    value = ops.sum(ops.square(difference), axis=-1, keepdims=True)
    value = has_a * (value + (1 - has_b)) / 2

    def gradient(*args, upstream=None):
        each = (args[0] if upstream is None else upstream)[..., None] * has_a
        return (
            each * (-difference - value * a) / lengths[0],
            each * (difference - value * b) / lengths[1],
            ops.zeros_like(gap),
        )

    return value[..., 0], gradient


def _log_mean(a):
    """log mean exp(a), to the last digit for nearly uniform rows too."""
    moved = ops.mean(ops.expm1(a), axis=-1, keepdims=True)
    far = ops.log(ops.mean(ops.exp(a), axis=-1, keepdims=True))
    return ops.where(moved > -0.5, ops.log1p(ops.maximum(moved, -0.5)), far)
