"""Losses by value: against NumPy, closed forms, limits and invariances."""

import numpy as np
import pytest
from helpers import compiled, gradient, needs_tensorflow, precise
from hypothesis import given
from hypothesis import strategies as st
from keras import ops
from scipy.special import expit, log_expit, log_softmax, rel_entr, softmax

import kd_tutorial as kd
from kd_tutorial.objectives import losses, stable

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


# classes that both sides exclude


@pytest.mark.parametrize("name", ALL)
def test_a_class_that_both_exclude_counts_nothing(name):
    v, z = logits()
    labels = np.array([0, 1, 2, 0, 1, 2])

    def function(v, z):
        if name == "decoupled_kd":
            return losses.decoupled_kd(v, z, labels)
        return getattr(losses, name)(v, z)

    without = np.asarray(function(v[:, :4], z[:, :4]))
    v[:, 4] = z[:, 4] = -np.inf
    if name == "squared_logits":
        without = without * 4 / 5  # a mean over the classes
    value = np.asarray(function(v, z))
    slope = gradient(lambda s: ops.sum(function(v, s)), z)
    assert np.isfinite(slope).all() and (slope[:, 4] == 0).all()
    if name == "dist":  # rows have a fifth class of probability 0
        p, q = softmax(v, 1), softmax(z, 1)
        rows = [1 - np.corrcoef(x, y)[0, 1] for x, y in zip(p, q)]
        columns = [
            1 - np.corrcoef(x, y)[0, 1] for x, y in zip(p.T[:4], q.T[:4])
        ]
        without = np.array(rows) + np.sum(columns) / 5
    assert close(value, without)


def test_what_only_one_side_excludes():
    v, z = logits()
    z[0, 1] = -np.inf
    for name in ("kl_divergence", "soft_cross_entropy", "decoupled_kd"):
        value = np.asarray(call(name, v, z))
        assert value[0] == np.inf and np.isfinite(value[1:]).all()
        swapped = np.asarray(call(name, z, v))
        assert np.isfinite(swapped).all()
    assert np.asarray(losses.reverse_kl(z, v))[0] == np.inf
    expected = kl(np.where(z == -np.inf, -1e4, z), v)
    assert close(losses.kl_divergence(z, v), expected)
    jsd = losses.generalized_jsd(v, z, beta=0.3)
    assert close(jsd, numpy_jsd(v, np.where(z == -np.inf, -1e4, z), 1, 0.3))


def test_a_class_that_one_side_all_but_excludes():
    v, z = logits()
    z[:, 1] = -1e6
    v, z = v.astype("f4"), z.astype("f4")
    for beta in (1e-4, 0.3):
        got = losses.generalized_jsd(v, z, beta=beta)
        assert close(got, numpy_jsd(v.astype("f8"), z, 1, beta), 1e-5)
    got = losses.decoupled_kd(v, z, LABELS)
    expected = losses.decoupled_kd(v.astype("f8"), z.astype("f8"), LABELS)
    assert np.allclose(got, expected, rtol=1e-5)


def test_labels_and_excluded_classes():
    z = np.array([[1.0, 0.0, -np.inf], [1.0, 0.0, -np.inf]])
    value = np.asarray(losses.hard_cross_entropy([0, 2], z))
    assert close(value[0], np.log1p(np.exp(-1.0))) and value[1] == np.inf
    # Spread over all classes, a label has a share in the excluded one.
    value = losses.hard_cross_entropy([0, 1], z, label_smoothing=0.1)
    assert (np.asarray(value) == np.inf).all()


# rows without spread


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_a_head_that_starts_at_zero_gets_a_bounded_gradient(temperature):
    v, _ = logits()
    zeros = np.zeros_like(v, dtype="f4")

    def slope(name, z):
        function = getattr(losses, name)
        return gradient(
            lambda s: ops.sum(function(v, s, temperature=temperature)), z
        )

    steep = slope("standardized_kd", zeros)
    shift = v - v.mean(1, keepdims=True)
    shift /= shift.std(1, ddof=1, keepdims=True)
    p = softmax(shift / temperature, 1)
    # Standardising divides by 1 and multiplies by sqrt(C - 1) = 2.
    assert close(steep, 2 * temperature * (0.2 - p), 1e-5)
    value = losses.standardized_kd(v, zeros, temperature=temperature)
    assert close(value, kl(shift, 0 * shift, temperature), 1e-5)
    steep = slope("dist", zeros)
    assert 0.1 < np.abs(steep).max() < 6 * temperature
    value = losses.dist(v, zeros, temperature=temperature)
    assert close(value, 2 * temperature**2, 1e-5)
    for name in ("standardized_kd", "dist"):
        # A step along that gradient helps.
        moved = getattr(losses, name)(v, -1e-3 * slope(name, zeros))
        assert ops.sum(moved) < ops.sum(getattr(losses, name)(v, zeros))


def test_a_teacher_without_spread_asks_nothing_of_correlations():
    v, z = logits()
    flat = np.ones_like(v)
    for student in (z, flat, 0 * z):
        assert close(losses.dist(flat, student), 0)
        slope = gradient(lambda s: ops.sum(losses.dist(flat, s)), student)
        assert (slope == 0).all()


def test_correlations_need_two_rows():
    v, z = logits(batch=1)
    with pytest.raises(ValueError, match="student_logits have one row"):
        losses.dist(v, z)


@needs_tensorflow
def test_a_batch_of_unknown_size_may_be_one():
    import tensorflow as tf

    v, z = logits(batch=1)
    spec = tf.TensorSpec([None, 5], "float64")
    dist = tf.function(losses.dist, input_signature=[spec, spec])
    rows = losses.dist(
        np.concatenate([v, v]), np.concatenate([z, z]), intra_weight=0.0
    )
    assert close(dist(v, z), rows[:1])  # no column has any spread
    relations = kd.Relations(teacher_layer="t", student_layer="s")
    loss = tf.function(relations.loss, input_signature=[spec, spec])
    assert np.array_equal(loss(v, z), [0.0])


def test_standardised_logits_divide_by_classes_less_one():
    v, z = logits(scale=1.0)
    got = losses.standardized_kd(v, z, temperature=2.0)
    assert close(got, numpy_standardized(v, z, 2.0))
    # The paper's Algorithm 1 divides by C: a lower temperature, T sqrt(1 -
    # 1 / C), for logits of deviation 1 by C.
    v, z = ((x - x.mean(1, keepdims=True)) for x in (v, z))
    v, z = (x / x.std(1, keepdims=True) for x in (v, z))
    lower = 2.0 * np.sqrt(1 - 1 / 5)
    got = losses.standardized_kd(v, z, temperature=lower)
    assert close(got, kl(v, z, 2.0) * (1 - 1 / 5))


# layers


@pytest.mark.parametrize("size", [1e-12, 1e-4, 1e4, 1e12])
def test_layers_of_any_size_are_compared(size):
    t, s = np.random.default_rng(0).normal(size=(2, 5, 4, 3)).astype("f4")
    tiny = np.float32(size)
    for target in (
        kd.AttentionTransfer(teacher_layer="t", student_layer="s"),
        kd.Relations(teacher_layer="t", student_layer="s"),
    ):

        def function(s, target=target):
            return ops.sum(target.loss(ops.convert_to_tensor(tiny * t), s))

        expected = target.loss(ops.convert_to_tensor(t), s)
        got = target.loss(ops.convert_to_tensor(tiny * t), tiny * s)
        assert close(got, expected, 1e-5)
        slope = gradient(
            lambda s, loss=target.loss: ops.sum(
                loss(ops.convert_to_tensor(t), s)
            ),
            s,
        )
        assert np.allclose(
            gradient(function, tiny * s) * size, slope, rtol=1e-4, atol=1e-6
        )


def test_copies_count_as_pairs():
    t, s = np.random.default_rng(0).normal(size=(2, 5, 3))
    t[1], s[3] = t[0], s[2]

    def distances(f):  # over the pairs of different examples
        d = np.linalg.norm(f[:, None] - f[None], axis=-1)
        return d / (d.sum() / 20)

    gap = np.abs(distances(s) - distances(t))
    expected = np.where(gap < 1, gap**2 / 2, gap - 0.5).mean(1)
    target = kd.Relations(teacher_layer="t", student_layer="s")
    assert close(target.loss(t, ops.convert_to_tensor(s)), expected)
    with pytest.raises(ValueError, match="the batch has one"):
        target.loss(t[:1], ops.convert_to_tensor(s[:1]))


# inputs


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([[0], [1], [2], [3], [4], [0]], r"labels must have shape .*\(6, 1\)"),
        ([0, 1, 2], "labels have 3 rows and student_logits 6"),
        ([0, 1, 2, 3, 4, -1], "labels must be integers .* smallest -1"),
        ([0, 1, 2, 3, 4, 5], "labels must be from 0 to 4.* got 5"),
        ([0.0, 1.0, 0.5, 0, 0, 0], "labels must be integers .* float"),
        ([np.nan] * 6, "labels must be integers"),
        (np.eye(5)[LABELS], "labels must be integers"),
        (list("abcdef"), "labels must be integers"),
    ],
)
def test_labels_are_class_numbers(labels, message):
    v, z = logits()
    with pytest.raises(ValueError, match=message):
        losses.hard_cross_entropy(labels, z)
    with pytest.raises(ValueError, match=message):
        losses.decoupled_kd(v, z, labels)
    tensor = isinstance(labels, list) and not isinstance(labels[0], str)
    if tensor:
        with pytest.raises(ValueError, match=message):
            losses.hard_cross_entropy(ops.convert_to_tensor(labels), z)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.array])
def test_numbers_of_numpy_are_checked_too(kind):
    v, z = logits()
    for wrong in (-4.0, 0.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="temperature must be positive"):
            losses.kl_divergence(v, z, temperature=kind(wrong))
    for wrong in (5.0, -0.1, np.nan):
        with pytest.raises(ValueError, match="label_smoothing must be in"):
            losses.hard_cross_entropy(LABELS, z, label_smoothing=kind(wrong))
        with pytest.raises(ValueError, match="beta must be in"):
            losses.generalized_jsd(v, z, beta=kind(wrong))
    for wrong in (-1.0, np.nan, np.inf):
        for name in ("target_weight", "nontarget_weight"):
            with pytest.raises(ValueError, match=f"{name} must be a number"):
                losses.decoupled_kd(v, z, LABELS, **{name: kind(wrong)})
        for name in ("inter_weight", "intra_weight"):
            with pytest.raises(ValueError, match=f"{name} must be a number"):
                losses.dist(v, z, **{name: kind(wrong)})
    right = losses.kl_divergence(v, z, temperature=4.0)
    assert close(losses.kl_divergence(v, z, temperature=kind(4.0)), right)
    right = losses.generalized_jsd(v, z, beta=0.25)
    assert close(losses.generalized_jsd(v, z, beta=kind(0.25)), right)


def test_weights_of_examples_are_checked():
    v, z = logits()
    weights = np.array([0.0, 1, 2, 3, 4, -5])
    with pytest.raises(ValueError, match="nontarget_weight must be .*-5"):
        losses.decoupled_kd(v, z, LABELS, nontarget_weight=weights)


@pytest.mark.parametrize("kind", [list, np.array, ops.convert_to_tensor])
def test_temperatures_are_single_numbers(kind):
    v, z = logits()
    with pytest.raises((TypeError, ValueError), match="temperature must be"):
        losses.kl_divergence(v, z, temperature=kind([4.0, -4.0]))


def test_tensors_are_checked_while_they_have_a_value():
    v, z = logits()
    wrong = ops.convert_to_tensor(-4.0)
    with pytest.raises(ValueError, match="temperature must be positive"):
        losses.kl_divergence(v, z, temperature=wrong)


@needs_tensorflow
def test_traced_numbers_and_labels_pass():
    import tensorflow as tf

    v, z = logits()

    @tf.function(jit_compile=True)
    def traced(T, smoothing, beta, weight, labels):
        return (
            losses.kl_divergence(v, z, temperature=T),
            losses.hard_cross_entropy(labels, z, label_smoothing=smoothing),
            losses.generalized_jsd(v, z, beta=beta),
            losses.decoupled_kd(v, z, labels, nontarget_weight=weight),
        )

    numbers = [tf.constant(n, "float64") for n in (2.0, 0.1, 0.3, 5.0)]
    got = traced(*numbers, tf.constant(LABELS))
    smooth = losses.hard_cross_entropy(LABELS, z, label_smoothing=0.1)
    assert close(got[0], kl(v, z, 2.0)) and close(got[1], smooth)
    assert close(got[2], numpy_jsd(v, z, 1.0, 0.3))
    assert close(got[3], numpy_dkd(v, z, LABELS, 4.0, 1.0, 5.0))


@pytest.mark.parametrize("name", ["hard_cross_entropy", *ALL])
def test_one_class_is_none(name):
    one = np.ones((6, 1))
    with pytest.raises(ValueError, match="have one class.*binary_"):
        if name == "hard_cross_entropy":
            losses.hard_cross_entropy(LABELS * 0, one)
        else:
            call(name, one, one)


def test_yes_or_no_labels_lie_from_0_to_1():
    _, z = logits()
    for wrong in (2.0, -0.5, np.nan):
        labels = np.zeros_like(z)
        labels[0, 0] = wrong
        with pytest.raises(ValueError, match="labels must be from 0 to 1"):
            losses.binary_cross_entropy(labels, z)
    with pytest.raises(ValueError, match=r"labels must have shape \(batch, o"):
        losses.binary_cross_entropy(LABELS % 2, z)
    with pytest.raises(ValueError, match="targets have 5 outputs"):
        losses.squared_error(z, z[:, :4])


def test_binary_losses_keep_their_digits():
    v = np.array([[-60.0, 0.3, 1e4, 5.0]], "f4")
    near = (v + np.array([[1e-3, 1e-5, 1.0, 0.0]])).astype("f4")
    p, x = expit(v.astype("f8")), near.astype("f8") - v
    # sum p (exp(u) - 1 - u) over yes and no, to the third order.
    expected = p * expit(-v.astype("f8")) * x**2 / 2
    expected = expected * (1 + (1 - 2 * p) * x / 3)
    for output in range(4):
        one = (slice(None), slice(output, output + 1))
        got = losses.binary_kl_divergence(v[one], near[one])
        assert np.isclose(float(got[0]), expected[one].item(), rtol=1e-5)
    sure = losses.binary_cross_entropy([[1.0, 0.0]], [[40.0, -40.0]])
    assert np.isclose(float(sure[0]), np.exp(-40.0), rtol=1e-5)
    sure = losses.hard_cross_entropy([0], np.array([[40.0, 0.0]], "f4"))
    assert np.isclose(float(sure[0]), np.exp(-40.0), rtol=1e-5)


@pytest.mark.parametrize("off", [-1e-5, 1e-5])
def test_a_largest_entry_a_little_off_zero_does_no_harm(off):
    # A compiler's fused product and difference leave it so.
    rows = np.array([[0.0, -300.0, -250.0], [0.0, -1.0, -2.0], [0.0, 0, 0]])
    found = ops.convert_to_numpy(stable.log_sum((rows + off).astype("f4")))
    exact = np.log(np.exp(rows).sum(axis=1)) + off
    assert np.allclose(found, exact, atol=3e-7)


def test_compiled_after_a_product_a_loss_is_what_it_was():
    x, w = np.random.default_rng(0).normal(size=(2, 40, 40)).astype("float32")
    y = np.arange(40)

    def loss(w):
        return losses.hard_cross_entropy(y, 100.0 * (x @ w))

    z = 100 * (x.astype("float64") @ w)
    exact = -log_softmax(z, axis=1)[y, y]
    assert np.allclose(compiled(loss)(w), exact, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("label", [-1, 2])
def test_labels_that_turn_out_to_be_no_class_give_nan(label):
    z = np.array([[2.0, 0.0], [0.0, 1.0]], "float32")
    for loss, fine in (
        (lambda y: losses.hard_cross_entropy(y, z), [0, 1]),
        (lambda y: losses.decoupled_kd(z, z[::-1], y), [0, 1]),
    ):
        found = compiled(loss)(np.array([0, label], "int32"))
        right = ops.convert_to_numpy(loss(np.array(fine)))
        assert np.isnan(found[1])
        assert np.isclose(found[0], right[0], rtol=1e-5)


@pytest.mark.parametrize("temperature", [1e20, 1e-320, 1e-7, 1.1e6, 10**400])
def test_temperatures_whose_square_leaves_float32(temperature):
    v, z = logits()
    for loss in (losses.kl_divergence, losses.dist, losses.standardized_kd):
        with pytest.raises(ValueError, match="temperature must be "):
            loss(v, z, temperature=temperature)
    with pytest.raises(ValueError, match="temperature must be "):
        kd.SoftTargets(temperature=temperature)


@pytest.mark.parametrize("temperature", [1e-6, 1e6])
def test_temperatures_at_their_bounds(temperature):
    v, z = logits(scale=1e-6 if temperature < 1 else 2.0)
    v, z = v.astype("float32"), z.astype("float32")
    found = ops.convert_to_numpy(
        losses.kl_divergence(v, z, temperature=temperature)
    )
    if temperature < 1:
        exact = kl(v.astype("float64"), z.astype("float64"), temperature)
    else:  # half the variance of the difference
        exact = (z - v).astype("float64").var(axis=1) / 2
    assert np.allclose(found, exact, rtol=1e-3)


@pytest.mark.parametrize("classes", [2, 7])
def test_standardised_as_in_the_paper(classes):
    v, z = logits(classes=classes)
    T = 3.0

    def paper(rows):  # Algorithm 1: the deviation has C in its denominator
        centred = rows - rows.mean(axis=1, keepdims=True)
        return centred / rows.std(axis=1, keepdims=True)

    part = 1 - 1 / classes
    ours = losses.standardized_kd(v, z, temperature=T * part**0.5)
    ours = ops.convert_to_numpy(ours) / part
    assert np.allclose(kl(paper(v), paper(z), T), ours, rtol=1e-4, atol=1e-6)
