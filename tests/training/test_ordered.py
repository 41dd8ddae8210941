"""Rows of a store in epochs of so many steps."""

import keras
import numpy as np
import pytest

import kd_tutorial as kd
from kd_tutorial.training.ordered import Numbered

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(100, 6)).astype("float32")
Y = GENERATOR.integers(4, size=100)
W = GENERATOR.normal(size=(6, 4)).astype("float32")


def build(seed=0):
    keras.utils.set_random_seed(seed)
    return kd.mlp((6,), 4, hidden=(8,))


def teacher(batch):
    return np.asarray(batch) @ W


@pytest.fixture
def store(tmp_path):
    pytest.importorskip("zarr")
    return kd.AnswerStore(tmp_path / "store", chunk_rows=16).ask(teacher, X)


@pytest.mark.parametrize("steps", [2, 9, 20])
@pytest.mark.parametrize("seed", [None, 3])
def test_epochs_of_so_many_steps_are_parts_of_passes(steps, seed):
    data = Numbered((np.arange(100),), 12, seed, 16, steps)
    rows = []
    for epoch in range(15):
        data.start(epoch)
        assert len(data) == steps
        batches = [data[i] for i in range(steps)]
        assert all((n == a).all() and len(n) == 12 for n, (a,) in batches)
        rows += [*np.concatenate([numbers for numbers, _ in batches])]
        again = Numbered((np.arange(100),), 12, seed, 16, steps)
        again.start(epoch)  # as an interrupted training does
        assert np.array_equal(again[1][0], batches[1][0])
    passes = [rows[i : i + 100] for i in range(0, len(rows) - 99, 100)]
    assert all(sorted(one) == [*range(100)] for one in passes)
    distinct = {*map(tuple, passes)}
    assert len(distinct) == (1 if seed is None else len(passes))
    whole = Numbered((np.arange(100),), 12, seed, 16)
    order = np.concatenate([whole[i][0] for i in range(len(whole))])
    assert order.tolist() == passes[0]  # an epoch that is a pass


@pytest.mark.parametrize("steps", [3, 10])
def test_a_store_makes_as_many_steps_as_asked(store, steps):
    rule = keras.optimizers.SGD(0.1)
    history = kd.distill(
        store, build(), X, Y, epochs=3, steps_per_epoch=steps, optimizer=rule
    )
    assert int(rule.iterations) == 3 * steps
    assert len(history.history["loss"]) == 3
    with pytest.raises(ValueError, match="steps_per_epoch must be a whole"):
        kd.distill(store, build(), X, Y, steps_per_epoch=0)


def test_steps_of_a_store_are_those_of_arrays(store):
    one, other = build(), build()
    memory = kd.Answers.of(X, store.logits[:])
    options = {"batch_size": 25, "shuffle": False}
    kd.distill(memory, one, X, Y, epochs=1, **options)
    kd.distill(store, other, X, Y, epochs=2, steps_per_epoch=2, **options)
    for a, b in zip(one.get_weights(), other.get_weights()):
        assert np.allclose(a, b, atol=1e-6)


def test_an_interrupted_training_of_so_many_steps_goes_on(store, tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    def run(seed, name, *callbacks, **options):
        student = build(seed)
        backup = keras.callbacks.BackupAndRestore(tmp_path / name)
        history = kd.distill(
            store, student, X, Y, epochs=4, callbacks=[backup, *callbacks],
            **{"steps_per_epoch": 3} | options,
        )  # fmt: skip
        return student.get_weights(), history.history

    weights, history = run(0, "whole")
    with pytest.raises(KeyboardInterrupt):
        run(0, "cut", Stop())
    for change in ({"steps_per_epoch": 4}, {"shuffle": False}):
        with pytest.raises(ValueError, match="belongs to another training"):
            run(0, "cut", **change)
    again, resumed = run(5, "cut")
    assert resumed == history
    for one, other in zip(weights, again):
        assert np.array_equal(one, other)


def test_a_share_held_out_of_a_store_is_refused_by_name(store):
    with pytest.raises(ValueError, match="validation_split=0.2 was .* store"):
        kd.distill(store, build(), X, Y, validation_split=0.2)
    history = kd.distill(
        store, build(), X, Y, epochs=1, validation_split=0.2,
        validation_data=(X[:9], Y[:9]),
    ).history  # fmt: skip
    assert len(history["val_student_accuracy"]) == 1
