"""What a comparison found: test logits of every method, on paired seeds."""

from dataclasses import dataclass

import numpy as np

from . import metrics
from .intervals import Difference, Interval
from .tables import Table

# name: (function, factor, unit, asks the teacher)
METRICS = {
    "accuracy": (metrics.accuracy, 100, "points", False),
    "log_loss": (metrics.log_loss, 1, "nats", False),
    "calibration_error": (metrics.calibration_error, 100, "points", False),
    "agreement": (metrics.agreement, 100, "points", True),
    "kl_to_teacher": (metrics.kl_to_teacher, 1, "nats", True),
}


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a method gave: validation accuracies, choice, test logits."""

    validation: dict[str, np.ndarray]  # label -> (seeds,)
    chosen: str
    logits: np.ndarray  # (seeds, examples, classes), on test


@dataclass(frozen=True, eq=False)
class Study:
    """The outcome of `compare`: test logits of every method and seed.

    Args:
        outcomes: by method.
        labels: test labels, shape `(seeds, examples)`.
        seeds: the seeds, in order.
        teacher_logits: on the test sets, `(seeds, examples, classes)`.
    """

    outcomes: dict[str, Outcome]
    labels: np.ndarray
    seeds: tuple[int, ...]
    teacher_logits: np.ndarray | None = None

    def __post_init__(self):
        if not self.outcomes:
            raise ValueError("outcomes is empty. Give at least one method.")
        shape = np.shape(self.labels)
        told = {name: o.logits for name, o in self.outcomes.items()}
        if self.teacher_logits is not None:
            told["the teacher"] = self.teacher_logits
        if shape[:1] != (len(self.seeds),):
            raise ValueError(
                f"labels have shape {shape} for {len(self.seeds)} seeds. Give "
                "one row a seed."
            )
        for name, logits in told.items():
            if np.shape(logits)[:2] != shape[:2]:
                raise ValueError(
                    f"logits of {name!r} have shape {np.shape(logits)} and "
                    f"labels {shape}. Give one row of logits a label."
                )

    def scores(self, method: str, metric="accuracy") -> np.ndarray:
        """One number a seed, on test, in the metric's unit.

        Args:
            method: its name.
            metric: `"accuracy"`, `"calibration_error"`, `"agreement"` (in
                points, 0 to 100), `"log_loss"`, `"kl_to_teacher"` (nats), or
                a function `(labels, logits)`. Defaults to `"accuracy"`.
        """
        if method not in self.outcomes:
            raise ValueError(
                f"unknown method {method!r}. This study has "
                f"{', '.join(map(repr, self.outcomes))}."
            )
        function, factor, _, asks = _metric(metric)
        references = self.labels
        if asks:
            if self.teacher_logits is None:
                raise ValueError(
                    f"metric {metric!r} needs the teacher, got a study "
                    "without one. Pass teacher=... to compare."
                )
            references = self.teacher_logits
        pairs = zip(references, self.outcomes[method].logits, strict=True)
        found = np.array([function(*pair) for pair in pairs])
        if found.shape != (len(self.seeds),):
            raise ValueError(
                f"metric {metric!r} gave shape {found.shape[1:]} for a seed. "
                "It must give one number."
            )
        return factor * found

    def interval(self, method: str, metric="accuracy") -> Interval:
        """A method's mean and 95 % interval."""
        return Interval(self.scores(method, metric), _metric(metric)[2])

    def difference(self, first, second, metric="accuracy") -> Difference:
        """`first` minus `second`, seed by seed."""
        return Difference(
            self.scores(first, metric) - self.scores(second, metric),
            _metric(metric)[2],
        )

    def rows(self, metric="accuracy", baseline: str | None = None) -> list:
        """The table as plain data, a dictionary a method."""
        baseline = baseline or next(iter(self.outcomes))
        rows = []
        for name, outcome in self.outcomes.items():
            own = self.interval(name, metric)
            row = {
                "method": name,
                "mean": own.mean, "low": own.low, "high": own.high,
                "n": own.n, "unit": own.unit,
                "trials": len(outcome.validation), "chosen": outcome.chosen,
            }  # fmt: skip
            if name != baseline:
                gap = self.difference(name, baseline, metric)
                row |= {
                    "difference": gap.mean, "difference_low": gap.low,
                    "difference_high": gap.high, "p_value": gap.p_value,
                }  # fmt: skip
            rows.append(row)
        return rows

    def table(self, metric="accuracy", baseline=None) -> Table:
        """Mean, interval and paired difference to a baseline.

        Args:
            metric: see `scores`. Defaults to `"accuracy"`.
            baseline: a method's name. Defaults to the first.
        """
        rows = self.rows(metric, baseline)
        baseline = baseline or rows[0]["method"]
        label = getattr(metric, "__name__", str(metric))
        unit = f" ({rows[0]['unit']})" if rows[0]["unit"] else ""
        head = [
            "method", f"{label.replace('_', ' ')}{unit}, 95 % interval",
            f"minus {baseline}, paired", "p",
        ]  # fmt: skip
        tuned = any(row["trials"] > 1 for row in rows)
        lines = []
        for row in rows:
            line = [
                row["method"],
                f"{row['mean']:.2f} [{row['low']:.2f}, {row['high']:.2f}]",
                "", "",
            ]  # fmt: skip
            if "difference" in row:
                line[2] = (
                    f"{row['difference']:+.2f} [{row['difference_low']:+.2f}, "
                    f"{row['difference_high']:+.2f}]"
                )
                line[3] = f"{row['p_value']:.2g}"
            if tuned:
                line += [row["chosen"] or "-", str(row["trials"])]
            lines.append(line)
        if tuned:
            head += ["chosen on validation", "trials"]
        return Table(head, lines)

    def figure(self, metric="accuracy", baseline: str | None = None):
        """Every seed, every mean and its interval; see `plots.comparison`."""
        from . import plots

        return plots.comparison(self, metric=metric, baseline=baseline)


def _metric(metric):
    if callable(metric):
        return metric, 1, "", False
    if not isinstance(metric, str) or metric not in METRICS:
        raise ValueError(
            f"unknown metric {metric!r}. Choose from {', '.join(METRICS)}, or "
            "pass a function (labels, logits)."
        )
    return METRICS[metric]
