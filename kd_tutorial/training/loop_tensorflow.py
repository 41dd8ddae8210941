"""The compiled loop on TensorFlow."""

import math
import os

import keras
import numpy as np

from .checked import OF_IMAGES, OF_SEQUENCES
from .loop import Loop


def _pure(optimizer):
    """The same optimizer, as a function of its state.

    Keras' optimizers are that on every backend but TensorFlow, where a layer
    of their classes, for strategies, wants a `tf.Variable` each. What all
    backends have in common takes its place.
    """
    every, kind = keras.optimizers.Optimizer, type(optimizer)
    over, common = every.__bases__
    own = {
        name: getattr(common, name)
        for name in vars(over)
        if hasattr(common, name) and not name.startswith("__")
    }
    # Below the optimizer's own methods, before those of the layer.
    pure = type("Pure", (every,), own)
    return type(kind.__name__, (kind, pure), {}).from_config(
        optimizer.get_config()
    )


def _faster_by_xla(model) -> bool:
    """Whether one replica alone trains faster when XLA compiles it.

    On a CPU recurrent layers and attention do, several times; convolutions,
    pools and augmentation do not.
    """
    import tensorflow as tf

    kinds = {type(layer).__name__ for layer in model._flatten_layers()}
    kinds = {kind for kind in kinds if not kind.startswith("Global")}

    def has(*names):
        return any(name in kind for name in names for kind in kinds)

    return (
        has(*OF_SEQUENCES)
        and not has(*OF_IMAGES)
        and not tf.config.list_physical_devices("GPU")
    )


class TensorFlowLoop(Loop):
    """Keras' optimizer on all weights as one vector, in one `tf.while_loop`.

    One vector, because XLA takes as long to compile a rule of the optimizer
    for each variable; the rules treat each weight on its own.
    """

    @staticmethod
    def threads() -> int:
        """One a core, or as many as an operation of TensorFlow may have.

        One alone where there is an accelerator.
        """
        import tensorflow as tf

        kinds = {d.device_type for d in tf.config.list_physical_devices()}
        if kinds != {"CPU"}:
            return 1
        cores = os.cpu_count() or 1
        if hasattr(os, "sched_getaffinity"):
            cores = len(os.sched_getaffinity(0))
        told = tf.config.threading.get_intra_op_parallelism_threads()
        told = told or int(os.environ.get("TF_NUM_INTRAOP_THREADS") or 0)
        return min(cores, told) if told > 0 else cores

    def prepare(self):
        import tensorflow as tf

        own = (self.stacked,) if self.stacked else ()
        kept = self.model.trainable_variables
        self.shapes = [tuple(v.shape) for v in kept]
        self.sizes = [math.prod(shape) for shape in self.shapes]
        self.optimizer = _pure(self.optimizer)
        flat = np.zeros((*own, sum(self.sizes)))
        self.optimizer.build([keras.Variable(flat, dtype=kept[0].dtype)])
        self.fresh = [np.asarray(v) for v in self.optimizer.variables]
        self.by_xla = bool(self.stacked) or _faster_by_xla(self.model)
        self.loop = tf.function(
            self._loop, jit_compile=self.by_xla, autograph=False
        )

    def begin(self, start, learning_rate):
        split = len(self.sizes)
        own = (-1,) if not self.stacked else (self.stacked, -1)
        flat = [np.reshape(w, own) for w in start[:split]]
        optimizer = [
            np.asarray(learning_rate, was.dtype)
            if v.name == "learning_rate"
            else was
            for v, was in zip(self.optimizer.variables, self.fresh)
        ]
        return np.concatenate(flat, axis=-1), list(start[split:]), optimizer

    def advance(self, state, replicas, shared, count):
        import tensorflow as tf

        arguments = tf.nest.map_structure(
            tf.convert_to_tensor, (state, replicas, shared)
        )
        by_xla = self.by_xla and not self.stacked
        try:
            return self.loop(*arguments, tf.constant(count))
        except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
            if not by_xla:
                raise
        # XLA lacks an operation of one of the layers; TensorFlow has them all.
        if self.by_xla:  # no other thread has been here
            self.by_xla = False
            self.loop = tf.function(self._loop, autograph=False)
        return self.loop(*arguments, tf.constant(count))

    def weights(self, state):
        flat = np.asarray(state[0])
        cuts = np.cumsum(self.sizes)[:-1]
        return [
            *(
                part.reshape(*flat.shape[:-1], *shape)
                for part, shape in zip(
                    np.split(flat, cuts, axis=-1), self.shapes, strict=True
                )
            ),
            *state[1],
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

    def _loop(self, state, replicas, shared, count):
        import tensorflow as tf

        order = replicas["order"]  # (replicas, steps, batch) or one replica's
        own = order.shape[:-2]

        def body(i, state, losses):
            trainable, non_trainable, optimizer = state
            mapped = (
                trainable, non_trainable, order[..., i, :],
                (replicas["numbers"], replicas["offsets"]),
            )  # fmt: skip
            if self.stacked:
                loss, non_trainable, slopes = tf.vectorized_map(
                    lambda one: self._slopes(one, shared), mapped
                )
            else:
                loss, non_trainable, slopes = self._slopes(mapped, shared)
            (trainable,), optimizer = self.optimizer.stateless_apply(
                optimizer, [slopes], [trainable]
            )
            state = trainable, non_trainable, optimizer
            return i + 1, state, losses.write(i, loss)

        _, state, losses = tf.while_loop(
            lambda i, *_: i < count,
            body,
            (
                0, state,
                tf.TensorArray("float32", self.steps, element_shape=own),
            ),
            parallel_iterations=1,
        )  # fmt: skip
        return state, tf.transpose(losses.stack())
