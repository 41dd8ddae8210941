"""Squared errors on the outputs themselves."""

from keras import ops

from . import inputs, stable


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
    v, z = inputs.logits(teacher_logits, student_logits)
    v = ops.maximum(v, stable.EXCLUDED)
    z = ops.maximum(z, stable.EXCLUDED)
    # A class that both exclude has no part.
    part = ops.cast(ops.maximum(v, z) > stable.EXCLUDED, z.dtype)
    if centered:
        # As much of the offset as is exact goes before the difference.
        tops = [ops.max(each, axis=-1, keepdims=True) for each in (v, z)]
        z = z - ops.stop_gradient(ops.round(tops[1] - tops[0]))
    difference = part * (z - v)
    if centered:
        count = ops.sum(part, axis=-1, keepdims=True)
        mean = ops.sum(difference, axis=-1, keepdims=True) / count
        difference = part * (difference - mean)
    return ops.mean(ops.square(difference), axis=-1) / 2


def squared_error(targets, outputs):
    """Squared error, `mean_j (output_j - target_j)²` over the outputs.

    For regression: the targets are measured values or a teacher's outputs.

    Args:
        targets: shape `(batch, outputs)`, one output or more.
        outputs: the student's, shape `(batch, outputs)`.

    Returns:
        Squared units of the output, shape `(batch,)`.

    Raises:
        ValueError: for shapes that differ.

    Example:

    >>> import kd_tutorial as kd
    >>> float(kd.losses.squared_error([[1.0, 3.0]], [[0.0, 0.0]])[0])
    5.0
    """
    targets, outputs = inputs.pair(
        targets, outputs, names=("targets", "outputs"), columns="outputs"
    )
    return ops.mean(ops.square(outputs - targets), axis=-1)
