"""The targets that learn from outputs: labels, and the teacher's answers."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from keras import ops

from ..answers.cache import OUTPUT
from ..checks import check_temperature, is_traced
from . import losses
from .target import BINARY, CLASSES, VALUES, Target, each_place

_HARD = {
    "hard_cross_entropy": CLASSES,
    "binary_cross_entropy": BINARY,
    "squared_error": VALUES,
}
_SOFT = {
    **dict.fromkeys(
        (
            "decoupled_kd",
            "dist",
            "generalized_jsd",
            "kl_divergence",
            "reverse_kl",
            "soft_cross_entropy",
            "squared_logits",
            "standardized_kd",
        ),
        CLASSES,
    ),
    "binary_kl_divergence": BINARY,
    "squared_error": VALUES,
}
LOSSES = tuple(_SOFT)
_ACROSS = ("dist",)  # compare the rows of a batch with each other


@dataclass(frozen=True, eq=False, kw_only=True)
class HardTargets(Target):
    """The labels themselves.

    Args:
        weight: the term's factor. Defaults to 1.
        sample_weight: w_i, shape `(examples,)`. Defaults to `None`.
        label_smoothing: in [0, 1), for classes. Defaults to 0.
        loss_function: `"hard_cross_entropy"` for one class an example;
            `"binary_cross_entropy"` for labels that are each right or not, of
            shape `(examples, labels)`, or one logit for two classes;
            `"squared_error"` for real numbers. Or a function of
            `(labels, outputs)`, for classes. Defaults to the first.

    Raises:
        ValueError: for a smoothing outside [0, 1), an unknown loss, or a
            partial that sets the smoothing too.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.HardTargets(weight=0.1).weight
    0.1
    """

    label_smoothing: float = 0.0
    loss_function: str | Callable = "hard_cross_entropy"
    name: ClassVar[str] = "hard"

    def __post_init__(self):
        super().__post_init__()
        _check_loss(self, _HARD, "label_smoothing")
        smoothing = self.label_smoothing
        if isinstance(smoothing, float) and not 0 <= smoothing < 1:
            raise ValueError(
                f"label_smoothing must be in [0, 1), got {smoothing!r}. "
                "0 leaves the labels as they are, 0.1 is usual."
            )
        traced = is_traced(smoothing)
        if not traced and smoothing and self.outputs != CLASSES:
            raise ValueError(
                f"label_smoothing is for classes, not {self.loss_function!r}. "
                "Leave it at 0."
            )

    @property
    def outputs(self):
        return _outputs(self.loss_function, _HARD)

    @property
    def asks(self):
        return None

    def encode(self, labels, answer):
        if labels is None:
            raise ValueError(
                "HardTargets need labels, got y=None. Pass y, or leave "
                "HardTargets out to learn from the teacher alone."
            )
        return labels

    def loss(self, target, output):
        function, takes = _function(self.loss_function)
        options = {}
        if "label_smoothing" in takes:
            options["label_smoothing"] = self.label_smoothing
        if self.outputs == CLASSES:
            labels = ops.cast(target, "int32")  # Keras makes them floats
            return each_place(
                lambda z, y: function(y, z, **options),
                output,
                labels=(labels,),
            )
        return each_place(
            lambda z, y: function(y, z, **options), output, rows=(target,)
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class SoftTargets(Target):
    """The teacher's logits, by any of the losses in `losses`.

    Args:
        temperature: T > 0. Defaults to 4. Losses without one ignore it.
        loss_function: a name from `losses`, or a function of
            `(teacher_logits, student_logits)` that gives one number an
            example, and takes `temperature` or `labels` by keyword where it
            needs them. Use `functools.partial` for other settings. Of dense
            outputs each place is such an example; a mask leaves places out
            of the mean, so that none may count in another's number: `"dist"`
            is refused there.
            `"binary_kl_divergence"` is for labels that are each right or not,
            `"squared_error"` for real numbers. Defaults to
            `"kl_divergence"`.
        teacher_output: which of a teacher's several outputs, by name.
            Defaults to its only one.
        weight: the term's factor. Defaults to 1.
        sample_weight: w_i, shape `(examples,)`. Defaults to `None`.

    Raises:
        ValueError: for T ≤ 0 or not finite, an unknown loss, or a partial
            that sets the temperature or the labels too.

    Example:

    >>> import functools, kd_tutorial as kd
    >>> kd.SoftTargets(temperature=2.0, weight=0.9).temperature
    2.0
    >>> jsd = functools.partial(kd.losses.generalized_jsd, beta=0.1)
    >>> target = kd.SoftTargets(loss_function=jsd)
    """

    temperature: float = 4.0
    loss_function: str | Callable = "kl_divergence"
    teacher_output: str = OUTPUT
    name: ClassVar[str] = "soft"

    def __post_init__(self):
        check_temperature(self.temperature)
        super().__post_init__()
        _check_loss(self, _SOFT, "temperature", "labels")

    @property
    def outputs(self):
        return _outputs(self.loss_function, _SOFT)

    @property
    def least_batch(self):
        return 2 if _own_name(self.loss_function) == "dist" else 1

    @property
    def across(self):
        return _own_name(self.loss_function) in _ACROSS

    @property
    def asks(self):
        return self.teacher_output

    def encode(self, labels, answer):
        if "labels" not in _function(self.loss_function)[1]:
            return answer
        if labels is None:
            raise ValueError(
                f"loss_function {self.loss_function!r} needs labels, got "
                "y=None. Pass y, or choose a loss that needs none."
            )
        # The labels ride along as a last column: (examples, classes + 1).
        # In float32, which holds every label; float16 does from 2049 on not.
        answer = np.asarray(answer, dtype="float32")
        labels = np.asarray(labels, dtype="float32")[..., None]
        return np.concatenate([answer, labels], axis=-1)

    def loss(self, target, output):
        function, takes = _function(self.loss_function)
        options = {}
        if "temperature" in takes:
            options["temperature"] = self.temperature
        if "labels" not in takes:
            return each_place(
                lambda z, v: function(v, z, **options), output, rows=(target,)
            )
        return each_place(
            lambda z, v, y: function(v, z, labels=y, **options),
            output,
            rows=(target[..., :-1],),
            labels=(ops.cast(target[..., -1], "int32"),),
        )


def _check_loss(target, known, *sets):
    """Raise unless the loss is known, and no partial sets what `sets` names.

    What the target gives the loss goes before what a partial holds.
    """
    given = target.loss_function
    if isinstance(given, str):
        if given not in known:
            raise ValueError(
                f"unknown loss_function {given!r}. Choose from "
                f"{', '.join(known)}, or pass a function."
            )
    elif not callable(given):
        raise TypeError(
            f"loss_function must be a name or a function, got {given!r}."
        )
    part, held = given, {}
    while isinstance(part, functools.partial):
        part, held = part.func, {**part.keywords, **held}
    for name in {*sets} & {*held}:
        if name in _function(given)[1]:
            kind = type(target).__name__
            where = "y" if name == "labels" else f"{kind}({name}=...)"
            raise ValueError(
                f"loss_function is a partial with {name}={held[name]!r}, and "
                f"{kind} sets {name} itself, which would go before. Take it "
                f"out of the partial and pass {where}."
            )


def _outputs(given, known):
    """Of which kind the outputs are that a loss compares."""
    return known.get(_own_name(given), CLASSES)


def _own_name(given) -> str:
    """What a loss is called in `losses`; "" if it is none of these."""
    if isinstance(given, str):
        return given
    while isinstance(given, functools.partial):
        given = given.func
    name = getattr(given, "__name__", "")
    return name if getattr(losses, name, None) is given else ""


def _function(given):
    """The loss, and the names of the arguments it takes."""
    function = getattr(losses, given) if isinstance(given, str) else given
    return function, inspect.signature(function).parameters
