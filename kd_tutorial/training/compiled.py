"""The compiled training loop behind `replicas`, on TensorFlow and JAX.

A program is made once for each kind of training (student, targets,
optimizer) and used again for every seed, temperature, weight and learning
rate, which reach it as arrays.
"""

from dataclasses import replace

import keras
import numpy as np
from keras import ops

from ..models.architecture import architecture
from ..objectives.targets import Target

# These move each weight by its own gradient alone, so that stacked replicas
# do not see each other. Others (lamb, muon) take norms over a whole variable.
OPTIMIZERS = (
    "adadelta", "adagrad", "adam", "adamax", "adamw", "lion", "nadam",
    "rmsprop", "sgd",
)  # fmt: skip

_PROGRAMS: dict = {}


def program(model, named: dict[str, Target], optimizer: str, stacked: int):
    """The program for this training, made now or found again.

    Args:
        model: the student with its heads, from `targets.heads`.
        named: the targets by output name.
        optimizer: one of `OPTIMIZERS`.
        stacked: how many replicas run side by side; 0: one after another.
    """
    if optimizer not in OPTIMIZERS:
        raise ValueError(
            f"unknown optimizer {optimizer!r}. Choose one that treats each "
            f"weight on its own: {', '.join(OPTIMIZERS)}."
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
            model, named, keras.optimizers.get(optimizer), stacked
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
        self.optimizer = optimizer
        self.stacked = stacked
        self.prepare()

    def __call__(self, start, learning_rate, replicas, shared):
        """Train all replicas.

        Args:
            start: stacked weights, trainable ones first.
            learning_rate: a number.
            replicas: `{"order", "numbers", "own"}`, first axis the replica.
            shared: arrays that all replicas read.

        Returns:
            The stacked weights after training, and the objective at each
            step, shape `(replicas, steps)`.
        """
        if self.stacked:
            weights, losses = self.run(start, learning_rate, replicas, shared)
            return [np.asarray(w) for w in weights], np.asarray(losses)
        runs = []
        for index in range(len(replicas["order"])):
            one = keras.tree.map_structure(
                lambda array, i=index: array[i], (start, replicas)
            )
            weights, losses = self.run(one[0], learning_rate, one[1], shared)
            runs.append(([np.asarray(w) for w in weights], np.asarray(losses)))
        weights, losses = zip(*runs, strict=True)
        return (
            [np.stack(each) for each in zip(*weights, strict=True)],
            np.stack(losses),
        )

    def objective(self, trainable, non_trainable, rows, numbers, data):
        """One replica's `sum_k weight_k L_k` on one batch of rows."""
        batch = {k: ops.take(a, rows, axis=0) for k, a in data.items()}
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
            each = target.loss(batch[f"target/{name}"], outputs[name])
            if f"sample_weight/{name}" in batch:
                each = each * batch[f"sample_weight/{name}"]
            total = total + target.weight * ops.mean(each)
        return total, non_trainable


class _TensorFlowProgram(_Program):
    """Keras' optimizer on stacked variables, in one `tf.while_loop`."""

    def prepare(self):
        import tensorflow as tf

        def variable(like):
            shape = (self.stacked, *like.shape) if self.stacked else like.shape
            return keras.Variable(
                np.zeros(shape), dtype=like.dtype, trainable=like.trainable
            )

        self.trainable = [variable(v) for v in self.model.trainable_variables]
        self.non_trainable = [
            variable(v) for v in self.model.non_trainable_variables
        ]
        self.optimizer.build(self.trainable)
        self.fresh = [np.asarray(v) for v in self.optimizer.variables]
        # XLA pays for dense layers; on a CPU its convolutions are the slow
        # way, and they do not stack.
        self.loop = tf.function(
            self._loop, jit_compile=bool(self.stacked), autograph=False
        )

    def run(self, start, learning_rate, replicas, shared):
        import tensorflow as tf

        variables = [*self.trainable, *self.non_trainable]
        for variable, value in zip(variables, start, strict=True):
            variable.assign(value)
        for variable, value in zip(
            self.optimizer.variables, self.fresh, strict=True
        ):
            variable.assign(value)
        self.optimizer.learning_rate = learning_rate
        losses = self.loop(
            *tf.nest.map_structure(tf.convert_to_tensor, (replicas, shared))
        )
        return variables, losses

    def _slopes(self, mapped, shared):
        import tensorflow as tf

        trainable, non_trainable, rows, numbers, own = mapped
        with tf.GradientTape() as tape:
            tape.watch(trainable)
            loss, non_trainable = self.objective(
                trainable, non_trainable, rows, numbers, {**shared, **own}
            )
        slopes = tape.gradient(loss, trainable, unconnected_gradients="zero")
        return loss, non_trainable, slopes

    def _loop(self, replicas, shared):
        import tensorflow as tf

        order = replicas["order"]  # (replicas, steps, batch) or one replica's
        steps = order.shape[-2]

        def body(i, losses):
            mapped = (
                [v.value for v in self.trainable],
                [v.value for v in self.non_trainable],
                order[..., i, :],
                replicas["numbers"],
                replicas["own"],
            )
            if self.stacked:
                loss, others, slopes = tf.vectorized_map(
                    lambda one: self._slopes(one, shared), mapped
                )
            else:
                loss, others, slopes = self._slopes(mapped, shared)
            self.optimizer.apply(slopes, self.trainable)
            for variable, value in zip(
                self.non_trainable, others, strict=True
            ):
                variable.assign(value)
            return i + 1, losses.write(i, loss)

        _, losses = tf.while_loop(
            lambda i, _: i < steps,
            body,
            (0, tf.TensorArray("float32", steps)),
            parallel_iterations=1,
        )
        return tf.transpose(losses.stack())


class _JaxProgram(_Program):
    """A pure step, `scan` over the steps and `vmap` over the replicas."""

    def prepare(self):
        import jax

        self.optimizer.build(self.model.trainable_variables)

        def train(start, rate, replicas, shared):
            data = {**shared, **replicas["own"]}
            count = len(self.model.trainable_variables)
            optimizer = [
                rate if v.name == "learning_rate" else np.asarray(v)
                for v in self.optimizer.variables
            ]

            def step(state, rows):
                trainable, non_trainable, optimizer = state
                (loss, non_trainable), slopes = jax.value_and_grad(
                    self.objective, has_aux=True
                )(trainable, non_trainable, rows, replicas["numbers"], data)
                trainable, optimizer = self.optimizer.stateless_apply(
                    optimizer, slopes, trainable
                )
                return (trainable, non_trainable, optimizer), loss

            (trainable, non_trainable, _), losses = jax.lax.scan(
                step, (start[:count], start[count:], optimizer),
                replicas["order"],
            )  # fmt: skip
            return [*trainable, *non_trainable], losses

        if self.stacked:
            train = jax.vmap(train, in_axes=(0, None, 0, None))
        self.run = jax.jit(train)


def compiled_forward(model):
    """`(trainable, non_trainable, x) -> outputs`, compiled once a model."""
    key = architecture(model)
    if ("forward", key) in _PROGRAMS:
        return _PROGRAMS["forward", key]

    def forward(trainable, non_trainable, x):
        return model.stateless_call(
            trainable, non_trainable, x, training=False
        )[0]

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        forward = tf.function(forward, reduce_retracing=True)
    else:
        import jax

        forward = jax.jit(forward)
    _PROGRAMS["forward", key] = forward
    return forward
