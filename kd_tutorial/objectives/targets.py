"""What the student is asked to match: one class for each kind of knowledge.

A target answers four questions. What do I ask the teacher? Which head does
the student need? Which loss compares the two, example by example? How much
does it weigh? The answers turn distillation into an ordinary Keras `fit` of a
model with several outputs; to write a new method, answer them anew.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import ClassVar

import keras
import numpy as np

from ..answers.cache import OUTPUT
from ..checks import check_temperature
from . import losses

LOSSES = (
    "decoupled_kd",
    "dist",
    "generalized_jsd",
    "kl_divergence",
    "reverse_kl",
    "soft_cross_entropy",
    "squared_logits",
    "standardized_kd",
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Target:
    """One term of the objective, `weight * mean_i w_i l(student_i, target_i)`.

    To add a method, subclass it and say `name`, `asks`, `head` and `loss`.
    Fields that are numbers (`weight`, a temperature) may differ from run to
    run without compiling the training again.

    Args:
        weight: the term's factor, at least 0. Defaults to 1.
        sample_weight: w_i, shape `(examples,)`, at least 0. Defaults to
            `None`, all ones.
    """

    weight: float = 1.0
    sample_weight: np.ndarray | None = None

    name: ClassVar[str] = "target"

    def __post_init__(self):
        for field in fields(self):  # 4 and 4.0 compile to one program
            value = getattr(self, field.name)
            if field.type is float and type(value) is int:
                object.__setattr__(self, field.name, float(value))
        if isinstance(self.weight, float) and not (
            np.isfinite(self.weight) and self.weight >= 0
        ):
            raise ValueError(
                f"weight must be finite and at least 0, got {self.weight!r}. "
                "0 leaves the term out."
            )
        if self.sample_weight is not None:
            weights = np.asarray(self.sample_weight, dtype="float32")
            if not (np.isfinite(weights).all() and (weights >= 0).all()):
                raise ValueError(
                    "sample_weight must be finite and at least 0 for every "
                    "example. 0 leaves an example out."
                )
            object.__setattr__(self, "sample_weight", weights)

    @property
    def asks(self) -> str | None:
        """The teacher's layer to ask; `None`: nothing is asked."""
        return OUTPUT

    def encode(self, labels, answer) -> np.ndarray:
        """The array given to `fit` as this head's target."""
        return answer

    def head(self, student, shape):
        """The student's symbolic output; `shape` is an answer's, a row."""
        output = student.outputs[0]
        if shape is not None and output.shape[-1] != shape[-1]:
            raise ValueError(
                f"the teacher has {shape[-1]} classes and the student "
                f"{output.shape[-1]}. Both must score the same "
                "classes: build the student with the teacher's number."
            )
        return output

    def loss(self, target, output):
        """One number an example, shape `(batch,)`."""
        raise NotImplementedError(
            f"{type(self).__name__} must define loss(target, output)."
        )

    def numbers(self) -> dict[str, float]:
        """The fields that may vary without a new compilation."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {k: v for k, v in values.items() if type(v) is float}

    def structure(self) -> tuple:
        """All that decides the compiled program: everything else."""
        numbers = {*self.numbers(), "sample_weight"}
        return (
            type(self),
            *(
                getattr(self, f.name)
                for f in fields(self)
                if f.name not in numbers
            ),
            self.sample_weight is None,
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class HardTargets(Target):
    """The labels themselves, by `losses.hard_cross_entropy`.

    Args:
        weight: the term's factor. Defaults to 1.
        sample_weight: w_i, shape `(examples,)`. Defaults to `None`.
        label_smoothing: in [0, 1). Defaults to 0.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.HardTargets(weight=0.1).weight
    0.1
    """

    label_smoothing: float = 0.0
    name: ClassVar[str] = "hard"

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
        return losses.hard_cross_entropy(
            target, output, label_smoothing=self.label_smoothing
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class SoftTargets(Target):
    """The teacher's logits, by any of the losses in `losses`.

    Args:
        temperature: T > 0. Defaults to 4. Losses without one ignore it.
        loss_function: a name from `losses`, or a function of
            `(teacher_logits, student_logits)` that takes `temperature` or
            `labels` by keyword where it needs them. Use `functools.partial`
            for other settings. Defaults to `"kl_divergence"`.
        weight: the term's factor. Defaults to 1.
        sample_weight: w_i, shape `(examples,)`. Defaults to `None`.

    Raises:
        ValueError: for T ≤ 0 or not finite, or an unknown loss.

    Example:

    >>> import functools, kd_tutorial as kd
    >>> kd.SoftTargets(temperature=2.0, weight=0.9).temperature
    2.0
    >>> jsd = functools.partial(kd.losses.generalized_jsd, beta=0.1)
    >>> target = kd.SoftTargets(loss_function=jsd)
    """

    temperature: float = 4.0
    loss_function: str | Callable = "kl_divergence"
    name: ClassVar[str] = "soft"

    def __post_init__(self):
        check_temperature(self.temperature)
        super().__post_init__()
        if isinstance(self.loss_function, str):
            if self.loss_function not in LOSSES:
                raise ValueError(
                    f"unknown loss_function {self.loss_function!r}. Choose "
                    f"from {', '.join(LOSSES)}, or pass a function."
                )
        elif not callable(self.loss_function):
            raise TypeError(
                "loss_function must be a name or a function, got "
                f"{self.loss_function!r}."
            )

    def _function(self):
        """The loss, and the names of the arguments it takes."""
        function = self.loss_function
        if isinstance(function, str):
            function = getattr(losses, function)
        return function, inspect.signature(function).parameters

    def encode(self, labels, answer):
        if "labels" not in self._function()[1]:
            return answer
        if labels is None:
            raise ValueError(
                f"loss_function {self.loss_function!r} needs labels, got "
                "y=None. Pass y, or choose a loss that needs none."
            )
        # The labels ride along as a last column: (examples, classes + 1).
        labels = np.asarray(labels, dtype=answer.dtype)[..., None]
        return np.concatenate([answer, labels], axis=-1)

    def loss(self, target, output):
        function, takes = self._function()
        options = {}
        if "temperature" in takes:
            options["temperature"] = self.temperature
        if "labels" in takes:
            target, options["labels"] = target[:, :-1], target[:, -1]
        return function(target, output, **options)


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


def heads(student, named: dict[str, Target], shapes: dict[str, tuple]):
    """The student as a model with one named output for each target.

    Args:
        student: a Keras model, sequential or functional, that ends in logits.
        named: targets by output name, from `name_targets`.
        shapes: the shape of one row of the teacher's answers, by layer.

    Returns:
        A Keras model whose outputs are a dictionary. It shares the student's
        weights; training it trains the student.
    """
    outputs = {
        name: keras.layers.Identity(name=name)(
            target.head(student, shapes.get(target.asks))
        )
        for name, target in named.items()
    }
    return keras.Model(_inputs(student), outputs)


def _inputs(model):
    """A model's input, or the list of them."""
    return model.inputs[0] if len(model.inputs) == 1 else model.inputs
