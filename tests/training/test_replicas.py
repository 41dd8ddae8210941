"""Many seeds in one loop: what training them one by one gives."""

import warnings

import keras
import numpy as np
import pytest
from helpers import needs_tensorflow
from hypothesis import given
from hypothesis import strategies as st
from keras import layers

import kd_tutorial as kd
from kd_tutorial.training import compiled as programs
from kd_tutorial.training.replicas import order_of_examples

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(30, 5)).astype("float32")
Y = GENERATOR.integers(3, size=30)
SEEDS = [4, 7, 1]


@pytest.fixture(scope="module")
def told():
    keras.utils.set_random_seed(5)
    teacher = kd.mlp((5,), 3, hidden=(7,))
    return kd.ask(teacher, X, layers=["output", "hidden_1"])


def student():
    return kd.mlp((5,), 3, hidden=(6,))


def both():
    return [kd.HardTargets(weight=0.3), kd.SoftTargets(weight=0.7)]


def run(**change):
    call = {
        "build_student": student, "x": X, "y": Y, "targets": both(),
        "seeds": SEEDS, "steps": 12, "batch_size": 10, "learning_rate": 0.01,
    }  # fmt: skip
    call |= change
    return kd.train_replicas(call.pop("build_student"), call.pop("x"), **call)


def alike(one, other, tolerance=2e-5):
    return all(
        np.allclose(a, b, atol=tolerance)
        for a, b in zip(
            [*one.trainable, *one.non_trainable],
            [*other.trainable, *other.non_trainable],
            strict=True,
        )
    )


def only(replicas, index):
    return kd.Replicas(
        replicas.student,
        [w[index : index + 1] for w in replicas.trainable],
        [w[index : index + 1] for w in replicas.non_trainable],
        replicas.losses[index : index + 1],
    )


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "adamw"])
def test_replicas_are_keras_fits_on_the_same_batches(told, optimizer):
    replicas = run(answers=told, optimizer=optimizer)
    for index, seed in enumerate(SEEDS):
        keras.utils.set_random_seed(seed)
        alone = student()
        rows = order_of_examples(30, 12, 10, seed).ravel()
        answers = kd.Answers.of(X[rows], told.logits[rows])
        rule = keras.optimizers.get(optimizer)
        rule.learning_rate = 0.01
        kd.distill(
            answers, alone, X[rows], Y[rows], targets=both(), epochs=1,
            batch_size=10, shuffle=False, optimizer=rule,
        )  # fmt: skip
        for stack, weight in zip(replicas.trainable, alone.get_weights()):
            assert np.allclose(stack[index], weight, atol=2e-5)


@pytest.mark.parametrize("optimizer", programs.OPTIMIZERS)
def test_stacked_or_one_after_another(told, optimizer):
    one = run(answers=told, optimizer=optimizer, stacked=True, steps=5)
    other = run(answers=told, optimizer=optimizer, stacked=False, steps=5)
    assert alike(one, other)
    assert np.allclose(one.losses, other.losses, atol=1e-5)
    assert one.losses.shape == (3, 5)


def test_a_replica_does_not_depend_on_its_neighbours(told):
    three = run(answers=told)
    for index, seed in enumerate(SEEDS):
        assert alike(only(three, index), run(answers=told, seeds=[seed]))


def test_a_second_run_starts_afresh_and_compiles_nothing(told):
    first = run(answers=told)
    count = len(programs._PROGRAMS)
    again = run(answers=told)
    run(answers=told, learning_rate=0.5)
    assert alike(first, run(answers=told), 1e-7)
    assert len(programs._PROGRAMS) == count and alike(first, again, 1e-7)


def test_students_are_built_once_and_anew_when_they_change(told):
    built, width = [], 6

    def counted():
        built.append(1)
        return kd.mlp((5,), 3, hidden=(width,))

    first = run(answers=told, build_student=counted)
    assert len(built) == 3
    again = run(answers=told, build_student=counted, seeds=[*SEEDS, 9])
    assert len(built) == 5  # the first to compare, and the new seed's
    for index in range(3):
        assert alike(only(again, index), only(first, index))
    width = 4
    other = run(answers=told, build_student=counted)
    assert len(built) == 8
    assert other.trainable[0].shape == (3, 5, 4)


def test_what_other_seeds_began_with_is_kept(told):
    built, width = [], 6

    def counted():
        built.append(1)
        return kd.mlp((5,), 3, hidden=(width,))

    def shape(seeds):
        built.clear()
        found = run(answers=told, build_student=counted, seeds=seeds)
        return len(built), found.trainable[0].shape

    assert shape([0, 1, 2]) == (3, (3, 5, 6))
    assert shape([7, 8, 9]) == (4, (3, 5, 6))  # seed 0's to compare
    assert shape([0, 1, 2]) == shape([9, 8, 7]) == (1, (3, 5, 6))
    width = 4
    assert shape([5, 6, 7]) == (3, (3, 5, 4))  # 7 was known, and wider
    assert shape([0, 1, 2]) == (4, (3, 5, 4))


def test_projectors_differ_from_seed_to_seed(told):
    hint = kd.Hint(teacher_layer="hidden_1", student_layer="hidden_1")
    runs = [
        run(answers=told, targets=[hint], steps=1, learning_rate=1e-12)
        for _ in range(2)
    ]
    assert np.array_equal(runs[0].losses, runs[1].losses)
    assert len(np.unique(runs[0].losses)) == 3


def test_the_losses_are_the_objective(told):
    replicas = run(answers=told, learning_rate=1e-12, steps=1, batch_size=30)
    for index in range(3):
        model = replicas.model(index)
        z = model.predict(X, verbose=0)
        hard = np.asarray(kd.losses.hard_cross_entropy(Y, z)).mean()
        soft = np.asarray(
            kd.losses.kl_divergence(told.logits, z, temperature=4.0)
        ).mean()
        expected = 0.3 * hard + 0.7 * soft
        assert np.isclose(replicas.losses[index, 0], expected, rtol=1e-5)


def test_numbers_may_differ_from_replica_to_replica(told):
    objectives = [
        [kd.HardTargets(weight=w), kd.SoftTargets(temperature=T)]
        for w, T in ((1.0, 1.0), (0.0, 4.0), (0.5, 2.0))
    ]
    mixed = run(answers=told, targets=objectives)
    for index, objective in enumerate(objectives):
        alone = run(answers=told, targets=objective, seeds=[SEEDS[index]])
        assert alike(only(mixed, index), alone)


def test_each_replica_may_have_its_own_rows(told):
    xs = [X, X[::-1].copy(), X]
    ys = [Y, Y[::-1].copy(), (Y + 1) % 3]
    answers = [told, kd.Answers.of(xs[1], told.logits[::-1]), told]
    mixed = run(x=xs, y=ys, answers=answers)
    for index in range(3):
        alone = run(
            x=xs[index], y=ys[index], answers=answers[index],
            seeds=[SEEDS[index]],
        )  # fmt: skip
        assert alike(only(mixed, index), alone)


def test_sample_weights(told):
    weight = GENERATOR.uniform(0, 2, 30)
    weighed = run(
        answers=told, steps=1, batch_size=30, learning_rate=1e-12,
        targets=[kd.HardTargets(sample_weight=weight)],
    )  # fmt: skip
    z = weighed.logits(X)
    each = np.stack(
        [np.asarray(kd.losses.hard_cross_entropy(Y, r)) for r in z]
    )
    assert np.allclose(
        weighed.losses[:, 0], (weight * each).mean(1), rtol=1e-5
    )
    half = [
        [kd.HardTargets(sample_weight=np.full(30, w))] for w in (1.0, 1.0, 0.0)
    ]
    still = run(targets=half).trainable
    start = run(targets=half, learning_rate=1e-12).trainable
    moved = [not np.allclose(still[0][i], start[0][i]) for i in range(3)]
    assert moved == [True, True, False]


def test_layers_train_with_a_projector_that_stays_behind(told):
    hint = kd.Hint(teacher_layer="hidden_1", student_layer="hidden_1")
    relations = kd.Relations(
        teacher_layer="hidden_1", student_layer="hidden_1"
    )
    targets = [kd.SoftTargets(), hint, relations]
    one = run(answers=told, targets=targets)
    other = run(answers=told, targets=targets, stacked=False)
    assert alike(one, other)
    assert [w.shape[1:] for w in one.trainable] == [
        (5, 6), (6,), (6, 3), (3,),
    ]  # fmt: skip


def test_labels_in_the_loss(told):
    targets = [kd.SoftTargets(loss_function="decoupled_kd", weight=0.1)]
    one = run(answers=told, targets=targets, steps=1, batch_size=30)
    z = run(
        answers=told, targets=targets, steps=1, batch_size=30,
        learning_rate=1e-12,
    ).logits(X)[0]  # fmt: skip
    expected = (
        0.1 * np.asarray(kd.losses.decoupled_kd(told.logits, z, Y)).mean()
    )
    assert np.isclose(one.losses[0, 0], expected, rtol=1e-4)


def normalised():
    return keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(6, use_bias=False),  # normalised away
            layers.BatchNormalization(momentum=0.5),
            layers.Dense(3, kernel_regularizer=keras.regularizers.L2(0.05)),
        ]
    )


def test_batch_normalisation_and_regularisers_ride_along():
    targets = [kd.HardTargets()]
    replicas = run(build_student=normalised, targets=targets)
    for index, seed in enumerate(SEEDS):
        keras.utils.set_random_seed(seed)
        alone = normalised()
        rows = order_of_examples(30, 12, 10, seed).ravel()
        kd.train(
            alone, X[rows], Y[rows], epochs=1, batch_size=10, shuffle=False,
            optimizer=keras.optimizers.Adam(0.01),
        )  # fmt: skip
        assert np.allclose(
            replicas.logits(X)[index], alone.predict(X, verbose=0), atol=1e-4
        )
        assert np.allclose(
            replicas.model(index).predict(X, verbose=0),
            alone.predict(X, verbose=0),
            atol=1e-4,
        )


@pytest.mark.parametrize("stacked", [True, False])
def test_dropout_differs_from_step_to_step_and_seed_to_seed(stacked):
    def dropping():
        return kd.mlp((5,), 3, hidden=(40,), dropout=0.5)

    # All three start alike and see the same batch, again and again.
    replicas = run(
        build_student=dropping, targets=[kd.HardTargets()], steps=6,
        batch_size=30, learning_rate=1e-12, stacked=stacked,
    )  # fmt: skip
    assert len(np.unique(replicas.losses.round(6))) > 12
    calm = replicas.logits(X)
    assert np.array_equal(calm, replicas.logits(X))


def test_convolutions_run_one_after_another():
    x = GENERATOR.normal(size=(20, 4, 4, 1)).astype("float32")

    def small():
        return kd.cnn((4, 4, 1), 3, filters=(2,))

    targets = [kd.HardTargets()]
    options = {"x": x, "y": Y[:20], "targets": targets, "steps": 4}
    replicas = run(build_student=small, **options)
    stacked = run(build_student=small, stacked=True, **options)
    assert alike(replicas, stacked, 1e-4)
    (key,) = (
        k for k in programs._PROGRAMS
        if "Conv2D" in str(k[0]) and k[3] == 0
    )  # fmt: skip
    assert key[2] == "adam"


@needs_tensorflow
def test_layers_that_xla_does_not_know_are_refused_side_by_side():
    x = GENERATOR.normal(size=(20, 4, 4, 1)).astype("float32")

    def moving():
        return keras.Sequential([
            keras.Input((4, 4, 1)), layers.RandomTranslation(0.2, 0.2),
            layers.Flatten(), layers.Dense(3),
        ])  # fmt: skip

    options = {"x": x, "y": Y[:20], "targets": [kd.HardTargets()], "steps": 2}
    with pytest.raises(ValueError, match="side by side.* by stacked=False"):
        run(build_student=moving, stacked=True, **options)
    assert np.isfinite(run(build_student=moving, **options).losses).all()


def test_models_and_logits_of_some(told):
    replicas = run(answers=told)
    all_logits = replicas.logits(X)
    assert all_logits.shape == (3, 30, 3) and len(replicas) == 3
    assert np.allclose(replicas.logits(X, [2, 0]), all_logits[[2, 0]])
    for index in range(3):
        alone = replicas.model(index).predict(X, verbose=0)
        assert np.allclose(alone, all_logits[index], atol=1e-5)


@given(
    st.integers(1, 40), st.integers(1, 30), st.integers(1, 40),
    st.integers(0, 99),
)  # fmt: skip
def test_the_order_of_examples(rows, steps, batch, seed):
    order = order_of_examples(rows, steps, batch, seed)
    assert order.shape == (steps, batch)
    stream = order.ravel()
    for start in range(0, len(stream) - rows + 1, rows):
        assert np.array_equal(
            np.sort(stream[start : start + rows]), np.arange(rows)
        )
    assert np.array_equal(order, order_of_examples(rows, steps, batch, seed))


def test_epochs_steps_and_batches(told):
    assert run(answers=told, steps=None, epochs=4).losses.shape == (3, 12)
    assert (
        run(answers=told, steps=None, epochs=1, batch_size=99).losses.shape[1]
        == 1
    )
    given_order = np.zeros((3, 2, 7), int)
    short = run(answers=told, order=given_order)
    assert short.losses.shape == (3, 2)


def test_programs_tell_architectures_apart():
    key = programs.architecture
    assert key(student()) == key(student())
    assert key(student()) != key(kd.mlp((5,), 3, hidden=(9,)))
    assert key(student()) != key(kd.mlp((5,), 3, hidden=(6,), dropout=0.1))


@pytest.mark.parametrize(
    "change, message",
    [
        ({"seeds": []}, "seeds is empty"),
        ({"x": X[:0]}, "x has no examples"),
        ({"x": [X, X[:5], X]}, r"shapes \(30, 5\) and \(5, 5\)"),
        ({"x": [X, X]}, "x has 2 entries for 3 seeds"),
        ({"y": Y[:4]}, r"y has shape \(4,\) for 30 examples"),
        ({"y": None}, "HardTargets need labels"),
        ({"targets": [kd.SoftTargets()]}, "SoftTargets needs the teacher's"),
        ({"learning_rate": 0}, "learning_rate must be positive .* got 0"),
        ({"optimizer": "lamb"}, "unknown optimizer 'lamb'.*adadelta"),
        (
            {"targets": [[kd.HardTargets()]] * 2},
            "targets has 2 entries for 3 seeds",
        ),
        (
            {
                "targets": [
                    [kd.HardTargets()], [kd.HardTargets()],
                    [kd.HardTargets(sample_weight=np.ones(30))],
                ]
            },
            "alike but for their numbers",
        ),
        (
            {"targets": [kd.HardTargets(sample_weight=np.ones(3))]},
            r"'hard' has shape \(3,\) for 30",
        ),
        ({"answers": kd.Answers.of(X[::-1], X[:, :3])}, "for other rows"),
        ({"steps": 0}, "steps must be a whole number, 1 or more, got 0"),
        ({"steps": None, "epochs": 0}, "epochs must be a whole number"),
        ({"batch_size": 0}, "batch_size must be a whole number.* got 0"),
        ({"steps": 1.5}, "steps must be a whole number"),
        ({"x": np.full((30, 5), np.nan)}, "x has NaN"),
        ({"x": np.full((30, 5), 2**24)}, "float32 counts to 2"),
        (
            {"optimizer": keras.optimizers.SGD(clipnorm=1.0)},
            "learning_rate was given beside an optimizer",
        ),
        (
            {
                "optimizer": keras.optimizers.SGD(clipnorm=1.0),
                "learning_rate": None,
            },
            "optimizer has clipnorm",
        ),
        (
            {
                "optimizer": keras.optimizers.Lamb(),
                "learning_rate": None,
            },
            "Choose one that treats each weight on its own",
        ),
        ({"targets": []}, "targets is empty"),
        (
            {
                "targets": [
                    kd.Hint(teacher_layer="logits", student_layer="logits")
                ]
            },
            "Hint needs the teacher's answers, got answers=None",
        ),
        ({"order": np.full((3, 2, 4), 30)}, "rows 30 to 30.* 0 to 29"),
        ({"order": np.full((3, 2, 4), -1)}, "rows -1 to -1.* 0 to 29"),
        (
            {"order": np.zeros((1, 2, 4), int)},
            r"order has shape \(1, 2, 4\) for 3 seeds",
        ),
        (
            {"order": np.zeros((3, 2), int)},
            r"order has shape \(3, 2\) for 3 seeds",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_trained(change, message):
    call = {"targets": [kd.HardTargets()]} | change
    with pytest.raises(ValueError, match=message):
        run(**call)


def test_other_backends_are_told_to_use_distill(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(NotImplementedError, match="on torch. Set KERAS_BACK"):
        run(targets=[kd.HardTargets()])


@pytest.mark.parametrize(
    "change, message",
    [
        ({"seeds": 10}, r"seeds must be a sequence, got 10"),
        ({"targets": kd.HardTargets()}, "targets must be a list"),
        ({"build_student": kd.mlp((6,), 4)}, "build_student must be a func"),
        (
            {"answers": [np.zeros((8, 4))] * 2},
            "answers must be Answers.*got ndarray. Pass `ask",
        ),
    ],
    ids=lambda change: next(iter(change)) if isinstance(change, dict) else "",
)
def test_kinds_that_are_mistaken(change, message):
    call = {
        "build_student": lambda: kd.mlp((6,), 4),
        "targets": [kd.HardTargets()],
        "seeds": [0, 1],
        "steps": 1,
    } | change
    x, y = np.zeros((8, 6), "float32"), np.arange(8) % 4
    with pytest.raises(TypeError, match=message):
        kd.train_replicas(call.pop("build_student"), x, y, **call)


def test_a_methods_targets_are_a_list():
    with pytest.raises(TypeError, match="targets must be a list"):
        kd.Method(kd.HardTargets()).labelled()


@pytest.mark.slow
@pytest.mark.parametrize("scheduled", [True, False])
def test_an_optimizer_as_an_object_is_that_of_a_fit(told, scheduled):
    def rule():
        rate = 0.02
        if scheduled:
            rate = keras.optimizers.schedules.CosineDecay(0.05, 8)
        return keras.optimizers.SGD(rate, momentum=0.9, clipvalue=0.1)

    replicas = run(answers=told, optimizer=rule(), learning_rate=None)
    for index, seed in enumerate(SEEDS):
        keras.utils.set_random_seed(seed)
        alone = student()
        rows = order_of_examples(30, 12, 10, seed).ravel()
        kd.distill(
            kd.Answers.of(X[rows], told.logits[rows]), alone, X[rows], Y[rows],
            targets=both(), epochs=1, batch_size=10, shuffle=False,
            optimizer=rule(),
        )  # fmt: skip
        kernels = [w[index] for w in replicas.trainable]
        for one, other in zip(kernels, alone.trainable_variables):
            assert np.allclose(one, other, atol=2e-5)


def test_a_learning_rate_of_an_object_compiles_nothing_anew(told):
    run(answers=told, optimizer=keras.optimizers.SGD(0.1), learning_rate=None)
    count = len(programs._PROGRAMS)
    run(answers=told, optimizer=keras.optimizers.SGD(0.2), learning_rate=None)
    assert len(programs._PROGRAMS) == count


def test_logits_in_batches_are_the_same():
    replicas = run(targets=[kd.HardTargets()])
    whole = replicas.logits(X)
    assert np.allclose(replicas.logits(X, batch_size=7), whole, atol=1e-6)
    assert whole.shape == (3, 30, 3)


def test_yes_or_no_labels_and_numbers_train_as_fits_do():
    y = GENERATOR.integers(2, size=(30, 2))

    def build():
        return keras.Sequential([keras.Input((5,)), layers.Dense(2)])

    for name in ("binary_cross_entropy", "squared_error"):
        targets = [kd.HardTargets(loss_function=name)]
        replicas = run(build_student=build, y=y, targets=targets, seeds=[4])
        keras.utils.set_random_seed(4)
        alone = build()
        rows = order_of_examples(30, 12, 10, 4).ravel()
        kd.train(
            alone, X[rows], y[rows], targets=targets, epochs=1, batch_size=10,
            shuffle=False, optimizer=keras.optimizers.Adam(0.01),
        )  # fmt: skip
        for one, other in zip(replicas.trainable, alone.trainable_variables):
            assert np.allclose(one[0], other, atol=2e-5)


def test_what_the_compiled_loop_leaves_to_distill():
    with pytest.raises(TypeError, match="several inputs train by distill"):
        run(x={"a": X}, targets=[kd.HardTargets()])
    keras.config.set_dtype_policy("mixed_float16")
    try:
        with pytest.raises(ValueError, match="does not scale losses"):
            run(build_student=lambda: student(), targets=[kd.HardTargets()])
    finally:
        keras.config.set_dtype_policy("float32")


class Halved(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.1 / 2

    def get_config(self):
        return {}


class Slow(keras.optimizers.SGD):
    pass


def excluding():
    rule = keras.optimizers.AdamW(0.1, weight_decay=1.0)
    rule.exclude_from_weight_decay(var_names=["kernel"])
    return rule


@pytest.mark.parametrize(
    "make, message",
    [
        (
            lambda: keras.optimizers.LossScaleOptimizer(
                keras.optimizers.SGD()
            ),
            "optimizer is a LossScaleOptimizer.*the optimizer inside",
        ),
        (
            lambda: keras.optimizers.SGD(0.1, use_ema=True),
            "optimizer has use_ema=True",
        ),
        (
            lambda: keras.optimizers.SGD(0.1, loss_scale_factor=8.0),
            "optimizer has loss_scale_factor=8.0",
        ),
        (excluding, "optimizer leaves .* exclude_from_weight_decay"),
        (lambda: keras.optimizers.SGD(Halved()), "optimizer has Halved"),
        (lambda: keras.optimizers.SGD(lambda: 0.1), "optimizer has .*lambda"),
        (lambda: Slow(0.1), "optimizer has Slow"),
    ],
)
def test_what_the_loop_would_drop_of_an_optimizer(make, message):
    with pytest.raises(ValueError, match=f"{message}.*distill, a seed at a"):
        run(
            targets=[kd.HardTargets()], optimizer=make(), learning_rate=None,
        )  # fmt: skip


def test_a_students_constraints_are_not_dropped():
    def build():
        return keras.Sequential(
            [
                keras.Input((5,)),
                layers.Dense(3, kernel_constraint="non_neg", name="last"),
            ]
        )

    with pytest.raises(
        ValueError, match="last/kernel' has the constraint NonNeg.*distill, a"
    ):
        run(build_student=build, targets=[kd.HardTargets()])


def test_numpys_numbers_in_an_optimizer():
    losses = [
        run(
            targets=[kd.HardTargets()], learning_rate=None,
            optimizer=keras.optimizers.AdamW(0.1, weight_decay=number(0.5)),
        ).losses
        for number in (float, np.float32)
    ]  # fmt: skip
    assert np.array_equal(*losses)


@pytest.mark.parametrize(
    "inside",
    [
        lambda: keras.Sequential([keras.Input((4, 2)), layers.LSTM(3)]),
        lambda: layers.RNN(layers.LSTMCell(3)),
        lambda: keras.Sequential(
            [
                layers.Reshape((2, 2, 2)),
                layers.TimeDistributed(layers.SimpleRNN(3)),
                layers.Flatten(),
            ]
        ),
    ],
    ids=["nested", "cell", "wrapped"],
)
def test_recurrent_layers_out_of_sight_run_one_by_one(inside):
    def recurrent():
        return keras.Sequential(
            [keras.Input((4, 2)), inside(), layers.Dense(3)]
        )

    x = GENERATOR.normal(size=(30, 4, 2)).astype("float32")
    replicas = kd.train_replicas(
        recurrent, x, Y, targets=[kd.HardTargets()], seeds=[0, 1], steps=2
    )
    alone = kd.train_replicas(
        recurrent, x, Y, targets=[kd.HardTargets()], seeds=[1], steps=2
    )
    assert np.allclose(replicas.losses[1], alone.losses[0], atol=1e-5)


def test_a_student_of_two_inputs_is_for_distill():
    def two():
        one, other = keras.Input((5,)), keras.Input((4,))
        joined = layers.Concatenate()([one, other])
        return keras.Model([one, other], layers.Dense(3)(joined))

    with pytest.raises(ValueError, match="has 2 inputs, .* train by distill"):
        run(build_student=two, x=[X, X[:, :4]], seeds=[0, 1],
            targets=[kd.HardTargets()])  # fmt: skip


def test_a_builder_that_gives_one_student_for_two_seeds():
    same = student()
    around = [
        lambda: same,
        lambda: keras.Model(same.inputs, same.outputs),
        iter([same, student(), same]).__next__,
    ]
    for build in around:
        with pytest.raises(ValueError, match="the one of seed 4, so both"):
            run(build_student=build, targets=[kd.HardTargets()])
    base = layers.Dense(6)  # of which each student has a head of its own

    def shared_base():
        return keras.Sequential([keras.Input((5,)), base, layers.Dense(3)])

    replicas = run(build_student=shared_base, targets=[kd.HardTargets()])
    assert not np.allclose(*replicas.trainable[2][:2])
    assert run(
        build_student=lambda: same, targets=[kd.HardTargets()], seeds=[4]
    ).losses.shape == (1, 12)


def augmented(layer):
    def build():
        return keras.Sequential(
            [
                keras.Input((4, 4, 1)),
                layer(),
                layers.Flatten(),
                layers.Dense(3),
            ]
        )

    return build


IMAGES = GENERATOR.normal(size=(30, 4, 4, 1)).astype("float32")


@pytest.mark.parametrize(
    "layer",
    [
        lambda: layers.RandomTranslation(0.5, 0.5),
        lambda: keras.Sequential([layers.RandomRotation(0.5)]),
    ],
    ids=["plain", "nested"],
)
def test_random_layers_train_and_are_told_of(layer):
    if keras.backend.backend() == "torch":
        pytest.skip("train_replicas compiles for TensorFlow and JAX")
    build = augmented(layer)
    answers = kd.Answers.of(IMAGES, 5 * GENERATOR.normal(size=(30, 3)))
    how = {
        "x": IMAGES, "build_student": build, "batch_size": 30,
        "learning_rate": 1e-12, "steps": 3, "seeds": [0, 1],
    }  # fmt: skip
    with pytest.warns(UserWarning, match="the two see different views"):
        run(**how, targets=[kd.SoftTargets()], answers=answers)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        replicas = run(**how, targets=[kd.HardTargets()])
    assert len(np.unique(replicas.losses.round(6))) == 6  # views change


@pytest.mark.parametrize("stacked", [None, False])
def test_layers_that_assign_what_is_trained_are_refused(stacked):
    def build():
        return keras.Sequential(
            [
                keras.Input((5,)),
                layers.SpectralNormalization(layers.Dense(3, name="inner")),
            ]
        )

    with pytest.raises(ValueError, match="inner/kernel' is trained, and a"):
        run(build_student=build, targets=[kd.HardTargets()], stacked=stacked)


def test_a_softmax_in_a_students_inside_is_refused():
    class Inside(layers.Layer):
        def call(self, inputs):
            return keras.ops.softmax(inputs)

    def build():
        return keras.Sequential([keras.Input((5,)), layers.Dense(3), Inside()])

    with pytest.raises(ValueError, match="There is a softmax in it"):
        run(build_student=build, targets=[kd.HardTargets()])


def test_two_hints_on_one_pair(told):
    hints = [
        kd.Hint(
            teacher_layer="hidden_1", student_layer="hidden_1", weight=weight
        )
        for weight in (0.5, 2.0)
    ]
    replicas = run(answers=told, targets=hints)
    assert np.isfinite(replicas.losses).all()
    assert (replicas.losses[:, -1] < replicas.losses[:, 0]).all()
