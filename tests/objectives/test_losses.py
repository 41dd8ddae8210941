"""Losses by value: against NumPy, closed forms, limits and invariances."""

import numpy as np
import pytest
from helpers import gradient, precise
from hypothesis import given
from hypothesis import strategies as st
from keras import ops
from scipy.special import expit, log_expit, log_softmax, rel_entr, softmax

from kd_tutorial.objectives import losses

EXACT = precise()
TEMPERATURES = (0.5, 1.0, 4.0)


def logits(seed=0, batch=6, classes=5, scale=2.0):
    generator = np.random.default_rng(seed)
    return scale * generator.normal(size=(2, batch, classes))


def kl(a, b, T=1.0):
    """T² KL(softmax(a / T) || softmax(b / T)), written another way."""
    return T**2 * rel_entr(softmax(a / T, 1), softmax(b / T, 1)).sum(1)


def numpy_jsd(v, z, T, beta):
    p, q = softmax(v / T, 1), softmax(z / T, 1)
    m = beta * p + (1 - beta) * q
    return T**2 * (
        beta * rel_entr(p, m).sum(1) + (1 - beta) * rel_entr(q, m).sum(1)
    )


def numpy_dkd(v, z, y, T, a=1.0, b=8.0):
    out = []
    for v_row, z_row, k in zip(v, z, y):
        p, q = softmax(v_row / T), softmax(z_row / T)
        rest = np.arange(len(p)) != k
        tckd = rel_entr([p[k], p[rest].sum()], [q[k], q[rest].sum()]).sum()
        nckd = rel_entr(
            softmax(v_row[rest] / T), softmax(z_row[rest] / T)
        ).sum()
        out.append(T**2 * (a * tckd + b * nckd))
    return np.array(out)


def numpy_dist(v, z, T, a=1.0, b=1.0):
    p, q = softmax(v / T, 1), softmax(z / T, 1)
    rows = [1 - np.corrcoef(x, y)[0, 1] for x, y in zip(p, q)]
    columns = np.mean([1 - np.corrcoef(x, y)[0, 1] for x, y in zip(p.T, q.T)])
    return T**2 * (a * np.array(rows) + b * columns)


def numpy_standardized(v, z, T):
    def standard(x):
        return (x - x.mean(1, keepdims=True)) / x.std(1, ddof=1, keepdims=True)

    return kl(standard(v), standard(z), T)


def close(got, expected, tolerance=EXACT):
    return np.allclose(got, expected, rtol=tolerance, atol=tolerance)


LABELS = np.array([0, 1, 2, 3, 4, 0])
FORMULAS = {
    "soft_cross_entropy": lambda v, z, T: (
        -(T**2 * (softmax(v / T, 1) * log_softmax(z / T, 1)).sum(1))
    ),
    "kl_divergence": kl,
    "reverse_kl": lambda v, z, T: kl(z, v, T),
    "generalized_jsd": lambda v, z, T: numpy_jsd(v, z, T, 0.5),
    "dist": numpy_dist,
    "standardized_kd": numpy_standardized,
    "decoupled_kd": lambda v, z, T: numpy_dkd(v, z, LABELS, T),
}


def call(name, v, z, **options):
    if name == "decoupled_kd":
        return losses.decoupled_kd(v, z, LABELS[: len(v)], **options)
    return getattr(losses, name)(v, z, **options)


@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize("name", FORMULAS)
def test_value_is_the_formula(name, temperature):
    v, z = logits()
    got = call(name, v, z, temperature=temperature)
    expected = FORMULAS[name](v, z, temperature)
    assert tuple(got.shape) == (6,)
    assert close(got, expected, max(EXACT, 1e-9))
    half = call(name, v.astype("f4"), z.astype("f4"), temperature=temperature)
    assert "float32" in str(half.dtype)
    assert close(half, expected, 1e-4)


ALL = [*FORMULAS, "squared_logits"]


@pytest.mark.parametrize("name", ALL)
@given(seed=st.integers(0, 10_000))
def test_zero_at_equality_and_never_below(name, seed):
    v, z = logits(seed)
    least = 0 if name != "soft_cross_entropy" else call(name, v, v)
    assert (np.asarray(call(name, v, z)) >= np.asarray(least) - EXACT).all()
    if name != "soft_cross_entropy":
        # A float32 correlation is exact to its rounding only.
        assert close(call(name, v, v), 0, max(EXACT, 1e-9) * 100)


@pytest.mark.parametrize("name", FORMULAS)
@given(seed=st.integers(0, 10_000), shift=st.floats(-50, 50))
def test_rows_may_be_shifted(name, seed, shift):
    v, z = logits(seed)
    moved = call(name, v + shift, z - 2 * shift)
    assert close(moved, call(name, v, z), EXACT * 100)


@pytest.mark.parametrize("name", ALL)
def test_extreme_logits_stay_finite_and_so_do_gradients(name):
    rows = np.array(
        [
            [1e4, 0, 0, 0, -1e4], [0, 1e4, -1e4, 0, 0], [0, 0, 0, 0, 0],
            [7, 7, 7, 7, 7], [-1e4, -1e4, 0, 1, 2], [30, -30, 1, 2, 3],
        ],
        "float32",
    )  # fmt: skip
    for v, z in ((rows, rows[::-1].copy()), (rows, rows)):
        assert np.isfinite(np.asarray(call(name, v, z))).all()
        slope = gradient(lambda s, v=v: ops.sum(call(name, v, s)), z)
        assert np.isfinite(slope).all()


@pytest.mark.parametrize("name", ALL)
def test_float16_is_computed_in_float32(name):
    v, z = logits()
    got = call(name, v.astype("float16"), z.astype("float16"))
    assert "float32" in str(got.dtype)
    exact = call(
        name,
        v.astype("float16").astype("f4"),
        z.astype("float16").astype("f4"),
    )
    assert close(got, exact, 1e-6)


# gradients against closed forms


@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize("name", ["kl_divergence", "soft_cross_entropy"])
def test_gradient_is_T_times_q_minus_p(name, temperature):
    v, z = logits()
    slope = gradient(
        lambda s: ops.sum(
            getattr(losses, name)(v, s, temperature=temperature)
        ),
        z,
    )
    p, q = softmax(v / temperature, 1), softmax(z / temperature, 1)
    assert close(slope, temperature * (q - p))


def test_gradient_of_squared_logits():
    v, z = logits()
    slope = gradient(lambda s: ops.sum(losses.squared_logits(v, s)), z)
    assert close(slope, (z - v) / 5)


def test_gradient_of_hard_cross_entropy():
    _, z = logits()
    slope = gradient(
        lambda s: ops.sum(
            losses.hard_cross_entropy(LABELS, s, label_smoothing=0.1)
        ),
        z,
    )
    y = 0.9 * np.eye(5)[LABELS] + 0.1 / 5
    assert close(slope, softmax(z, 1) - y)


# limits and identities


def test_high_temperature_is_logit_matching():
    v, z = logits()
    matching = np.asarray(losses.squared_logits(v, z, centered=True))
    errors = [
        np.abs(
            np.asarray(losses.kl_divergence(v, z, temperature=T)) / matching
            - 1
        ).max()
        for T in (10.0, 100.0)
    ]
    assert errors[1] < 0.02 and errors[1] < errors[0] / 5


@pytest.mark.skipif(EXACT > 1e-9, reason="needs float64")
def test_generalised_jsd_at_its_ends():
    v, z = logits()
    ends = {0: kl(v, z), 1: kl(z, v)}
    for beta, expected in ends.items():
        assert close(losses.generalized_jsd(v, z, beta=beta), expected)
    # As written it vanishes beside the ends; normalised it does not jump.
    near = losses.generalized_jsd(v, z, beta=1e-6)
    assert np.asarray(near).max() < 1e-4
    for beta, end in ((1e-7, 0), (1 - 1e-7, 1)):
        near = losses.generalized_jsd(v, z, beta=beta, normalized=True)
        assert close(near, ends[end], 1e-4)


@given(beta=st.floats(0.05, 0.95), seed=st.integers(0, 10_000))
def test_generalised_jsd_mirrors_and_is_bounded(beta, seed):
    v, z = logits(seed, scale=5.0)
    one = losses.generalized_jsd(v, z, beta=beta, temperature=2.0)
    other = losses.generalized_jsd(z, v, beta=1 - beta, temperature=2.0)
    assert close(one, other, EXACT * 100)
    assert close(one, numpy_jsd(v, z, 2.0, beta), EXACT * 100)
    half = np.asarray(losses.generalized_jsd(v, z))
    assert (half <= np.log(2) + 1e-6).all()


def test_decoupled_is_an_identity_of_the_divergence():
    v, z = logits()
    for T in TEMPERATURES:
        p_target = softmax(v / T, 1)[np.arange(6), LABELS]
        got = losses.decoupled_kd(
            v, z, LABELS, temperature=T, nontarget_weight=1 - p_target
        )
        assert close(got, kl(v, z, T), EXACT * 10)
    got = losses.decoupled_kd(
        v, z, LABELS, temperature=2.0, target_weight=3.0, nontarget_weight=0.5
    )
    assert close(got, numpy_dkd(v, z, LABELS, 2.0, 3.0, 0.5))


def test_dist_weighs_rows_and_columns():
    v, z = logits()
    got = losses.dist(v, z, inter_weight=2.0, intra_weight=0.5)
    assert close(got, numpy_dist(v, z, 1.0, 2.0, 0.5), EXACT * 10)


@given(
    scale=st.floats(0.2, 5), shift=st.floats(-9, 9), seed=st.integers(0, 999)
)
def test_standardised_logits_do_not_see_scale_and_shift(scale, shift, seed):
    v, z = logits(seed)
    one = losses.standardized_kd(v, scale * z + shift)
    assert close(one, losses.standardized_kd(v, z), max(EXACT, 1e-6) * 100)


def test_hard_cross_entropy_and_smoothing():
    _, z = logits()
    log_q = log_softmax(z, 1)
    plain = -log_q[np.arange(6), LABELS]
    assert close(losses.hard_cross_entropy(LABELS, z), plain)
    smooth = 0.7 * plain - 0.3 * log_q.mean(1)
    got = losses.hard_cross_entropy(LABELS, z, label_smoothing=0.3)
    assert close(got, smooth)


def test_soft_cross_entropy_is_divergence_plus_entropy():
    v, z = logits()
    p = softmax(v / 3, 1)
    entropy = -9 * (p * np.log(p)).sum(1)
    cross = losses.soft_cross_entropy(v, z, temperature=3.0)
    assert close(cross, kl(v, z, 3.0) + entropy)


def test_a_certain_mistake_costs_its_gap():
    got = losses.kl_divergence([[0.0, 30.0]], [[30.0, 0.0]])
    assert close(got, [30], 1e-5)  # a loss that clips at 1e-7 says 16.12


# errors


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize(
    "temperature", [0, -1, float("nan"), float("inf"), 0.0]
)
def test_temperature_must_be_positive_and_finite(name, temperature):
    v, z = logits()
    with pytest.raises(
        ValueError, match=f"temperature must be positive .* {temperature}.*Use"
    ):
        call(name, v, z, temperature=temperature)


def test_temperature_must_be_a_number():
    v, z = logits()
    for wrong in ("4", True, None):
        with pytest.raises(TypeError, match="temperature must be a number"):
            losses.kl_divergence(v, z, temperature=wrong)


@pytest.mark.parametrize("name", ALL)
def test_shapes_must_fit(name):
    v, z = logits()
    with pytest.raises(ValueError, match="5 classes and student_logits 4"):
        call(name, v, z[:, :4])
    with pytest.raises(ValueError, match="6 rows and student_logits 3"):
        call(name, v, z[:3])
    with pytest.raises(ValueError, match=r"teacher_logits must .* got \(5,\)"):
        call(name, v[0], z)


def test_beta_and_smoothing_have_bounds():
    v, z = logits()
    for beta in (-0.1, 1.1):
        with pytest.raises(ValueError, match=f"beta must be .* got {beta}"):
            losses.generalized_jsd(v, z, beta=beta)
    for smoothing in (-0.1, 1):
        with pytest.raises(ValueError, match="label_smoothing must be in"):
            losses.hard_cross_entropy(LABELS, z, label_smoothing=smoothing)


# outputs that are no classes


@pytest.mark.parametrize("outputs", [1, 3])
def test_binary_losses_are_the_formulas(outputs):
    v, z = logits(classes=outputs)
    p, q = expit(v / 3), expit(z / 3)
    each = rel_entr(p, q) + rel_entr(1 - p, 1 - q)
    got = losses.binary_kl_divergence(v, z, temperature=3.0)
    assert tuple(got.shape) == (6,)
    assert close(got, 9 * each.mean(1))
    labels = (v > 0).astype("f8")
    got = losses.binary_cross_entropy(labels, z)
    right = labels * expit(z) + (1 - labels) * expit(-z)
    assert close(got, -np.log(right).mean(1))
    got = losses.binary_cross_entropy(p, z)
    assert close(
        got, -(p * np.log(expit(z)) + (1 - p) * log_expit(-z)).mean(1)
    )
    assert close(losses.squared_error(v, z), ((z - v) ** 2).mean(1))


def test_gradients_of_binary_losses():
    v, z = logits(classes=3)
    z[0] = 0  # where a loss by relu and |z| has none
    labels = (v > 0).astype("f8")
    slope = gradient(
        lambda s: ops.sum(losses.binary_cross_entropy(labels, s)), z
    )
    assert close(slope, (expit(z) - labels) / 3)
    slope = gradient(
        lambda s: ops.sum(losses.binary_kl_divergence(v, s, temperature=2.0)),
        z,
    )
    assert close(slope, 2 * (expit(z / 2) - expit(v / 2)) / 3)
