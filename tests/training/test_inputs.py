"""Whatever `fit` takes, against the same lesson from arrays or by hand."""

import keras
import numpy as np
import pytest
from helpers import needs_tensorflow
from keras import layers
from scipy.sparse import csr_matrix
from scipy.special import expit, log_softmax, rel_entr, softmax

import kd_tutorial as kd
from kd_tutorial.training.checked import warn_of_random_layers
from kd_tutorial.training.lesson import Lesson

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(24, 6)).astype("float32")
Y = GENERATOR.integers(4, size=24)
W = GENERATOR.uniform(0.5, 2, 24).astype("float32")
STILL = {"epochs": 1, "shuffle": False}


def still():
    """An optimizer that changes nothing."""
    return keras.optimizers.SGD(0.0)


def build(seed=0, **options):
    keras.utils.set_random_seed(seed)
    return kd.mlp((6,), 4, hidden=(8,), **options)


@pytest.fixture(scope="module")
def teacher():
    model = build(9)
    model.layers[-1].bias.assign([0.5, -0.5, 1.0, 0.0])
    return model


def close(one, other, tolerance=1e-5):
    pairs = zip(one.get_weights(), other.get_weights(), strict=True)
    return all(np.allclose(a, b, atol=tolerance) for a, b in pairs)


def from_arrays(teacher, x=X, y=Y, **options):
    student = build()
    kd.distill(
        teacher, student, x, y, epochs=2, batch_size=8, shuffle=False,
        **options,
    )  # fmt: skip
    return student


@pytest.fixture(scope="module")
def by_arrays(teacher):
    """What streams of the same rows must teach, by their parts."""
    return {
        "x": from_arrays(teacher, y=None),
        "xy": from_arrays(teacher),
        "xyw": from_arrays(teacher, sample_weight=W),
    }


# streams


class Rows(keras.utils.PyDataset):
    def __init__(self, *arrays):
        super().__init__()
        self.arrays = arrays

    def __len__(self):
        return 3

    def __getitem__(self, index):
        rows = slice(8 * index, 8 * index + 8)
        batch = tuple(a[rows] for a in self.arrays)
        return batch if len(batch) > 1 else batch[0]


def pydataset(*arrays):
    return Rows(*arrays), {"shuffle": False}


def generator(*arrays):
    def batches():
        while True:
            for index in range(3):
                yield Rows(*arrays)[index]

    return batches(), {"steps_per_epoch": 3}


def tf_data(*arrays):
    import tensorflow as tf

    arrays = arrays if len(arrays) > 1 else arrays[0]
    return tf.data.Dataset.from_tensor_slices(arrays).batch(8), {}


STREAMS = [
    pydataset,
    generator,
    pytest.param(tf_data, marks=needs_tensorflow),
]


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("parts", ["x", "xy", "xyw"])
def test_a_stream_teaches_what_arrays_teach(teacher, by_arrays, stream, parts):
    data, options = stream(*(X, Y, W)[: len(parts)])
    student = build()
    history = kd.distill(teacher, student, data, epochs=2, **options)
    assert close(student, by_arrays[parts])
    assert ("student_accuracy" in history.history) == (parts != "x")


@needs_tensorflow
def test_the_teacher_sees_the_view_that_the_student_sees(teacher):
    import tensorflow as tf

    seen = []

    def watching(x):
        seen.append(x)
        return teacher.predict_on_batch(x)

    data = tf.data.Dataset.from_tensor_slices(X).batch(8)
    noise, trained = np.random.default_rng(1), []

    def another(x):
        return (x + noise.normal(size=x.shape)).astype("float32")

    data = data.map(
        lambda x: tf.ensure_shape(
            tf.numpy_function(another, [x], tf.float32), (None, 6)
        )
    )

    class Keep(layers.Layer):
        def call(self, x):
            tf.numpy_function(lambda a: trained.append(a), [x], [])
            return x

    student = keras.Sequential([keras.Input((6,)), Keep(), layers.Dense(4)])
    trained.clear()
    kd.distill(watching, student, data, epochs=2)
    views = np.concatenate(seen)
    for batch in trained[1:]:  # the first is a look at the student's outputs
        assert (np.abs(views[:, None] - batch).sum(-1).min(0) == 0).all()
    assert len({a.tobytes() for a in seen}) == len(seen)  # all views differ


@needs_tensorflow
def test_validation_by_a_stream(teacher):
    data = tf_data(X, Y)[0]

    def distill(told, *rows, **options):
        options |= STILL
        return kd.distill(
            told, build(), X, *rows, optimizer=still(), **options
        )

    one = distill(teacher, Y, validation_data=data)
    other = distill(teacher, Y, validation_data=(X, Y))
    for name in ("val_loss", "val_soft_loss", "val_student_accuracy"):
        assert np.isclose(one.history[name], other.history[name])
    alone = distill(kd.ask(teacher, X), validation_data=data)
    accuracy = other.history["val_student_accuracy"]
    assert np.isclose(alone.history["val_student_accuracy"], accuracy)


def test_what_a_stream_refuses(teacher):
    for given, message in (
        ({"y": Y}, r"y was given with a stream. Let the stream give \(x, y\)"),
        ({"batch_size": 8}, "batch_size was given with a stream"),
        ({"cache": kd.AnswerCache()}, "cache was given with a stream"),
        ({"sample_weight": np.ones(24)}, r"give \(x, y, sample_weight\)"),
        (
            {"targets": [kd.SoftTargets(sample_weight=np.ones(24))]},
            "'soft' has a sample_weight a row",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            kd.distill(teacher, build(), Rows(X, Y), **given)
    with pytest.raises(ValueError, match=r"must be \(numbers, batch\)"):
        kd.distill(kd.ask(teacher, X), build(), Rows(X, Y))
    with pytest.raises(ValueError, match="x has no batches"):
        kd.distill(teacher, build(), iter([]))
    with pytest.raises(ValueError, match="are probabilities"):
        kd.distill(lambda x: softmax(x[:, :4], -1), build(), Rows(X, Y))
    with pytest.raises(ValueError, match="y has label 9"):
        kd.distill(teacher, build(), Rows(X, np.full(24, 9)))


@pytest.mark.parametrize(
    "wrap", [lambda z: [z], lambda z: {"logits": z}], ids=["list", "dict"]
)
def test_one_output_in_a_list_or_dictionary_is_that_output(
    teacher, by_arrays, wrap
):
    def wrapped(seed=0):
        plain = build(seed)
        return keras.Model(plain.inputs[0], wrap(plain.outputs[0]))

    student = wrapped()
    kd.distill(
        teacher, student, X, Y, epochs=2, batch_size=8, shuffle=False,
        validation_data=(X, Y),
    )  # fmt: skip
    assert close(student, by_arrays["xy"])
    one, other = (
        kd.train_replicas(
            lambda make=make: make(1), X, Y, targets=[kd.HardTargets()],
            seeds=[1, 2], steps=3,
        )
        for make in (build, wrapped)
    )  # fmt: skip
    assert np.allclose(one.logits(X), other.logits(X), atol=1e-6)
    assert np.allclose(one.ask(X)[1].logits, other.ask(X)[1].logits, atol=1e-6)


YES_OR_NO = [kd.SoftTargets(loss_function="binary_kl_divergence")]


def one_logit():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((6,)), layers.Dense(1)])


def first_column(x):
    return np.asarray(x)[:, :1]


def test_a_few_logits_from_0_to_1_are_no_probabilities():
    x = X.copy()
    x[:8, 0] = np.linspace(0.1, 0.9, 8)  # the first batch
    x[16:, 0] = np.linspace(0.9, 0.1, 8)  # the last
    assert x[8:16, 0].min() < 0
    options = {"targets": YES_OR_NO, "epochs": 1, "shuffle": False}
    by_stream, by_rows = one_logit(), one_logit()
    kd.distill(first_column, by_stream, Rows(x), **options)
    kd.distill(first_column, by_rows, x, batch_size=8, **options)
    assert close(by_stream, by_rows)


def test_many_of_a_stream_from_0_to_1_are_probabilities():
    x = np.full((64, 6), 0.5, "float32")
    lesson = Lesson(first_column, one_logit(), YES_OR_NO, None, None)
    for _ in range(7):
        lesson.of_batch(x[:8], None, None)
    with pytest.raises(ValueError, match="the teacher's output are probab"):
        lesson.of_batch(x[:8], None, None)
    with pytest.raises(ValueError, match="the teacher's output are probab"):
        kd.distill(first_column, one_logit(), iter([x]), targets=YES_OR_NO)


# rows in memory


@pytest.mark.slow
def test_memory_maps_matrices_tables_and_splits(teacher, by_arrays, tmp_path):
    np.save(tmp_path / "x.npy", X)
    expected = by_arrays["xy"]
    for x in (
        np.load(tmp_path / "x.npy", mmap_mode="r"),
        csr_matrix(X),
        X.tolist(),
        keras.ops.convert_to_tensor(X),
    ):
        assert close(from_arrays(teacher, x), expected)
    student = build()
    kd.distill(
        teacher, student, kd.Split(X, Y), epochs=2, batch_size=8, shuffle=False
    )
    assert close(student, expected)


def test_several_inputs_by_name_and_by_place():
    def model(seed):
        keras.utils.set_random_seed(seed)
        a, b = keras.Input((2,), name="a"), keras.Input((4,), name="b")
        merged = layers.Concatenate()([layers.Dense(3)(a), b])
        return keras.Model({"a": a, "b": b}, layers.Dense(4)(merged))

    teacher, one, other = model(9), model(0), model(0)
    x = {"a": X[:, :2], "b": X[:, 2:]}
    options = {"epochs": 2, "batch_size": 8, "shuffle": False}
    history = kd.distill(teacher, one, x, Y, **options)
    kd.distill(kd.ask(teacher, x), other, x, Y, **options)
    assert close(one, other) and "student_accuracy" in history.history
    with pytest.raises(ValueError, match="written for other rows"):
        kd.distill(kd.ask(teacher, x), other, {**x, "a": X[:, 1:3]}, Y)
    with pytest.raises(ValueError, match=r"rows \[20, 24\]|\[20, 24\] rows"):
        kd.distill(teacher, one, {**x, "a": X[:20, :2]}, Y)
    listed = keras.Model([*one.inputs], one.outputs)
    kd.train(listed, [x["a"], x["b"]], Y, epochs=1)


def test_validation_split_and_sample_weight_are_keras_own(teacher):
    w = GENERATOR.uniform(0, 2, 24).astype("float32")
    ours, theirs = build(), build()
    one = kd.train(
        ours, X, Y, sample_weight=w, validation_split=0.25, epochs=2,
        batch_size=6, shuffle=False,
    ).history  # fmt: skip
    theirs.compile(
        "adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    other = theirs.fit(
        X, Y, sample_weight=w, validation_split=0.25, epochs=2, batch_size=6,
        shuffle=False, verbose=0,
    ).history  # fmt: skip
    assert close(ours, theirs)
    assert np.allclose(one["val_loss"], other["val_loss"], rtol=1e-4)


def test_metrics_and_schedules_as_objects(teacher):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)
    student = build()
    history = kd.distill(
        teacher, student, X, Y, epochs=1, batch_size=24,
        optimizer=keras.optimizers.SGD(schedule, momentum=0.5),
        metrics=[keras.metrics.SparseTopKCategoricalAccuracy(2, name="top2")],
    ).history  # fmt: skip
    z = build().predict(X, verbose=0)
    top = (np.argsort(-z, 1)[:, :2] == Y[:, None]).any(1).mean()
    assert np.isclose(history["student_top2"][0], top)
    with pytest.raises(ValueError, match="metrics need labels"):
        kd.distill(teacher, build(), X, metrics=["accuracy"])


# masks, places and other outputs


def sequences(units=5):
    x = keras.Input((7,))
    embedded = layers.Embedding(9, units, mask_zero=True, name="embedded")(x)
    pooled = layers.GlobalAveragePooling1D()(embedded)
    return keras.Model(x, layers.Dense(4, name="logits")(pooled))


TOKENS = GENERATOR.integers(1, 9, size=(6, 7))
TOKENS[np.arange(7) >= np.array([7, 1, 3, 5, 7, 2])[:, None]] = 0


@pytest.mark.parametrize("batch_size", [6, 5])
def test_a_mask_leaves_places_out_and_no_examples(batch_size):
    student = sequences()
    exact = student.get_layer("embedded")(TOKENS)
    told = np.array(keras.ops.convert_to_numpy(exact))
    told[2] += 1.0  # one row of six, off by 1 at each of its places
    told[TOKENS == 0] = 1e6  # padding, which says nothing
    answers = kd.Answers.of(TOKENS, np.zeros((6, 4)), embedded=told)
    hint = kd.Hint(teacher_layer="embedded", student_layer="embedded")
    history = kd.distill(
        answers, student, TOKENS, targets=[hint], batch_size=batch_size,
        optimizer=still(), **STILL,
    ).history  # fmt: skip
    expected = {6: 1 / 6, 5: 1 / 6}[batch_size]
    assert np.isclose(history["loss"][0], expected, rtol=1e-4)


def test_replicas_leave_masked_places_out_too():
    keras.utils.set_random_seed(0)
    student = sequences()
    exact = student.get_layer("embedded")(TOKENS)
    told = np.array(keras.ops.convert_to_numpy(exact))
    told[2] += 1.0
    told[TOKENS == 0] = 1e6
    answers = kd.Answers.of(TOKENS, np.zeros((6, 4)), embedded=told)
    hint = kd.Hint(teacher_layer="embedded", student_layer="embedded")
    replicas = kd.train_replicas(
        sequences, TOKENS, targets=[hint], answers=answers, seeds=[0],
        steps=1, batch_size=6, learning_rate=1e-6,
    )  # fmt: skip
    assert np.isclose(replicas.losses[0, 0], 1 / 6, rtol=1e-3)


def test_whole_examples_cannot_be_compared_under_a_mask():
    relations = kd.Relations(
        teacher_layer="embedded", student_layer="embedded"
    )
    with pytest.raises(ValueError, match="cannot leave masked places out"):
        kd.distill(sequences(), sequences(), TOKENS, targets=[relations])


def test_dense_outputs_are_averaged_over_unmasked_places():
    def tagger(seed):
        keras.utils.set_random_seed(seed)
        x = keras.Input((7,))
        embedded = layers.Embedding(9, 5, mask_zero=True)(x)
        return keras.Model(x, layers.Dense(4)(embedded))

    teacher, student = tagger(9), tagger(0)
    tags = GENERATOR.integers(4, size=TOKENS.shape)
    history = kd.distill(
        teacher, student, TOKENS, tags, optimizer=still(), **STILL
    ).history
    z, v = (m.predict(TOKENS, verbose=0) for m in (student, teacher))
    real = TOKENS != 0

    def mean(values):
        return ((values * real).sum(1) / real.sum(1)).mean()

    hard = -np.take_along_axis(log_softmax(z, -1), tags[..., None], -1)
    soft = 16 * rel_entr(softmax(v / 4, -1), softmax(z / 4, -1)).sum(-1)
    assert np.isclose(history["hard_loss"][0], mean(hard[..., 0]), rtol=1e-4)
    assert np.isclose(history["soft_loss"][0], mean(soft), rtol=1e-3)
    right = (z.argmax(-1) == tags)[real].mean()
    if keras.backend.backend() == "jax":  # where Keras loses the mask
        assert "student_accuracy" not in history
    else:
        assert np.isclose(history["student_accuracy"][0], right, rtol=1e-4)


def test_a_map_of_classes_is_compared_pixel_by_pixel():
    def segments(seed):
        keras.utils.set_random_seed(seed)
        return keras.Sequential(
            [keras.Input((4, 5, 1)), layers.Conv2D(3, 3, padding="same")]
        )

    x = GENERATOR.normal(size=(6, 4, 5, 1)).astype("float32")
    y = GENERATOR.integers(3, size=(6, 4, 5))
    student = segments(0)
    history = kd.distill(
        segments(9), student, x, y, optimizer=still(), **STILL
    ).history
    z = log_softmax(student.predict(x, verbose=0), -1)
    hard = -np.take_along_axis(z, y[..., None], -1).mean()
    assert np.isclose(history["hard_loss"][0], hard, rtol=1e-4)
    with pytest.raises(ValueError, match=r"y has shape \(6,\).*\(6, 4, 5\)"):
        kd.distill(segments(9), student, x, y[:, 0, 0])


@pytest.mark.parametrize("number", [1, 3])
def test_labels_that_are_each_right_or_not(number):
    def tags(seed):
        keras.utils.set_random_seed(seed)
        return keras.Sequential([keras.Input((6,)), layers.Dense(number)])

    y = GENERATOR.integers(2, size=(24, number))
    targets = [
        kd.HardTargets(loss_function="binary_cross_entropy", weight=0.3),
        kd.SoftTargets(loss_function="binary_kl_divergence", temperature=2.0),
    ]
    teacher, student = tags(9), tags(0)
    given = y[:, 0] if number == 1 else y
    history = kd.distill(
        teacher, student, X, given, targets=targets, optimizer=still(), **STILL
    ).history
    z, v = (
        m.predict(X, verbose=0).astype("float64") for m in (student, teacher)
    )
    hard = -np.log(expit(np.where(y == 1, z, -z))).mean()
    p, q = expit(v / 2), expit(z / 2)
    soft = 4 * (rel_entr(p, q) + rel_entr(1 - p, 1 - q)).mean()
    assert np.isclose(history["hard_loss"][0], hard, rtol=1e-4)
    assert np.isclose(history["soft_loss"][0], soft, rtol=1e-4)
    accuracy = ((z > 0) == (y == 1)).mean()
    assert np.isclose(history["student_accuracy"][0], accuracy)
    with pytest.raises(ValueError, match="must be 0 or 1"):
        kd.distill(teacher, student, X, given + 1, targets=targets)


def test_numbers_are_regressed():
    def numbers(seed):
        keras.utils.set_random_seed(seed)
        return keras.Sequential([keras.Input((6,)), layers.Dense(2)])

    targets = [
        kd.HardTargets(loss_function="squared_error", weight=0.5),
        kd.SoftTargets(loss_function="squared_error"),
    ]
    y = GENERATOR.normal(size=(24, 2))
    teacher, student = numbers(9), numbers(0)
    history = kd.distill(
        teacher, student, X, y, targets=targets, optimizer=still(), **STILL
    ).history
    z, v = (m.predict(X, verbose=0) for m in (student, teacher))
    assert np.isclose(history["hard_loss"][0], ((z - y) ** 2).mean(), 1e-4)
    assert np.isclose(history["soft_loss"][0], ((z - v) ** 2).mean(), 1e-4)
    error = history["student_mean_squared_error"][0]
    assert np.isclose(error, ((z - y) ** 2).mean(), 1e-4)
    told = kd.Answers.of(X, softmax(v, -1), values=True)  # may lie in [0, 1]
    kd.distill(told, student, X, y, targets=targets, **STILL)
    with pytest.raises(ValueError, match="targets disagree"):
        kd.distill(
            teacher, student, X, Y, targets=[kd.HardTargets(), targets[1]]
        )


@pytest.mark.parametrize(
    "function, message",
    [
        (lambda v, z: keras.ops.mean((v - z) ** 2), r"has shape \(\)"),
        (lambda v, z: (v - z) ** 2, r"has shape \(.*4\), not one number"),
    ],
)
def test_a_loss_must_give_one_number_an_example(teacher, function, message):
    x, targets = X[:4], [kd.SoftTargets(loss_function=function)]
    with pytest.raises(ValueError, match=message):
        kd.distill(
            teacher, build(), x, targets=targets, sample_weight=np.ones(4)
        )
    with pytest.raises(ValueError, match=message):
        kd.train_replicas(
            build, x, targets=targets, answers=kd.ask(teacher, x), seeds=[0],
            steps=1,
        )  # fmt: skip


# layers by path, precision, random layers


def test_layers_inside_nested_models_train_once_a_step():
    def nested(seed):
        keras.utils.set_random_seed(seed)
        backbone = keras.Sequential(
            [
                keras.Input((6,)),
                layers.Dense(5, name="wide"),
                layers.BatchNormalization(name="norm"),
            ],
            name="backbone",
        )
        x = keras.Input((6,))
        return keras.Model(x, layers.Dense(4)(backbone(x)))

    teacher, student = nested(9), nested(0)
    hint = kd.Hint(
        teacher_layer="backbone/norm", student_layer="backbone/wide"
    )
    norm = student.get_layer("backbone").get_layer("norm")
    wide = student.get_layer("backbone").get_layer("wide")
    before = X @ np.asarray(wide.kernel) + np.asarray(wide.bias)
    history = kd.distill(
        teacher, student, X, Y, targets=[kd.HardTargets(), hint],
        optimizer=still(), **{**STILL, "batch_size": 24},
    ).history  # fmt: skip
    told = teacher.get_layer("backbone").predict(X, verbose=0)
    assert np.isclose(history["hint_loss"][0], ((before - told) ** 2).mean())
    moved = (1 - norm.momentum) * before.mean(0)
    assert np.allclose(norm.moving_mean, moved, atol=1e-6)  # once, not twice
    with pytest.raises(ValueError, match="student's 'backbone' has no layer"):
        kd.distill(
            teacher, student, X,
            targets=[kd.Hint(
                teacher_layer="backbone/norm", student_layer="backbone/none",
            )],
        )  # fmt: skip


def test_full_precision_logits_stay_so_in_a_half_precision_program(teacher):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        x = keras.Input((6,))
        z = layers.Dense(4, dtype="float32")(x)
        student = keras.Model(x, z * 1e5)  # far beyond float16
        history = kd.train(student, X, Y, optimizer=still(), **STILL).history
    finally:
        keras.config.set_dtype_policy("float32")
    assert np.isfinite(history["loss"]).all()


@needs_tensorflow
def test_half_precision_students_get_their_losses_scaled(teacher):
    """A weight so small that its float16 gradient is 0 still moves."""
    keras.config.set_dtype_policy("mixed_float16")
    try:
        student = build()
    finally:
        keras.config.set_dtype_policy("float32")
    before = [np.copy(w) for w in student.get_weights()]
    kd.distill(
        teacher, student, X, targets=[kd.SoftTargets(weight=1e-7)],
        optimizer=keras.optimizers.SGD(1e6), **STILL,
    )  # fmt: skip
    assert not np.allclose(before[0], student.get_weights()[0], atol=1e-4)


@pytest.mark.parametrize(
    "layer",
    [
        layers.RandomFlip(), layers.RandAugment(), layers.CutMix(),
        layers.MixUp(), layers.AugMix(),
    ],
    ids=lambda layer: type(layer).__name__,
)  # fmt: skip
def test_layers_that_change_their_input_are_known(layer):
    start = keras.Input((8, 8, 3))
    student = keras.Model(start, layers.Flatten()(layer(start)))
    with pytest.warns(UserWarning, match=f"{layer.name!r} changes its input"):
        warn_of_random_layers(student)


def test_a_student_that_changes_its_input_is_told_of(teacher):
    student = keras.Sequential(
        [
            keras.Input((6, 1, 1)),
            layers.RandomTranslation(0.5, 0.0),
            layers.Flatten(),
            layers.Dense(4),
        ]
    )
    flat = keras.Sequential(
        [keras.Input((6, 1, 1)), layers.Flatten(), teacher]
    )
    with pytest.warns(UserWarning, match="the two see different views"):
        kd.distill(flat, student, X[..., None, None], epochs=1)


def test_many_labels_survive_half_precision_answers():
    labels = np.array([2049, 2051, 2047])
    target = kd.SoftTargets(loss_function="decoupled_kd")
    encoded = target.encode(labels, np.zeros((3, 2060), "float16"))
    assert encoded.dtype == np.float32
    assert encoded[:, -1].tolist() == labels.tolist()


@pytest.mark.parametrize(
    "options, message",
    [
        ({"epochs": 0}, "epochs must be a whole number, 1"),
        ({"epochs": 1.5}, "epochs must be a whole number"),
        ({"batch_size": 0.5}, "batch_size must be a whole number"),
        ({"sample_weight": "balanced"}, "sample_weight must be numbers"),
        ({"sample_weight": np.ones(3)}, r"shape \(3,\) for 24 examples"),
        ({"x": np.full((24, 6), np.nan)}, r"NaN .* first at index \(0, 0\)"),
        ({"lr": 0.1}, "lr is no option here"),
        ({"x": kd.load_data("digits")}, "one of its splits: data.train"),
    ],
)
def test_what_is_refused_by_name(teacher, options, message):
    given = {"x": X, "y": Y} | options
    x, y = given.pop("x"), given.pop("y")
    with pytest.raises((TypeError, ValueError), match=message):
        kd.distill(teacher, build(), x, y, **given)


# masks that show only at run time


class Embedded(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedded = layers.Embedding(9, 5, mask_zero=True)

    def call(self, inputs):
        return self.embedded(inputs)


def nested_tagger(kind, width=4):
    keras.utils.set_random_seed(0)
    embedded = Embedded()
    if kind == "nested":
        inside = keras.Input((7,))
        embedded = layers.Embedding(9, 5, mask_zero=True)(inside)
        embedded = keras.Model(inside, embedded)
    x = keras.Input((7,))
    tags = layers.Dense(width, name="tags")(embedded(x))
    return keras.Model(x, tags if width > 1 else layers.Dense(4)(tags))


def unmasked_mean(places):
    real = TOKENS != 0
    return ((places * real).sum(1) / real.sum(1)).mean()


@pytest.mark.parametrize("kind", ["nested", "subclassed"])
def test_a_mask_out_of_keras_sight_is_no_class(kind):
    tags = np.random.default_rng(1).integers(4, size=TOKENS.shape)
    student = nested_tagger(kind)
    log_q = log_softmax(student.predict(TOKENS, verbose=0), -1)
    nats = -np.take_along_axis(log_q, tags[..., None], -1)[..., 0]
    expected = unmasked_mean(nats)
    options = {"targets": [kd.HardTargets()]}
    replicas = kd.train_replicas(
        lambda: nested_tagger(kind), TOKENS, tags, seeds=[0], steps=1,
        batch_size=6, learning_rate=1e-6, **options,
    )  # fmt: skip
    assert np.isclose(replicas.losses[0, 0], expected, rtol=1e-4)
    history = kd.distill(
        None, student, TOKENS, tags, optimizer=still(), **options, **STILL
    ).history
    assert np.isclose(history["loss"][0], expected, rtol=1e-4)
    # On JAX, where Keras loses masks, metrics are left out.
    counted = "student_accuracy" in history
    assert counted == (keras.backend.backend() != "jax")


@pytest.mark.parametrize("kind", ["nested", "subclassed"])
def test_a_hint_of_width_1_under_such_a_mask(kind):
    student = nested_tagger(kind, 1)
    tags = keras.Model(student.inputs, student.get_layer("tags").output)
    told = tags.predict(TOKENS, verbose=0) + np.arange(6.0)[:, None, None]
    told[TOKENS == 0] = 1e6
    answers = kd.Answers.of(TOKENS, np.zeros((6, 4)), tags=told)
    hint = kd.Hint(teacher_layer="tags", student_layer="tags")
    replicas = kd.train_replicas(
        lambda: nested_tagger(kind, 1), TOKENS, targets=[hint], seeds=[0],
        answers=answers, steps=1, batch_size=6, learning_rate=1e-6,
    )  # fmt: skip
    expected = (np.arange(6.0) ** 2).mean()
    assert np.isclose(replicas.losses[0, 0], expected, rtol=1e-4)
    history = kd.distill(
        answers, student, TOKENS, targets=[hint], optimizer=still(), **STILL
    ).history
    assert np.isclose(history["loss"][0], expected, rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize("stream", STREAMS[::2])
def test_a_labelled_stream_validates_a_student_without_labels(
    teacher, stream, weighed
):
    held = (X[:20], Y[:20], np.linspace(0, 1, 20, dtype="float32"))
    held = held if weighed else held[:2]
    histories = []
    for there in (held, stream(*held)[0]):
        student = build()
        history = kd.distill(
            teacher, student, X, epochs=2, batch_size=len(X), shuffle=False,
            validation_data=there,
        ).history  # fmt: skip
        histories.append(history)
    one, other = histories
    assert {*other} == {"loss", "val_loss", "val_student_accuracy"}
    assert {*one} == {*other}
    for name in one:
        assert np.allclose(one[name], other[name], rtol=1e-4), name


def named_column(x):
    return {"output": np.asarray(x)[:, :1] - 5, "yes": np.asarray(x)[:, :1]}


YES_BY_NAME = [
    kd.SoftTargets(loss_function="binary_kl_divergence", teacher_output="yes")
]


@pytest.mark.parametrize("written", [True, False])
def test_few_of_a_named_output_from_0_to_1_are_no_probabilities(written):
    x = X.copy()
    x[:8, 0] = np.linspace(0.1, 0.9, 8)  # the first batch
    x[16:, 0] = np.linspace(0.9, 0.1, 8)  # the last
    told, data = named_column, (x,)
    if written:
        told = kd.ask(named_column, x, layers=["output", "yes"])
    options = {"targets": YES_BY_NAME, "epochs": 1, "shuffle": False}
    by_stream, by_rows = one_logit(), one_logit()
    if written:
        data = ((np.arange(i, i + 8), (x[i : i + 8],)) for i in (0, 8, 16))
    else:
        data = Rows(x)
    kd.distill(told, by_stream, data, **options)
    kd.distill(told, by_rows, x, batch_size=8, **options)
    assert close(by_stream, by_rows)


def test_many_of_a_named_output_from_0_to_1_are_probabilities():
    x = np.full((64, 6), 0.5, "float32")
    message = "the teacher's yes are probab"
    lesson = Lesson(named_column, one_logit(), YES_BY_NAME, None, None)
    for _ in range(7):
        lesson.of_batch(x[:8], None, None)
    with pytest.raises(ValueError, match=message):
        lesson.of_batch(x[:8], None, None)
    told = kd.ask(named_column, x, layers=["yes"])
    for teach in (named_column, told):
        with pytest.raises(ValueError, match=message):
            kd.distill(teach, one_logit(), x, targets=YES_BY_NAME)
    with pytest.raises(ValueError, match=message):
        kd.train_replicas(
            one_logit, x, targets=YES_BY_NAME, answers=told, seeds=[0], steps=1
        )


@pytest.mark.slow
@pytest.mark.parametrize("ask", [True, False])
def test_a_generator_judges_a_student_in_every_epoch(teacher, ask):
    student = build()
    z = student.predict(X, verbose=0).argmax(1)
    y = np.where(np.arange(24) < 12, z, (z + 1) % 4)

    def batches(endless):
        while True:
            yield from ((X[i : i + 8], y[i : i + 8]) for i in (0, 8, 16))
            if not endless:
                return

    for data, steps, right in (
        (batches(False), None, 0.5),
        (iter([*batches(False)]), 3, 0.5),
        (batches(True), 2, 0.75),
    ):
        history = kd.distill(
            kd.ask(teacher, X) if ask else teacher, student, X, epochs=3,
            validation_data=data, validation_steps=steps, optimizer=still(),
        ).history  # fmt: skip
        assert np.allclose(history["val_student_accuracy"], [right] * 3)


def test_a_pydataset_without_end(teacher, by_arrays):
    class Endless(keras.utils.PyDataset):
        @property
        def num_batches(self):
            return None

        def __getitem__(self, index):
            return Rows(X, Y)[index % 3]

    student = build()
    kd.distill(
        teacher, student, Endless(), epochs=2, steps_per_epoch=3, shuffle=False
    )
    assert close(student, by_arrays["xy"])


def test_a_share_of_a_stream_is_refused_by_name(teacher):
    message = "validation_split was given with a stream. Hold rows out"
    with pytest.raises(ValueError, match=message):
        kd.distill(teacher, build(), Rows(X, Y), validation_split=0.2)
    kd.distill(  # where it rests
        teacher, build(), Rows(X, Y), epochs=1, validation_split=0.2,
        validation_data=(X, Y),
    )  # fmt: skip


def test_single_examples_are_refused_by_name(teacher):
    def one():
        return iter([*zip(X, Y)])

    shapes = r"single examples of shape \(6,\), .* of shape \(None, 6\)"
    with pytest.raises(ValueError, match=f"^x gives {shapes}"):
        kd.distill(teacher, build(), one())
    for told, y in ((teacher, Y), (kd.ask(teacher, X), Y), (teacher, None)):
        with pytest.raises(ValueError, match=f"^validation_data .* {shapes}"):
            kd.distill(told, build(), X, y, validation_data=one())
    keras.utils.set_random_seed(0)
    column = keras.Sequential([keras.Input((1,)), layers.Dense(4)])
    kd.train(column, iter([(X[:, 0], Y)]), epochs=1)  # Keras adds the axis


@needs_tensorflow
def test_unbatched_tf_data_is_refused_by_name(teacher):
    data = tf_data(X, Y)[0].unbatch()
    with pytest.raises(ValueError, match="^x gives single examples"):
        kd.distill(teacher, build(), data)


@needs_tensorflow
def test_batches_of_unknown_axes_are_refused_by_name(teacher):
    import tensorflow as tf

    def drawn(number):
        return tf.numpy_function(lambda n: X[n], [number], tf.float32)

    data = tf.data.Dataset.range(24).map(drawn)
    with pytest.raises(ValueError, match="how many axes .*set_shape"):
        kd.distill(teacher, build(), data.batch(8))

    def told(number):
        return tf.ensure_shape(drawn(number), (6,))

    data = tf.data.Dataset.range(24).map(told)
    kd.distill(teacher, build(), data.batch(8), epochs=1)


@pytest.mark.parametrize("every", [0, -1, 1.5, "often"])
def test_validation_must_come_at_whole_epochs(teacher, every):
    for told in (teacher, kd.ask(teacher, X)):
        with pytest.raises(ValueError, match="validation_freq must be a who"):
            kd.distill(
                told, build(), X, Y, validation_data=(X, Y),
                validation_freq=every,
            )  # fmt: skip
