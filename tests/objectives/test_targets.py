"""Targets: what they ask, encode, weigh and compare."""

import functools
import threading
from dataclasses import dataclass
from typing import ClassVar

import keras
import numpy as np
import pytest
from helpers import gradient
from hypothesis import given
from hypothesis import strategies as st
from keras import ops

import kd_tutorial as kd
from kd_tutorial.objectives.heads import averaged, heads, name_targets
from kd_tutorial.objectives.targets import LOSSES

V, Z = 2 * np.random.default_rng(0).normal(size=(2, 6, 5)).astype("float32")
Y = np.array([0, 1, 2, 3, 4, 0])


def value(target, labels, answer, output):
    return np.asarray(target.loss(target.encode(labels, answer), output))


def test_hard_targets_are_the_labels():
    target = kd.HardTargets(label_smoothing=0.1)
    expected = kd.losses.hard_cross_entropy(Y, Z, label_smoothing=0.1)
    assert np.allclose(value(target, Y, None, Z), expected)
    assert target.asks is None


@pytest.mark.parametrize("name", LOSSES)
def test_soft_targets_by_any_loss(name):
    target = kd.SoftTargets(temperature=2.0, loss_function=name)
    plain = name in ("squared_logits", "squared_error")
    options = {} if plain else {"temperature": 2.0}
    labels = (Y,) if name == "decoupled_kd" else ()
    expected = getattr(kd.losses, name)(V, Z, *labels, **options)
    assert np.allclose(value(target, Y, V, Z), expected, atol=1e-6)
    assert target.asks == "output"


def test_soft_targets_by_a_function():
    target = kd.SoftTargets(loss_function=lambda v, z: ops.sum(v * z, axis=1))
    assert np.allclose(value(target, None, V, Z), (V * Z).sum(1), atol=1e-5)


def test_a_new_method_is_a_small_class():
    @dataclass(frozen=True, eq=False, kw_only=True)
    class Absolute(kd.Target):
        power: float = 1.0
        name: ClassVar[str] = "absolute"

        def loss(self, target, output):
            return ops.mean(ops.abs(output - target) ** self.power, axis=-1)

    target = Absolute(power=2, weight=3)
    assert np.allclose(value(target, None, V, Z), ((V - Z) ** 2).mean(1))
    assert target.numbers() == {"weight": 3.0, "power": 2.0}
    assert target.structure() == Absolute(power=5.0).structure()
    assert target.structure() != kd.HardTargets().structure()
    student = kd.mlp((3,), 5)
    x = np.random.default_rng(1).normal(size=(6, 3)).astype("float32")
    answers = kd.Answers.of(x, V)
    history = kd.distill(
        answers, student, x, targets=[target], epochs=1, batch_size=6,
        optimizer=keras.optimizers.SGD(0.0),
    )  # fmt: skip
    z = student.predict(x, verbose=0)
    expected = 3 * ((z - V) ** 2).mean()
    assert np.isclose(history.history["loss"][0], expected, rtol=1e-5)


def test_numbers_and_structure():
    one = kd.SoftTargets(temperature=2, weight=1)
    other = kd.SoftTargets(temperature=5.0, weight=0.5)
    assert one.numbers() == {"weight": 1.0, "temperature": 2.0}
    assert one.structure() == other.structure()
    for different in (
        kd.SoftTargets(loss_function="dist"),
        kd.SoftTargets(sample_weight=np.ones(3)),
    ):
        assert different.structure() != one.structure()
    hint = kd.Hint(teacher_layer="a", student_layer="b")
    assert hint.structure() != (
        kd.Hint(teacher_layer="a", student_layer="c").structure()
    )


def test_names_are_counted():
    named = name_targets(
        [kd.SoftTargets(), kd.HardTargets(), kd.SoftTargets()]
    )
    assert list(named) == ["soft", "hard", "soft_2"]


def test_heads_share_the_students_weights():
    student = kd.mlp((3,), 5, hidden=(4,))
    named = name_targets(
        [
            kd.HardTargets(),
            kd.SoftTargets(),
            kd.Hint(teacher_layer="t", student_layer="hidden_1"),
        ]
    )
    model = heads(student, named, {"output": (5,), "t": (7,)})
    x = np.random.default_rng(0).normal(size=(2, 3)).astype("float32")
    outputs = model(x)
    order = ["hard", "soft", "hint"]
    if keras.backend.backend() == "torch":
        order = sorted(order)  # Keras' there
    assert list(outputs) == order
    both = outputs["soft"], student(x)
    assert np.allclose(*map(ops.convert_to_numpy, both))
    assert tuple(outputs["hint"].shape) == (2, 7)
    own = {id(w) for w in student.weights}
    extra = [w for w in model.weights if id(w) not in own]
    assert [tuple(w.shape) for w in extra] == [(4, 7), (7,)]


@pytest.mark.parametrize("weight", [-1, float("nan"), float("inf")])
def test_weights_must_be_finite_and_not_negative(weight):
    with pytest.raises(ValueError, match="weight must be"):
        kd.HardTargets(weight=weight)
    with pytest.raises(ValueError, match="sample_weight must be finite"):
        kd.SoftTargets(sample_weight=[1.0, weight])


def test_settings_that_make_no_target():
    with pytest.raises(ValueError, match="temperature must be positive"):
        kd.SoftTargets(temperature=0)
    with pytest.raises(ValueError, match="'kl'. Choose from decoupled_kd"):
        kd.SoftTargets(loss_function="kl")
    with pytest.raises(TypeError, match="a name or a function, got 3"):
        kd.SoftTargets(loss_function=3)
    with pytest.raises(ValueError, match="HardTargets need labels"):
        kd.HardTargets().encode(None, None)
    with pytest.raises(ValueError, match="'decoupled_kd' needs labels"):
        kd.SoftTargets(loss_function="decoupled_kd").encode(None, V)
    with pytest.raises(TypeError, match="Target objects, got 'soft'"):
        name_targets(["soft"])
    with pytest.raises(ValueError, match="targets is empty"):
        name_targets([])
    with pytest.raises(NotImplementedError, match="Target must define loss"):
        kd.Target().loss(V, Z)


def test_class_counts_must_agree():
    student = kd.mlp((3,), 4)
    named = name_targets([kd.SoftTargets()])
    with pytest.raises(ValueError, match="teacher has 5 classes .* student 4"):
        heads(student, named, {"output": (5,)})


# features

T3, S3 = np.random.default_rng(2).normal(size=(2, 6, 4, 3)).astype("float32")


def test_hint_is_the_mean_square_over_features():
    hint = kd.Hint(teacher_layer="t", student_layer="s")
    expected = ((T3 - S3) ** 2).mean(axis=(1, 2))
    got = averaged(hint, T3, ops.convert_to_tensor(S3), 3)
    assert np.allclose(got, expected, atol=1e-6)


def test_attention_by_hand_and_blind_to_scale():
    target = kd.AttentionTransfer(teacher_layer="t", student_layer="s")

    def attention(f):
        energy = (f.astype("float64") ** 2).sum(-1)
        return energy / np.linalg.norm(energy, axis=1, keepdims=True)

    expected = ((attention(S3) - attention(T3)) ** 2).sum(1)
    assert np.allclose(value(target, None, T3, S3), expected, atol=1e-5)
    assert np.allclose(value(target, None, 5 * T3, S3), expected, atol=1e-5)
    wide = np.concatenate([T3, np.zeros_like(T3)], axis=-1)
    assert np.allclose(value(target, None, wide, S3), expected, atol=1e-5)


def numpy_relations(t, s):
    def distances(f):
        d = np.linalg.norm(f[:, None] - f[None], axis=-1)
        return d / d[d > 1e-6].mean()

    gap = np.abs(distances(s) - distances(t))
    return np.where(gap < 1, gap**2 / 2, gap - 0.5).mean(1)


@given(st.integers(0, 1000))
def test_relations_by_hand(seed):
    generator = np.random.default_rng(seed)
    t, s = generator.normal(size=(6, 3)), generator.normal(size=(6, 8))
    target = kd.Relations(teacher_layer="t", student_layer="s")
    got = value(target, None, t.astype("f4"), s.astype("f4"))
    assert np.allclose(got, numpy_relations(t, s), atol=1e-5)


def test_relations_do_not_see_turns_and_scale():
    generator = np.random.default_rng(0)
    t, s = generator.normal(size=(2, 6, 4))
    turn = np.linalg.qr(generator.normal(size=(4, 4)))[0]
    target = kd.Relations(teacher_layer="t", student_layer="s")
    one = value(target, None, t.astype("f4"), s.astype("f4"))
    moved = (3 * s @ turn + 7).astype("f4")
    other = value(target, None, t.astype("f4"), moved)
    assert np.allclose(one, other, atol=1e-4)


@pytest.mark.parametrize(
    "target",
    [
        kd.Relations(teacher_layer="t", student_layer="s"),
        kd.AttentionTransfer(teacher_layer="t", student_layer="s"),
    ],
)
def test_gradients_at_copies_and_zeros_are_finite(target):
    copies = np.tile(S3[:1], (6, 1, 1))
    for output in (copies, np.zeros_like(S3), S3):
        slope = gradient(
            lambda o: ops.sum(target.loss(ops.convert_to_tensor(T3), o)),
            output,
        )
        assert np.isfinite(slope).all()


def test_layers_must_exist_and_fit():
    student = kd.cnn((8, 8, 1), 3, filters=(2,), hidden=(4,))

    def head(target, shape):
        return heads(student, {"t": target}, {target.asks: shape})

    hint = kd.Hint(teacher_layer="t", student_layer="conv_9")
    with pytest.raises(ValueError, match="no layer 'conv_9'. Its .*conv_1"):
        head(hint, (4,))
    hint = kd.Hint(teacher_layer="t", student_layer="conv_1")
    with pytest.raises(ValueError, match=r"\(8, 8, 2\) and .* \(4, 4, 2\)"):
        head(hint, (4, 4, 2))
    assert head(hint, (8, 8, 2)).outputs[0].shape == (None, 8, 8, 2)
    attention = kd.AttentionTransfer(teacher_layer="t", student_layer="conv_1")
    for shape in ((4, 4, 2), (5,)):
        with pytest.raises(ValueError, match="attention maps .* cannot be"):
            head(attention, shape)
    assert head(attention, (8, 8, 9)).outputs[0].shape == (None, 8, 8, 2)


@pytest.mark.parametrize(
    "shape, reason",
    [
        ((4, 6, 2), "Their places must be the same"),
        ((2,), "Their places must be the same"),
        ((6, 4, 3), "same classes"),
        ((), "without an axis"),
    ],
)
def test_answers_of_another_shape_are_refused(shape, reason):
    inputs = keras.Input((6, 4, 1))
    student = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    with pytest.raises(ValueError, match=reason):
        kd.SoftTargets().head(student, shape)
    assert kd.SoftTargets().head(student, (6, 4, 2)).shape[1:] == (6, 4, 2)


def test_a_layer_called_like_an_output_is_refused():
    student = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(2, name="soft")]
    )
    x = np.ones((4, 3), "float32")
    with pytest.raises(ValueError, match="a layer called 'soft'"):
        kd.distill(lambda b: 5 * b[:, :2], student, x)


KL = functools.partial(kd.losses.kl_divergence, temperature=1.0)
SMOOTH = functools.partial(kd.losses.hard_cross_entropy, label_smoothing=0.5)


class Outer(functools.partial):
    """Python joins partials of one class; this one stays outside."""


@pytest.mark.parametrize(
    "make, named",
    [
        (lambda: kd.SoftTargets(loss_function=KL), r"temperature=1.0.*Soft"),
        (lambda: kd.SoftTargets(loss_function=Outer(KL)), "temperature=1.0"),
        (
            lambda: kd.SoftTargets(
                loss_function=functools.partial(
                    kd.losses.decoupled_kd, labels=0
                )
            ),
            "labels=0.* pass y",
        ),
        (lambda: kd.HardTargets(loss_function=SMOOTH), "label_smoothing=0.5"),
    ],
)
def test_a_partial_sets_nothing_that_the_target_sets(make, named):
    with pytest.raises(ValueError, match=f"partial with {named}"):
        make()


def test_a_partial_of_what_the_target_does_not_set():
    def own(v, z, power, **other):
        return ops.sum(ops.abs(v - z), axis=-1) * power + other["temperature"]

    held = functools.partial(own, power=3.0, temperature=7.0)
    found = value(kd.SoftTargets(loss_function=held), None, V, Z)
    assert np.allclose(found, 3 * np.abs(V - Z).sum(axis=-1) + 7, rtol=1e-5)


@pytest.mark.parametrize(
    "loss",
    [
        "dist",
        kd.losses.dist,
        functools.partial(kd.losses.dist, intra_weight=2.0),
    ],
)
def test_masked_places_are_not_compared_with_each_other(loss):
    target = kd.SoftTargets(loss_function=loss)
    places = Z.reshape(2, 3, 5)
    mask = np.array([[1, 1, 0], [1, 1, 1]], "float32")[..., None]
    masked = np.concatenate([places, mask], axis=-1)
    with pytest.raises(ValueError, match="'soft' compares places with each"):
        averaged(target, V.reshape(2, 3, 5), masked, 5)
    whole = np.asarray(averaged(target, V.reshape(2, 3, 5), places, 5))
    rows = np.asarray(averaged(target, V, Z, 5)).reshape(2, 3)
    assert np.allclose(whole, rows.mean(axis=1), rtol=1e-5)
    alone = kd.SoftTargets()
    found = np.asarray(averaged(alone, V.reshape(2, 3, 5), masked, 5))
    rows = np.asarray(averaged(alone, V, Z, 5)).reshape(2, 3)
    assert np.allclose(found[0], rows[0, :2].mean(), rtol=1e-5)


def test_two_hints_on_one_pair_have_a_projector_each():
    hint = kd.Hint(teacher_layer="t", student_layer="hidden_1")
    named = name_targets([hint, hint])
    student = kd.mlp((3,), 5, hidden=(4,))
    model = heads(student, named, {"t": (7,)})
    x = np.random.default_rng(0).normal(size=(2, 3)).astype("float32")
    first, second = map(ops.convert_to_numpy, model(x).values())
    assert first.shape == second.shape == (2, 7)
    assert not np.allclose(first, second)  # each drawn anew


@dataclass(frozen=True, eq=False, kw_only=True)
class Centred(kd.Target):
    """A target with an array, and one with a list."""

    centre: object
    name: ClassVar[str] = "centred"

    def loss(self, target, output):
        return ops.sum(ops.square(output - target - self.centre[0]), axis=-1)


def test_arrays_and_lists_tell_structures_apart():
    def structure(centre):
        return Centred(centre=centre).structure()

    one, two = np.ones((1, 5)), np.full((1, 5), 2.0)
    assert hash(structure(one)) == hash(structure(one.copy()))
    assert structure(one) == structure(one.copy()) != structure(two)
    assert structure([one]) == structure([one.copy()]) != structure([two])
    held = np.ones((1, 5))
    before = structure(held)
    held[:] = 2.0
    assert structure(held) == structure(two) != before
    with pytest.raises(TypeError, match="the target's centre holds"):
        structure([threading.Lock()])
