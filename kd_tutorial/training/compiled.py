"""The compiled training loop behind `replicas`, on TensorFlow and JAX.

A program is made once for each kind of training (student, targets,
optimizer) and used again for every seed, temperature, weight, learning rate
and number of steps, which reach it as arrays.
"""

import json
import math
from dataclasses import replace

import keras
import numpy as np
from keras import ops

from ..models.architecture import architecture
from ..objectives.heads import averaged, masked_heads
from ..objectives.target import Target

# These move each weight by its own gradient alone, so that stacked replicas
# do not see each other. Others (lamb, muon) take norms over a whole variable.
OPTIMIZERS = (
    "adadelta", "adagrad", "adam", "adamax", "adamw", "lion", "nadam",
    "rmsprop", "sgd",
)  # fmt: skip

# Steps of one call. Longer trainings go on where they were, shorter ones stop
# early: how many there are is data, and compiles nothing anew.
STEPS = 512

_PROGRAMS: dict = {}


def program(model, named: dict[str, Target], optimizer: str, stacked: int):
    """The program for this training, made now or found again.

    Args:
        model: the student with its heads, from `targets.heads`.
        named: the targets by output name.
        optimizer: one of `OPTIMIZERS`, or its configuration as JSON.
        stacked: how many replicas run side by side; 0: one after another.
    """
    config = optimizer
    if optimizer.startswith("{"):
        config = json.loads(optimizer)
    name = config if isinstance(config, str) else config["class_name"]
    if name.lower() not in OPTIMIZERS:
        raise ValueError(
            f"unknown optimizer {name!r}. Choose one that treats each weight "
            f"on its own: {', '.join(OPTIMIZERS)}."
        )
    key = (
        architecture(model),
        tuple((name, t.structure()) for name, t in named.items()),
        optimizer,
        stacked,
    )
    if key not in _PROGRAMS:
        backend = {"tensorflow": _TensorFlowProgram, "jax": _JaxProgram}
        _PROGRAMS[key] = backend[keras.backend.backend()](
            model, named, keras.optimizers.get(config), stacked
        )
    return _PROGRAMS[key]


class _Program:
    """What both backends share: the objective, and the run over replicas."""

    def __init__(self, model, named, optimizer, stacked):
        self.model = model
        # Without its arrays, which reach the loop as data.
        self.named = {
            name: replace(t, sample_weight=None) for name, t in named.items()
        }
        self.masked = masked_heads(model)
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
        if self.stacked:
            return self.train(start, learning_rate, replicas, shared, marks)
        runs = []
        for index in range(len(replicas["order"])):
            one = keras.tree.map_structure(
                lambda array, i=index: array[i], (start, replicas)
            )
            runs.append(
                self.train(one[0], learning_rate, one[1], shared, marks)
            )
        kept, losses = zip(*runs, strict=True)
        return [
            [np.stack(each) for each in zip(*weights, strict=True)]
            for weights in zip(*kept, strict=True)
        ], np.stack(losses)

    def train(self, start, learning_rate, replicas, shared, marks):
        """The same for what runs in one loop: all replicas, or one."""
        order = replicas["order"]
        state = self.begin(start, learning_rate)
        kept, losses, done = [], [], 0
        for mark in marks:
            while done < mark:
                count = min(STEPS, mark - done)
                rows = np.zeros_like(order, shape=(
                    *order.shape[:-2], STEPS, order.shape[-1]))  # fmt: skip
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
            each = averaged(target, wanted, outputs[name], self.masked[name])
            if f"sample_weight/{name}" in batch:
                each = each * batch[f"sample_weight/{name}"]
            total = total + target.weight * ops.mean(each)
        return total, non_trainable


class _TensorFlowProgram(_Program):
    """Keras' optimizer on all weights as one vector, in one `tf.while_loop`.

    One vector, because XLA takes as long to compile a rule of the optimizer
    for each variable; the rules treat each weight on its own.
    """

    def prepare(self):
        import tensorflow as tf

        own = (self.stacked,) if self.stacked else ()
        kept = self.model.trainable_variables
        self.shapes = [tuple(v.shape) for v in kept]
        self.sizes = [math.prod(shape) for shape in self.shapes]
        self.trainable = keras.Variable(
            np.zeros((*own, sum(self.sizes))), dtype=kept[0].dtype
        )
        self.non_trainable = [
            keras.Variable(
                np.zeros((*own, *v.shape)), dtype=v.dtype, trainable=False
            )
            for v in self.model.non_trainable_variables
        ]
        self.optimizer.build([self.trainable])
        self.fresh = [np.asarray(v) for v in self.optimizer.variables]
        # XLA pays for dense layers; on a CPU its convolutions are the slow
        # way, and they do not stack.
        self.loop = tf.function(
            self._loop, jit_compile=bool(self.stacked), autograph=False
        )

    def begin(self, start, learning_rate):
        own = self.trainable.shape[:-1]
        split = len(self.sizes)
        self.trainable.assign(
            np.concatenate(
                [np.reshape(w, (*own, -1)) for w in start[:split]], axis=-1
            )
        )
        for variable, value in zip(
            [*self.non_trainable, *self.optimizer.variables],
            [*start[split:], *self.fresh],
            strict=True,
        ):
            variable.assign(value)
        if learning_rate is not None:
            self.optimizer.learning_rate = learning_rate

    def advance(self, _, replicas, shared, count):
        import tensorflow as tf

        arguments = tf.nest.map_structure(
            tf.convert_to_tensor, (replicas, shared)
        )
        return None, self.loop(*arguments, tf.constant(count))

    def weights(self, _=None):
        flat = np.asarray(self.trainable)
        cuts = np.cumsum(self.sizes)[:-1]
        return [
            *(
                part.reshape(*flat.shape[:-1], *shape)
                for part, shape in zip(
                    np.split(flat, cuts, axis=-1), self.shapes, strict=True
                )
            ),
            *self.non_trainable,
        ]

    def _slopes(self, mapped, shared):
        import tensorflow as tf

        flat, non_trainable, rows, own = mapped
        trainable = [
            tf.reshape(part, shape)
            for part, shape in zip(
                tf.split(flat, self.sizes), self.shapes, strict=True
            )
        ]
        with tf.GradientTape() as tape:
            tape.watch(trainable)
            loss, non_trainable = self.objective(
                trainable, non_trainable, rows, own, shared
            )
        slopes = tape.gradient(loss, trainable, unconnected_gradients="zero")
        slopes = tf.concat([tf.reshape(s, (-1,)) for s in slopes], 0)
        return loss, non_trainable, slopes

    def _loop(self, replicas, shared, count):
        import tensorflow as tf

        order = replicas["order"]  # (replicas, STEPS, batch) or one replica's
        own = order.shape[:-2]

        def body(i, losses):
            mapped = (
                self.trainable.value,
                [v.value for v in self.non_trainable],
                order[..., i, :],
                (replicas["numbers"], replicas["offsets"]),
            )
            if self.stacked:
                loss, others, slopes = tf.vectorized_map(
                    lambda one: self._slopes(one, shared), mapped
                )
            else:
                loss, others, slopes = self._slopes(mapped, shared)
            self.optimizer.apply([slopes], [self.trainable])
            for variable, value in zip(
                self.non_trainable, others, strict=True
            ):
                variable.assign(value)
            return i + 1, losses.write(i, loss)

        _, losses = tf.while_loop(
            lambda i, _: i < count,
            body,
            (0, tf.TensorArray("float32", STEPS, element_shape=own)),
            parallel_iterations=1,
        )
        return tf.transpose(losses.stack())


class _JaxProgram(_Program):
    """A pure step in a `fori_loop`, `vmap` over the replicas."""

    def prepare(self):
        import jax

        self.optimizer.build(self.model.trainable_variables)

        def advance(state, rate, replicas, shared, count):
            own = replicas["numbers"], replicas["offsets"]

            def step(i, carry):
                (trainable, non_trainable, optimizer), losses = carry
                (loss, non_trainable), slopes = jax.value_and_grad(
                    self.objective, has_aux=True
                )(
                    trainable, non_trainable, replicas["order"][i], own,
                    shared,
                )  # fmt: skip
                trainable, optimizer = self.optimizer.stateless_apply(
                    optimizer, slopes, trainable
                )
                state = trainable, non_trainable, optimizer
                return state, losses.at[i].set(loss)

            trainable, non_trainable, optimizer = state
            optimizer = [
                rate if v.name == "learning_rate" else was
                for v, was in zip(self.optimizer.variables, optimizer)
            ]
            return jax.lax.fori_loop(
                0, count, step,
                ((trainable, non_trainable, optimizer), np.zeros(STEPS, "f4")),
            )  # fmt: skip

        if self.stacked:
            advance = jax.vmap(advance, in_axes=(0, None, 0, None, None))
        self.compiled = jax.jit(advance)

    def begin(self, start, learning_rate):
        count = len(self.model.trainable_variables)
        fresh = [np.asarray(v) for v in self.optimizer.variables]
        if self.stacked:
            fresh = [np.stack([v] * self.stacked) for v in fresh]
        self.rate = np.float32(learning_rate or 0)  # 0: a schedule's
        return list(start[:count]), list(start[count:]), fresh

    def advance(self, state, replicas, shared, count):
        return self.compiled(state, self.rate, replicas, shared, count)

    def weights(self, state):
        return [*state[0], *state[1]]
