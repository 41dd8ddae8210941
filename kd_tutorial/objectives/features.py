"""Targets that learn from the teacher's layers, not from its output."""

from dataclasses import dataclass
from typing import ClassVar

import keras
from keras import ops

from ..models.inside import layer_output
from .target import Target, alike


@dataclass(frozen=True, eq=False, kw_only=True)
class _LayerTarget(Target):
    """A target that compares a teacher's layer with a student's."""

    teacher_layer: str
    student_layer: str

    def __post_init__(self):
        super().__post_init__()
        for name in ("teacher_layer", "student_layer"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value:
                raise TypeError(
                    f"{name} must be the name of a layer, got {value!r}. For "
                    'example "conv_1", or "backbone/gap" in a nested model.'
                )

    @property
    def asks(self):
        return self.teacher_layer

    @property
    def watches(self):
        return self.student_layer

    def head(self, student, shape):
        output = layer_output(student, self.student_layer, "student")
        if isinstance(output, list | tuple | dict):
            raise ValueError(
                f"student layer {self.student_layer!r} has several outputs. "
                "Choose a layer with one."
            )
        return output


@dataclass(frozen=True, eq=False, kw_only=True)
class Hint(_LayerTarget):
    """A layer of the teacher, `mean_j (r(s)_j - t_j)²` over its features.

    FitNets, Romero et al. 2015, section 2.2 (arXiv:1412.6550). When the
    widths differ, r is a learned linear projector on the last axis, which the
    student does not keep; when they are equal, r is the identity.

    Args:
        teacher_layer: name of the layer to learn from.
        student_layer: name of the layer that learns.
        weight: the term's factor. Defaults to 1.
        sample_weight: w_i, shape `(examples,)`. Defaults to `None`.

    Example:

    >>> import kd_tutorial as kd
    >>> hint = kd.Hint(teacher_layer="hidden_2", student_layer="hidden_1")
    >>> hint.asks
    'hidden_2'
    """

    name: ClassVar[str] = "hint"

    def head(self, student, shape):
        features = super().head(student, shape)
        own = tuple(features.shape[1:])
        if not alike(own[:-1], shape[:-1]):
            raise ValueError(
                f"student layer {self.student_layer!r} gives {own} and "
                f"teacher layer {self.teacher_layer!r} {tuple(shape)}: only "
                "the last axis may differ. Choose layers with the same "
                "spatial size."
            )
        if own[-1] == shape[-1]:
            return features
        name = f"{self.name}_projector"  # "hint_2_projector" of a second one
        return keras.layers.Dense(shape[-1], name=name)(features)

    def loss(self, target, output):
        target = ops.cast(target, output.dtype)
        return ops.mean(ops.square(ops.subtract(output, target)), axis=-1)


@dataclass(frozen=True, eq=False, kw_only=True)
class AttentionTransfer(_LayerTarget):
    """Where a layer is active, `|| a(s)/|a(s)| - a(t)/|a(t)| ||²`.

    The attention map a sums squared activations over the channels, so widths
    may differ and no projector is needed. Zagoruyko and Komodakis 2017,
    section 3.1, with the squared norm (arXiv:1612.03928).

    Args:
        teacher_layer: a layer with outputs `(batch, ..., channels)`, at least
            one axis between.
        student_layer: one with the same axes between.
        weight: the term's factor. Defaults to 1.
        sample_weight: w_i, shape `(examples,)`. Defaults to `None`.

    Example:

    >>> import kd_tutorial as kd
    >>> target = kd.AttentionTransfer(
    ...     teacher_layer="conv_2", student_layer="conv_1", weight=10.0
    ... )
    """

    name: ClassVar[str] = "attention"

    def head(self, student, shape):
        features = super().head(student, shape)
        own = tuple(features.shape[1:])
        if len(shape) < 2 or not alike(own[:-1], shape[:-1]):
            raise ValueError(
                f"attention maps of student layer {self.student_layer!r} "
                f"{own} and teacher layer {self.teacher_layer!r} "
                f"{tuple(shape)} cannot be compared: both need the same axes "
                "before the channels, at least one. Choose layers with the "
                "same spatial size."
            )
        return features

    def loss(self, target, output):
        def attention(features):  # (batch, ..., channels) -> (batch, places)
            features = ops.cast(features, output.dtype)
            # Scale does not count; at 1, fourth powers keep their digits.
            axes = tuple(range(1, len(features.shape)))
            features = features / _size(features, axes)
            energy = ops.sum(ops.square(features), axis=-1)
            energy = ops.reshape(energy, (ops.shape(energy)[0], -1))
            norm = ops.sum(ops.square(energy), axis=-1, keepdims=True)
            return energy * ops.rsqrt(ops.where(norm > 0, norm, 1.0))

        difference = attention(output) - attention(target)
        return ops.sum(ops.square(difference), axis=-1)


@dataclass(frozen=True, eq=False, kw_only=True)
class Relations(_LayerTarget):
    """How examples lie to each other: pairwise distances in a batch.

    `mean_j huber(d_ij(s) - d_ij(t))`, each model's distances divided by their
    mean over the pairs of different examples, copies with distance 0 among
    them: relational distillation by distance, Park et al. 2019, section 3.2
    (arXiv:1904.05068). Widths may differ. Needs a batch of at least two.

    Args:
        teacher_layer: name of the teacher's layer.
        student_layer: name of the student's.
        weight: the term's factor. Defaults to 1.
        sample_weight: w_i, shape `(examples,)`. Defaults to `None`.

    Example:

    >>> import kd_tutorial as kd
    >>> target = kd.Relations(
    ...     teacher_layer="hidden_1", student_layer="hidden_1"
    ... )
    """

    name: ClassVar[str] = "relations"
    least_batch: ClassVar[int] = 2

    def loss(self, target, output):
        if output.shape[0] == 1:
            raise ValueError(
                "Relations compare the distances between the examples of a "
                "batch, and the batch has one. Give batches of two or more; "
                "drop a last batch of one."
            )

        def distances(features):  # (batch, ...) -> (batch, batch)
            features = ops.cast(features, output.dtype)
            rows = ops.reshape(features, (ops.shape(features)[0], -1))
            gaps = rows[:, None, :] - rows[None, :, :]
            gaps = gaps / _size(gaps, (0, 1, 2))
            squares = ops.sum(ops.square(gaps), axis=-1)
            # The square root has no gradient at 0, where an example meets
            # itself or its copy: those pairs get gradient 0.
            apart = squares > 0
            root = ops.sqrt(ops.where(apart, squares, 1.0))
            root = ops.where(apart, root, 0.0)
            count = ops.cast(ops.shape(rows)[0], root.dtype)
            pairs = ops.maximum(count * (count - 1), 1.0)
            mean = ops.sum(root) / pairs
            return root / ops.where(mean > 0, mean, 1.0)

        gap = ops.abs(distances(output) - distances(target))
        huber = ops.where(gap < 1, gap * gap / 2, gap - 0.5)
        return ops.mean(huber, axis=-1)


def _size(array, axes):
    """The largest absolute value, a constant for gradients; 1 for zeros."""
    size = ops.max(ops.abs(array), axis=axes, keepdims=True)
    return ops.stop_gradient(ops.where(size > 0, size, 1.0))
