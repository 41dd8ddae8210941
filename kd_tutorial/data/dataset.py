"""Classification data in three parts: train, validation chooses, test reports.

Examples are float32, images from 0 to 1; labels are integers from 0.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Split:
    """Examples and their labels.

    Args:
        x: shape `(examples, ...)`.
        y: integer labels, shape `(examples,)`.
    """

    x: np.ndarray
    y: np.ndarray

    def __post_init__(self):
        if len(self.x) != len(self.y):
            raise ValueError(
                f"x has {len(self.x)} examples and y {len(self.y)} labels. "
                "Give one label an example."
            )
        if not len(self.x):
            raise ValueError("x has no examples. Pass at least one.")

    def __len__(self):
        return len(self.x)

    def take(self, indices) -> "Split":
        """The examples at `indices`, in that order."""
        return Split(self.x[indices], self.y[indices])


@dataclass(frozen=True, eq=False)
class Dataset:
    """Three splits of one kind of data.

    Args:
        name: what `load_data` was asked for.
        train: what models learn from.
        validation: what settings are chosen on.
        test: what results are reported on, and nothing else.
        class_names: one a class.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(self.class_names)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """One example's shape."""
        return self.train.x.shape[1:]
