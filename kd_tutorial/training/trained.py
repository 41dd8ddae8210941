"""Students after training: what they say, and models of their own."""

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
from .compiled import _PROGRAMS


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
            x: examples, shape `(examples, ...)`.
            indices: which replicas. Defaults to `None`: all of them.
            batch_size: rows at a time. Defaults to 1024.
        """
        indices = range(len(self)) if indices is None else indices
        check_whole("batch_size", batch_size)
        x = as_rows(x)
        each = [self._outputs(x, i, [OUTPUT], batch_size) for i in indices]
        return np.stack([given[OUTPUT] for given in each])

    def ask(self, x, layers=("output",), index: int = 0) -> Answers:
        """What student number `index`, as a teacher, says of `x`.

        Args:
            x: examples, shape `(examples, ...)`.
            layers: as in `ask`. Defaults to `("output",)`, the logits.
            index: which student. Defaults to 0.
        """
        x = as_rows(x)
        given = self._outputs(x, index, layers, batch_size=1024)
        for name, output in given.items():
            check_finite(f"the {name} of student {index}", output)
        return Answers(given, rows_fingerprint(x))

    def _outputs(self, x, index, layers, batch_size) -> dict:
        """One student's outputs by layer."""
        model, run = _asked(self.student, tuple(layers))
        own = {
            id(variable): stack[index]
            for variables, stacks in (
                (self.student.trainable_variables, self.trainable),
                (self.student.non_trainable_variables, self.non_trainable),
            )
            for variable, stack in zip(variables, stacks, strict=True)
        }
        weights = [own[id(v)] for v in model.trainable_variables]
        others = [own[id(v)] for v in model.non_trainable_variables]
        parts = []
        for first in range(0, len(x), batch_size):
            rows = np.asarray(x[first : first + batch_size], "float32")
            given = run(weights, others, ops.convert_to_tensor(rows))
            if model is self.student:
                given = {OUTPUT: given}
            parts.append({name: np.asarray(given[name]) for name in layers})
        return {
            name: np.concatenate([part[name] for part in parts])
            for name in layers
        }

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


def _asked(student, layers):
    """The model that gives these outputs, and its compiled forward pass."""
    known = getattr(student, "_passes", None)
    if known is None:  # kept beside what Keras tracks
        object.__setattr__(student, "_passes", known := {})
    if layers not in known:
        plain = layers == (OUTPUT,)
        model = student if plain else questioned(student, layers)
        known[layers] = model, compiled_forward(model)
    return known[layers]


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
