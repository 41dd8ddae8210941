"""Students on the way: a long training passes through the short ones."""

from dataclasses import replace

import numpy as np
import pytest

import kd_tutorial as kd
from kd_tutorial.training import compiled as programs
from kd_tutorial.training import loop

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(30, 5)).astype("float32")
Y = GENERATOR.integers(3, size=30)


def student():
    return kd.mlp((5,), 3, hidden=(6,), dropout=0.2)


def run(steps, rows=30, **options):
    options = {"optimizer": "adam", "batch_size": 8} | options
    return kd.train_replicas(
        student, X[:rows], Y[:rows], targets=[kd.HardTargets()],
        seeds=[4, 7, 1], steps=steps, learning_rate=0.01, **options,
    )  # fmt: skip


def same(one, other):
    return np.array_equal(one.losses, other.losses) and all(
        np.array_equal(a, b)
        for a, b in zip(
            [*one.trainable, *one.non_trainable],
            [*other.trainable, *other.non_trainable],
            strict=True,
        )
    )


@pytest.mark.parametrize("optimizer", ["adam", "nadam", "sgd"])
@pytest.mark.parametrize("stacked", [True, False])
def test_a_snapshot_is_a_training_of_so_many_steps(stacked, optimizer):
    how = {"stacked": stacked, "optimizer": optimizer}
    long = run(7, snapshots=(0.5, 2), **how)
    assert sorted(long.snapshots) == [0.5, 2]
    for found, steps in (
        (long.snapshots[0.5], 4),
        (long, 7),
        (long.snapshots[2], 14),
    ):
        assert found.losses.shape == (3, steps)
        assert same(found, run(steps, **how))


def test_epochs_have_snapshots_too():
    long = run(None, epochs=2, snapshots=(2,))  # 7.5 steps, so 7
    assert same(long.snapshots[2], run(14))


@pytest.mark.parametrize("stacked", [True, False])
def test_a_long_training_goes_on_where_it_was(stacked, monkeypatch):
    whole = run(13, stacked=stacked, snapshots=(0.5,))
    monkeypatch.setattr(loop.Loop, "steps", 4)
    monkeypatch.setattr(programs, "_PROGRAMS", {})
    parts = run(13, stacked=stacked, snapshots=(0.5,))
    for one, other in (
        (whole, parts),
        (whole.snapshots[0.5], parts.snapshots[0.5]),
    ):
        assert np.allclose(one.losses, other.losses, atol=1e-6)
        for a, b in zip(one.trainable, other.trainable, strict=True):
            assert np.allclose(a, b, atol=1e-6)


@pytest.fixture
def traces(monkeypatch):
    """Grows when a training is compiled: its objective is read then only."""
    seen = []
    objective = loop.Loop.objective

    def noted(self, *given):
        seen.append(self)
        return objective(self, *given)

    monkeypatch.setattr(loop.Loop, "objective", noted)
    monkeypatch.setattr(programs, "_PROGRAMS", {})
    return seen


@pytest.mark.slow
def test_another_number_of_steps_compiles_nothing(traces):
    run(3)
    before = len(traces)
    assert before > 0
    run(5)
    run(9, snapshots=(0.5, 2))
    assert len(traces) == before
    run(5, batch_size=9)
    assert len(traces) > before


def test_nearly_as_many_rows_compile_nothing_and_change_nothing(traces):
    # Rows are filled up to a power of two; what fills them is never read.
    order = np.random.default_rng(0).integers(0, 17, (3, 5, 8))
    few = run(5, rows=17, order=order)
    before = len(traces)
    more = run(5, rows=30, order=order)
    assert len(traces) == before
    assert np.array_equal(few.losses, more.losses)
    for a, b in zip(few.trainable, more.trainable, strict=True):
        assert np.array_equal(a, b)


def test_some_of_the_students_keep_their_snapshots():
    long = run(6, snapshots=(0.5,))
    some = long.take([2, 0])
    assert len(some) == 2
    for index, place in enumerate([2, 0]):
        assert np.array_equal(some.logits(X)[index], long.logits(X)[place])
        assert np.array_equal(
            some.snapshots[0.5].logits(X)[index],
            long.snapshots[0.5].logits(X)[place],
        )


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("layers", [["output"], ["hidden_1", "output"]])
def test_students_answer_as_their_models_do(layers, own):
    replicas = run(6)
    rows = [X[::-1], X + 1, X] if own else [X] * 3
    told = replicas.ask(rows if own else X, layers)
    logits = replicas.logits(rows if own else X, batch_size=7)
    for index, (answers, x) in enumerate(zip(told, rows, strict=True)):
        alone = kd.ask(replicas.model(index), x, layers=layers)
        answers.check_rows(x)
        assert sorted(answers.outputs) == sorted(layers)
        for layer in layers:
            assert np.allclose(answers[layer], alone[layer], atol=1e-5)
        assert np.allclose(logits[index], alone.logits, atol=1e-5)
    some = replicas.logits(rows[1:] if own else X, [1, 2])
    assert np.array_equal(some, replicas.logits(rows if own else X)[1:])


def test_a_student_that_diverged_does_not_answer():
    replicas = run(2)
    weights = [np.array(w) for w in replicas.trainable]
    weights[-1][1] = np.nan  # some processors' ReLU makes 0 of NaN
    replicas = replace(replicas, trainable=weights)
    replicas.take([0, 2]).ask(X)
    with pytest.raises(ValueError, match="output of students has .* NaN"):
        replicas.ask(X)
    with pytest.raises(ValueError, match="no layer 'hidden_7'"):
        replicas.ask(X, ["hidden_7"])


@pytest.mark.parametrize("x", [[X, X], [X, X, X[:5]]])
def test_rows_fit_the_students(x):
    with pytest.raises(ValueError, match="rows for 3 students. Give one arr"):
        run(2).logits(x)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"snapshots": (0.5, 0)}, "a snapshot must be positive .* 0"),
        (
            {"snapshots": (2,), "order": np.zeros((3, 5, 8), int)},
            "snapshots .*2.* go on after the steps, .* rows for 5 steps",
        ),
    ],
)
def test_snapshots_that_make_no_sense(change, message):
    with pytest.raises(ValueError, match=message):
        run(5, **change)
