"""What the teacher says of each example, asked once and written down."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..checks import check_finite, check_logits, is_real
from .cache import OUTPUT, read, write
from .probabilities import to_logits
from .rows import as_rows, count, rows_fingerprint


@dataclass(frozen=True, eq=False)
class Answers:
    """A teacher's answers for some rows, and the rows they belong to.

    It stands in for the teacher wherever one is asked for: `distill` takes
    it, and checks that the rows are the same ones, in the same order.

    Args:
        outputs: an array for each layer asked, first axis the examples;
            `"output"` is the last layer, the logits.
        rows: a digest of the examples.

    Example:

    >>> import numpy as np, kd_tutorial as kd
    >>> x = np.zeros((2, 8))
    >>> answers = kd.Answers.of(x, [[4.0, -1.0], [0.5, 2.0]])
    >>> answers.logits.shape
    (2, 2)
    """

    outputs: Mapping[str, np.ndarray]
    rows: str

    @classmethod
    def of(cls, x, logits, *, values=False, **layers) -> "Answers":
        """Answers from anywhere: an ensemble, a service, a control.

        Args:
            x: the examples, as `ask` takes them.
            logits: shape `(examples, ..., classes)`.
            values: they are real numbers, as a regression gives, and are not
                suspected to be probabilities. Defaults to `False`.
            **layers: arrays of other layers, by name.

        Raises:
            ValueError: for logits that are probabilities or not finite, or
                arrays whose length is not that of `x`.
            TypeError: for what is no array of numbers.
        """
        x = as_rows(x, None)
        logits = _numbers("logits", logits, "float32")
        if values:
            check_finite("logits", logits)
        else:
            check_logits("logits", logits, classes=1)
        outputs = {OUTPUT: logits}
        for name, array in layers.items():
            outputs[name] = check_finite(name, _numbers(name, array))
        for name, array in outputs.items():
            if len(array) != count(x):
                name = "logits" if name == OUTPUT else name
                raise ValueError(
                    f"{name} has {len(array)} rows for the {count(x)} of x. "
                    "Give one answer an example, in the same order."
                )
        return cls(outputs, rows_fingerprint(x))

    @classmethod
    def from_probabilities(cls, x, probabilities, **options) -> "Answers":
        """Answers of a service that gives probabilities, rounded or few.

        Args:
            x: the examples.
            probabilities: shape `(examples, classes)`, or `(examples, k)`
                with `indices`.
            **options: `indices`, `classes` and `floor` of `to_logits`, which
                says what it does with the missing mass.

        Raises:
            ValueError: as `to_logits` and `of` do.

        Example:

        >>> import numpy as np, kd_tutorial as kd
        >>> x = np.zeros((1, 8))
        >>> answers = kd.Answers.from_probabilities(x, [[0.9, 0.06, 0.0]])
        >>> np.exp(answers.logits).round(2)
        array([[0.9 , 0.06, 0.04]], dtype=float32)
        """
        return cls.of(x, to_logits(probabilities, **options))

    @property
    def logits(self) -> np.ndarray:
        """The teacher's logits, shape `(examples, classes)`."""
        return self[OUTPUT]

    def __len__(self):
        return len(next(iter(self.outputs.values())))

    def __getitem__(self, layer) -> np.ndarray:
        if layer not in self.outputs:
            raise ValueError(
                f"teacher layer {layer!r} was not asked: these answers hold "
                f"{sorted(self.outputs)}. Ask again with "
                f"`ask(teacher, x, layers=[{layer!r}])`."
            )
        return self.outputs[layer]

    def check_rows(self, x) -> None:
        """Raise unless these answers belong to the rows of `x`."""
        x = as_rows(x, None, finite=False)
        own = rows_fingerprint(x)
        if count(x) != len(self) or own != self.rows:
            raise ValueError(
                f"the answers were written for other rows: {len(self)} rows "
                f"with fingerprint {self.rows[:8]}, x has {count(x)} with "
                f"{own[:8]}. Ask the teacher about this x (same "
                "values, same order), or pass the x it was asked about."
            )

    def save(self, path) -> Path:
        """Write the answers to a `.npz` file, whole or not at all."""
        return write(Path(path), self.outputs, {"rows": self.rows})

    @classmethod
    def load(cls, path) -> "Answers":
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: when there is no such file.
            ValueError: when the file is damaged or another kind of file.
        """
        outputs, header = read(Path(path))
        return cls(outputs, header.get("rows", ""))


def _numbers(name, given, dtype=None) -> np.ndarray:
    """A copy of an array of numbers; raise for what is none."""
    try:
        array = np.array(given, dtype=dtype)
        if array.ndim and (is_real(array.dtype) or array.dtype == bool):
            return array
        why = f"dtype {array.dtype}, shape {array.shape}"
    except (TypeError, ValueError) as error:
        why = error
    raise TypeError(
        f"{name} must be an array of numbers, a row an example, got "
        f"{type(given).__name__} ({why}). Other layers go by name: "
        "Answers.of(x, logits, conv_1=array)."
    )
