"""The compiled loop on TensorFlow."""

import math

import keras
import numpy as np

from .loop import Loop


class TensorFlowLoop(Loop):
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

        order = replicas["order"]  # (replicas, steps, batch) or one replica's
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
            (0, tf.TensorArray("float32", self.steps, element_shape=own)),
            parallel_iterations=1,
        )
        return tf.transpose(losses.stack())
