"""Means over seeds, with their 95 % confidence intervals."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Interval:
    """A mean with its 95 % confidence interval (Student's t).

    Args:
        values: one an independent seed.
        unit: what they are measured in.

    Example:

    >>> import kd_tutorial as kd
    >>> print(kd.Interval([1.0, 2.0, 3.0], "points"))
    2.00 points [-0.48, 4.48], n = 3
    """

    values: Sequence[float]
    unit: str = ""
    low: float = field(init=False)
    high: float = field(init=False)

    def __post_init__(self):
        from scipy import stats

        values = np.asarray(self.values, dtype="float64")
        if values.ndim != 1 or len(values) < 2:
            raise ValueError(
                f"values must be at least two numbers, got {self.values!r}. "
                "An interval needs repeats: run more seeds."
            )
        if not np.isfinite(values).all():
            raise ValueError(
                f"values must be finite, got {values.tolist()}. A run "
                "diverged: lower its learning rate, or look at its data."
            )
        low = high = values[0]
        if np.ptp(values) > 0:  # without spread SciPy says nan
            result = stats.ttest_1samp(values, 0.0)
            low, high = result.confidence_interval(0.95)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "low", float(low))
        object.__setattr__(self, "high", float(high))

    @property
    def mean(self) -> float:
        """The mean of the values."""
        return float(self.values.mean())

    @property
    def n(self) -> int:
        """How many values there are."""
        return len(self.values)

    _sign = ""

    def __str__(self):
        mean, low, high = (
            f"{value:{self._sign}.2f}"
            for value in (self.mean, self.low, self.high)
        )
        unit = f" {self.unit}" if self.unit else ""
        return f"{mean}{unit} [{low}, {high}], n = {self.n}"


class Difference(Interval):
    """Paired differences, one a seed, with interval and paired t-test.

    Args:
        values: first method minus second, one a seed.
        unit: what they are measured in.

    Example:

    >>> import kd_tutorial as kd
    >>> difference = kd.Difference([1.0, 2.0, 3.0], "points")
    >>> round(difference.p_value, 4)
    0.0742
    >>> print(difference)
    +2.00 points [-0.48, +4.48], n = 3
    """

    _sign = "+"

    @property
    def p_value(self) -> float:
        """Two-sided p-value of the paired t-test that the mean is 0."""
        from scipy import stats

        if np.ptp(self.values) == 0:
            return 1.0 if self.values[0] == 0 else 0.0
        return float(stats.ttest_1samp(self.values, 0.0).pvalue)
