"""How long a model takes to answer."""

import time
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Latency:
    """How long one call takes, in milliseconds.

    Args:
        median: of the repeats.
        low: their 5 % quantile.
        high: their 95 % quantile.
    """

    median: float
    low: float
    high: float

    def __str__(self):
        return f"{self.median:.3g} ms [{self.low:.3g}, {self.high:.3g}]"


def latency(model, x, *, repeats=50) -> Latency:
    """Time a model's `predict_on_batch` on `x`, compiled and warm.

    Machines are shared and noisy: compare models within one run, and read
    the quantiles.

    Args:
        model: a Keras model.
        x: a batch of examples, often of one.
        repeats: how many calls are timed, after three that are not.
            Defaults to 50.

    Returns:
        `Latency`, in milliseconds a call.

    Raises:
        ValueError: for fewer than two repeats or no examples.

    Example:

    >>> import numpy as np, kd_tutorial as kd
    >>> one = np.zeros((1, 8, 8, 1), "float32")
    >>> kd.latency(kd.mlp((8, 8, 1), 10), one, repeats=5).median > 0
    True
    """
    if repeats < 2:
        raise ValueError(f"repeats must be 2 or more, got {repeats!r}.")
    if len(x) == 0:
        raise ValueError("x has no examples. Pass at least one.")
    for _ in range(3):
        model.predict_on_batch(x)
    times = np.empty(repeats)
    for i in range(repeats):
        start = time.perf_counter()
        model.predict_on_batch(x)
        times[i] = 1000 * (time.perf_counter() - start)
    low, median, high = np.quantile(times, [0.05, 0.5, 0.95])
    return Latency(float(median), float(low), float(high))
