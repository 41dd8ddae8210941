"""Anything that answers as a teacher, against its answers by hand."""

import threading
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from helpers import needs_tensorflow
from hypothesis import given
from hypothesis import strategies as st
from keras import layers
from scipy.special import expit, log_softmax, softmax
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import kd_tutorial as kd
from kd_tutorial.answers.keys import key_of

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(30, 4)).astype("float32")
Y = GENERATOR.integers(3, size=30)
W = GENERATOR.normal(size=(4, 3))


def build(seed=0, classes=3):
    keras.utils.set_random_seed(seed)
    return kd.mlp((4,), classes, hidden=(6,))


def same(one, other, tolerance=1e-5):
    return np.allclose(one - one.mean(1, keepdims=True),
                       other - other.mean(1, keepdims=True),
                       atol=tolerance)  # fmt: skip


# what can be a teacher


def test_a_function_is_asked_in_batches_and_in_order():
    sizes = []

    def teacher(batch):
        sizes.append(len(batch))
        return batch @ W

    answers = kd.ask(teacher, X, batch_size=8)
    assert np.allclose(answers.logits, X @ W, atol=1e-6)
    assert sizes == [8, 8, 8, 6]


def test_a_function_may_answer_for_layers():
    def teacher(batch):
        return {"output": batch @ W, "hidden": 2 * batch}

    answers = kd.ask(teacher, X, layers=["output", "hidden"])
    assert np.array_equal(answers["hidden"], 2 * X)
    student = build()
    hint = kd.Hint(teacher_layer="hidden", student_layer="hidden_1")
    kd.distill(teacher, student, X, Y, targets=[hint], epochs=1)
    with pytest.raises(
        ValueError, match="does not answer 'other'.*dictionary"
    ):
        kd.ask(teacher, X, layers=["other"])


def test_scikit_learn():
    forest = RandomForestClassifier(10, random_state=0).fit(X, Y)
    logits = kd.ask(forest, X).logits
    told = forest.predict_proba(X)
    assert np.isfinite(logits).all()
    assert np.allclose(softmax(logits, 1)[told > 0], told[told > 0], atol=1e-4)
    kd.distill(forest, build(), X, Y, epochs=1)


class Session:
    """What the package uses of ONNX Runtime's `InferenceSession`."""

    def __init__(self, **outputs):
        self.outputs = outputs

    def get_inputs(self):
        return [SimpleNamespace(name="pixels", type="tensor(float)")]

    def get_outputs(self):
        return [SimpleNamespace(name=name) for name in self.outputs]

    def run(self, outputs, feed):
        assert outputs is None and feed["pixels"].dtype == np.float32
        return [give(feed["pixels"]) for give in self.outputs.values()]


def test_an_onnx_session():
    session = Session(scores=lambda x: x @ W)
    answers = kd.ask(session, X.astype("float64"))
    assert np.allclose(answers.logits, X @ W, atol=1e-5)


def test_an_onnx_session_with_several_outputs_is_asked_for_one_by_name():
    session = Session(
        label=lambda x: (x @ W).argmax(axis=1), scores=lambda x: x @ W
    )
    with pytest.raises(ValueError, match=r"several outputs, \['label', 'sco"):
        kd.ask(session, X)
    told = kd.ask(session, X, layers=["scores"])["scores"]
    assert np.allclose(told, X @ W, atol=1e-5)


def test_a_pytorch_module():
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Dropout(0.9))
    module.train()
    logits = kd.ask(module, X).logits
    kernel, bias = (p.detach().numpy() for p in module[0].parameters())
    assert np.allclose(logits, X @ kernel.T + bias, atol=1e-5)
    assert module.training  # it is left as it was


@pytest.mark.parametrize("stream", [False, True])
def test_a_named_output_of_probabilities_is_refused(stream):
    session = Session(
        label=lambda x: (x @ W).argmax(axis=1),
        probabilities=lambda x: softmax(x @ W, axis=1),
    )
    with pytest.raises(ValueError, match="probabilities are probabilities"):
        kd.distill(
            session, build(), iter([X]) if stream else X, epochs=1,
            targets=[kd.SoftTargets(teacher_output="probabilities")],
        )  # fmt: skip


def test_several_teachers_are_averaged_as_probabilities():
    teachers = [build(1), lambda x: x @ W, build(2)]
    each = [softmax(kd.ask(t, X).logits.astype("f8"), 1) for t in teachers]
    logits = kd.ask(teachers, X).logits
    assert np.allclose(softmax(logits, 1), np.mean(each, axis=0), atol=1e-5)
    with pytest.raises(ValueError, match="answer with shapes"):
        kd.ask([build(1), build(2, classes=4)], X)
    with pytest.raises(ValueError, match="empty list"):
        kd.ask([], X)


def test_teachers_of_one_logit_are_averaged_by_its_sigmoid():
    one, two = (lambda x: 9 * x[:, :1] - 3), (lambda x: x[:, 1:2])
    told = kd.ask([one, [two]], X).logits
    p = (expit(one(X)) + expit(two(X))) / 2
    assert np.allclose(expit(told), p, atol=1e-6)
    assert np.ptp(told) > 1


@pytest.mark.parametrize("columns", [1, 3])
def test_the_mean_of_several_teachers_of_values(columns):
    one, two = (lambda x: x @ W[:, :columns]), (lambda x: x[:, :columns] ** 2)
    told = kd.ask([one, [two, two]], X, values=True).logits
    assert np.allclose(told, (one(X) + two(X)) / 2, atol=1e-6)


def test_a_cache_tells_values_and_logits_apart():
    cache = kd.AnswerCache()

    def probable(x):
        return softmax(x @ W, axis=1)

    kd.ask(probable, X, cache=cache, values=True)
    with pytest.raises(ValueError, match="are probabilities"):
        kd.ask(probable, X, cache=cache)
    kd.ask(probable, X, cache=cache, values=True)
    assert cache.hits == 1


def student_of(outputs):
    x = keras.Input((4,))
    return keras.Model(x, layers.Dense(outputs)(x))


@pytest.mark.parametrize("stream", [False, True])
def test_a_student_of_several_regressions_learns_their_mean(stream):
    """Its first step, from zero, is along the mean of what they say."""
    one, two = (lambda x: x @ W), (lambda x: 5 + x[:, :3])
    student = student_of(3)
    student.set_weights([np.zeros((4, 3)), np.zeros(3)])
    rows = {"x": iter([X])} if stream else {"x": X, "batch_size": 30}
    kd.distill(
        [one, two], student, epochs=1, optimizer=keras.optimizers.SGD(0.1),
        targets=[kd.SoftTargets(loss_function="squared_error")], **rows,
    )  # fmt: skip
    mean = (one(X) + two(X)) / 2
    weights, bias = student.get_weights()
    scale = bias[0] / mean[:, 0].mean()  # 2 times the rate, by the reduction
    assert scale > 0 and np.allclose(bias, scale * mean.mean(0), rtol=1e-4)
    assert np.allclose(weights, scale * X.T @ mean / 30, rtol=1e-4)


def test_several_labels_are_not_averaged_as_classes():
    targets = [kd.SoftTargets(loss_function="binary_kl_divergence")]
    pair = [lambda x: x @ W, lambda x: -x @ W]
    with pytest.raises(ValueError, match="a list of 2.*labels each by itself"):
        kd.distill(pair, student_of(3), X, targets=targets, epochs=1)
    alone = [lambda x: 9 * x[:, :1], lambda x: -x[:, :1]]
    kd.distill(alone, student_of(1), X, targets=targets, epochs=1)


def test_a_layer_by_path_and_outputs_by_name():
    inner = build()
    x = keras.Input((4,))
    z = inner(x)
    outer = keras.Model(x, {"digits": z, "parity": layers.Dense(2)(z)})
    answers = kd.ask(outer, X, layers=["digits", "mlp/hidden_1"])
    assert np.allclose(answers["digits"], kd.ask(inner, X).logits, atol=1e-6)
    hidden = kd.ask(inner, X, layers=["hidden_1"])["hidden_1"]
    assert np.allclose(answers["mlp/hidden_1"], hidden, atol=1e-6)
    with pytest.raises(
        ValueError, match=r"several outputs, \['digits', 'pari"
    ):
        kd.ask(outer, X)
    student = build(5)
    kd.distill(
        outer, student, X, epochs=1,
        targets=[kd.SoftTargets(teacher_output="digits")],
    )  # fmt: skip
    with pytest.raises(ValueError, match="teacher has 2 classes"):
        kd.distill(
            outer, student, X,
            targets=[kd.SoftTargets(teacher_output="parity")],
        )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", ["logits", "output"])
@pytest.mark.parametrize("kind", ["functional", "subclassed", "function"])
def test_a_single_output_with_a_name_is_the_logits(name, kind):
    """As many published models give it: a dictionary of one."""

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.inside = build()

        def call(self, x):
            return {name: self.inside(x)}

    inner = build()
    inputs = keras.Input((4,))
    teacher = {
        "functional": keras.Model(inputs, {name: inner(inputs)}),
        "subclassed": Own(),
        "function": lambda batch: {name: inner(batch)},
    }[kind]
    wanted = kd.ask(inner, X).logits
    assert np.allclose(kd.ask(teacher, X).logits, wanted, atol=1e-6)
    both = kd.ask([teacher, teacher], X).logits
    assert np.allclose(both, log_softmax(wanted, axis=1), atol=1e-5)
    students = [build(5), build(5)]
    for student, one in zip(students, [inner, teacher]):
        batches = iter([X[:20], X[20:]])
        kd.distill(one, student, batches, epochs=1, steps_per_epoch=2)
    for one, other in zip(*(s.get_weights() for s in students)):
        assert np.allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("pair", [tuple, list])
def test_several_outputs_without_names_are_refused(pair):
    def teacher(batch):
        return pair([batch @ W, batch @ W])

    with pytest.raises(ValueError, match=r"several outputs, \['output_0'"):
        kd.ask(teacher, X)
    assert np.allclose(kd.ask(lambda x: pair([x @ W]), X).logits, X @ W)
    rows = kd.ask(lambda x: pair((x @ W).tolist()), X).logits
    assert np.allclose(rows, X @ W, atol=1e-6)


def test_a_subclassed_model_has_its_output_alone():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3)

        def call(self, x):
            return self.dense(x)

    model = Own()
    logits = kd.ask(model, X).logits
    assert np.allclose(logits, model.predict(X, verbose=0), atol=1e-6)
    with pytest.raises(ValueError, match="subclassed model"):
        kd.ask(model, X, layers=["dense"])


@pytest.mark.parametrize(
    "teacher, message",
    [
        (np.zeros((30, 3)), r"got ndarray.*Answers.of\(x, logits\)"),
        ("teacher.keras", "got str. Load it first: keras.models.load_model"),
        (None, "got NoneType"),
        (3, "got int"),
    ],
)
def test_what_cannot_answer(teacher, message):
    with pytest.raises(TypeError, match=message):
        kd.ask(teacher, X)


def likeliest_in_percent(x):
    p = softmax(x @ W, 1)
    return np.where(p < np.sort(p)[:, -2:-1], 0, 100 * p).round(1)


@pytest.mark.parametrize(
    "teacher, error, message",
    [
        (lambda x: (x @ W)[:-1], ValueError, "24 rows|29 rows"),
        (lambda x: softmax(x @ W, 1), ValueError, "are probabilities"),
        (lambda x: 100 * softmax(x @ W, 1), ValueError, "adds up to 100"),
        (likeliest_in_percent, ValueError, "likeliest classes do in percent"),
        (lambda x: 1 / (1 + np.exp(-x @ W)), ValueError, "from 0 to 1"),
        (lambda x: softmax(x @ W, 1).round(2) * 0.9, ValueError, "at most 1"),
        (lambda x: x @ W * np.inf, ValueError, "NaN or infinite"),
        (lambda x: ["cat"] * len(x), TypeError, "must give numbers"),
        (lambda x: (x @ W)[:, 0], ValueError, "must have shape"),
    ],
)
def test_answers_that_are_none(teacher, error, message):
    with pytest.raises(error, match=message):
        kd.ask(teacher, X)


def test_an_error_in_a_teacher_says_where():
    def teacher(batch):
        if len(batch) < 8:
            raise RuntimeError("out of quota")
        return batch @ W

    with pytest.raises(RuntimeError) as caught:
        kd.ask(teacher, X, batch_size=8)
    assert "rows 24 to 29 of x" in caught.value.__notes__[0]


# other classes, and probabilities


def test_classes_are_added_up_and_renormalised():
    teacher = kd.map_classes(lambda x: x @ W, [[0, 2], 1])
    p = softmax(X @ W, 1)
    told = softmax(kd.ask(teacher, X).logits, 1)
    assert np.allclose(told[:, 0], p[:, 0] + p[:, 2], atol=1e-5)
    two = kd.map_classes(build(), [2, 0])
    z = kd.ask(build(), X).logits[:, [2, 0]]
    assert np.allclose(kd.ask(two, X).logits, log_softmax(z, 1), atol=1e-5)
    kd.distill(two, build(3, classes=2), X, epochs=1)
    for classes, message in (
        ([[0, 1], 1], "twice"),
        ([[0], []], "an entry for each"),
        ([0], "two or more"),
        ([0, 1.5], "numbers of"),
        ([0, -1], "numbers of"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            kd.map_classes(build(), classes)
    with pytest.raises(ValueError, match="class 7, but it answers for 3"):
        kd.ask(kd.map_classes(build(), [0, 7]), X)


def test_missing_mass_is_shared_among_what_was_not_told():
    p = [[0.6, 0.3, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0], [0.4, 0.3, 0.2, 0.1]]
    told = softmax(kd.to_logits(p), 1)
    assert np.allclose(told[0], [0.6, 0.3, 0.05, 0.05], atol=1e-6)
    assert np.allclose(told[1], [0.5, 0.5, 1e-6, 1e-6], atol=1e-5)
    assert np.isclose(told[1, 2], 1e-6, rtol=1e-3)
    assert np.allclose(told[2], p[2], atol=1e-6)
    few = kd.to_logits([[0.7, 0.2]], indices=[[2, 0]], classes=4)
    assert np.allclose(softmax(few), [[0.2, 0.05, 0.7, 0.05]], atol=1e-6)
    coarse = softmax(kd.to_logits([[0.71, 0.29, 0.0]], floor=0.0025))
    assert np.isclose(coarse[0, 2], 0.0025, rtol=0.01)
    rounded = kd.to_logits(np.round(softmax(3 * X @ W, 1), 2))
    assert np.isfinite(rounded).all()
    answers = kd.Answers.from_probabilities(X[:3], p)
    assert np.allclose(softmax(answers.logits, 1), told)


@pytest.mark.parametrize("floor", [0.0025, 0.00095, 0.2])
def test_a_floor_for_many_classes_leaves_the_told_ones(floor):
    p = np.zeros((2, 1000))
    p[0, :5] = [0.9, 0.05, 0.02, 0.01, 0.01]
    p[1, 7] = 1.0
    told = softmax(kd.to_logits(p, floor=floor).astype("float64"), axis=1)
    # Rounding to two decimals may have hidden half a percent a number.
    most = [0.025, 0.005]
    assert np.allclose(told[0, 5:].sum(), 995 / 1000 * most[0], rtol=1e-4)
    assert np.allclose(told[1, :7].sum(), 7 / 1000 * most[1], rtol=1e-4)
    assert np.allclose(told[0, :5] / told[0, 0], p[0, :5] / 0.9, rtol=1e-5)
    assert told[0, 0] > 0.875 and told[1, 7] > 0.995


def test_a_floor_does_not_raise_what_was_told_of_many_classes():
    p = np.array([[0.9, *np.full(999, 0.1 / 999)]])
    told = softmax(kd.to_logits(p, floor=0.0025).astype("float64"), axis=1)
    assert np.allclose(told, p, rtol=1e-4)


@given(st.integers(0, 999), st.integers(1, 3), st.integers(2, 30))
def test_what_rounding_adds_is_no_mistake(seed, decimals, classes):
    p = np.random.default_rng(seed).dirichlet(np.ones(classes), size=20)
    rounded = p.round(decimals)
    rounded = rounded[rounded.sum(axis=1) > 0]
    told = softmax(kd.to_logits(rounded, floor=1e-6), axis=1)
    assert np.isfinite(told).all() and np.allclose(told.sum(axis=1), 1)
    for row, own in zip(rounded, told, strict=True):
        kept = np.flatnonzero(row)
        ratio = own[kept] / row[kept]
        assert np.allclose(ratio, ratio[0], rtol=1e-4)
    with pytest.raises(ValueError, match="add up to"):
        kd.to_logits(rounded + 0.6)


@pytest.mark.parametrize(
    "p, options, message",
    [
        ([[0.5, -0.1]], {}, "smallest -0.1"),
        ([[50.0, 50.0]], {}, "divide percentages by 100"),
        ([[0.0, 0.0]], {}, "add up to 0"),
        ([[np.nan, 1.0]], {}, "NaN"),
        ([0.5, 0.5], {}, r"shape \(rows, classes\)"),
        ([[0.5, 0.5]], {"indices": [[0, 0]], "classes": 3}, "a class twice"),
        ([[0.5, 0.5]], {"indices": [[0, 3]], "classes": 3}, "classes is 3"),
        ([[0.5, 0.5]], {"indices": [[0]], "classes": 3}, "indices have shape"),
        ([[0.5, 0.5]], {"floor": 0}, "floor must be"),
        ([[0.3], [0.9]], {}, r"one column.*\[1 - p, p\].*log\(p / \(1 - p"),
        ([[0.9, 0.8]], {}, r"several labels.*logits log\(p / \(1 - p\)\)"),
    ],
)
def test_what_are_no_probabilities(p, options, message):
    with pytest.raises(ValueError, match=message):
        kd.to_logits(p, **options)


# keys


def misses(teacher, cache):
    before = cache.misses
    kd.ask(teacher, X, cache=cache)
    return cache.misses - before


def test_two_functions_of_one_name_are_two_teachers():
    cache = kd.AnswerCache()

    def model(activation):
        keras.utils.set_random_seed(0)
        x = keras.Input((4,))
        hidden = layers.Dense(6, activation=activation)(x)
        return keras.Model(x, layers.Dense(3)(hidden))

    def act(x):
        return keras.ops.relu(x)

    first = model(act)
    one = kd.ask(first, X, cache=cache).logits

    def act(x):
        return keras.ops.tanh(x)

    other = kd.ask(model(act), X, cache=cache).logits
    assert cache.misses == 2 and not np.allclose(one, other)
    assert misses(first, cache) == 0


def test_what_a_function_refers_to_is_part_of_its_key():
    cache = kd.AnswerCache()

    def teacher(weights):
        return lambda x: x @ weights

    assert misses(teacher(W), cache) == 1
    assert misses(teacher(np.copy(W)), cache) == 0
    assert misses(teacher(W + 1e-3), cache) == 1

    class Linear:
        def __init__(self, weights):
            self.weights = weights

        def __call__(self, x):
            return x @ self.weights

    assert misses(Linear(W), cache) == 1
    assert misses(Linear(np.copy(W)), cache) == 0
    assert misses(Linear(2 * W), cache) == 1


def test_code_inside_a_pipeline_is_part_of_its_key():
    def pipeline(function):
        return make_pipeline(
            FunctionTransformer(function), LogisticRegression()
        ).fit(X, Y)

    def prepare(x):
        return 2 * x

    first = key_of(pipeline(prepare))
    assert first == key_of(pipeline(prepare)) is not None

    def prepare(x):
        return 2 * x + 0

    assert key_of(pipeline(prepare)) != first


def test_what_cannot_be_keyed_is_asked_again():
    lock, cache = threading.Lock(), kd.AnswerCache()

    def teacher(x):
        with lock:
            return x @ W

    for _ in range(2):
        with pytest.warns(UserWarning, match="cannot be written down"):
            kd.ask(teacher, X, cache=cache)
    assert len(cache) == 0
    teacher.cache_key = "linear, version 1"
    assert misses(teacher, cache) == 1 and misses(teacher, cache) == 0
    teacher.cache_key = "linear, version 2"
    assert misses(teacher, cache) == 1


def test_training_and_predicting_leave_no_trace_in_a_key():
    model = build()
    first = key_of(model)
    model.predict(X, verbose=0)
    model.compile("sgd", "mse")
    model.evaluate(X, X[:, :3], verbose=0)
    assert key_of(model) == first is not None


def test_a_function_that_calls_itself_has_a_key():
    def teacher(x, depth=3):
        return x @ W if depth == 0 else teacher(x, depth - 1)

    assert key_of(teacher) is not None


# what a teacher does to its batch


def preprocessed(batch):
    """Writes into its batch, as Keras' `preprocess_input` does."""
    batch = keras.applications.imagenet_utils.preprocess_input(
        batch, mode="torch"
    )
    return 9 * batch.mean((1, 2)) - 4


IMAGES = GENERATOR.uniform(0, 255, (4, 3, 3, 3)).astype("float32")


@pytest.mark.parametrize(
    "teacher",
    [
        preprocessed,
        [preprocessed, preprocessed],
        kd.map_classes(preprocessed, [0, 1, 2]),
    ],
)
def test_a_teacher_that_writes_into_its_batch_spoils_nothing(teacher):
    x = IMAGES.copy()
    wanted = log_softmax(preprocessed(IMAGES.copy()), axis=1)
    told = kd.ask(teacher, x, batch_size=2).logits
    assert np.array_equal(x, IMAGES)
    assert np.allclose(log_softmax(told, axis=1), wanted, atol=1e-4)


def student_of_images():
    x = keras.Input((3, 3, 3))
    return keras.Model(x, layers.Dense(3)(layers.Flatten()(x)))


def batches(kind):
    if kind == "generator":
        return ((IMAGES[i : i + 2].copy(), Y[i : i + 2]) for i in (0, 2))
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((IMAGES, Y[:4])).batch(2)


@pytest.mark.parametrize(
    "kind", ["generator", pytest.param("tf.data", marks=needs_tensorflow)]
)
def test_the_student_sees_what_the_stream_gave(kind):
    """A linear student after one step on a stream and on arrays."""
    weights = []
    for x in (IMAGES.copy(), batches(kind)):
        keras.utils.set_random_seed(0)
        student = student_of_images()
        told, rows = preprocessed, {}
        if isinstance(x, np.ndarray):
            told = kd.Answers.of(x, preprocessed(x.copy()))
            rows = {"shuffle": False, "batch_size": 2}
        kd.distill(
            told, student, x, epochs=1, targets=[kd.SoftTargets()],
            optimizer=keras.optimizers.SGD(1e-4), **rows,
        )  # fmt: skip
        weights.append(student.get_weights()[0])
    assert np.allclose(weights[0], weights[1], rtol=1e-5, atol=1e-7)


def test_a_layer_of_several_outputs_is_refused():
    x = keras.Input((4, 1))
    z, *_ = layers.LSTM(4, return_state=True, name="states")(x)
    teacher = keras.Model(x, layers.Dense(3)(z))
    for rows in (X[:3], X):  # as many as there are outputs, and more
        with pytest.raises(ValueError, match="layer 'states' has 3 outputs"):
            kd.ask(teacher, rows[..., None], layers=["output", "states"])
