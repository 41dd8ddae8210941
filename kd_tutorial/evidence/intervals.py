"""Means over seeds, with their 95 % confidence intervals."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from ..arrays import real_array
from ..checks import check_line


@cache
def student(n: int) -> float:
    """The 0.975 quantile of Student's t with n - 1 degrees of freedom."""
    from scipy import stats

    return float(stats.t.ppf(0.975, n - 1))


@dataclass(frozen=True, eq=False)
class Interval:
    """A mean with its 95 % confidence interval (Student's t).

    Args:
        values: one an independent seed; kept as a copy that cannot change.
        unit: what they are measured in.

    Raises:
        ValueError: for values that are not two finite numbers or more, or a
            unit that is no line of text.

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
        check_line("unit", self.unit)
        given = self.values
        given = [*given] if hasattr(given, "__next__") else given
        values = np.array(real_array("values", given), dtype="float64")
        if values.ndim != 1 or len(values) < 2:
            raise ValueError(
                f"values must be at least two numbers, got {given!r}. "
                "An interval needs repeats: run more seeds."
            )
        if not (np.abs(values) < 1e300).all():
            raise ValueError(
                "values must be finite, and sums of them too, got "
                f"{values.tolist()}. A run diverged: lower its learning rate, "
                "or look at its data."
            )
        values.flags.writeable = False
        object.__setattr__(self, "values", values)
        half = student(self.n) * self.standard_error
        object.__setattr__(self, "low", self.mean - half)
        object.__setattr__(self, "high", self.mean + half)

    @property
    def mean(self) -> float:
        """The mean of the values."""
        return float(self.values.mean())

    @property
    def n(self) -> int:
        """How many values there are."""
        return len(self.values)

    @property
    def standard_error(self) -> float:
        """Of the mean: the values' deviation over the root of their number."""
        scaled, exponent = _scaled(self.values)
        error = scaled.std(ddof=1) / self.n**0.5
        return float(np.ldexp(error, exponent)) if np.ptp(scaled) else 0.0

    _sign = ""

    def __str__(self):
        mean, low, high = (
            f"{value:{self._sign}.2f}"
            for value in (self.mean, self.low, self.high)
        )
        unit = f" {self.unit}" if self.unit else ""
        return f"{mean}{unit} [{low}, {high}], n = {self.n}"


def _scaled(values):
    """Values over a power of 2, so that their squares are numbers too."""
    exponent = np.frexp(np.abs(values).max())[1]
    return np.ldexp(values, -exponent), exponent


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
        return float(stats.ttest_1samp(_scaled(self.values)[0], 0.0).pvalue)
