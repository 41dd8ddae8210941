"""Rows in batches, in an order that seed and epoch decide."""

import keras
import numpy as np

from ..answers.rows import as_rows, count
from ..checks import check_whole
from .checked import check_weights


class Ordered(keras.utils.PyDataset):
    """Arrays in batches, in an order that seed and epoch decide.

    Keras' own shuffling goes on from where its generator is; this one can be
    taken up again at any epoch.

    Args:
        arrays: with a row an example.
        batch_size: examples a step.
        seed: decides the order; `None` leaves the rows as they are.
        steps: of an epoch, which ends within a pass over the rows, or goes
            on into the next. Defaults to `None`: an epoch is a pass.
    """

    def __init__(self, arrays, batch_size, seed, steps=None):
        super().__init__()
        self.steps = steps
        self.arrays, self.batch_size, self.seed = arrays, batch_size, seed
        self.rows = len(keras.tree.flatten(arrays)[0])
        self.start(0)

    def start(self, epoch):
        """Draw the order of this epoch."""
        if self.steps is None:
            self.order = self._pass(epoch)
            return
        wanted = self.steps * self.batch_size
        before, skipped = divmod(epoch * wanted, self.rows)
        last = -(-(epoch + 1) * wanted // self.rows)
        passes = [self._pass(number) for number in range(before, last)]
        self.order = np.concatenate(passes)[skipped : skipped + wanted]

    def _pass(self, number):
        if self.seed is None:
            return np.arange(self.rows)
        generator = np.random.default_rng([self.seed, number])
        return generator.permutation(self.rows)

    def __len__(self):
        return self.steps or -(-self.rows // self.batch_size)

    def __getitem__(self, index):
        first = index * self.batch_size
        rows = self.order[first : first + self.batch_size]
        return keras.tree.map_structure(lambda a: a[rows], self.arrays)


class Numbered(Ordered):
    """Rows with their numbers, for answers that lie on disk in chunks.

    The chunks are shuffled, and the rows within each: so no batch needs more
    than one chunk, or two where it reaches into the next.
    """

    def __init__(self, arrays, batch_size, seed, chunk_rows, steps=None):
        self.chunk_rows = chunk_rows
        super().__init__(arrays, batch_size, seed, steps)

    def start(self, epoch):
        self.epoch, self.chunks = epoch, (None, None, None)

    def _chunks(self, number):
        """Of a pass the first row of each chunk, and the place it ends at."""
        known, firsts, ends = self.chunks
        if known != number:
            firsts = np.arange(0, self.rows, self.chunk_rows)
            if self.seed is not None:
                generator = np.random.default_rng([self.seed, number])
                firsts = generator.permutation(firsts)
            ends = np.minimum(self.chunk_rows, self.rows - firsts).cumsum()
            self.chunks = number, firsts, ends
        return firsts, ends

    def _chunk(self, number, first):
        """The numbers of a chunk's rows, in the order of a pass."""
        rows = np.arange(first, min(first + self.chunk_rows, self.rows))
        if self.seed is None:
            return rows
        seeds = [self.seed, number, int(first)]
        return np.random.default_rng(seeds).permutation(rows)

    def _some(self, number, begin, end):
        """The numbers of the rows at such places of a pass."""
        firsts, ends = self._chunks(number)
        one, last = np.searchsorted(ends, [begin, end - 1], "right")
        rows = [self._chunk(number, first) for first in firsts[one : last + 1]]
        before = ends[one] - len(rows[0])
        return np.concatenate(rows)[begin - before : end - before]

    def __getitem__(self, index):
        # Places are counted on through the passes.
        size = self.batch_size
        if self.steps is None:
            begin = self.epoch * self.rows + index * size
            end = min(begin + size, (self.epoch + 1) * self.rows)
        else:
            begin = (self.epoch * self.steps + index) * size
            end = begin + size
        parts = []
        while begin < end:
            number, place = divmod(begin, self.rows)
            until = min(place + end - begin, self.rows)
            parts.append(self._some(number, place, until))
            begin += until - place
        numbers = np.concatenate(parts)
        return numbers, tuple(
            array
            if array is None
            else keras.tree.map_structure(lambda a: a[numbers], array)
            for array in self.arrays
        )


class Starts(keras.callbacks.Callback):
    """Draws the order of each epoch as it begins.

    `fit` calls the hooks of data more often: once before the first epoch.
    """

    def __init__(self, data):
        super().__init__()
        self.data = data

    def on_epoch_begin(self, epoch, logs=None):
        self.data.start(epoch)


def numbered_rows(
    store, student, x, y, weights, batch_size, shuffle, steps=None
):
    """Rows in memory or on disk as a stream, for answers in a store."""
    inputs = len(getattr(student, "inputs", None) or [x])
    x = as_rows(x, inputs, finite=False)  # the teacher was asked about it
    store.check_rows(x)
    if y is not None and np.shape(y)[:1] != (count(x),):
        raise ValueError(
            f"y has shape {np.shape(y)} for {count(x)} examples. Give one "
            "label an example, in the same order."
        )
    if weights is not None:
        weights = check_weights("sample_weight", weights, count(x))
    seed = int(np.random.randint(2**31)) if shuffle else None
    arrays = x, None if y is None else np.asarray(y), weights
    if steps is not None:
        steps = check_whole("steps_per_epoch", steps)
    return Numbered(arrays, batch_size, seed, store.logits.chunk_rows, steps)
