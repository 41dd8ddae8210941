"""Divergences that keep their digits, in float32 too.

`sum p (log p - log q)` takes near-equal numbers from each other: near
equality float32 leaves nothing but rounding, some of it below zero. Here the
logits are subtracted first, which costs one rounding each, and what is
summed is never negative.

Rows come as three arrays: a and b, the teacher's and the student's logits
over T, each less its largest entry, and x, which is b - a up to a constant a
row, taken from the logits themselves. Gradients are the closed forms, and go
to a and b.
"""

from typing import Any, NamedTuple

from keras import ops
from keras.backend import standardize_dtype

# What counts as minus infinity: a class that has no part. Sums and
# differences with it stay finite, and exp of it is 0. A power of two, which
# is the same number in every precision: Keras on PyTorch compares in another.
EXCLUDED = -(2.0**83)  # about -1e25


def relative(teacher, student, gap=None, *, temperature=1.0, among=None):
    """Two rows as a, b and x, see above.

    Args:
        teacher: logits, shape `(..., classes)`.
        student: logits of that shape.
        gap: student less teacher up to a constant a row, where that is known
            better than by subtraction. Defaults to `None`.
        temperature: T. Defaults to 1.
        among: where to look for a row's largest entry. Defaults to `None`,
            everywhere.
    """
    v, z = ops.maximum(teacher, EXCLUDED), ops.maximum(student, EXCLUDED)
    v_top, z_top = _largest(v, among), _largest(z, among)
    if gap is None:
        # A common offset goes first, as a whole number: that is exact, while
        # an offset within `z - v` would take the digits of the rest.
        offset = ops.round(z_top - v_top)
        x = ((z - offset) - v) - ((z_top - offset) - v_top)
    else:
        x = gap
    a, b = (v - v_top) / temperature, (z - z_top) / temperature
    return a, b, ops.stop_gradient(x) / temperature


def _largest(logits, among):
    if among is not None:
        logits = ops.where(among, logits, EXCLUDED)
    # A constant of a row changes no divergence: it needs no gradient.
    return ops.stop_gradient(ops.max(logits, axis=-1, keepdims=True))


def barrier(teacher, student):
    """Infinity for rows where only the student excludes a class, else 0."""
    left = ops.where(student <= EXCLUDED, teacher, EXCLUDED)
    lost = ops.max(left, axis=-1) > EXCLUDED
    return ops.where(lost, float("inf"), ops.zeros_like(left[..., 0]))


class Compared(NamedTuple):
    """What `compare` finds; a row's numbers have shape `(..., 1)`."""

    p: Any  # softmax(a)
    q: Any  # softmax(b)
    pull: Any  # p (x - mean), minus the gradient in a
    slope: Any  # q - p, the gradient in b
    moved: Any  # log sum p exp(x), so that log q - log p = x - moved
    value: Any  # KL(p || q)


def compare(a, b, x) -> Compared:
    """KL(p || q) as log(1 + sum p f(y)), y = x - sum p x.

    f(y) = exp(y) - 1 - y is at least 0; near y = 0 it is a series.
    """
    p, q = ops.exp(a), ops.exp(b)
    p_sum = ops.sum(p, axis=-1, keepdims=True)
    q_sum = ops.sum(q, axis=-1, keepdims=True)
    p, q = p / p_sum, q / q_sum
    mean = ops.sum(p * x, axis=-1, keepdims=True)
    y = x - mean
    far = ops.log(q_sum) - ops.log(p_sum)
    plain = far + ops.sum(p * (a - b), axis=-1, keepdims=True)
    pull = p * y
    # p exp(y), which is q exp(KL): it cannot overflow where p underflows.
    raised = q * ops.exp(ops.minimum(plain, 60.0))
    excess = ops.where(_near(y), p * _series(y), raised - p - pull)
    total = ops.sum(excess, axis=-1, keepdims=True)
    value = ops.where(total < 1, ops.log1p(ops.minimum(total, 1.0)), plain)
    # Far apart, mean and value are large and of opposite signs.
    moved = ops.where(total < 1, mean + value, far)
    slope = (pull + excess - p * total) * (1 / (1 + total))
    return Compared(p, q, pull, slope, moved, value)


def _near(y):
    double = standardize_dtype(y.dtype) == "float64"
    return ops.abs(y) < (0.02 if double else 0.5)  # the series' reach


def _series(y):
    """exp(y) - 1 - y for y near 0."""
    rest = 1 / 24 + y * (1 / 120 + y * (1 / 720 + y / 5040))
    return y * y * (1 / 2 + y * (1 / 6 + y * rest))


def valued(exact, plain):
    """The number `exact`, differentiated as `plain` is: one in two forms."""
    return ops.stop_gradient(exact) + (plain - ops.stop_gradient(plain))


@ops.custom_gradient
def divergence(a, b, x):
    """KL(p || q); its gradient in b is q - p, in a it is -p (x - mean)."""
    found = compare(a, b, x)

    def gradient(*args, upstream=None):
        each = (args[0] if upstream is None else upstream)[..., None]
        p, q, gap = found.p, found.q, b - a
        pull = p * (gap - ops.sum(p * gap, axis=-1, keepdims=True))
        return (
            -each * valued(found.pull, pull),
            each * valued(found.slope, q - p),
            ops.zeros_like(x),
        )

    return found.value[..., 0], gradient


@ops.custom_gradient
def log_sum(a):
    """log sum exp(a) of rows whose largest entry is 0; gradient softmax.

    A compiler may join a product and the difference that follows it, with
    one rounding instead of two. The largest entry is then a little off 0, on
    either side.
    """
    top, raised = a >= 0, ops.exp(a)
    ties = ops.sum(ops.cast(top, a.dtype), axis=-1, keepdims=True)
    each = ops.where(top, a + a * a / 2, raised)  # exp(a) - 1 near 0
    rest = ops.sum(each, axis=-1, keepdims=True) + (ties - 1)

    def gradient(*args, upstream=None):
        each = (args[0] if upstream is None else upstream)[..., None]
        return each * (raised / (1 + rest))

    return ops.log1p(rest)[..., 0], gradient


def bernoulli(teacher, student, gap=None, *, temperature=1.0):
    """KL between yes and no of which these are the log-odds."""

    def pair(odds):  # (...) -> (..., 2)
        return ops.stack([ops.zeros_like(odds), odds], axis=-1)

    v, z = pair(teacher), pair(student)
    if gap is not None:  # 0 for the likelier of the two, as `relative` has it
        gap = pair(gap) - ops.where(teacher > 0, gap, 0.0)[..., None]
    return divergence(*relative(v, z, gap, temperature=temperature))


def jensen_shannon(a, b, x, beta):
    """`beta KL(p || m) + (1 - beta) KL(q || m)`, m = beta p + (1-beta) q."""
    # 1 - beta before beta is rounded to float32.
    beta, rest = (
        ops.convert_to_tensor(share, a.dtype) for share in (beta, 1 - beta)
    )
    u = x - compare(a, b, x).moved  # log q - log p
    log_p = a - log_sum(a)[..., None]
    log_q = b - log_sum(b)[..., None]
    log_m = ops.logaddexp(log_p + ops.log(beta), log_q + ops.log(rest))
    from_p = _log_mixture(u, beta, rest)  # log m - log p
    from_q = _log_mixture(-u, rest, beta)
    kl_p = divergence(*relative(log_p, log_m, from_p))
    kl_q = divergence(*relative(log_q, log_m, from_q))
    return beta * kl_p + rest * kl_q


def _log_mixture(u, rest, share):
    """log(rest + share exp(u)), rest + share = 1: right near u = 0 too."""
    moved = share * ops.expm1(ops.minimum(u, 60.0))
    exact = ops.log1p(ops.maximum(moved, -0.5))
    far = ops.log(rest + share * ops.exp(ops.minimum(u, 0.0)))
    return ops.where(moved > -0.5, exact, far) + ops.maximum(u - 60.0, 0.0)
