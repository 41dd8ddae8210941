"""The losses beside other libraries' and beside float64 NumPy.

Goldens come from the other libraries' own code, see `goldens/make.py`. The
grid runs over what float32 is given: 2 to 50,000 classes, logits from 1e-4 to
1e4, temperatures from 1e-2 to 1e4, students close to their teacher. Values are
right to 1e-5 of themselves. What lies under the floors below is rounding of
the inputs: two float32 logits that differ by 1e-7 of their size may as well
be equal.
"""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from helpers import gradient, needs_tensorflow, precise
from keras import ops
from objectives import reference
from objectives.goldens import cases

import kd_tutorial as kd
from kd_tutorial.objectives import losses

FOLDER = Path(__file__).parent / "goldens"
GOLDENS = json.loads((FOLDER / "goldens.json").read_text("utf-8"))
DOUBLE = precise() < 1e-9
LAYERS = {"teacher_layer": "t", "student_layer": "s"}
FEATURES = {
    "hint": kd.Hint(**LAYERS),
    "attention": kd.AttentionTransfer(**LAYERS),
    "relations": kd.Relations(**LAYERS),
}


def golden(key):
    """A golden's function of the student's array, and that array."""
    name, *words = key.split()
    if name in FEATURES:
        t, s = cases.features()
        if words:
            t, s = cases.rows(words[0] == "copies=True")
        return lambda s: FEATURES[name].loss(ops.convert_to_tensor(t), s), s
    options = dict(word.split("=") for word in words if "=" in word)
    shape = next(word for word in words if "=" not in word)
    v, z = cases.logits(shape)
    given = {"temperature": float(options["T"])}
    if name == "decoupled_kd":
        given["labels"] = cases.labels(shape)
    if name == "generalized_jsd":
        given["beta"] = float(options["beta"])
    return lambda s: getattr(losses, name)(v, s, **given), z


@pytest.mark.parametrize(
    ("peer", "name"),
    [
        (peer, name)
        for peer, found in GOLDENS.items()
        for name in sorted({key.split()[0] for key in found["values"]})
    ],
)
def test_other_libraries_say_the_same(peer, name):
    for key, entry in GOLDENS[peer]["values"].items():
        if key.split()[0] != name:
            continue
        # Peers take a copy's distance for 1e-6, the root of their epsilon.
        exact = 1e-10 if "copies=True" not in key else 1e-5
        exact = exact if DOUBLE else 5e-5
        # What is nothing but rounding, where it should be 0.
        nothing = 1e-13 if DOUBLE else 1e-6
        function, student = golden(key)
        value = float(ops.mean(function(student)))
        wanted = float(entry["value"])
        assert np.isclose(value, wanted, rtol=exact, atol=nothing), key
        if "gradient" in entry:
            slope = gradient(lambda s: ops.mean(function(s)), student)  # noqa: B023
            wanted = np.array(entry["gradient"].split(), "f8")
            error = np.abs(np.ravel(slope) - wanted).max()
            assert error < 10 * exact * np.abs(wanted).max() + nothing, key


# the grid

SCALES = (1e-4, 1e-2, 1.0, 10.0, 100.0, 1e4)
CLASSES = (2, 10, 1000, 50_000)
TEMPERATURES = (1e-2, 1.0, 4.0, 100.0, 1e4)
BETAS = {"generalized_jsd": 0.5, "jsd_small": 1e-4, "jsd_large": 0.9999}
DIVERGENCES = (
    "soft_cross_entropy", "kl_divergence", "reverse_kl", "decoupled_kd",
    *BETAS, "standardized_kd",
)  # fmt: skip


def grid(classes):
    """Rows of every scale: students far from, near and at their teacher."""
    generator = np.random.default_rng(classes)
    v, far, noise = generator.normal(size=(3, len(SCALES), classes))
    scales = np.array(SCALES)[:, None]
    v = (scales * v).astype("f4")
    students = [
        (scales * far).astype("f4"),
        *((v + scales * d * noise).astype("f4") for d in (1e-2, 1e-5)),
        v,
    ]
    return np.concatenate([v] * len(students)), np.concatenate(students)


def both(name, T, labels):
    """The loss in the package, and over T² in NumPy."""
    if name in BETAS:
        beta = BETAS[name]
        return (
            lambda v, z: losses.generalized_jsd(
                v, z, temperature=T, beta=beta
            ),
            lambda v, z: reference.generalized_jsd(v, z, T, beta),
        )
    given = {"labels": labels} if name == "decoupled_kd" else {}
    return (
        lambda v, z: getattr(losses, name)(v, z, temperature=T, **given),
        lambda v, z: getattr(reference, name)(v, z, T, **given),
    )


@pytest.mark.parametrize("classes", CLASSES)
@pytest.mark.parametrize("name", DIVERGENCES)
def test_float32_keeps_five_digits(name, classes):
    v, z = grid(classes)
    labels = np.arange(len(v)) * 7919 % classes
    for T in TEMPERATURES if classes < 50_000 else (1e-2, 4.0, 1e4):
        ours, numpys = both(name, T, labels)
        got = np.asarray(ours(v, z)).astype("f8") / T**2
        assert np.isfinite(got).all() and (got >= 0).all()
        exact, floor = 1e-5, 1e-30
        if name == "standardized_kd":
            # Standardised logits of size 4 are rounded, then divided by T.
            exact, floor = 1e-5 * max(1, 0.1 / T), (1e-6 / T) ** 2
        assert np.allclose(got, numpys(v, z), rtol=exact, atol=floor), T


def slopes(name, T, v, z, labels):
    """The gradient in z over T, in float64, from closed forms."""
    p, q, u = reference.rows(v, z, T)

    def less(p, q, u):  # q - p
        up, down = -np.expm1(-np.maximum(u, 0)), np.expm1(np.minimum(u, 0))
        return np.where(u > 0, q * up, p * down)

    if name in ("kl_divergence", "soft_cross_entropy"):
        return less(p, q, u)
    if name == "reverse_kl":
        return q * (u - reference.divergence(q, p, -u)[:, None])
    if name == "decoupled_kd":
        outer, inner, is_target = reference.split(v, z, T, labels)
        step = less(*outer)  # (batch, 2)
        among = step[:, 1:] * inner[1] + 8 * less(*inner)
        slope = np.empty_like(p)
        slope[is_target], slope[~is_target] = step[:, 0], among.ravel()
        return slope
    beta = BETAS[name]
    p, q, m, _, to_q = reference.mixture(v, z, T, beta)
    from_q = reference.divergence(q, m, to_q)[:, None]
    return (1 - beta) * q * (-to_q - from_q)


@pytest.mark.parametrize("classes", CLASSES[:3])
@pytest.mark.parametrize("name", DIVERGENCES[:-1])
def test_float32_gradients_are_the_closed_forms(name, classes):
    v, z = grid(classes)
    labels = np.arange(len(v)) * 7919 % classes
    for T in TEMPERATURES:
        ours, numpys = both(name, T, labels)
        got = gradient(lambda s, f=ours: ops.sum(f(v, s)), z) / T
        assert np.isfinite(got).all()
        wanted = slopes(name, T, v, z, labels)
        # A row's entries are sums of terms of the size of its largest, and
        # of the loss itself where that is taken from them.
        size = np.abs(wanted).max(-1)
        if name in ("reverse_kl", *BETAS):
            size = np.maximum(size, numpys(v, z))
        error = np.abs(got - wanted).max(-1)
        assert (error <= 1e-5 * size + 1e-30).all(), T


@pytest.mark.parametrize("classes", CLASSES)
def test_float32_squares(classes):
    v, z = grid(classes)
    for centered in (False, True):
        got = losses.squared_logits(v, z, centered=centered)
        wanted = reference.squared_logits(v, z, centered)
        assert np.allclose(got, wanted, rtol=1e-5, atol=1e-30)


@pytest.mark.parametrize("classes", CLASSES[:3])
@pytest.mark.parametrize("scale", SCALES)
def test_float32_correlations(scale, classes):
    generator = np.random.default_rng(classes)
    v, far, noise = scale * generator.normal(size=(3, 6, classes))
    v = v.astype("f4")
    for student in (far, v + 1e-2 * noise, v + 1e-5 * noise, v):
        z = student.astype("f4")
        for T in TEMPERATURES:
            got = losses.dist(v, z, temperature=T)
            got = np.asarray(got).astype("f8") / T**2
            assert np.isfinite(got).all() and (got >= 0).all()
            # log p has the size of the logits over T, and the rounding too.
            exact = 1e-5 * max(1, scale / T / 2)
            if exact < 1e-2:
                wanted = reference.dist(v, z, T)
                assert np.allclose(got, wanted, rtol=exact, atol=1e-13), T


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", DIVERGENCES)
def test_half_precision_is_widened_first(name, dtype):
    v, z = (ops.cast(np.clip(x, -3e4, 3e4), dtype) for x in grid(10))
    ours, _ = both(name, 4.0, np.arange(v.shape[0]) % 10)
    got = ours(v, z)
    assert "float32" in str(got.dtype)
    wide = ours(ops.cast(v, "float32"), ops.cast(z, "float32"))
    assert np.array_equal(got, wide)


# where losses run


def ways(function):
    """Value and gradient, by every way of compiling."""
    if keras.backend.backend() == "jax":
        import jax

        def plain(v, z):
            value, pull = jax.vjp(lambda z: function(v, z), z)
            return value, pull(ops.ones_like(value))[0]

        mapped = jax.jit(jax.vmap(plain))
        return plain, [jax.jit(plain), mapped]
    tf = pytest.importorskip("tensorflow")

    def plain(v, z):
        with tf.GradientTape() as tape:
            tape.watch(z)
            value = function(v, z)
        return value, tape.gradient(value, z)

    mapped = tf.function(
        lambda v, z: tf.vectorized_map(lambda pair: plain(*pair), (v, z)),
        jit_compile=True,
    )
    return plain, [tf.function(plain), mapped]


EVERYWHERE = [
    "soft_cross_entropy", "kl_divergence", "reverse_kl", "decoupled_kd",
    "generalized_jsd", "standardized_kd", "dist", "binary_kl_divergence",
    "squared_logits", "hard_cross_entropy", "binary_cross_entropy",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERYWHERE)
def test_compiled_and_mapped_losses_are_the_eager_ones(name):
    generator = np.random.default_rng(0)
    v, z = generator.normal(size=(2, 6, 5)).astype("f4")
    labels = np.arange(6) % 5
    v[:, 3] = z[:, 3] = -np.inf  # a class that both exclude
    z[0, [0, 1, 2, 4]] = 0  # a head that starts at zero
    z[1] = v[1]
    if name == "hard_cross_entropy":
        labels = labels * 0

        def function(v, z):
            return losses.hard_cross_entropy(labels, z)
    elif name == "binary_cross_entropy":

        def function(v, z):
            return losses.binary_cross_entropy(ops.sigmoid(v), z)
    elif name == "squared_logits":
        function = losses.squared_logits
    else:
        function = both(name, 4.0, labels)[0]
    plain, compiled = ways(function)
    v, z = ops.convert_to_tensor(v), ops.convert_to_tensor(z)
    value, slope = (np.asarray(x) for x in plain(v, z))
    assert np.isfinite(value).all() and np.isfinite(slope).all()
    assert (slope[:, 3] == 0).all()
    for way, run in enumerate(compiled):
        pair = (v, z) if way == 0 else (ops.stack([z, v]), ops.stack([v, z]))
        again = [np.asarray(x) for x in run(*pair)]
        if way == 1:
            again = [x[1] for x in again]
        assert np.allclose(again[0], value, rtol=1e-5, atol=1e-12)
        assert np.allclose(again[1], slope, rtol=1e-4, atol=1e-6)


@needs_tensorflow
@pytest.mark.parametrize("name", EVERYWHERE)
def test_second_derivatives(name):
    import tensorflow as tf

    v, z = np.random.default_rng(1).normal(size=(2, 3, 4))
    labels = np.arange(3)
    if name == "hard_cross_entropy":
        function = losses.hard_cross_entropy
        v = labels
    elif name == "binary_cross_entropy":
        function, v = losses.binary_cross_entropy, (v > 0).astype("f8")
    elif name == "squared_logits":
        function = losses.squared_logits
    else:
        function = both(name, 2.0, labels)[0]

    def slope(z):
        with tf.GradientTape() as tape:
            tape.watch(z)
            value = ops.sum(function(v, z))
        return tape.gradient(value, z)

    direction = np.random.default_rng(2).normal(size=z.shape)
    x = tf.constant(z)
    with tf.GradientTape() as tape:
        tape.watch(x)
        along = ops.sum(slope(x) * direction)
    got = tape.gradient(along, x)
    step = 1e-5 * direction
    wanted = slope(tf.constant(z + step)) - slope(tf.constant(z - step))
    assert np.allclose(got, wanted / 2e-5, atol=1e-7)
