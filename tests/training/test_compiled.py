"""A program is used again for the same training, and for no other."""

import threading
from dataclasses import dataclass

import keras
import numpy as np
import pytest
from keras import layers, ops

import kd_tutorial as kd
from kd_tutorial.training import compiled as programs

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(24, 5)).astype("float32")
Y = GENERATOR.integers(3, size=24)
FACTOR = 1.0
STILL = {"steps": 1, "batch_size": 24, "learning_rate": 1e-12}


def run(build_student, **options):
    options = {"targets": [kd.HardTargets()], "seeds": [1, 2]} | options
    return kd.train_replicas(build_student, X, Y, **options)


def objective(build_student, seed=1):
    """The first loss, by plain Keras: no program involved."""
    keras.utils.set_random_seed(seed)
    student = build_student()
    z = student(X)
    loss = keras.losses.sparse_categorical_crossentropy(Y, z, from_logits=True)
    return float(ops.mean(loss)) + sum(float(p) for p in student.losses)


def first_loss(build_student):
    return run(build_student, **STILL).losses[0, 0]


# what a notebook defines anew under the same name


def with_layer(factor):
    class Scale(layers.Layer):
        def call(self, inputs):
            return factor * inputs

    return lambda: keras.Sequential(
        [keras.Input((5,)), Scale(), layers.Dense(3)]
    )


def with_activation(factor):
    def activation(z):
        return factor * z

    return lambda: keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(4, activation=activation),
            layers.Dense(3),
        ]
    )


def with_regulariser(factor):
    def penalty(kernel):
        return factor * ops.sum(kernel**2)

    return lambda: keras.Sequential(
        [keras.Input((5,)), layers.Dense(3, kernel_regularizer=penalty)]
    )


def with_regulariser_class(factor):
    class Penalty(keras.regularizers.Regularizer):
        def __call__(self, kernel):
            return factor * ops.sum(kernel**2)

        def get_config(self):
            return {}

    return lambda: keras.Sequential(
        [keras.Input((5,)), layers.Dense(3, kernel_regularizer=Penalty())]
    )


def with_lambda(factor):
    return lambda: keras.Sequential(
        [
            keras.Input((5,)),
            layers.Lambda(lambda z: factor * z),
            layers.Dense(3),
        ]
    )


def nested(make):
    """The same inside a model inside the student."""

    def within(factor):
        build = make(factor)
        return lambda: keras.Sequential(
            [keras.Input((5,)), build(), layers.Dense(3)]
        )

    return within


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "make",
    [
        with_layer,
        with_activation,
        pytest.param(
            with_regulariser,
            marks=pytest.mark.skipif(
                keras.__version__.startswith("3.12."),
                reason="there a regulariser is an object",
            ),
        ),
        with_regulariser_class,
        with_lambda,
        nested(with_layer),
    ],
)
def test_code_defined_anew_under_its_old_name_is_used(make):
    for factor in (1.0, 3.0):
        build = make(factor)
        assert np.isclose(first_loss(build), objective(build), rtol=1e-5)


def test_logits_come_from_the_layer_as_defined_now():
    for factor in (1.0, 3.0):
        replicas = run(with_layer(factor), **STILL)
        own = replicas.model(0).predict(X, verbose=0)
        assert np.allclose(replicas.logits(X)[0], own, atol=1e-5)


def named(first, second, activations):
    return lambda: keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(4, activation=activations, name=first),
            layers.Dense(4, activation=activations, name=second),
            layers.Dense(3),
        ]
    )


def test_a_layers_name_is_not_taken_for_an_activation():
    for build in (
        named("relu", "tanh", "tanh"),
        named("tanh", "relu", "relu"),
    ):
        assert np.isclose(first_loss(build), objective(build), rtol=1e-5)


def padded(first, second, padding):
    return lambda: keras.Sequential(
        [
            keras.Input((5,)),
            layers.Reshape((5, 1)),
            layers.Conv1D(2, 3, padding=padding, name=first),
            layers.Conv1D(2, 3, padding=padding, name=second),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )


def test_a_layers_name_is_not_taken_for_a_setting():
    for build in (
        padded("same", "causal", "causal"),
        padded("causal", "same", "same"),
    ):
        assert np.isclose(first_loss(build), objective(build), rtol=1e-5)


@pytest.mark.parametrize(
    "one, other",
    [
        ({"dtype": "float32"}, {"dtype": "mixed_float16"}),
        (
            {"name": "float16", "dtype": "float16"},
            {"name": "mixed_float16", "dtype": "mixed_float16"},
        ),
        ({"activation": "relu"}, {"activation": "tanh"}),
        ({"use_bias": True}, {"use_bias": False}),
        ({"trainable": True}, {"trainable": False}),
        ({"kernel_regularizer": "l1"}, {"kernel_regularizer": "l2"}),
    ],
)
def test_settings_tell_architectures_apart(one, other):
    def key(options):
        model = keras.Sequential(
            [keras.Input((5,)), layers.Dense(3, **options)]
        )
        return programs.architecture(model)

    assert key(one) == key(one) != key(other)


# what is the same, though Keras counts the names up


def plain():
    return kd.mlp((5,), 3, hidden=(6,), dropout=0.1)


def inside():
    body = keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(4, activation="relu", kernel_regularizer="l2"),
            layers.BatchNormalization(),
        ]
    )
    return keras.Sequential([keras.Input((5,)), body, layers.Dense(3)])


def residual():
    start = keras.Input((5,))
    hidden = layers.Dense(5, activation="relu")(start)
    return keras.Model(start, layers.Dense(3)(2.0 * hidden + start))


@pytest.fixture
def one_thread(monkeypatch):
    """As on a machine of one core: a share is all replicas."""
    alone = staticmethod(lambda: 1)
    monkeypatch.setattr(programs.TensorFlowLoop, "threads", alone)


@pytest.mark.long
@pytest.mark.parametrize("build", [plain, inside, residual])
def test_the_same_training_compiles_once(build, one_thread):
    run(build, steps=2).logits(X)
    count = len(programs._PROGRAMS)
    run(build, steps=2, learning_rate=0.1, seeds=[5, 6]).logits(X)
    run(build, steps=2, targets=[kd.HardTargets(weight=0.5)])
    assert len(programs._PROGRAMS) == count
    run(build, steps=2, seeds=[5, 6, 7])
    run(build, steps=2, optimizer="sgd")
    run(build, steps=2, targets=[kd.HardTargets(), kd.HardTargets()])
    assert len(programs._PROGRAMS) == count + 3


# state that must not leak


@pytest.mark.slow
@pytest.mark.parametrize("stacked", [True, False])
@pytest.mark.parametrize("optimizer", ["adam", "nadam", "rmsprop"])
def test_no_moments_are_left_from_an_earlier_run(optimizer, stacked):
    options = {"optimizer": optimizer, "stacked": stacked, "steps": 4}
    first = run(plain, **options)
    run(plain, **options, learning_rate=0.5)
    again = run(plain, **options)
    assert np.array_equal(first.losses, again.losses)
    for one, other in zip(first.trainable, again.trainable):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("stacked", [True, False])
def test_dropout_masks_differ_between_replicas_and_steps(stacked):
    def alike():  # the seed decides the masks and nothing else
        return keras.Sequential(
            [
                keras.Input((5,)),
                layers.Dropout(0.5),
                layers.Dense(3, kernel_initializer="ones"),
            ]
        )

    def spread(seeds):
        order = np.zeros((len(seeds), 4, 24), int) + np.arange(24)
        return run(
            alike, seeds=seeds, stacked=stacked, order=order,
            learning_rate=1e-12, batch_size=24,
            targets=[kd.SoftTargets(loss_function="squared_logits")],
            answers=kd.Answers.of(X, np.tile([1.0, 2.0, 3.0], (24, 1))),
        ).losses  # fmt: skip

    losses = spread([1, 2, 3])
    assert len(np.unique(losses)) == losses.size == 12
    twins = spread([1, 1])
    assert np.allclose(twins[0], twins[1])
    assert np.allclose(twins[0], losses[0])


def test_frozen_layers_stay_as_they_were():
    def frozen():
        student = kd.mlp((5,), 3, hidden=(6,))
        student.get_layer("hidden_1").trainable = False
        return student

    for stacked in (True, False):
        replicas = run(frozen, steps=3, learning_rate=0.1, stacked=stacked)
        for index, seed in enumerate([1, 2]):
            keras.utils.set_random_seed(seed)
            start = frozen()
            end = replicas.model(index)
            for name, moved in (("hidden_1", False), ("logits", True)):
                before = np.asarray(start.get_layer(name).kernel)
                after = np.asarray(end.get_layer(name).kernel)
                assert np.array_equal(before, after) is not moved


def test_a_student_with_nothing_to_train_is_refused():
    x = np.zeros((4, 3), "float32")

    def build():
        student = kd.mlp((3,), 2, hidden=(2,))
        student.trainable = False
        return student

    with pytest.raises(ValueError, match="has no weights to train. Set"):
        kd.train_replicas(
            build,
            x,
            np.array([0, 1, 0, 1]),
            targets=[kd.HardTargets()],
            seeds=[0, 1],
        )


# what the same code refers to, changed between two calls


def own_loss(labels, outputs):
    return FACTOR * ops.mean(ops.square(outputs), axis=-1)


class Own(kd.HardTargets):
    factor = 1.0

    def loss(self, target, output):
        return self.factor * ops.mean(ops.square(output), axis=-1)


class Scaled(layers.Layer):
    def __init__(self, factor=1.0):
        super().__init__()
        self.factor = factor
        self.seeds = keras.random.SeedGenerator()

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1],), initializer="ones")

    def call(self, inputs):
        return self.factor * self.kernel * inputs


class Penalty(keras.regularizers.Regularizer):
    factor = 1.0

    def __call__(self, kernel):
        return self.factor * ops.sum(kernel**2)

    def get_config(self):
        return {}


def stretched(z):
    return FACTOR * z


def flat():
    return keras.Sequential([keras.Input((5,)), layers.Dense(3)])


def own(of, factor, monkeypatch):
    """The first loss, where `factor` reaches the program by way of `of`."""
    monkeypatch.setitem(globals(), "FACTOR", factor)
    monkeypatch.setattr(Own, "factor", factor)

    def build():
        scaled = Scaled()
        scaled.factor = factor
        penalty = Penalty()
        penalty.factor = factor
        parts = {
            "layer": [scaled, layers.Dense(3)],
            "activation": [layers.Dense(3, activation=stretched)],
            "penalty": [layers.Dense(3, activity_regularizer=penalty)],
        }
        return keras.Sequential([keras.Input((5,)), *parts[of]])

    if of in ("loss", "target"):
        target = kd.HardTargets(loss_function=own_loss)
        target = target if of == "loss" else Own()
        return run(flat, targets=[target], **STILL).losses[0, 0]
    return first_loss(build)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "of", ["loss", "target", "layer", "activation", "penalty"]
)
def test_what_code_refers_to_is_used_as_it_is_now(of, monkeypatch):
    monkeypatch.setattr(programs, "_PROGRAMS", {})
    first = own(of, 1.0, monkeypatch)
    other = own(of, 3.0, monkeypatch)
    count = len(programs._PROGRAMS)
    again = own(of, 3.0, monkeypatch)
    assert count == len(programs._PROGRAMS) == 2
    assert again == other
    programs._PROGRAMS.clear()
    assert own(of, 3.0, monkeypatch) == other != first
    if of in ("loss", "target"):
        assert np.isclose(other, 3 * first, rtol=1e-5)


def test_a_layers_attribute_reaches_the_logits():
    replicas = run(
        lambda: keras.Sequential(
            [keras.Input((5,)), Scaled(), layers.Dense(3, use_bias=False)]
        ),
        **STILL,
    )
    first = replicas.logits(X)
    replicas.student.layers[0].factor = 2.0
    assert np.allclose(replicas.logits(X), 2 * first, atol=1e-5)


def test_what_cannot_be_written_down_is_compiled_anew(monkeypatch):
    monkeypatch.setattr(programs, "_PROGRAMS", {})
    held = threading.Lock()  # an open file, a session

    def loss(labels, outputs):
        return own_loss(labels, outputs) + 0 * held.locked()

    for factor in (1.0, 3.0):
        monkeypatch.setitem(globals(), "FACTOR", factor)
        given = {"targets": [kd.HardTargets(loss_function=loss)]} | STILL
        found = run(flat, **given).losses[0, 0]
        keras.utils.set_random_seed(1)
        wanted = factor * float(ops.mean(ops.square(flat()(X))))
        assert np.isclose(found, wanted, rtol=1e-5)
    assert not programs._PROGRAMS


@dataclass(frozen=True, eq=False, kw_only=True)
class Off(kd.Target):
    """How far outputs are from numbers that are no field of a kind."""

    by: object
    name = "off"

    @property
    def asks(self):
        return None

    def encode(self, labels, answer):
        return np.zeros((len(X), 3), "float32")

    def loss(self, target, output):
        by = ops.convert_to_tensor(self.by, "float32")
        return ops.sum(ops.square(output - by), axis=-1)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [np.array, list])
def test_fields_that_are_arrays_or_lists_are_part_of_the_program(
    kind, one_thread
):
    def losses(*by):
        targets = [[Off(by=kind([float(b)] * 3))] for b in by]
        return kd.train_replicas(
            plain, X, targets=targets, seeds=[0] * len(by), steps=1,
            batch_size=len(X),
        ).losses[:, 0]  # fmt: skip

    first = losses(1)
    count = len(programs._PROGRAMS)
    assert np.allclose(losses(1, 1), first, rtol=1e-5)
    assert len(programs._PROGRAMS) == count + 1  # of two side by side
    assert losses(1) == first and losses(50) > 10 * first
    with pytest.raises(ValueError, match="must be alike but for their"):
        losses(1, 2)
