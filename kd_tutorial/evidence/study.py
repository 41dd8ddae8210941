"""What a comparison found: test logits of every method, on paired seeds."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from . import metrics
from .intervals import Difference, Interval
from .settled import more_steps, short
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
    """What a method gave: validation accuracies, choices, test logits."""

    validation: dict[str, np.ndarray]  # label -> (seeds,)
    chosen: tuple[str, ...]  # a label for each seed
    logits: np.ndarray  # (seeds, examples, classes), on test

    @property
    def choice(self) -> str:
        """What was chosen, in words, and by how many seeds."""
        counts = Counter(self.chosen).most_common()
        if len(counts) == 1:
            return counts[0][0]
        return ", ".join(f"{label} ({n})" for label, n in counts)


@dataclass(frozen=True, eq=False)
class Study:
    """The outcome of `compare`: test logits of every method and seed.

    Args:
        outcomes: by method. Their logits, and the teacher's, are not asked
            whether they are probabilities: a few may look so by chance.
        labels: test labels, shape `(seeds, examples)`.
        seeds: the seeds, in order.
        teacher_logits: on the test sets, `(seeds, examples, classes)`.
            Defaults to `None`.
        validation_labels: how many rows validate, for each seed. Defaults to
            0.
        half: the same study after half the steps. Defaults to `None`.
        double: the same study after twice the steps. Defaults to `None`.
    """

    outcomes: dict[str, Outcome]
    labels: np.ndarray
    seeds: tuple[int, ...]
    teacher_logits: np.ndarray | None = None
    validation_labels: int = 0
    half: "Study | None" = None
    double: "Study | None" = None

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
            method: its name; or `"teacher"` for the study's teachers, unless
                a method is called so.
            metric: `"accuracy"`, `"calibration_error"`, `"agreement"` (in
                points, 0 to 100), `"log_loss"`, `"kl_to_teacher"` (nats), or
                a function `(labels, logits)`. Defaults to `"accuracy"`.
        """
        logits = self._logits(method)
        function, factor, _, asks = _metric(metric)
        references = self.labels
        if asks:
            if self.teacher_logits is None:
                raise ValueError(
                    f"metric {metric!r} needs the teacher, got a study "
                    "without one. Pass teacher=... to compare."
                )
            references = metrics.beyond_doubt(self.teacher_logits)
        if not callable(metric):
            logits = metrics.beyond_doubt(logits)
        pairs = zip(references, logits, strict=True)
        found = np.array([function(*pair) for pair in pairs])
        if found.shape != (len(self.seeds),):
            raise ValueError(
                f"metric {metric!r} gave shape {found.shape[1:]} for a seed. "
                "It must give one number."
            )
        return factor * found

    def _logits(self, method):
        if method in self.outcomes:
            return self.outcomes[method].logits
        if method == "teacher" and self.teacher_logits is not None:
            return self.teacher_logits
        raise ValueError(
            f"unknown method {method!r}. This study has "
            f"{', '.join(map(repr, self.outcomes))}."
        )

    def interval(self, method: str, metric="accuracy") -> Interval:
        """A method's mean and 95 % interval."""
        return Interval(self.scores(method, metric), _metric(metric)[2])

    def difference(self, first, second, metric="accuracy") -> Difference:
        """`first` minus `second`, seed by seed."""
        return Difference(
            self.scores(first, metric) - self.scores(second, metric),
            _metric(metric)[2],
        )

    def settled(
        self, metric="accuracy", baseline: str | None = None
    ) -> list[dict]:
        """Whether more steps still change what was found.

        For each method two things are asked: does its own score, and does
        its difference to the baseline, change from the steps of the study to
        twice as many? Each is a paired difference over the seeds, with its
        95 % interval.

        - `"settled"`: both intervals lie between -1 and 1 point, the smallest
          effect that matters.
        - `"still moving"`: one lies not within, and excludes 0.
        - `"open"`: otherwise. More seeds would tell.

        Args:
            metric: see `scores`; one in points. Defaults to `"accuracy"`.
            baseline: a method's name. Defaults to the first.

        Returns:
            A dictionary a method: `"method"`; `"half"`, `"full"` and
            `"double"`, the difference to the baseline at so many steps, and
            for the baseline its own score; `"change"`, the own score's from
            full to double; `"difference_change"`, the difference's; and
            `"verdict"`.

        Raises:
            ValueError: for a study made without `settled=True`, or a metric
                that is not measured in points.
        """
        return more_steps(self, metric, baseline)

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
                "trials": len(outcome.validation), "chosen": outcome.choice,
                "validation_labels": self.validation_labels
                if len(outcome.validation) > 1 else 0,
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
            f"minus {baseline}, paired", "p-value",
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
                line += [row["chosen"] or "-", str(row["trials"]),
                         str(row["validation_labels"])]  # fmt: skip
            lines.append(line)
        if tuned:
            head += ["chosen on validation", "trials", "validation labels"]
        if self.double is not None and rows[0]["unit"] == "points":
            head += ["half the steps", "double the steps", "more steps"]
            for line, row in zip(lines, self.settled(metric, baseline)):
                line += [short(row["half"]), short(row["double"])]
                line.append(row["verdict"])
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
