"""Students after training: what they say, and models of their own."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field

import keras
import numpy as np
from keras import ops

from ..answers.answers import Answers
from ..answers.cache import OUTPUT
from ..answers.rows import as_rows, rows_fingerprint
from ..answers.teachers import questioned
from ..checks import check_finite, check_whole
from ..models.architecture import architecture
from .checked import bare
from .compiled import own_parts, remembered


@dataclass(frozen=True, eq=False)
class Replicas:
    """Students of one architecture, one a seed, after training.

    Args:
        student: a model of that architecture; its own weights do not matter.
        trainable: stacked trainable weights, first axis the replica.
        non_trainable: the same for the others.
        losses: the objective at each step, shape `(replicas, steps)`.
        snapshots: the same students after other multiples of the steps.
    """

    student: keras.Model
    trainable: list[np.ndarray]
    non_trainable: list[np.ndarray]
    losses: np.ndarray
    snapshots: "dict[float, Replicas]" = field(default_factory=dict)

    def __len__(self):
        return len(self.losses)

    def take(self, indices: Sequence[int]) -> "Replicas":
        """The students at `indices`, in that order."""
        indices = list(indices)
        return Replicas(
            self.student,
            [w[indices] for w in self.trainable],
            [w[indices] for w in self.non_trainable],
            self.losses[indices],
            {k: s.take(indices) for k, s in self.snapshots.items()},
        )

    def logits(
        self,
        x,
        indices: Sequence[int] | None = None,
        *,
        batch_size: int = 1024,
    ) -> np.ndarray:
        """The students' logits, shape `(replicas, examples, classes)`.

        Args:
            x: examples, shape `(examples, ...)`; or a list of such arrays of
                one length, one for each student asked.
            indices: which replicas. Defaults to `None`: all of them.
            batch_size: rows at a time. Defaults to 1024.
        """
        asked = self if indices is None else self.take(indices)
        return asked._outputs(x, (OUTPUT,), batch_size)[OUTPUT]

    def ask(self, x, layers=(OUTPUT,)) -> list[Answers]:
        """What each student, as a teacher, says.

        Args:
            x: as in `logits`.
            layers: as in `ask`. Defaults to `("output",)`, the logits.

        Returns:
            `Answers`, one for each student.
        """
        given = self._outputs(x, tuple(layers), batch_size=1024)
        for name, output in given.items():
            check_finite(f"the {name} of students", output)
        rows = [rows_fingerprint(own) for own in self._one_each(x)]
        return [
            Answers({name: given[name][i] for name in layers}, row)
            for i, row in enumerate(rows)
        ]

    def model(self, index: int) -> keras.Model:
        """Student number `index` as a Keras model of its own."""
        model = keras.models.clone_model(self.student)
        for own, stacks in (
            (model.trainable_variables, self.trainable),
            (model.non_trainable_variables, self.non_trainable),
        ):
            for variable, stack in zip(own, stacks, strict=True):
                variable.assign(stack[index])
        return model

    def _one_each(self, x) -> list:
        if not isinstance(x, list | tuple):
            return [as_rows(x)] * len(self)
        lengths = [len(own) for own in x]
        if len(x) != len(self) or len({*lengths}) > 1:
            raise ValueError(
                f"x has arrays of {lengths} rows for {len(self)} students. "
                "Give one array for all, or one of the same length for each."
            )
        return [as_rows(own) for own in x]

    def _outputs(self, x, layers, batch_size) -> dict:
        """Outputs by layer, `(replicas, examples, ...)`."""
        check_whole("batch_size", batch_size)
        own = isinstance(x, list | tuple)
        xs = self._one_each(x)
        model, run = _asked(self.student, layers, own)
        stacks = {
            id(variable): stack
            for variables, values in (
                (self.student.trainable_variables, self.trainable),
                (self.student.non_trainable_variables, self.non_trainable),
            )
            for variable, stack in zip(variables, values, strict=True)
        }
        weights, others = (
            [ops.convert_to_tensor(stacks[id(v)]) for v in variables]
            for variables in (
                model.trainable_variables,
                model.non_trainable_variables,
            )
        )
        parts = []
        for first in range(0, len(xs[0]), batch_size):
            rows = np.stack(
                [
                    np.asarray(one[first : first + batch_size], "float32")
                    for one in (xs if own else xs[:1])
                ]
            )
            rows = ops.convert_to_tensor(rows if own else rows[0])
            given = run(weights, others, rows)
            if layers == (OUTPUT,):
                given = {OUTPUT: given}
            parts.append({name: np.asarray(given[name]) for name in layers})
        return {
            name: np.concatenate([part[name] for part in parts], axis=1)
            for name in layers
        }


def _asked(student, layers, own):
    """The model that gives these outputs, and its compiled forward pass."""
    known = getattr(student, "_asked", None)
    if known is None:  # kept beside what Keras tracks
        object.__setattr__(student, "_asked", known := {})
    if layers not in known:
        plain = layers == (OUTPUT,)
        known[layers] = bare(student) if plain else questioned(student, layers)
    return known[layers], compiled_forward(known[layers], own)


def compiled_forward(model, own: bool):
    """Stacked weights and rows -> stacked outputs, compiled once a model.

    Args:
        model: gives the outputs; its own weights do not matter.
        own: each replica has rows of its own, `(replicas, examples, ...)`.
    """
    return remembered(
        ("forward", architecture(model), own),
        own_parts(model),
        lambda: _forward(model, own),
    )


def _forward(model, own):

    def one(weights, others, x):
        return model.stateless_call(weights, others, x, training=False)[0]

    def each(loop, weights, others, x):
        """The same for every replica, by the backend's loop."""
        if own:
            return loop(lambda some: one(*some), (weights, others, x))
        return loop(lambda some: one(*some, x), (weights, others))

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        # A sequential model's own `output` is that of its first call.
        sequential = isinstance(model, keras.Sequential)
        given = model.outputs[0] if sequential else model.output
        kinds = keras.tree.map_structure(
            lambda output: tf.as_dtype(output.dtype), given
        )
        loop = functools.partial(tf.map_fn, fn_output_signature=kinds)
        return tf.function(
            functools.partial(each, loop),
            reduce_retracing=True,
            autograph=False,
        )
    import jax

    return jax.jit(functools.partial(each, jax.lax.map))
