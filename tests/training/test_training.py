"""Training against plain Keras: same losses, same weights, same refusals."""

import functools
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
from helpers import needs_tensorflow
from keras import layers, ops
from scipy.special import log_softmax, rel_entr, softmax

import kd_tutorial as kd
from kd_tutorial.training.checked import check_student, check_student_on

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(40, 6)).astype("float32")
Y = GENERATOR.integers(4, size=40)


def build(seed=0, hidden=8, **options):
    keras.utils.set_random_seed(seed)
    return kd.mlp((6,), 4, hidden=(hidden,), **options)


@pytest.fixture(scope="module")
def teacher():
    model = build(9, hidden=16)
    model.layers[-1].bias.assign([0.5, -0.5, 1.0, 0.0])
    return model


STILL = {"epochs": 1, "batch_size": 40, "shuffle": False}


def still():
    """An optimizer that changes nothing."""
    return keras.optimizers.SGD(0.0)


def weights(model):
    return [np.asarray(w) for w in model.get_weights()]


def same(one, other, tolerance=1e-5):
    return all(
        np.allclose(a, b, atol=tolerance)
        for a, b in zip(weights(one), weights(other), strict=True)
    )


# the objective by hand


def test_the_objective_is_the_weighted_sum(teacher):
    student = build()
    w_hard = GENERATOR.uniform(0, 2, 40)
    w_soft = GENERATOR.uniform(0, 2, 40)
    history = kd.distill(
        teacher,
        student,
        X,
        Y,
        targets=[
            kd.HardTargets(weight=0.3, sample_weight=w_hard),
            kd.SoftTargets(temperature=3.0, weight=0.7, sample_weight=w_soft),
            kd.Hint(
                teacher_layer="logits", student_layer="logits", weight=2.0
            ),
        ],
        optimizer=still(),
        **STILL,
    ).history
    z = student.predict(X, verbose=0).astype("float64")
    v = teacher.predict(X, verbose=0).astype("float64")
    hard = -log_softmax(z, 1)[np.arange(40), Y]
    soft = 9 * rel_entr(softmax(v / 3, 1), softmax(z / 3, 1)).sum(1)
    hint = ((z - v) ** 2).mean(1)
    parts = {
        "hard_loss": (w_hard * hard).mean(),
        "soft_loss": (w_soft * soft).mean(),
        "hint_loss": hint.mean(),
    }
    for name, expected in parts.items():
        assert np.isclose(history[name][0], expected, rtol=1e-4)
    total = 0.3 * parts["hard_loss"] + 0.7 * parts["soft_loss"]
    total += 2 * parts["hint_loss"]
    assert np.isclose(history["loss"][0], total, rtol=1e-4)
    accuracy = (z.argmax(1) == Y).mean()
    assert np.isclose(history["student_accuracy"][0], accuracy)


def test_labels_alone_train_as_plain_keras_does():
    ours, theirs = build(), build()
    kd.train(ours, X, Y, epochs=3, batch_size=8, shuffle=False)
    theirs.compile(
        "adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    theirs.fit(X, Y, epochs=3, batch_size=8, shuffle=False, verbose=0)
    assert same(ours, theirs)


def test_answers_alone_train_as_a_softened_divergence_in_keras(teacher):
    ours, theirs = build(), build()
    T = 2.0
    kd.distill(
        teacher, ours, X, targets=[kd.SoftTargets(temperature=T)],
        epochs=3, batch_size=8, shuffle=False,
    )  # fmt: skip
    p = softmax(teacher.predict(X, verbose=0) / T, axis=1)

    def loss(target, logits):
        q = ops.softmax(logits / T)
        return T**2 * keras.losses.kl_divergence(target, q)

    theirs.compile("adam", loss)
    theirs.fit(X, p, epochs=3, batch_size=8, shuffle=False, verbose=0)
    assert same(ours, theirs, 1e-4)


def test_sample_weights_are_keras_sample_weights():
    ours, theirs = build(), build()
    w = GENERATOR.uniform(0, 3, 40).astype("float32")
    kd.train(
        ours, X, Y, targets=[kd.HardTargets(sample_weight=w)],
        epochs=2, batch_size=10, shuffle=False,
    )  # fmt: skip
    theirs.compile(
        "adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    theirs.fit(
        X, Y, sample_weight=w, epochs=2, batch_size=10, shuffle=False,
        verbose=0,
    )  # fmt: skip
    assert same(ours, theirs)


def test_a_regulariser_is_kept_and_counted_once(teacher):
    student = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(8, kernel_regularizer=keras.regularizers.L2(0.1)),
            layers.Dense(4),
        ]
    )
    history = kd.distill(
        teacher, student, X, Y, optimizer=still(), **STILL
    ).history
    penalty = 0.1 * (np.asarray(student.layers[0].kernel) ** 2).sum()
    terms = 0.1 * history["hard_loss"][0] + 0.9 * history["soft_loss"][0]
    assert np.isclose(history["loss"][0], terms + penalty, rtol=1e-5)


def test_batch_normalisation_moves_once_a_step(teacher):
    def student():
        keras.utils.set_random_seed(0)
        return keras.Sequential(
            [keras.Input((6,)), layers.BatchNormalization(), layers.Dense(4)]
        )

    one = student()
    kd.distill(teacher, one, X, Y, optimizer=still(), **STILL)
    momentum = one.layers[0].momentum
    moved = (1 - momentum) * X.mean(axis=0)
    assert np.allclose(one.layers[0].moving_mean, moved, atol=1e-6)


# defaults, options and what fit brings along


def test_defaults(teacher):
    history = kd.distill(
        teacher, build(), X, Y, optimizer=still(), **STILL
    ).history
    explicit = kd.distill(
        teacher, build(), X, Y, optimizer=still(), **STILL,
        targets=[
            kd.HardTargets(weight=0.1),
            kd.SoftTargets(weight=0.9, temperature=4.0),
        ],
    ).history  # fmt: skip
    assert np.isclose(history["loss"][0], explicit["loss"][0])
    alone = kd.distill(teacher, build(), X, optimizer=still(), **STILL).history
    assert list(alone) == ["loss"]
    assert np.isclose(alone["loss"][0], history["soft_loss"][0])


def test_answers_stand_in_for_the_teacher(teacher):
    one, other = build(), build()
    options = {"epochs": 2, "batch_size": 8, "shuffle": False}
    kd.distill(teacher, one, X, Y, **options)
    kd.distill(kd.ask(teacher, X), other, X, Y, **options)
    assert same(one, other, 1e-6)


def test_validation_data_and_callbacks(teacher):
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(sorted(logs))

    stop = keras.callbacks.EarlyStopping("val_loss", patience=0, min_delta=9.0)
    student = build()
    history = kd.distill(
        teacher, student, X, Y, validation_data=(X[:15], Y[:15]),
        epochs=9, callbacks=[Watch(), stop],
    ).history  # fmt: skip
    assert len(history["loss"]) == 2  # nothing improves by 9
    assert "val_student_accuracy" in seen[0] and "val_soft_loss" in seen[0]
    if len(history["loss"]) == 2:
        z = student.predict(X[:15], verbose=0)
        accuracy = (z.argmax(1) == Y[:15]).mean()
        assert np.isclose(history["val_student_accuracy"][-1], accuracy)


def test_validation_without_labels(teacher):
    history = kd.distill(
        teacher, build(), X, validation_data=(X[:15], None), epochs=1
    ).history
    assert sorted(history) == ["loss", "val_loss"]


def test_the_cache_is_asked_once(teacher):
    cache = kd.AnswerCache()
    for _ in range(2):
        kd.distill(teacher, build(), X, Y, epochs=1, cache=cache)
    assert (cache.hits, cache.misses) == (1, 1)


def test_a_sequential_student_without_input_is_built(teacher):
    student = keras.Sequential([layers.Dense(4)])
    kd.distill(teacher, student, X, Y, epochs=1)
    assert student.predict(X, verbose=0).shape == (40, 4)


def test_half_precision_trains(teacher):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        student = build()
    finally:
        keras.config.set_dtype_policy("float32")
    before = weights(student)
    history = kd.distill(teacher, student, X, Y, epochs=3).history
    assert np.isfinite(history["loss"]).all()
    assert history["loss"][-1] < history["loss"][0]
    assert not np.allclose(before[0], weights(student)[0])


def test_half_precision_everywhere_gives_nearly_the_same_losses():
    def losses():
        teacher = build(9, hidden=16)
        history = kd.distill(
            teacher, build(), X, Y, optimizer=still(), **STILL
        )
        return history.history

    full = losses()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        half = losses()
    finally:
        keras.config.set_dtype_policy("float32")
    for name in ("loss", "hard_loss", "soft_loss"):
        assert np.isclose(half[name][0], full[name][0], rtol=0.02, atol=2e-3)


def test_two_hints_have_a_projector_each(teacher):
    targets = [
        kd.Hint(teacher_layer=layer, student_layer="hidden_1", weight=weight)
        for layer, weight in (("hidden_1", 0.5), ("logits", 2.0))
    ]
    history = kd.distill(
        teacher, build(), X, targets=targets, optimizer=still(), **STILL
    ).history
    parts = 0.5 * history["hint_loss"][0] + 2 * history["hint_2_loss"][0]
    assert np.isclose(history["loss"][0], parts, rtol=1e-5)


@pytest.mark.long
@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="a TensorFlow strategy"
)
def test_two_devices_give_the_losses_of_one():
    program = """
        import kd_tutorial as kd, keras, numpy as np, sys
        import tensorflow as tf
        tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices("CPU")[0],
            [tf.config.LogicalDeviceConfiguration()] * 2,
        )
        x = np.random.default_rng(0).normal(size=(32, 6)).astype("float32")
        y = np.arange(32) % 4
        def losses(strategy):
            with strategy.scope():
                keras.utils.set_random_seed(0)
                teacher = kd.mlp((6,), 4, hidden=(9,))
                answers = kd.ask(teacher, x)
                student = kd.mlp((6,), 4, hidden=(5,))
                return kd.distill(
                    answers, student, x, y, epochs=3, batch_size=16,
                    shuffle=False,
                ).history["loss"]
        two = losses(tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]))
        one = losses(tf.distribute.get_strategy())
        np.testing.assert_allclose(one, two, rtol=1e-4)
        print("equal")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
    )
    assert done.stdout.endswith("equal\n"), done.stderr


# what it refuses


def ends_in_softmax():
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(4, activation="softmax")]
    )


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(4)

    def call(self, inputs):
        return self.dense(inputs)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"x": X[:0], "y": Y[:0]}, "x has no examples"),
        ({"y": Y[:7]}, r"y has shape \(7,\) for 40 examples"),
        ({"y": np.eye(4)[Y]}, r"y has shape \(40, 4\)"),
        ({"y": Y + 1}, "y has label 4, but the student scores 4 classes"),
        ({"y": Y - 1}, "y has label -1"),
        ({"student": ends_in_softmax}, "ends in a softmax"),
        ({"student": Subclassed}, "no symbolic output"),
        ({"student": lambda: kd.mlp((6,), 5)}, "teacher has 4 classes .* 5"),
        ({"teacher": None}, "SoftTargets need a teacher"),
        ({"teacher": kd.Answers.of(X[::-1], X[:, :4])}, "for other rows"),
        ({"teacher": ends_in_softmax()}, "are probabilities"),
        (
            {"targets": [kd.HardTargets(sample_weight=np.ones(3))]},
            r"'hard' has shape \(3,\) for 40",
        ),
        (
            {"targets": [kd.Hint(teacher_layer="a", student_layer="b")]},
            "the teacher has no layer 'a'. Its layers are",
        ),
        (
            {"targets": [kd.Hint(teacher_layer="logits", student_layer="b")]},
            "the student has no layer 'b'. Its layers are",
        ),
    ],
)
def test_what_cannot_be_trained(teacher, change, message):
    call = {"teacher": teacher, "student": build, "x": X, "y": Y} | change
    student = call.pop("student")()
    before = weights(student)
    with pytest.raises(ValueError, match=message):
        kd.distill(call.pop("teacher"), student, call.pop("x"), **call)
    assert all(np.array_equal(a, b) for a, b in zip(before, weights(student)))


@pytest.mark.parametrize(
    "option, message",
    [
        ({"class_weight": {0: 2.0}}, "as a target's sample_weight"),
        ({"temperature": 2.0}, r"SoftTargets\(temperature=...\)"),
        ({"student_loss_weight": 0.1}, "Weights belong to targets"),
        ({"learning_rate": 0.01}, r"keras.optimizers.Adam\(learning_rate\)"),
        ({"steps": 10}, "Pass epochs"),
        ({"epoch": 10}, "unknown option 'epoch'.*callbacks"),
        ({"targets": kd.SoftTargets()}, r"targets=\[SoftTargets\(...\)\]"),
    ],
    ids=lambda option: next(iter(option)) if isinstance(option, dict) else "",
)
def test_options_that_belong_elsewhere(teacher, option, message):
    student = build()
    before = weights(student)
    with pytest.raises(TypeError, match=message):
        kd.distill(teacher, student, X, Y, **option)
    assert all(np.array_equal(a, b) for a, b in zip(before, weights(student)))


def test_validation_labels_of_a_student_without_labels(teacher):
    seen = []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(logs["val_student_accuracy"])

    student = build()
    history = kd.distill(
        teacher, student, X, validation_data=(X[:15], Y[:15]), epochs=3,
        callbacks=[Look()],
    ).history  # fmt: skip
    expected = (student.predict(X[:15], verbose=0).argmax(1) == Y[:15]).mean()
    assert history["val_student_accuracy"] == seen
    assert np.isclose(seen[-1], expected)
    assert "val_loss" in history and "student_accuracy" not in history


def test_labels_must_be_integers(teacher):
    with pytest.raises(TypeError, match="integer labels, got dtype float64"):
        kd.distill(teacher, build(), X, Y.astype("float64"))


def test_of_written_answers_only_the_student_is_validated(teacher):
    student = build()
    history = kd.distill(
        kd.ask(teacher, X), student, X, Y, epochs=2,
        validation_data=(X[:5], Y[:5]),
    ).history  # fmt: skip
    right = (student.predict(X[:5], verbose=0).argmax(1) == Y[:5]).mean()
    assert np.isclose(history["val_student_accuracy"][-1], right)
    assert "val_loss" not in history
    with pytest.raises(ValueError, match="needs a teacher to ask"):
        kd.distill(
            kd.ask(teacher, X), build(), X, validation_data=(X[:5], None)
        )


def test_validation_data_go_before_a_share_held_out():
    # As in Keras: all rows train, and validation_data are the judge.
    epochs, history = ordered_training(
        epochs=1, validation_split=0.25,
        validation_data=(np.ones((2, 1)), np.array([[3.0], [5.0]])),
    )  # fmt: skip
    assert sorted(epochs[0]) == [*range(12)]
    assert np.isclose(history["val_loss"][0], (9 + 25) / 2)


@pytest.mark.parametrize("every, looks", [(2, [2, 4]), ([1, 4], [1, 4])])
def test_written_answers_are_validated_as_often_as_asked(
    teacher, every, looks
):
    seen = []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if "val_student_accuracy" in logs:
                seen.append(epoch + 1)

    kd.distill(
        kd.ask(teacher, X), build(), X, Y, epochs=4, callbacks=[Look()],
        validation_data=(X[:5], Y[:5]), validation_freq=every,
    )  # fmt: skip
    assert seen == looks


@pytest.mark.parametrize("labels", [True, False])
def test_steps_and_sizes_of_validation_by_written_answers(teacher, labels):
    # Of 40 rows the first two batches of 10; of the others all labels fail.
    student, wrong = build(), (Y + 1) % 4
    z = student.predict(X, verbose=0).argmax(1)
    y = np.where(np.arange(40) < 20, z, (z + 1) % 4)
    found = kd.distill(
        kd.ask(teacher, X), student, X, *([wrong] if labels else []),
        validation_data=(X, y), validation_steps=2, validation_batch_size=10,
        optimizer=still(), **STILL,
    ).history["val_student_accuracy"]  # fmt: skip
    assert found == [1.0]


@needs_tensorflow
def test_an_endless_stream_validates_written_answers(teacher):
    import tensorflow as tf

    student = build()
    z = student.predict(X, verbose=0).argmax(1)
    y = np.where(np.arange(40) < 15, z, (z + 1) % 4)
    endless = tf.data.Dataset.from_tensor_slices((X, y)).batch(10).repeat()
    found = kd.distill(
        kd.ask(teacher, X), student, X, Y, validation_data=endless,
        validation_steps=2, optimizer=still(), **STILL,
    ).history["val_student_accuracy"]  # fmt: skip
    assert np.isclose(found[0], 15 / 20)


@pytest.mark.parametrize("ask", [True, False])
def test_validation_needs_labels_where_training_has_them(teacher, ask):
    told = kd.ask(teacher, X) if ask else teacher
    for targets in (None, [kd.SoftTargets()]):
        with pytest.raises(ValueError, match="validation_data has no labels"):
            kd.distill(
                told, build(), X, Y, targets=targets,
                validation_data=(X, None),
            )  # fmt: skip


def test_probabilities_and_odd_outputs_are_refused():
    model = keras.Sequential([keras.Input((6,)), layers.Dense(4)])
    check_student(model)
    model.add(layers.Softmax())
    with pytest.raises(ValueError, match="ends in a softmax"):
        check_student(model)
    nested = keras.Sequential([keras.Input((6,)), model])
    with pytest.raises(ValueError, match="ends in a softmax"):
        check_student(nested)
    one = keras.Sequential([keras.Input((6,)), layers.Dense(1)])
    with pytest.raises(ValueError, match=r"shape \(None, 1\).*binary_cross"):
        check_student(one)
    check_student(one, "binary")
    two = keras.Input((6,))
    two = keras.Model(two, [layers.Dense(2)(two), layers.Dense(3)(two)])
    with pytest.raises(ValueError, match="has 2 outputs"):
        check_student(two)
    with pytest.raises(TypeError, match="must be a Keras model, got str"):
        check_student("student.keras")


def test_a_softmax_that_hides_is_found_by_looking(teacher):
    x = keras.Input((6,))
    hidden = layers.Reshape((4,))(ops.softmax(layers.Dense(4)(x)))
    hidden = keras.Model(x, hidden)
    with pytest.raises(ValueError, match="There is a softmax in it"):
        kd.distill(teacher, hidden, X, Y)


@pytest.mark.parametrize("within", [False, True])
@pytest.mark.parametrize(
    "end, name",
    [
        (ops.sigmoid, "sigmoid"),
        (ops.softmax, "softmax"),
        (ops.log_softmax, "log_softmax"),
        (layers.Activation("sigmoid"), "sigmoid"),
        (layers.Softmax(), "softmax"),
    ],
)
def test_functions_at_the_end_of_a_student_are_found(end, name, within):
    x = keras.Input((6,))
    z = layers.Dense(3)(x)
    model = keras.Model(x, end(z))
    plain = keras.Model(x, [end(z), z])  # gives the logits too
    if within:
        model = keras.Model(x, model(2 * x))
    with pytest.raises(ValueError, match=f"ends in a {name}, so it gives"):
        check_student(model, "binary")
    check_student(model, "values")
    check_student(keras.Model(x, plain(x)[1]), "binary")


def test_validation_weights_weigh(teacher):
    w = GENERATOR.uniform(0, 2, 15).astype("float32")
    student = build()
    history = kd.train(
        student, X, Y, validation_data=(X[:15], Y[:15], w), **STILL,
        optimizer=still(),
    ).history  # fmt: skip
    z = student.predict(X[:15], verbose=0).astype("float64")
    hard = -log_softmax(z, 1)[np.arange(15), Y[:15]]
    assert np.isclose(history["val_loss"][0], (w * hard).mean(), rtol=1e-4)


class Order(keras.callbacks.Callback):
    """Which row was in each step of one row, by the loss that it has."""

    def __init__(self):
        super().__init__()
        self.epochs = []

    def on_epoch_begin(self, epoch, logs=None):
        self.epochs.append([])
        self.total = 0

    def on_train_batch_end(self, batch, logs=None):
        total = float(logs["loss"]) * (batch + 1)  # Keras logs the mean
        self.epochs[-1].append(round((total - self.total) * 4))
        self.total = total


SQUARES = kd.HardTargets(loss_function=kd.losses.squared_error)


def ordered_training(**options):
    """The order of twelve rows, and the history; every output is 0."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="zeros")]
    )
    numbers = np.sqrt(np.arange(12.0) / 4)[:, None]  # squared: a quarter each
    order = Order()
    history = kd.train(
        model, np.ones((12, 1)), numbers, targets=[SQUARES], batch_size=1,
        callbacks=order, optimizer=still(), **options,
    )  # fmt: skip
    return order.epochs, history.history


def ordered_epochs(**options):
    return ordered_training(**options)[0]


def test_every_epoch_has_an_order_of_its_own():
    # Keras on TensorFlow, once a seed is set, repeats one order.
    epochs = ordered_epochs(epochs=5)
    assert all(sorted(epoch) == [*range(12)] for epoch in epochs)
    assert len({*map(tuple, epochs)}) == 5
    assert epochs == ordered_epochs(epochs=5)  # and the seed decides


def test_rows_are_held_out_before_they_are_shuffled():
    epochs = ordered_epochs(epochs=2, validation_split=0.25)
    assert all(sorted(epoch) == [*range(9)] for epoch in epochs)


@pytest.mark.parametrize("split", [1.0, 1.5, -0.5])
def test_a_share_that_leaves_nothing_is_refused(split):
    with pytest.raises(ValueError, match="validation_split"):
        ordered_epochs(epochs=1, validation_split=split)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="elsewhere Keras ends the epoch with the rows, and warns",
)
def test_an_epoch_may_have_more_steps_than_rows():
    (epoch,) = ordered_epochs(epochs=1, steps_per_epoch=24)
    assert sorted(epoch) == sorted([*range(12)] * 2)


def test_rows_stay_in_their_order_where_asked():
    assert ordered_epochs(epochs=2, shuffle=False) == [[*range(12)]] * 2


# what stopped nothing, or came out raw


@pytest.mark.parametrize(
    "options, message",
    [
        ({"steps_per_epoch": 0}, "steps_per_epoch must be .*1 or more, got 0"),
        ({"steps_per_epoch": -1}, "steps_per_epoch must be .* got -1"),
        ({"steps_per_epoch": 1.5}, "steps_per_epoch must be .* got 1.5"),
        ({"steps_per_epoch": "3"}, "steps_per_epoch must be .* got '3'"),
        ({"batch_size": 0}, "batch_size must be .*1 or more, got 0"),
        ({"validation_steps": 0}, "validation_steps must be .* got 0"),
    ],
)
def test_numbers_of_rows_and_steps_are_checked(options, message):
    with pytest.raises(ValueError, match=message):
        kd.train(build(), X, Y, **{"epochs": 1} | options)


@pytest.mark.parametrize(
    "callbacks, message",
    [
        (5, "must be Keras callbacks, one or a list, got 5. For example"),
        (
            [keras.callbacks.TerminateOnNaN],
            "got TerminateOnNaN. Make one of the class: ",
        ),
    ],
)
def test_callbacks_are_callbacks(callbacks, message):
    with pytest.raises(TypeError, match=message):
        kd.train(build(), X, Y, callbacks=callbacks)


def compared_rows():
    layer = "hidden_1"
    return (
        kd.Relations(teacher_layer=layer, student_layer=layer),
        kd.SoftTargets(loss_function="dist"),
        kd.SoftTargets(
            loss_function=functools.partial(kd.losses.dist, intra_weight=2.0)
        ),
    )


@pytest.mark.parametrize("target", compared_rows())
def test_rows_that_are_compared_are_never_alone(teacher, target):
    options = {"targets": [target], "epochs": 1}
    for rows, size in ((40, 1), (39, 19), (1, 32)):
        with pytest.raises(ValueError, match=f"and x, {rows} rows by {size},"):
            kd.distill(teacher, build(), X[:rows], batch_size=size, **options)
    held = "validation_data, 21 rows by 20, has a batch of 1. Pass another"
    with pytest.raises(ValueError, match=held):
        kd.distill(
            teacher, build(), X, batch_size=20,
            validation_data=(X[:21], None), **options,
        )  # fmt: skip
    held = "validation_split, 21 rows by 20, has a batch of 1. Pass another"
    with pytest.raises(ValueError, match=held):
        kd.distill(
            teacher, build(), X, batch_size=20, validation_split=0.525,
            **options,
        )  # fmt: skip
    with pytest.raises(ValueError, match="x, 1 rows by 1, has a batch of 1"):
        kd.distill(teacher, build(), iter([X[:1]]), **options)
    kd.distill(teacher, build(), X[:39], batch_size=20, **options)


def over_the_batch(v, z):
    return ops.sum((v - z) ** 2, axis=0)


@pytest.mark.parametrize("size", [4, 8])
def test_a_sum_over_the_batch_is_no_loss_an_example(teacher, size):
    targets = [kd.SoftTargets(loss_function=over_the_batch)]
    with pytest.raises(ValueError, match="and not over the batch"):
        kd.distill(teacher, build(), X, targets=targets, batch_size=size)
    whole = "has shape .4,., however many rows there are"
    with pytest.raises(ValueError, match=whole):  # as many as classes
        kd.train_replicas(
            build, X, targets=targets, answers=kd.ask(teacher, X), seeds=[0],
            steps=1, batch_size=4,
        )  # fmt: skip


class Hidden(keras.layers.Layer):
    """A function that no one sees from outside."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def call(self, inputs):
        return self.function(inputs)


@pytest.mark.parametrize(
    "end, labels, name",
    [
        (ops.sigmoid, 4, "sigmoid"),
        (ops.sigmoid, 1, "sigmoid"),
        (ops.softmax, 4, "softmax"),
    ],
)
def test_probabilities_behind_a_layer_are_found_in_both_loops(
    end, labels, name
):
    def student():
        x = keras.Input((6,))
        z = Hidden(end)(layers.Dense(labels)(x))
        return keras.Model(x, layers.Identity()(z))

    y = Y if labels == 4 else Y % 2
    kind = "hard_cross_entropy" if labels == 4 else "binary_cross_entropy"
    targets = [kd.HardTargets(loss_function=kind)]
    with pytest.raises(ValueError, match=f"There is a {name} in it"):
        kd.train(student(), X, y, targets=targets)
    with pytest.raises(ValueError, match=f"There is a {name} in it"):
        kd.train_replicas(student, X, y, targets=targets, seeds=[0], steps=1)


@pytest.mark.parametrize("activation", [None, "relu"])
@pytest.mark.parametrize("within", [False, True])
def test_small_positive_logits_are_no_probabilities(activation, within):
    small = keras.initializers.Constant(0.01)
    student = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(1, activation, kernel_initializer=small),
        ]
    )
    if within:
        student = keras.Sequential([keras.Input((6,)), student])
    check_student_on(student, np.ones((70, 6), "float32"))
    x = np.zeros((2, 6), "float32")
    check_student_on(student, x)  # zeros


@pytest.mark.parametrize(
    "end", [ops.log_softmax, layers.Activation("log_softmax")]
)
def test_the_logarithm_of_a_softmax_is_logits_of_classes(end):
    keras.utils.set_random_seed(0)
    x = keras.Input((6,))
    z = layers.Dense(4)(x)
    plain, student = keras.Model(x, z), keras.Model(x, end(z))
    losses = [
        kd.train(one, X, Y, optimizer=still(), **STILL).history["loss"]
        for one in (plain, student)
    ]
    assert np.isclose(*losses, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["rows", "stream", "weighted"])
def test_a_targets_own_weights_rest_on_validation_rows(teacher, form):
    own = GENERATOR.uniform(0, 2, 40)
    w = GENERATOR.uniform(0, 2, 15).astype("float32")
    targets = [kd.HardTargets(sample_weight=own), kd.SoftTargets()]
    rows = (X[:15], Y[:15], w) if form == "weighted" else (X[:15], Y[:15])
    student = build()
    history = kd.distill(
        teacher, student, X, Y, targets=targets, optimizer=still(), **STILL,
        validation_data=iter([rows]) if form == "stream" else rows,
        validation_steps=1, validation_batch_size=15,
    ).history  # fmt: skip
    z = student.predict(X, verbose=0).astype("float64")
    hard = -log_softmax(z, 1)[np.arange(40), Y]
    assert np.isclose(history["hard_loss"][0], (own * hard).mean(), rtol=1e-4)
    there = (w if form == "weighted" else 1) * hard[:15]
    assert np.isclose(history["val_hard_loss"][0], there.mean(), rtol=1e-4)
