"""How long a model takes to answer."""

import os
import time
from dataclasses import dataclass

import numpy as np

from ..answers.rows import as_rows, inputs_of
from ..checks import check_whole
from .on_device import OnDevice


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


def latency(model, x, *, repeats: int = 50) -> Latency:
    """Time a model's `predict_on_batch`, or a function, on `x`, warm.

    Machines are shared and noisy: compare models within one run, and read
    the quantiles.

    Args:
        model: a Keras model; the path of an exported one, which is run as
            by `OnDevice`; or any function, which is called with `x` as it
            is.
        x: a batch of examples, often of one: an array, or a dictionary or
            list of arrays for several inputs.
        repeats: how many calls are timed, after three that are not.
            Defaults to 50.

    Returns:
        `Latency`, in milliseconds a call.

    Raises:
        TypeError: for a model that cannot be called.
        ValueError: for fewer than two repeats, no examples, or a file of
            another kind.

    Example:

    >>> import numpy as np, kd_tutorial as kd
    >>> one = np.zeros((1, 8, 8, 1), "float32")
    >>> kd.latency(kd.mlp((8, 8, 1), 10), one, repeats=5).median > 0
    True
    """
    repeats = check_whole("repeats", repeats, 2, 1_000_000)
    if isinstance(model, str | os.PathLike):
        model = OnDevice(model)
    predict = getattr(model, "predict_on_batch", model)
    if not callable(predict) or isinstance(model, type):
        raise TypeError(
            "model must be a Keras model, a path or a function, got "
            f"{model!r}."
        )
    if predict is not model:
        x = as_rows(x, inputs_of(model))
    for _ in range(3):
        predict(x)
    times = np.empty(repeats)
    for i in range(repeats):
        start = time.perf_counter()
        predict(x)
        times[i] = 1000 * (time.perf_counter() - start)
    low, median, high = np.quantile(times, [0.05, 0.5, 0.95])
    return Latency(float(median), float(low), float(high))
