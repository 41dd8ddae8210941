"""What the teacher says of each example, asked once and written down."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..checks import check_logits
from .cache import OUTPUT, fingerprint, read, write


@dataclass(frozen=True, eq=False)
class Answers:
    """A teacher's answers for some rows, and the rows they belong to.

    It stands in for the teacher wherever one is asked for: `distill` takes
    it, and checks that the rows are the same ones, in the same order.

    Args:
        outputs: an array for each layer asked, first axis the examples;
            `"output"` is the last layer, the logits.
        rows: `fingerprint(x)` of the examples.

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
    def of(cls, x, logits, **layers) -> "Answers":
        """Answers from anywhere: an ensemble, a service, a control.

        Args:
            x: the examples.
            logits: shape `(examples, classes)`.
            **layers: arrays of other layers, by name.

        Raises:
            ValueError: for logits that are probabilities or not finite, or
                arrays whose length is not that of `x`.
        """
        logits = check_logits("logits", np.asarray(logits, dtype="float32"))
        outputs = {OUTPUT: logits, **layers}
        for name, array in outputs.items():
            if len(array) != len(x):
                name = "logits" if name == OUTPUT else name
                raise ValueError(
                    f"{name} has {len(array)} rows for the {len(x)} of x. "
                    "Give one answer an example, in the same order."
                )
        return cls(outputs, fingerprint(x))

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
        if len(x) != len(self) or fingerprint(x) != self.rows:
            raise ValueError(
                f"the answers were written for other rows: {len(self)} rows "
                f"with fingerprint {self.rows[:8]}, x has {len(x)} with "
                f"{fingerprint(x)[:8]}. Ask the teacher about this x (same "
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
