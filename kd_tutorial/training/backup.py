"""Interrupted work goes on where it was, as if it had not been interrupted."""

import json
import re
from pathlib import Path

import keras
import numpy as np

from ..answers.cache import read, write
from ..answers.keys import key_of
from ..answers.rows import rows_fingerprint
from ..checks import single_number
from ..models.architecture import architecture
from .ordered import Numbered, Ordered


def flat(callbacks) -> list:
    """Callbacks as a list, from none, one, a list, or Keras' own list."""
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return list(callbacks.callbacks)
    callbacks = [] if callbacks is None else keras.tree.flatten(callbacks)
    for each in callbacks:
        if not isinstance(each, keras.callbacks.Callback):
            called = isinstance(each, type)
            raise TypeError(
                "callbacks must be Keras callbacks, one or a list, got "
                f"{each.__name__ if called else repr(each)}. "
                + ("Make one of the class: " if called else "For example ")
                + "[keras.callbacks.TerminateOnNaN()]."
            )
    return callbacks


class Backup(keras.callbacks.Callback):
    """What `keras.callbacks.BackupAndRestore` does, whole and exact.

    After each epoch everything that training goes on from is written: weights
    (also those that the student does not keep), optimizer, random states,
    order of the rows and history, in one checked file that appears whole or
    not at all.

    Args:
        asked: the `BackupAndRestore` that was passed to `distill`.
        key: a digest of all that makes this another training.
    """

    def __init__(self, asked, key: str):
        super().__init__()
        if asked.save_freq != "epoch":
            raise ValueError(
                f"BackupAndRestore has save_freq={asked.save_freq!r}. Here "
                'work goes on from the end of an epoch: leave it at "epoch".'
            )
        self.path = Path(asked.backup_dir) / "training.npz"
        self.delete = asked.delete_checkpoint
        self.key = key
        self.first, self.epoch, self.past, self.data = 0, 0, {}, None
        # Keras' generators were seeded by `keras.utils.set_random_seed`.
        self.seed = int(np.random.randint(2**31))

    def restore(self, model, first=0) -> int:
        """Load what was written, if it was; returns the epoch to begin with.

        Args:
            model: compiled.
            first: the epoch to begin with where nothing was written.

        Raises:
            ValueError: when another training wrote it, or it is damaged.
        """
        self.set_model(model)
        model.optimizer.build(model.trainable_variables)
        if not self.path.is_file():
            self.first = self.epoch = int(first)
            self._write()
            return self.first
        try:
            arrays, header = read(self.path)
        except ValueError as error:
            raise ValueError(
                f"{self.path} is damaged. Delete it to begin anew."
            ) from error
        if header.get("key") != self.key:
            raise ValueError(
                f"{self.path} belongs to another training: its student, "
                "targets, data, shuffle, steps or optimizer differ. Use "
                "another folder, or delete that one to begin anew."
            )
        for place, variable in enumerate(self._variables()):
            variable.assign(arrays[str(place)])
        self.epoch, self.seed = header["epoch"], header["seed"]
        self.first, self.past = header["first"], header["history"]
        return self.epoch

    def on_epoch_begin(self, epoch, logs=None):
        if self.data is not None:
            if self.data.seed is not None:
                self.data.seed = self.seed
            self.data.start(epoch)

    def on_epoch_end(self, epoch, logs=None):
        for name, value in (logs or {}).items():
            number = single_number(value)  # a callback may log anything
            if number is not None:
                self.past.setdefault(name, []).append(float(number))
        self.epoch = epoch + 1
        self._write()

    def finish(self, history):
        """The history of all epochs; the file is deleted, if Keras would.

        Of logs that are no numbers it has those of this call.
        """
        history.history.update(self.past)
        history.epoch = list(range(self.first, self.epoch))
        if self.delete:
            self.path.unlink(missing_ok=True)
        return history

    def _variables(self):
        return [*self.model.variables, *self.model.optimizer.variables]

    def _write(self):
        arrays = {}
        for place, variable in enumerate(self._variables()):
            array = keras.ops.convert_to_numpy(variable)
            if array.dtype.kind == "V":  # bfloat16, which files do not know
                array = array.astype("float32")
            arrays[str(place)] = array
        about = {
            "key": self.key,
            "first": self.first,
            "epoch": self.epoch,
            "seed": self.seed,
            "history": self.past,
        }
        write(self.path, arrays, about)


def backup_of(callbacks, lesson, model, data, batch_size, shuffle, steps):
    """Our own backup in place of Keras', and the other callbacks.

    It comes last: what the others log belongs to the history.

    Args:
        callbacks: a list of them.
        lesson: what the student is taught.
        model: compiled.
        data: as `fit` takes them, without the rows that are held out.
        batch_size: of rows in memory.
        shuffle: as `fit` takes it.
        steps: of an epoch, or `None` where it is a pass.
    """
    asked = [
        c for c in callbacks if isinstance(c, keras.callbacks.BackupAndRestore)
    ]
    if not asked:
        return None, callbacks
    others = [c for c in callbacks if c not in asked]
    rows = None
    stream = getattr(data["x"], "stream", None)
    if isinstance(stream, Numbered):  # its x is what the answers are for
        rows = lesson.teacher.cache_key, key_of(stream.arrays[1:])
        rows = *rows, stream.batch_size, stream.seed is None, stream.steps
    elif "y" in data:
        rows = rows_fingerprint(data["x"]), key_of(data["y"])
        rows = *rows, key_of(data.get("sample_weight")), batch_size
    about = [
        architecture(lesson.student)[0],
        [(name, t.numbers(), _kind(t)) for name, t in lesson.named.items()],
        # Without the names that Keras counts up.
        re.sub(
            r'"name": "[^"]*"',
            "",
            json.dumps(model.optimizer.get_config(), default=str),
        ),
        rows,
        bool(shuffle),
        steps,
    ]
    backup = Backup(asked[-1], key_of(about) or "")
    if isinstance(stream, Numbered):
        backup.data = stream
    return backup, [*others, backup]


def _kind(target):
    """What a target is, alike in every process."""
    written = key_of(target.structure())
    if written is None:
        raise ValueError(
            f"target {target.name!r} cannot be written down, so its training "
            "cannot be told from others when it is taken up again. Give it a "
            "function that refers to numbers, arrays and functions only; or "
            "leave BackupAndRestore out."
        )
    return written


def ordered(backup, arrays, batch_size, shuffle, steps=None):
    """Rows in an order that can be taken up again, for `fit`."""
    seed = backup.seed if shuffle else None
    backup.data = Ordered(arrays, batch_size, seed, steps)
    # Keras would shuffle the batches too.
    return {"x": backup.data, "shuffle": False}
