"""What makes `fit` quicker must change nothing else."""

import keras
import numpy as np
import pytest

import kd_tutorial as kd
from kd_tutorial.training import quicker, taught_model

tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="of TensorFlow's fit"
)


def rows(count=100):
    generator = np.random.default_rng(0)
    return generator.normal(size=(count, 6)).astype("float32"), np.arange(
        count
    ) % 3


def distilled(callbacks=None, **options):
    keras.utils.set_random_seed(0)
    x, y = rows()
    student = kd.mlp((6,), 3, hidden=(5,))
    answers = kd.Answers.of(x, np.eye(3, dtype="float32")[y] * 4)
    history = kd.distill(
        answers, student, x, y, batch_size=3, callbacks=callbacks,
        **{"epochs": 3} | options,
    )  # fmt: skip
    return student.get_weights(), history.history


class Batches(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(batch)


def test_several_steps_at_once_give_what_single_steps_give(monkeypatch):
    monkeypatch.setattr(quicker, "FEW", 0)
    weights, history = distilled()
    monkeypatch.setattr(quicker, "STEPS", 1)
    alone = distilled()
    for one, other in zip(weights, alone[0], strict=True):
        np.testing.assert_array_equal(one, other)
    for name, values in alone[1].items():
        np.testing.assert_allclose(values, history[name], rtol=1e-6)


@tensorflow
@pytest.mark.parametrize("epochs", [5, 7])  # 166 and 233 batches
def test_few_steps_run_one_at_a_time(epochs, monkeypatch):
    compiled = taught_model.compiled
    models = []

    def kept(*arguments):
        models.append(compiled(*arguments))
        return models[-1]

    monkeypatch.setattr("kd_tutorial.training.fit.compiled", kept)
    distilled(epochs=epochs)
    assert models[0].steps_per_execution == (1 if epochs == 5 else 16)


def test_a_callback_that_looks_at_batches_sees_every_one():
    callback = Batches()
    distilled([callback])
    assert callback.seen == [*range(34)] * 3


def test_a_function_that_looks_at_batches_sees_every_one():
    seen = []
    distilled(
        keras.callbacks.LambdaCallback(
            on_train_batch_begin=lambda batch, logs: seen.append(batch)
        )
    )
    assert seen == [*range(34)] * 3


class Watchful(keras.callbacks.ModelCheckpoint):
    def on_train_batch_end(self, batch, logs=None):
        """A hook of one's own, beside the file of every epoch."""


@tensorflow
@pytest.mark.parametrize(
    ("callback", "options", "steps"),
    [
        (keras.callbacks.EarlyStopping(), {}, quicker.STEPS),
        (keras.callbacks.ModelCheckpoint("m.keras"), {}, quicker.STEPS),
        (keras.callbacks.ModelCheckpoint("m.keras", save_freq=5), {}, 1),
        (Watchful("m.keras"), {}, 1),
        (keras.callbacks.TerminateOnNaN(), {}, 1),
        (keras.callbacks.EarlyStopping(), {"steps_per_epoch": 5}, 1),
        (keras.callbacks.EarlyStopping(), {"validation_steps": 5}, 1),
    ],
)
def test_how_many_steps_run_at_once(callback, options, steps):
    assert quicker.steps_at_once([callback], options, 1000) == steps


def test_as_many_steps_as_asked_for():
    seen = []

    class Count(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(int(self.model.optimizer.iterations))

    distilled([Count()], steps_per_epoch=5)
    assert seen == [5, 10, 15]


@pytest.mark.slow
@tensorflow
@pytest.mark.parametrize("kind", ["shuffled", "in order", "a stream"])
def test_a_step_is_traced_once(kind, monkeypatch):
    traced = []

    def distil():
        traced.clear()
        x, y = rows()
        if kind != "a stream":
            return distilled(shuffle=kind == "shuffled")
        import tensorflow as tf

        batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(10)
        return kd.train(kd.mlp((6,), 3, hidden=(5,)), batches, epochs=2)

    class Counted(taught_model.Taught):
        def train_step(self, data):
            traced.append(None)
            return super().train_step(data)

    monkeypatch.setattr(taught_model, "Taught", Counted)
    distil()
    assert len(traced) == 1
    monkeypatch.setattr("kd_tutorial.training.fit.created", lambda *_: None)
    distil()
    assert len(traced) == 2  # so the first count could have failed


def test_nothing_is_learned_before_the_first_step():
    x, y = rows()
    student = kd.mlp((6,), 3, hidden=(5,))
    before = student.get_weights()
    history = kd.train(
        student, x, y, epochs=1, optimizer=keras.optimizers.SGD(0.0)
    )
    for one, other in zip(before, student.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    want = keras.losses.sparse_categorical_crossentropy(
        y, student(x), from_logits=True
    )
    found = history.history["loss"][0]
    want = float(keras.ops.mean(want))
    np.testing.assert_allclose(found, want, rtol=1e-5)
