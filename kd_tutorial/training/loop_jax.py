"""The compiled loop on JAX."""

import numpy as np

from .loop import Loop


class JaxLoop(Loop):
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
                (
                    (trainable, non_trainable, optimizer),
                    np.zeros(self.steps, "f4"),
                ),
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
