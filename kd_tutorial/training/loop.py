"""What the compiled loops of both backends share."""

import threading
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import replace

import keras
import numpy as np
from keras import ops

from ..objectives.heads import averaged, by_name


def _filled_up(array):
    """With rows that nobody reads, up to a power of two.

    A program serves arrays of one shape: for another number of rows it would
    be compiled anew. Large arrays stay: their copy would cost more.
    """
    if array.nbytes > 2**26:
        return array
    rows = 1 << (len(array) - 1).bit_length()
    filled = np.zeros((rows, *array.shape[1:]), array.dtype)
    filled[: len(array)] = array
    return filled


class Loop:
    """What both backends share: the objective, and the run over replicas."""

    # Of one call. Longer trainings go on where they were, shorter ones stop
    # early: how many there are is data, and compiles nothing anew.
    steps = 512

    @staticmethod
    def threads() -> int:
        """How many loops run at once."""
        return 1

    def __init__(self, model, named, optimizer, stacked):
        self.model = model
        # Without its arrays, which reach the loop as data.
        self.named = {
            name: replace(t, sample_weight=None) for name, t in named.items()
        }
        self.widths = {n: head.width for n, head in by_name(model).items()}
        self.optimizer = optimizer
        self.stacked = stacked
        self.prepare()

    def __call__(self, start, learning_rate, replicas, shared, marks):
        """Train all replicas.

        Args:
            start: stacked weights, trainable ones first.
            learning_rate: a number.
            replicas: `{"order", "numbers", "offsets"}`, first axis the
                replica.
            shared: arrays that all replicas read, each from its offset on.
            marks: the steps after which the weights are wanted, rising.

        Returns:
            For each mark the stacked weights, and the objective at each
            step, shape `(replicas, steps)`.
        """
        shared = {name: _filled_up(array) for name, array in shared.items()}
        count, size = len(replicas["order"]), self.stacked or 1
        # The last share reaches back over replicas that the one before has.
        shares = [min(i, count - size) for i in range(0, count, size)]
        own = slice(None) if self.stacked else 0

        stopped = threading.Event()

        def run(first):
            share = slice(first, first + size)
            one = keras.tree.map_structure(
                lambda array: array[share][own], (start, replicas)
            )
            return self.train(
                one[0], learning_rate, one[1], shared, marks, stopped
            )

        threads = min(self.threads(), len(shares))
        if threads == 1:
            runs = [run(first) for first in shares]
        else:
            with ThreadPoolExecutor(threads) as pool:
                asked = [pool.submit(run, first) for first in shares]
                try:
                    done, _ = wait(asked, return_when=FIRST_EXCEPTION)
                    for each in done:
                        each.result()  # raises what was raised there
                finally:  # also after Ctrl-C
                    stopped.set()
            runs = [each.result() for each in asked]

        def joined(arrays):
            if not self.stacked:
                return np.stack(arrays)
            again = size * len(shares) - count
            return np.concatenate([*arrays[:-1], arrays[-1][again:]])

        kept, losses = zip(*runs, strict=True)
        return [
            [joined(each) for each in zip(*weights, strict=True)]
            for weights in zip(*kept, strict=True)
        ], joined(losses)

    def train(self, start, learning_rate, replicas, shared, marks, stopped):
        """The same for what runs in one loop: a share of them, or one."""
        order = replicas["order"]
        state = self.begin(start, learning_rate)
        kept, losses, done = [], [], 0
        for mark in marks:
            while done < mark:
                if stopped.is_set():
                    raise InterruptedError("another thread's training failed")
                count = min(self.steps, mark - done)
                shape = (*order.shape[:-2], self.steps, order.shape[-1])
                rows = np.zeros_like(order, shape=shape)
                rows[..., :count, :] = order[..., done : done + count, :]
                state, loss = self.advance(
                    state, {**replicas, "order": rows}, shared, count
                )
                losses.append(np.asarray(loss)[..., :count])
                done += count
            kept.append([np.asarray(w) for w in self.weights(state)])
        return kept, np.concatenate(losses, axis=-1)

    def objective(self, trainable, non_trainable, rows, own, shared):
        """One replica's `sum_k weight_k L_k` on one batch of rows."""
        numbers, offsets = own
        batch = {
            name: ops.take(array, rows + offsets[name], axis=0)
            for name, array in shared.items()
        }
        outputs, non_trainable, penalties = self.model.stateless_call(
            trainable,
            non_trainable,
            batch["x"],
            training=True,
            return_losses=True,
        )
        total = sum(penalties) if penalties else 0.0
        for name, target in self.named.items():
            target = replace(target, **numbers[name])
            wanted = batch[f"target/{name}"]
            each = averaged(target, wanted, outputs[name], self.widths[name])
            if f"sample_weight/{name}" in batch:
                each = each * batch[f"sample_weight/{name}"]
            total = total + target.weight * ops.mean(each)
        return total, non_trainable
