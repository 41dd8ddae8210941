"""The teacher's answers: asked once, for these rows, and never others."""

import json
import os
import zipfile

import keras
import numpy as np
import pytest
from keras import layers, ops

import kd_tutorial as kd
from kd_tutorial.answers import cache as cache_module

X = np.random.default_rng(0).normal(size=(11, 4)).astype("float32")


def build(dropout=False):
    keras.utils.set_random_seed(0)
    stack = [
        keras.Input((4,)),
        layers.Dense(6, activation="relu", name="hidden_1"),
        layers.BatchNormalization(name="norm"),
    ]
    if dropout:
        stack.append(layers.Dropout(0.5))
    return keras.Sequential([*stack, layers.Dense(3, name="logits")])


@pytest.fixture
def teacher():
    return build()


# ask


@pytest.mark.parametrize("batch_size", [1, 4, 11, 100])
def test_answers_are_the_outputs_in_order(teacher, batch_size):
    answers = kd.ask(teacher, X, batch_size=batch_size)
    expected = ops.convert_to_numpy(teacher(X, training=False))
    assert np.allclose(answers.logits, expected, atol=1e-5)
    assert len(answers) == 11


def test_the_teacher_is_asked_as_in_use_and_left_as_it_was():
    teacher = build(dropout=True)
    before = [np.copy(w) for w in teacher.get_weights()]
    first, second = kd.ask(teacher, X), kd.ask(teacher, X)
    assert np.array_equal(first.logits, second.logits)
    for old, new in zip(before, teacher.get_weights()):
        assert np.array_equal(old, new)
    assert teacher.trainable


def test_layers_by_name(teacher):
    answers = kd.ask(teacher, X, layers=["hidden_1", "output", "hidden_1"])
    kernel, bias = teacher.get_layer("hidden_1").get_weights()
    hidden = np.maximum(X @ kernel + bias, 0)
    assert np.allclose(answers["hidden_1"], hidden, atol=1e-5)
    assert np.allclose(answers.logits, kd.ask(teacher, X).logits, atol=1e-6)
    with pytest.raises(ValueError, match=r"'norm' was not asked.*\['hidden"):
        answers["norm"]


def test_questions_that_cannot_be_answered(teacher):
    with pytest.raises(ValueError, match="x has no examples"):
        kd.ask(teacher, X[:0])
    with pytest.raises(ValueError, match="no layer 'conv_1'.*'hidden_1'"):
        kd.ask(teacher, X, layers=["conv_1"])
    softmax = keras.Sequential([teacher, layers.Softmax()])
    with pytest.raises(ValueError, match="output are probabilities.*softmax"):
        kd.ask(softmax, X)
    teacher.get_layer("logits").bias.assign([0.0, np.nan, np.inf])
    with pytest.raises(ValueError, match=r"22 values .*index \(0, 1\): nan"):
        kd.ask(teacher, X)


def test_one_layer_that_is_not_the_output(teacher):
    answers = kd.ask(teacher, X, layers=["hidden_1"])
    assert answers["hidden_1"].shape == (11, 6) and len(answers) == 11


def test_a_bar_shows_when_asked(teacher, capsys):
    kd.ask(teacher, X, batch_size=2, verbose=True)
    assert "asking the teacher" in capsys.readouterr().err
    kd.ask(teacher, X, batch_size=2)
    assert capsys.readouterr().err == ""


# answers from elsewhere, and their rows


def test_answers_of_anything():
    answers = kd.Answers.of(X, np.eye(11) * 4 - 1, hidden=np.ones((11, 2)))
    assert answers.logits.dtype == np.float32
    assert answers["hidden"].shape == (11, 2)
    answers.check_rows(X.copy())
    with pytest.raises(ValueError, match="logits are probabilities"):
        kd.Answers.of(X, np.full((11, 4), 0.25))
    with pytest.raises(ValueError, match="logits has 3 rows for the 11 of x"):
        kd.Answers.of(X, np.eye(3) - 1)
    with pytest.raises(ValueError, match=r"must have shape \(batch, classes"):
        kd.Answers.of(X, np.ones(11))
    with pytest.raises(ValueError, match="x has no examples"):
        kd.Answers.of(X[:0], np.ones((0, 3)))
    with pytest.raises(ValueError, match="NaN or infinite"):
        kd.Answers.of(X, np.full((11, 3), np.inf))


@pytest.mark.parametrize("values", [False, True])
def test_answers_of_what_is_no_array_of_numbers(values):
    logits = np.eye(11) * 4 - 1
    for wrong in ({"logits": logits}, 3.0, None, [[1.0], [2.0, 3.0]], "z"):
        kind = type(wrong).__name__
        with pytest.raises(TypeError, match=f"logits must be .* got {kind} "):
            kd.Answers.of(X, wrong, values=values)
    for wrong in ({"output": logits}, 3.0, [["a"]] * 11):
        with pytest.raises(TypeError, match="hidden must be an array of num"):
            kd.Answers.of(X, logits, hidden=wrong, values=values)
    answers = kd.Answers.of(X, logits, hidden=np.ones((11, 2), bool))
    assert answers["hidden"].dtype == bool


@pytest.mark.parametrize("p", [[[0.3], [0.9]], [[0.9, 0.8], [0.1, 0.9]]])
def test_of_sigmoid_outputs_a_way_is_shown_that_leads_somewhere(p):
    with pytest.raises(ValueError, match="log.p / .1 - p.. to Ans") as said:
        kd.Answers.of(X[:2], p)
    assert "from_probabilities" not in str(said.value)
    with pytest.raises(ValueError, match="log.p / .1 - p.. to Answers.of"):
        kd.Answers.from_probabilities(X[:2], p)
    logits = np.log(p) - np.log1p(-np.array(p))
    told = kd.Answers.of(X[:2], logits).logits
    assert np.allclose(1 / (1 + np.exp(-told)), p)


def one_changed():
    changed = X.copy()
    changed[7, 2] += 1e-6
    return changed


@pytest.mark.parametrize(
    "other", [X[::-1], X[:5], one_changed(), X.astype("float64")]
)
def test_answers_refuse_other_rows(teacher, other):
    with pytest.raises(ValueError, match="written for other rows: 11 rows"):
        kd.ask(teacher, X).check_rows(other)


def test_save_and_load(teacher, tmp_path):
    answers = kd.ask(teacher, X, layers=["output", "hidden_1"])
    path = answers.save(tmp_path / "new folder" / "answers.npz")
    back = kd.Answers.load(path)
    assert np.array_equal(back.logits, answers.logits)
    assert np.array_equal(back["hidden_1"], answers["hidden_1"])
    back.check_rows(X)
    with pytest.raises(FileNotFoundError, match="no answers at"):
        kd.Answers.load(tmp_path / "other.npz")


def truncate(path):
    path.write_bytes(path.read_bytes()[:-50])


def alter(path):
    """Change one number, and leave the file well-formed."""
    with np.load(path) as file:
        arrays = dict(file)
    arrays["layer_0"][0, 0] += 1
    np.savez(path, **arrays)


def foreign(path):
    np.savez(path, x=np.ones(3))


def pickled(path):
    np.savez(path, header=np.array([{"a": 1}], dtype=object))


def empty(path):
    path.write_bytes(b"")


FAULTS = [truncate, alter, foreign, pickled, empty]


@pytest.mark.parametrize("fault", FAULTS)
def test_damaged_files_are_not_loaded(teacher, tmp_path, fault):
    path = kd.ask(teacher, X).save(tmp_path / "answers.npz")
    fault(path)
    with pytest.raises(
        ValueError, match="answers.npz .*ask the teacher again"
    ):
        kd.Answers.load(path)


@pytest.mark.parametrize("where", ["savez", "replace"])
def test_a_write_that_fails_leaves_the_old_file(
    teacher, tmp_path, monkeypatch, where
):
    path = kd.ask(teacher, X).save(tmp_path / "answers.npz")
    before = path.read_bytes()

    def fail(*_, **__):
        raise OSError("disk full")

    owner = np if where == "savez" else os
    monkeypatch.setattr(owner, where, fail)
    with pytest.raises(OSError, match="disk full"):
        kd.ask(teacher, X[:3]).save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["answers.npz"]


# the cache


def test_the_cache_knows_teacher_rows_and_layer(teacher):
    cache = kd.AnswerCache()

    def misses(model, x, layer="output"):
        before = cache.misses
        kd.ask(model, x, layers=[layer], cache=cache)
        return cache.misses - before

    assert misses(teacher, X) == 1 and misses(teacher, X) == 0
    assert misses(teacher, X[::-1]) == 1
    assert misses(teacher, X, "hidden_1") == 1
    teacher.get_layer("logits").bias.assign([0.0, 0.0, 1e-3])
    assert misses(teacher, X) == 1
    statistics = teacher.get_layer("norm").moving_mean
    statistics.assign(np.asarray(statistics) + 1)
    assert misses(teacher, X) == 1
    assert len(cache) == 5


def test_the_same_weights_in_another_architecture_are_another_teacher():
    def model(activation):
        keras.utils.set_random_seed(0)
        return keras.Sequential(
            [
                keras.Input((4,)),
                layers.Dense(5, activation=activation, name="hidden"),
                layers.Dense(3, name="logits"),
            ]
        )

    cache = kd.AnswerCache()
    one = kd.ask(model("relu"), X, cache=cache)
    other = kd.ask(model("tanh"), X, cache=cache)
    assert cache.misses == 2 and not np.allclose(one.logits, other.logits)


def test_answers_asked_together_are_remembered_apart(teacher):
    cache = kd.AnswerCache()
    kd.ask(teacher, X, cache=cache)
    both = kd.ask(teacher, X, layers=["output", "hidden_1"], cache=cache)
    assert (cache.hits, cache.misses) == (1, 2)
    assert both["hidden_1"].shape == (11, 6)
    with pytest.raises(ValueError, match="read-only"):
        both.logits[0, 0] = 1


def test_the_disk_remembers_for_another_run(teacher, tmp_path):
    first = kd.AnswerCache(tmp_path)
    told = kd.ask(teacher, X, cache=first)
    again = kd.AnswerCache(tmp_path)
    assert np.array_equal(kd.ask(teacher, X, cache=again).logits, told.logits)
    assert (again.hits, again.misses) == (1, 0)
    (file,) = tmp_path.iterdir()
    with zipfile.ZipFile(file) as archive:  # no pickle inside
        header = np.frombuffer(
            archive.read("header.npy")[128:], dtype="uint8"
        ).tobytes()
        assert json.loads(header)["layers"] == ["output"]


def rename_key(path):
    outputs, header = cache_module.read(path)
    cache_module.write(path, outputs, {"key": "another question"})


@pytest.mark.parametrize("fault", [*FAULTS, rename_key])
def test_a_bad_file_is_asked_again_and_replaced(teacher, tmp_path, fault):
    told = kd.ask(teacher, X, cache=kd.AnswerCache(tmp_path))
    (file,) = tmp_path.iterdir()
    fault(file)
    cache = kd.AnswerCache(tmp_path)
    with pytest.warns(UserWarning, match="Asking the teacher again"):
        again = kd.ask(teacher, X, cache=cache)
    assert np.array_equal(again.logits, told.logits)
    assert (cache.hits, cache.misses) == (0, 1)
    healed = kd.AnswerCache(tmp_path)
    kd.ask(teacher, X, cache=healed)
    assert healed.hits == 1


def test_another_teachers_file_is_never_used(teacher, tmp_path):
    kd.ask(teacher, X, cache=kd.AnswerCache(tmp_path))
    other = build()
    other.get_layer("logits").bias.assign([9.0, 0.0, 0.0])
    cache = kd.AnswerCache(tmp_path)
    answers = kd.ask(other, X, cache=cache)
    assert cache.misses == 1
    assert np.allclose(answers.logits, other.predict(X, verbose=0), atol=1e-5)


def test_one_layer_is_a_list_of_one(teacher):
    with pytest.raises(TypeError, match=r"layers=\['hidden_1'\]"):
        kd.ask(teacher, X, layers="hidden_1")
