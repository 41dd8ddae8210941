"""Work that is interrupted, and what is saved of a student in training."""

import functools
import os
import subprocess
import sys
import threading
import time

import keras
import numpy as np
import pytest
from keras import layers

import kd_tutorial as kd

# Runs that are killed; more than one by hand: KD_KILLED=20.
KILLED = int(os.environ.get("KD_KILLED", "1"))
GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(64, 6)).astype("float32")
Y = GENERATOR.integers(4, size=64)

# A training with all that may go wrong: a projector, dropout, batch
# normalisation, an optimizer with a memory, shuffled rows.
PROGRAM = """
import sys
import kd_tutorial as kd, keras, numpy as np
folder, out = sys.argv[1:]
generator = np.random.default_rng(0)
x = generator.normal(size=(64, 6)).astype("float32")
y = generator.integers(4, size=64)
keras.utils.set_random_seed(7)
teacher = kd.mlp((6,), 4, hidden=(16,))
student = keras.Sequential([
    keras.Input((6,)), keras.layers.Dense(8, name="wide"),
    keras.layers.BatchNormalization(), keras.layers.Dropout(0.3, seed=1),
    keras.layers.Dense(4),
])
hint = kd.Hint(teacher_layer="hidden_1", student_layer="wide", weight=0.3)
history = kd.distill(
    teacher, student, x, y, epochs=12, batch_size=8,
    targets=[kd.HardTargets(), kd.SoftTargets(), hint],
    callbacks=[keras.callbacks.BackupAndRestore(folder)],
)
assert len(history.history["loss"]) == 12, history.history
np.savez(out, *student.get_weights(), loss=history.history["loss"])
"""


def start(folder, out):
    return subprocess.Popen([sys.executable, "-c", PROGRAM, folder, out])


def written(path):
    return path.stat().st_mtime_ns if path.exists() else None


def wait_for(path, process, seconds=120):
    """Wait until a file has appeared or changed."""
    before = written(path)
    for _ in range(seconds * 50):
        if written(path) != before or process.poll() is not None:
            return
        time.sleep(0.02)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Its weights, and how long it took from its first backup to its end."""
    folder = tmp_path_factory.mktemp("undisturbed")
    process = start(folder, folder / "whole.npz")
    wait_for(folder / "training.npz", process)
    begun = time.monotonic()
    assert process.wait() == 0
    seconds = time.monotonic() - begun
    with np.load(folder / "whole.npz") as whole:
        return dict(whole), seconds


@pytest.mark.long
@pytest.mark.parametrize("run", range(KILLED))
def test_a_killed_training_ends_as_if_it_had_not_been(
    run, undisturbed, tmp_path
):
    whole, seconds = undisturbed
    out, folder = tmp_path / "killed.npz", tmp_path / "backup"
    moments = np.random.default_rng().uniform(0, 0.8 * seconds, 2)
    for moment in moments:
        process = start(folder, out)
        wait_for(folder / "training.npz", process)
        time.sleep(moment)
        process.kill()
        process.wait()
    if process.returncode:  # it was not quicker than the last of them
        assert start(folder, out).wait() == 0
    with np.load(out) as resumed:
        assert sorted(whole) == sorted(resumed)
        for name in whole:
            assert np.array_equal(whole[name], resumed[name]), (name, moments)
    assert not (folder / "training.npz").exists()


def build(seed=0):
    keras.utils.set_random_seed(seed)
    return kd.mlp((6,), 4, hidden=(8,))


class Stop(keras.callbacks.Callback):
    """A power cut at the end of an epoch."""

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt


def interrupted(folder, teacher, student, **options):
    backup = keras.callbacks.BackupAndRestore(folder)
    with pytest.raises(KeyboardInterrupt):
        kd.distill(
            teacher, student, X, Y, epochs=4, callbacks=[backup, Stop()],
            **options,
        )  # fmt: skip


def test_another_training_is_refused(tmp_path):
    teacher = build(9)
    interrupted(tmp_path, teacher, build())
    backup = keras.callbacks.BackupAndRestore(tmp_path)
    for change in (
        {"batch_size": 16},
        {"optimizer": "sgd"},
        {"targets": [kd.SoftTargets(temperature=2.0)]},
    ):
        with pytest.raises(ValueError, match="belongs to another training"):
            kd.distill(teacher, build(), X, Y, callbacks=backup, **change)
    with pytest.raises(ValueError, match="belongs to another training"):
        kd.distill(teacher, build(), X[::-1], Y, callbacks=backup)
    (tmp_path / "training.npz").write_bytes(b"half a file")
    with pytest.raises(ValueError, match="is damaged. Delete it"):
        kd.distill(teacher, build(), X, Y, callbacks=backup)
    often = keras.callbacks.BackupAndRestore(tmp_path, save_freq=3)
    with pytest.raises(ValueError, match="save_freq=3"):
        kd.distill(teacher, build(), X, Y, callbacks=often)


def test_the_history_is_that_of_all_epochs(tmp_path):
    teacher, student = build(9), build()
    interrupted(tmp_path, teacher, student, validation_split=0.25)
    other = build(3)  # its weights do not matter
    history = kd.distill(
        teacher, other, X, Y, epochs=4, validation_split=0.25,
        callbacks=[keras.callbacks.BackupAndRestore(tmp_path)],
    )  # fmt: skip
    assert len(history.history["val_student_accuracy"]) == 4
    z = other.predict(X[48:], verbose=0).argmax(1)
    last = history.history["val_student_accuracy"][-1]
    assert np.isclose((z == Y[48:]).mean(), last)


def test_an_epoch_sees_every_row_once_in_another_order(tmp_path):
    from kd_tutorial.training.ordered import Ordered

    data = Ordered((np.arange(10), {"a": np.arange(10) * 2}), 4, seed=3)
    orders = []
    for epoch in (0, 1, 0):
        data.start(epoch)
        batches = [data[i] for i in range(len(data))]
        assert all((b["a"] == 2 * a).all() for a, b in batches)
        orders.append(np.concatenate([a for a, _ in batches]).tolist())
    assert orders[0] == orders[2] != orders[1]
    assert sorted(orders[1]) == list(range(10))


@pytest.mark.parametrize("steps", [2, 4, 6])
def test_epochs_of_so_many_steps_are_parts_of_passes(steps):
    from kd_tutorial.training.ordered import Ordered

    data = Ordered(np.arange(10), 4, 3, steps)
    rows = []
    for epoch in range(5):
        data.start(epoch)
        batches = [data[i] for i in range(len(data))]
        assert [len(batch) for batch in batches] == [4] * steps
        rows += [*np.concatenate(batches)]
    passes = [rows[i : i + 10] for i in range(0, len(rows), 10)]
    assert all(sorted(one) == [*range(10)] for one in passes)
    assert len({*map(tuple, passes)}) == len(passes) > 1


@pytest.mark.slow
def test_more_steps_than_a_pass_has_are_taken_up_again(tmp_path):
    options = {"steps_per_epoch": 6, "batch_size": 16}  # a pass has 4
    teacher, whole, cut, again = build(9), build(), build(), build(4)
    rule = keras.optimizers.SGD(0.1)
    kd.distill(
        teacher, whole, X, Y, epochs=4, optimizer=rule, **options,
        callbacks=[keras.callbacks.BackupAndRestore(tmp_path / "whole")],
    )  # fmt: skip
    assert int(rule.iterations) == 24
    keras.utils.set_random_seed(0)
    interrupted(tmp_path / "cut", teacher, cut, optimizer="sgd", **options)
    with pytest.raises(ValueError, match="belongs to another training"):
        kd.distill(
            teacher, build(), X, Y, optimizer="sgd", batch_size=16,
            callbacks=[keras.callbacks.BackupAndRestore(tmp_path / "cut")],
        )  # fmt: skip
    rule = keras.optimizers.SGD()
    kd.distill(
        teacher, again, X, Y, epochs=4, optimizer=rule, **options,
        callbacks=[keras.callbacks.BackupAndRestore(tmp_path / "cut")],
    )  # fmt: skip
    assert int(rule.iterations) == 24


def mixed(beta):
    """A loss of one's own; each has another place in memory."""

    def loss(teacher_logits, student_logits):
        return kd.losses.generalized_jsd(
            teacher_logits, student_logits, beta=beta
        )

    return loss


@pytest.mark.slow
def test_a_loss_of_ones_own_is_taken_up_again_by_what_it_does(tmp_path):
    teacher = build(9)
    backup = keras.callbacks.BackupAndRestore(tmp_path)

    def targets(beta):
        bound = functools.partial(mixed(beta))
        return [kd.SoftTargets(loss_function=bound)]

    interrupted(tmp_path, teacher, build(), targets=targets(0.1))
    with pytest.raises(ValueError, match="belongs to another training"):
        kd.distill(
            teacher, build(), X, Y, targets=targets(0.2), callbacks=backup
        )
    history = kd.distill(
        teacher, build(), X, Y, epochs=4, targets=targets(0.1),
        callbacks=backup,
    )  # fmt: skip
    assert len(history.history["loss"]) == 4


def test_a_loss_that_cannot_be_written_down_is_not_backed_up(tmp_path):
    held = threading.Lock()

    def loss(teacher_logits, student_logits):
        return 0.0 * student_logits[:, 0] * held.locked()

    with pytest.raises(ValueError, match="target 'soft' cannot be written"):
        kd.distill(
            build(9), build(), X, Y,
            targets=[kd.SoftTargets(loss_function=loss)],
            callbacks=keras.callbacks.BackupAndRestore(tmp_path),
        )  # fmt: skip


@pytest.mark.long  # another process
def test_a_checkpoint_is_the_student(tmp_path):
    teacher, student = build(9), build()
    hint = kd.Hint(teacher_layer="logits", student_layer="hidden_1")
    best = tmp_path / "best.keras"
    kd.distill(
        teacher, student, X, Y, targets=[kd.SoftTargets(), hint], epochs=3,
        validation_data=(X[:9], Y[:9]),
        callbacks=[
            keras.callbacks.ModelCheckpoint(best),
            keras.callbacks.ModelCheckpoint(
                tmp_path / "best.weights.h5", save_weights_only=True,
                monitor="val_loss", save_best_only=True,
            ),
        ],
    )  # fmt: skip
    program = (
        "import keras, numpy as np, sys\n"
        "model = keras.models.load_model(sys.argv[1])\n"
        "x = np.load(sys.argv[2])\n"
        "np.save(sys.argv[3], model.predict(x, verbose=0))\n"
        "assert 'kd_tutorial' not in sys.modules"
    )
    np.save(tmp_path / "x.npy", X)
    files = [str(tmp_path / n) for n in ("best.keras", "x.npy", "z.npy")]
    assert not subprocess.run(
        [sys.executable, "-c", program, *files]
    ).returncode
    given = np.load(tmp_path / "z.npy")
    assert np.allclose(given, student.predict(X, verbose=0), atol=1e-5)
    other = build(5)
    other.load_weights(tmp_path / "best.weights.h5")
    assert len(other.get_weights()) == len(student.get_weights())


@pytest.mark.slow
def test_a_callback_that_keeps_the_heads_is_told_what_to_keep(tmp_path):
    def keep(keras_saves):
        class Keeps(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                keras_saves(self.model, tmp_path / "m.keras")

        kd.distill(build(9), build(), X, Y, epochs=1, callbacks=[Keeps()])

    with pytest.raises(TypeError, match="Take the student: model.save"):
        keep(keras.saving.save_model)
    keep(lambda model, path: model.save(path))
    assert keras.models.load_model(tmp_path / "m.keras").output_shape


@pytest.mark.slow
def test_callbacks_in_every_form(tmp_path):
    teacher = build(9)
    seen = []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(sorted(logs))

    for callbacks in (None, Look(), [Look()], (Look(), [Look()])):
        kd.distill(
            teacher, build(), X, epochs=1, callbacks=callbacks,
            validation_data=(X[:9], Y[:9]),
        )  # fmt: skip
    assert len(seen) == 4
    assert all("val_student_accuracy" in logs for logs in seen)


def test_a_stream_goes_on_from_the_epoch_it_was_in(tmp_path):
    class Rows(keras.utils.PyDataset):
        def __len__(self):
            return 4

        def __getitem__(self, index):
            rows = slice(16 * index, 16 * index + 16)
            return X[rows], Y[rows]

    def run(student, callbacks, **options):
        return kd.distill(
            build(9), student, Rows(), epochs=4, shuffle=False,
            callbacks=callbacks,
        )  # fmt: skip

    whole, cut = build(), build()
    run(whole, None)
    backup = keras.callbacks.BackupAndRestore(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run(cut, [backup, Stop()])
    again = build(4)
    history = run(again, keras.callbacks.BackupAndRestore(tmp_path))
    assert len(history.history["loss"]) == 4
    for one, other in zip(whole.get_weights(), again.get_weights()):
        assert np.array_equal(one, other)


def test_dropout_and_noise_are_variables_that_a_backup_holds():
    student = keras.Sequential([keras.Input((6,)), layers.Dropout(0.5)])
    assert any("seed" in v.path for v in student.variables)


class Log(keras.callbacks.Callback):
    """Adds to the logs, a number and what is none."""

    def on_epoch_end(self, epoch, logs=None):
        logs["own"], logs["table"] = np.float32(epoch + 0.5), np.eye(2)


@pytest.mark.slow
@pytest.mark.parametrize("labels", [True, False])
def test_what_callbacks_log_belongs_to_the_history(labels, tmp_path):
    def run(student, *callbacks):
        return kd.distill(
            told, student, X, *([Y] if labels else []), epochs=4,
            validation_data=(X[:9], Y[:9]), callbacks=[*callbacks],
        )  # fmt: skip

    told = kd.ask(build(9), X) if labels else build(9)
    plain = run(build(), Log()).history
    backup = keras.callbacks.BackupAndRestore(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run(build(), backup, Log(), Stop())
    again = build(3)
    history = run(again, backup, Log()).history
    assert {*history} == {*plain} >= {"val_student_accuracy", "own"}
    assert history["own"] == [0.5, 1.5, 2.5, 3.5]
    assert len(history["val_student_accuracy"]) == 4
    right = (again.predict(X[:9], verbose=0).argmax(1) == Y[:9]).mean()
    assert np.isclose(history["val_student_accuracy"][-1], right)
    assert np.array_equal(history["table"][-1], np.eye(2))


def test_other_rows_held_out_or_another_order_are_another_training(tmp_path):
    teacher = build(9)
    interrupted(tmp_path, teacher, build(), validation_split=0.25)
    for change in (
        {},
        {"validation_split": 0.5},
        {"validation_split": 0.25, "shuffle": False},
    ):
        with pytest.raises(ValueError, match="belongs to another training"):
            kd.distill(
                teacher, build(), X, Y, **change,
                callbacks=keras.callbacks.BackupAndRestore(tmp_path),
            )  # fmt: skip


@pytest.mark.slow
def test_an_epoch_to_begin_with_holds_where_nothing_was_written(tmp_path):
    class Late(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 4:
                raise KeyboardInterrupt

    def run(student, *callbacks):
        rule = keras.optimizers.SGD(0.1)
        history = kd.distill(
            teacher, student, X, Y, epochs=6, initial_epoch=3, optimizer=rule,
            callbacks=[backup, *callbacks],
        )  # fmt: skip
        return int(rule.iterations), history.epoch, history.history["loss"]

    teacher = build(9)
    backup = keras.callbacks.BackupAndRestore(tmp_path)
    whole = build()
    steps, epochs, losses = run(whole)
    assert (steps, epochs, len(losses)) == (6, [3, 4, 5], 3)
    with pytest.raises(KeyboardInterrupt):
        run(build(), Late())
    again = build(3)
    assert run(again) == (steps, epochs, losses)
    for one, other in zip(whole.get_weights(), again.get_weights()):
        assert np.array_equal(one, other)
