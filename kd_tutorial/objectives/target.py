"""What the student is asked to match: one class for each kind of knowledge.

A target answers four questions. What do I ask the teacher? Which head does
the student need? Which loss compares the two, example by example? How much
does it weigh? The answers turn distillation into an ordinary Keras `fit` of a
model with several outputs; to write a new method, answer them anew.
"""

from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np

from ..answers.cache import OUTPUT
from ..answers.keys import key_of
from ..checks import check_number, is_traced

# What the student's outputs are, by the loss that compares them.
CLASSES = "classes"  # logits of classes, of which one is right
BINARY = "binary"  # logits of labels, each of which is right or not
VALUES = "values"  # real numbers


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

    Raises:
        ValueError: for a weight that is negative or not finite.
        TypeError: for one that is no number.
    """

    weight: float = 1.0
    sample_weight: np.ndarray | None = None

    name: ClassVar[str] = "target"
    outputs: ClassVar[str | None] = None  # of which kind the student's are
    least_batch: ClassVar[int] = 1  # so many rows are compared at least
    # Whether `loss` gives a number a place that depends on the other places.
    across: ClassVar[bool] = False

    def __post_init__(self):
        for field in fields(self):  # 4, 4.0, np.float32(4): one program
            value = getattr(self, field.name)
            # Inside a compiled loop numbers are traced, and were checked.
            if field.type not in (float, "float") or is_traced(value):
                continue
            value = check_number(
                field.name, value, lambda v: abs(v) < 3e38, "below 3e38"
            )
            object.__setattr__(self, field.name, value)
        if isinstance(self.weight, float) and self.weight < 0:
            raise ValueError(
                f"weight must be at least 0, got {self.weight!r}. 0 leaves "
                "the term out."
            )
        if self.sample_weight is not None:
            try:
                weights = np.array(self.sample_weight, dtype="float32")
            except (TypeError, ValueError) as error:
                raise TypeError(
                    "sample_weight must be numbers, one an example, got "
                    f"{self.sample_weight!r}."
                ) from error
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

    @property
    def watches(self) -> str | None:
        """The student's layer that is compared; `None`: its output."""
        return None

    def encode(self, labels, answer) -> np.ndarray:
        """The array given to `fit` as this head's target."""
        return answer

    def head(self, student, shape):
        """The student's symbolic output; `shape` is an answer's, a row."""
        output = student.outputs[0]
        if shape == ():
            raise ValueError(
                "the teacher gives one number an example, without an axis of "
                "its own. Give it one: answers of shape (rows, 1)."
            )
        if shape is not None and output.shape[-1] != shape[-1]:
            raise ValueError(
                f"the teacher has {shape[-1]} classes and the student "
                f"{output.shape[-1]}. Both must score the same "
                "classes: build the student with the teacher's number, or "
                "translate the teacher's by map_classes."
            )
        if shape is not None and not alike(output.shape[1:], shape):
            raise ValueError(
                f"the teacher's answer for an example has shape {shape}, the "
                f"student's output {output.shape[1:]}. Their places must be "
                "the same, in the same order: reshape or transpose one."
            )
        return output

    def loss(self, target, output):
        """One number an example, `(batch,)`, or a place, `(batch, ...)`."""
        raise NotImplementedError(
            f"{type(self).__name__} must define loss(target, output)."
        )

    def numbers(self) -> dict[str, float]:
        """The fields that may vary without a new compilation."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {k: v for k, v in values.items() if type(v) is float}

    def structure(self) -> tuple:
        """All that decides the compiled program: everything else.

        Raises:
            TypeError: for a field that can be told from others neither by
                its hash nor by what it holds.
        """
        numbers = {*self.numbers(), "sample_weight"}
        return (
            type(self),
            *(
                _told_apart(f.name, getattr(self, f.name))
                for f in fields(self)
                if f.name not in numbers
            ),
            self.sample_weight is None,
        )


def _told_apart(name, value):
    """The value; of arrays, lists and the like the key of what they hold."""
    try:
        hash(value)
    except TypeError:
        key = key_of(value)
        if key is None:
            raise TypeError(
                f"the target's {name} holds what can be neither hashed nor "
                f"written down, got {value!r}. Make it numbers, arrays or "
                "functions; or train by distill, a seed at a time."
            ) from None
        return key
    return value


def each_place(function, output, *, rows=(), labels=()):
    """`function(outputs, *rows, *labels)` on every place as on an example.

    Args:
        function: takes `(n, columns)` and `(n,)`, and gives `(n,)`.
        output: `(batch, ..., columns)`.
        rows: arrays of such a shape.
        labels: arrays without the last axis.

    Returns:
        Shape `(batch, ...)`.
    """
    from keras import ops

    if len(output.shape) == 2:
        return function(output, *rows, *labels)
    flat = [ops.reshape(a, (-1, a.shape[-1])) for a in (output, *rows)]
    flat += [ops.reshape(a, (-1,)) for a in labels]
    values = function(*flat)
    if len(values.shape) != 1:
        return values  # of a wrong shape, which `heads.averaged` refuses
    return ops.reshape(values, ops.shape(output)[:-1])


def alike(shape, other) -> bool:
    """Whether two shapes may be the same: `None` stands for any size."""
    return len(shape) == len(other) and all(
        a == b for a, b in zip(shape, other) if None not in (a, b)
    )
