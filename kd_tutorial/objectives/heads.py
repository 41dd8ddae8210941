"""The student with a named output for each target, and what compares it."""

import copy
from collections.abc import Sequence

import keras
from keras import ops

from ..models.inside import watched
from .target import Target, alike

_PACKAGE = __name__.partition(".")[0]


def name_targets(targets: Sequence[Target]) -> dict[str, Target]:
    """Targets by output name; a second one of a kind gets a number."""
    if isinstance(targets, Target):
        raise TypeError(
            f"targets must be a list, got {type(targets).__name__}. Put it "
            f"in brackets: targets=[{type(targets).__name__}(...)]."
        )
    named: dict[str, Target] = {}
    for target in targets:
        if not isinstance(target, Target):
            raise TypeError(
                f"targets must be Target objects, got {target!r}. For "
                "example [HardTargets(weight=0.1), SoftTargets(weight=0.9)]."
            )
        name, number = target.name, 1
        while name in named:
            number += 1
            name = f"{target.name}_{number}"
        named[name] = target
    if not named:
        raise ValueError(
            "targets is empty: the student would learn nothing. Pass at "
            "least one, for example [SoftTargets()]."
        )
    return named


def outputs_of(named: dict[str, Target]) -> str:
    """What the student's outputs are by its targets, which must agree."""
    kinds = {t.outputs: name for name, t in named.items() if t.outputs}
    if len(kinds) > 1:
        raise ValueError(
            f"targets disagree about what the student's outputs are: "
            f"{', '.join(f'{n!r} says {k}' for k, n in kinds.items())}. Give "
            "them loss functions of one kind, for example "
            "binary_cross_entropy and binary_kl_divergence."
        )
    return next(iter(kinds), "classes")


class Head(keras.layers.Layer):
    """A named output, in float32 and without Keras' mask.

    Keras would multiply a loss of one number an example by a mask of one
    number a step. So a mask rides along as a last channel, to be used by
    `averaged`, and half-precision outputs are widened before the loss.
    Whether there is one may show only at the first rows: Keras says nothing
    of it beforehand where a nested or subclassed model makes it.
    """

    def __init__(self, name: str, dtype: str = "float32"):
        super().__init__(name=name, dtype=dtype)
        self.supports_masking = True
        self.masked = False

    def build(self, shape):
        self.width = shape[-1]  # without a mask

    def call(self, inputs, mask=None):
        axes = len(inputs.shape)
        if mask is None or axes < 3 or len(mask.shape) > axes - 1:
            return inputs
        self.masked = True
        mask = ops.cast(mask, inputs.dtype)
        while len(mask.shape) < axes:
            mask = mask[..., None]
        mask = ops.broadcast_to(mask, ops.shape(inputs[..., :1]))
        return ops.concatenate([inputs, mask], axis=-1)

    def compute_mask(self, inputs, previous_mask=None):
        return None


def heads(
    student,
    named: dict[str, Target],
    shapes: dict[str, tuple],
    plain: str | None = None,
):
    """The student as a model with one named output for each target.

    Args:
        student: a Keras model, sequential or functional, that ends in logits.
        named: targets by output name, from `name_targets`.
        shapes: the shape of one row of the teacher's answers, by layer.
        plain: the name of one more output, the student's own with its mask.
            Defaults to `None`, no such output.

    Returns:
        A Keras model whose outputs are a dictionary. It shares the student's
        weights; training it trains the student.
    """
    paths = [t.watches for t in named.values() if t.watches is not None]
    student = watched(student, paths, "student")
    taken = {*named, plain} & {layer.name for layer in student.layers}
    if taken:
        raise ValueError(
            f"the student has a layer called {min(taken)!r}, which is the "
            "name of an output of its training. Give the layer another name."
        )
    outputs = {}
    for name, target in named.items():
        # Under its number, by which it may name layers of its own.
        numbered = copy.copy(target)
        object.__setattr__(numbered, "name", name)
        output = numbered.head(student, shapes.get(target.asks))
        double = "float64" if output.dtype == "float64" else "float32"
        outputs[name] = Head(name, double)(output)
    if plain is not None:
        identity = keras.layers.Identity(name=plain, dtype="float32")
        outputs[plain] = identity(student.outputs[0])
    return keras.Model(inputs_of(student), outputs)


def by_name(model) -> dict[str, Head]:
    """The heads of a model, by output name."""
    return {h.name: h for h in model.layers if isinstance(h, Head)}


def inputs_of(model):
    """A model's inputs in the form that it takes them."""
    if isinstance(model, keras.Sequential):
        return model.inputs[0]
    inputs = model.input
    if isinstance(inputs, list | tuple) and len(inputs) == 1:
        return inputs[0]
    return inputs


def _follows_the_rows(target, wanted, output, shape) -> bool:
    """Whether a loss has an entry a row, and not by chance.

    A sum over the batch may have as many as there are rows, one a class. The
    package's own losses have; to look costs as much as to trace them again.
    """
    own = isinstance(getattr(target, "loss_function", ""), str)
    if own and type(target).__module__.startswith(f"{_PACKAGE}."):
        return True
    rows = [array.shape[0] for array in (output, wanted)]
    rows = [count for count in rows if count is not None]
    if not rows or shape[0] is None:
        return shape[0] is None
    more = [(rows[0] + 1, *array.shape[1:]) for array in (wanted, output)]
    again = keras.layers.Lambda(
        lambda pair: target.loss(*pair), dtype="float32", name="again"
    )
    try:
        return again.compute_output_shape(more)[0] in (rows[0] + 1, None)
    except NotImplementedError:  # a function that Keras cannot look into
        return True


def averaged(target: Target, wanted, output, width: int | None):
    """One number an example, from a target's loss.

    A loss that gives a number a place is averaged over the places that the
    mask leaves; an example without any counts 0.

    Args:
        target: whose loss it is.
        wanted: what `encode` gave.
        output: what its `Head` gave.
        width: how many channels are the output's own; one more is a mask.

    Returns:
        Shape `(batch,)`.

    Raises:
        ValueError: for a loss of another shape, or one that compares places
            with each other where a mask leaves some out.
    """
    mask = None
    if width is not None and output.shape[-1] == width + 1:
        output, mask = output[..., :-1], output[..., -1]
    if mask is not None and target.across:
        raise ValueError(
            f"target {target.name!r} compares places with each other and "
            "cannot leave masked ones out. Take a loss that looks at each "
            "place alone, for example kl_divergence."
        )
    values = ops.convert_to_tensor(target.loss(wanted, output))
    places = tuple(output.shape[1:-1])
    shape = tuple(values.shape)
    fits = [(output.shape[0],), (output.shape[0], *places)]
    fine = any(alike(shape, own) for own in fits)
    if not (fine and _follows_the_rows(target, wanted, output, shape)):
        raise ValueError(
            f"the loss of target {target.name!r} has shape {shape}"
            + (", however many rows there are" if fine else "")
            + f", not one number an example, ({output.shape[0]},)"
            + (f", or a place, {fits[1]}" if places else "")
            + ". Sum or average over the other axes, and not over the batch."
        )
    if len(shape) == 1:
        if mask is not None and places:
            raise ValueError(
                f"target {target.name!r} compares whole examples and cannot "
                "leave masked places out. Compare a layer behind the pooling, "
                "or use Hint, whose loss has a number a place."
            )
        return values
    axes = tuple(range(1, len(shape)))
    if mask is None:
        return ops.mean(values, axis=axes)
    mask = ops.cast(mask, values.dtype)
    # Not a product: a padded place may hold anything, NaN included.
    values = ops.where(mask > 0, values, ops.zeros_like(values))
    count = ops.sum(mask, axis=axes)
    return ops.sum(values, axis=axes) / ops.maximum(count, 1.0)
