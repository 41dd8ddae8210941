"""The divergences in float64 NumPy, written to keep their digits.

`u` is log(q / p): by differences of logits where both rows nearly agree. Sums
of p (exp(u) - 1 - u) have no negative term, so nothing cancels.
"""

import numpy as np
from scipy.special import log_softmax, logsumexp


def excess(u):
    """exp(u) - 1 - u."""
    series = (
        u * u * (1 / 2 + u * (1 / 6 + u * (1 / 24 + u * (1 / 120 + u / 720))))
    )
    return np.where(np.abs(u) < 5e-3, series, np.expm1(u) - u)


def divergence(p, q, u):
    """sum p (exp(u) - 1 - u) with p exp(u) = q, by the larger of the two."""
    above = np.exp(-np.maximum(u, 0)) * excess(np.clip(u, 0, 500))
    above = np.where(u > 500, 1.0, above)
    return np.where(u > 0, q * above, p * excess(np.minimum(u, 0))).sum(-1)


def rows(v, z, T):
    """p, q and log(q / p)."""
    v, z = np.asarray(v, "f8"), np.asarray(z, "f8")
    log_p, log_q = (
        log_softmax((x - x.max(-1, keepdims=True)) / T, -1) for x in (v, z)
    )
    p, q = np.exp(log_p), np.exp(log_q)
    top = v.argmax(-1)[:, None]
    x = z - v
    x = (x - np.take_along_axis(x, top, -1)) / T
    moved = (p * np.expm1(np.minimum(x, 500))).sum(-1, keepdims=True)
    # Where p has underflowed, that sum lacks what q has there.
    plain = np.take_along_axis(log_p - log_q, top, -1)
    near = (np.abs(moved) < 0.5) & (np.abs(plain) < 0.5)
    close = x - np.log1p(np.where(near, moved, 0))
    return p, q, np.where(near, close, log_q - log_p)


def kl_divergence(v, z, T):
    return divergence(*rows(v, z, T))


def reverse_kl(v, z, T):
    p, q, u = rows(v, z, T)
    return divergence(q, p, -u)


def soft_cross_entropy(v, z, T):
    p, q, _ = rows(v, z, T)
    below = (z.astype("f8") - z.max(-1, keepdims=True)) / T
    others = np.exp(below)
    np.put_along_axis(others, below.argmax(-1)[:, None], 0, -1)
    return np.log1p(others.sum(-1)) - (p * below).sum(-1)


def mixture(v, z, T, beta):
    """p, q, m = beta p + (1 - beta) q, log(m / p) and log(m / q)."""
    p, q, u = rows(v, z, T)

    def log_mixed(u, share):
        moved = share * np.expm1(np.minimum(u, 500))
        far = np.log(1 - share + share * np.exp(np.minimum(u, 0)))
        near = np.log1p(np.maximum(moved, -0.5))
        return np.where(moved > -0.5, near, far) + np.maximum(u - 500, 0)

    m = beta * p + (1 - beta) * q
    return p, q, m, log_mixed(u, 1 - beta), log_mixed(-u, beta)


def generalized_jsd(v, z, T, beta=0.5):
    p, q, m, to_p, to_q = mixture(v, z, T, beta)
    return beta * divergence(p, m, to_p) + (1 - beta) * divergence(q, m, to_q)


def split(v, z, T, labels):
    """For target and rest, then among the rest: p, q and log(q / p)."""
    p, q, u = rows(v, z, T)
    batch, classes = p.shape
    is_target = np.zeros((batch, classes), bool)
    is_target[np.arange(batch), labels] = True

    def others(x):
        return x[~is_target].reshape(batch, classes - 1)

    inner = rows(others(v), others(z), T)
    # Over the rest, log sum q less log sum p.
    p_rest, q_rest = (others(x).sum(-1) for x in (p, q))
    # 1 where the rest holds one class, and where u is the same for all.
    shift = others(u) - inner[2]
    weight = inner[0] if classes > 2 else np.ones((batch, 1))
    shift = (shift * weight).sum(-1)
    outer = (
        np.stack([p[is_target], p_rest], -1),
        np.stack([q[is_target], q_rest], -1),
        np.stack([u[is_target], shift], -1),
    )
    return outer, inner, is_target


def decoupled_kd(v, z, T, labels):
    outer, inner, _ = split(v, z, T, labels)
    return divergence(*outer) + 8 * divergence(*inner)


def standardized_kd(v, z, T):
    def standard(x):
        x = np.asarray(x, "f8")
        x = x - x.mean(-1, keepdims=True)
        return x / x.std(-1, ddof=1, keepdims=True)

    return kl_divergence(standard(v), standard(z), T)


def squared_logits(v, z, centered=False):
    x = np.asarray(z, "f8") - v
    if centered:
        x = x - x.mean(-1, keepdims=True)
    return (x**2).mean(-1) / 2


def dist(v, z, T):
    def mismatch(a, b):  # 1 - correlation, as half a square
        a, b = (
            (x - x.mean(-1, keepdims=True)) for x in (np.expm1(a), np.expm1(b))
        )
        a, b = (x / np.linalg.norm(x, axis=-1, keepdims=True) for x in (a, b))
        return ((a - b) ** 2).sum(-1) / 2

    def below(x):
        return x - x.max(-1, keepdims=True)

    def over_classes(x):  # log p + log C, precise for flat rows
        moved = np.expm1(x).mean(-1, keepdims=True)
        return x - np.where(
            moved > -0.5,
            np.log1p(np.maximum(moved, -0.5)),
            logsumexp(x, -1, keepdims=True) - np.log(x.shape[-1]),
        )

    a, b = (below(np.asarray(x, "f8")) / T for x in (v, z))
    columns = [below(over_classes(x).T) for x in (a, b)]
    return mismatch(a, b) + mismatch(*columns).mean()
