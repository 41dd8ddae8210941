"""Methods compared over paired seeds: validation chooses, test reports."""

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from . import metrics
from .answers import AnswerCache, Answers, ask
from .data import Dataset, Split
from .replicas import train_replicas
from .targets import Target, name_targets

# name: (function, factor, unit, does more mean better, asks the teacher)
METRICS = {
    "accuracy": (metrics.accuracy, 100, "points", True, False),
    "log_loss": (metrics.log_loss, 1, "nats", False, False),
    "calibration_error": (
        metrics.calibration_error, 100, "points", False, False
    ),
    "agreement": (metrics.agreement, 100, "points", True, True),
    "kl_to_teacher": (metrics.kl_to_teacher, 1, "nats", False, True),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Interval:
    """A mean with its 95 % confidence interval (Student's t).

    Args:
        values: one an independent seed.
        unit: what they are measured in.

    Example:

    >>> import kd_tutorial as kd
    >>> print(kd.Interval([1.0, 2.0, 3.0], "points"))
    +2.00 points [-0.48, +4.48], n = 3
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
        result = stats.ttest_1samp(values, 0.0)
        interval = result.confidence_interval(0.95)
        low, high = interval.low, interval.high
        if np.ptp(values) == 0:  # no spread: SciPy says nan
            low = high = values[0]
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

    def __str__(self):
        unit = f" {self.unit}" if self.unit else ""
        return (
            f"{self.mean:+.2f}{unit} [{self.low:+.2f}, {self.high:+.2f}], "
            f"n = {self.n}"
        )


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
    """

    @property
    def p_value(self) -> float:
        """Two-sided p-value of the paired t-test that the mean is 0."""
        from scipy import stats

        if np.ptp(self.values) == 0:
            return 1.0 if self.values[0] == 0 else 0.0
        return float(stats.ttest_1samp(self.values, 0.0).pvalue)


@dataclass(frozen=True, eq=False)
class Method:
    """One way to train the student, with the settings to choose from.

    Args:
        candidates: a list of targets; or a dictionary of such lists by label,
            from which validation chooses one for all seeds.
        teacher: a model, or a sequence of models, one a seed. Defaults to
            `None`: that of the study.
        answers: a function `(teacher, x, labels, seed)` that gives `Answers`
            in place of `ask`: a control, a mixture of teachers. Defaults to
            `None`.
        train: a function `(split, seed)` that gives this method's training
            rows. Defaults to `None`: those of the study.
        build_student: makes the student. Defaults to `None`: the study's.
        options: for `train_replicas`: `steps`, `epochs`, `batch_size`,
            `learning_rate`, ... Defaults to the study's.
    """

    candidates: Sequence[Target] | Mapping[str, Sequence[Target]]
    teacher: object = None
    answers: Callable | None = None
    train: Callable[[Split, int], Split] | None = None
    build_student: Callable | None = None
    options: Mapping = field(default_factory=dict)

    def labelled(self) -> dict[str, list[Target]]:
        """The candidates by label."""
        if isinstance(self.candidates, Mapping):
            return {k: list(v) for k, v in self.candidates.items()}
        return {"": list(self.candidates)}


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a method gave: validation accuracies, choice, test logits."""

    validation: dict[str, np.ndarray]  # label -> (seeds,)
    chosen: str
    logits: np.ndarray  # (seeds, examples, classes), on test


def compare(
    methods: Mapping[str, Method | Sequence[Target]],
    build_student: Callable,
    data: Dataset | Sequence[Dataset],
    *,
    teacher=None,
    seeds: Sequence[int] = range(10),
    train: Callable[[Split, int], Split] | None = None,
    cache: AnswerCache | None = None,
    verbose: bool | None = None,
    **options,
) -> "Study":
    """Train every method with every seed, and keep what the test set says.

    A seed fixes the student's first weights, the order of examples and what
    `train` draws, so differences between methods are paired. Where a method
    has several candidates, mean validation accuracy over the seeds chooses;
    the test set is used once, for the chosen one.

    Args:
        methods: by name, a `Method` or simply its list of targets.
        build_student: makes a fresh student, see `train_replicas`.
        data: a `Dataset`, or one a seed.
        teacher: a Keras model, or one a seed. Defaults to `None`.
        seeds: at least two. Defaults to `range(10)`.
        train: a function `(split, seed)` that gives the training rows, for
            example a few a class. Defaults to `None`: all of them.
        cache: an `AnswerCache` for the teacher's answers. Defaults to a new
            one.
        verbose: show a progress bar. Defaults to `None`: in a terminal, when
            it takes more than two seconds.
        **options: for `train_replicas`: `epochs`, `steps`, `batch_size`,
            `learning_rate`, `optimizer`.

    Returns:
        A `Study`.

    Raises:
        ValueError: for fewer than two seeds, no methods, a method without
            candidates, and whatever `train_replicas` raises.

    Example:

    >>> import kd_tutorial as kd
    >>> data = kd.load_data("digits")
    >>> result = kd.compare(
    ...     {
    ...         "labels": [kd.HardTargets()],
    ...         "smoothed": [kd.HardTargets(label_smoothing=0.1)],
    ...     },
    ...     lambda: kd.mlp(data.input_shape, data.classes, hidden=(16,)),
    ...     data,
    ...     seeds=range(3),
    ...     epochs=5,
    ... )
    >>> result.difference("smoothed", "labels").n
    3
    """
    from tqdm import tqdm

    seeds = [int(seed) for seed in seeds]
    if len(set(seeds)) != len(seeds) or len(seeds) < 2:
        raise ValueError(
            f"seeds must be two or more different numbers, got {seeds}. "
            "Claims need ten."
        )
    if not methods:
        raise ValueError("methods is empty. Pass at least one.")
    sets = _one_a_seed("data", data, seeds)
    cache = AnswerCache() if cache is None else cache
    outcomes = {}
    bar = tqdm(
        methods.items(),
        desc="methods",
        leave=False,
        delay=0 if verbose else 2,
        disable=None if verbose is None else not verbose,
    )
    for name, method in bar:
        bar.set_description(name)
        if not isinstance(method, Method):
            method = Method(method)
        outcomes[name] = _run(
            name,
            method,
            method.build_student or build_student,
            sets,
            _one_a_seed("teacher", method.teacher or teacher, seeds),
            seeds,
            method.train or train,
            cache,
            {**options, **method.options},
        )
    teachers = _one_a_seed("teacher", teacher, seeds)
    told = None
    if teacher is not None:
        told = np.stack(
            [
                ask(t, d.test.x, cache=cache).logits
                for t, d in zip(teachers, sets, strict=True)
            ]
        )
    labels = np.stack([d.test.y for d in sets])
    return Study(outcomes, labels, tuple(seeds), told)


def _one_a_seed(name, value, seeds):
    if not isinstance(value, list | tuple):
        return [value] * len(seeds)
    if len(value) != len(seeds):
        raise ValueError(
            f"{name} has {len(value)} entries for {len(seeds)} seeds. Give "
            "one for all, or one a seed."
        )
    return value


def _run(name, method, build, sets, teachers, seeds, train, cache, options):
    candidates = method.labelled()
    if not candidates:
        raise ValueError(
            f"method {name!r} has no candidates. Give it a list of targets."
        )
    splits: list[Split] = [
        data.train if train is None else train(data.train, seed)
        for data, seed in zip(sets, seeds, strict=True)
    ]
    asked = {
        target.asks
        for targets in candidates.values()
        for target in name_targets(targets).values()
    } - {None}
    answers: list[Answers | None] = [None] * len(seeds)
    if asked:
        if method.answers is None and None in teachers:
            raise ValueError(
                f"method {name!r} asks a teacher, got teacher=None. Pass a "
                "model to compare, or to the method."
            )
        tell = method.answers or (
            lambda teacher, x, labels, seed: ask(
                teacher, x, layers=sorted(asked), cache=cache
            )
        )
        told: dict = {}  # rows and teacher shared by all seeds: asked once
        for i, (teacher, split) in enumerate(
            zip(teachers, splits, strict=True)
        ):
            key = (id(teacher), id(split), method.answers and seeds[i])
            if key not in told:
                told[key] = tell(teacher, split.x, split.y, seeds[i])
            answers[i] = told[key]

    kinds: dict = {}  # candidates alike but for numbers train together
    for label, targets in candidates.items():
        kind = tuple(t.structure() for t in targets)
        kinds.setdefault(kind, []).append(label)
    validation, test = {}, {}
    for labels in kinds.values():
        replicas = train_replicas(
            build,
            [s.x for s in splits] * len(labels),
            [s.y for s in splits] * len(labels),
            answers=answers * len(labels),
            targets=[candidates[k] for k in labels for _ in seeds],
            seeds=list(seeds) * len(labels),
            **options,
        )
        for i, label in enumerate(labels):
            own = range(i * len(seeds), (i + 1) * len(seeds))
            validation[label], test[label] = (
                _logits(replicas, own, [getattr(d, part) for d in sets])
                for part in ("validation", "test")
            )
    validation = {
        label: np.array(
            [
                metrics.accuracy(d.validation.y, one)
                for d, one in zip(sets, validation[label], strict=True)
            ]
        )
        for label in candidates  # in the order given
    }
    chosen = max(validation, key=lambda label: validation[label].mean())
    return Outcome(validation, chosen, test[chosen])


def _logits(replicas, indices, splits):
    if all(split is splits[0] for split in splits):
        return replicas.logits(splits[0].x, indices)
    return np.concatenate(
        [
            replicas.logits(split.x, [i])
            for i, split in zip(indices, splits, strict=True)
        ]
    )


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
        function, factor, _, _, asks = _metric(metric)
        references = self.labels
        if asks:
            if self.teacher_logits is None:
                raise ValueError(
                    f"metric {metric!r} needs the teacher, got a study "
                    "without one. Pass teacher=... to compare."
                )
            references = self.teacher_logits
        return factor * np.array(
            [
                function(reference, logits)
                for reference, logits in zip(
                    references, self.outcomes[method].logits, strict=True
                )
            ]
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

    def table(self, metric="accuracy", baseline=None) -> "Table":
        """Mean, interval and paired difference to a baseline.

        Args:
            metric: see `scores`. Defaults to `"accuracy"`.
            baseline: a method's name. Defaults to the first.
        """
        rows = self.rows(metric, baseline)
        baseline = baseline or rows[0]["method"]
        label = metric if isinstance(metric, str) else metric.__name__
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
        return metric, 1, "", True, False
    if metric not in METRICS:
        raise ValueError(
            f"unknown metric {metric!r}. Choose from {', '.join(METRICS)}, or "
            "pass a function (labels, logits)."
        )
    return METRICS[metric]


@dataclass(frozen=True)
class Table:
    """Rows of text that a notebook shows as a table, a terminal as columns.

    Example:

    >>> import kd_tutorial as kd
    >>> print(kd.Table(["T", "loss"], [["1", "0.25"], ["16", "0.5"]]))
    T   loss
    1   0.25
    16  0.5
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __str__(self):
        lines = [[str(cell) for cell in line] for line in self._lines()]
        widths = [max(map(len, c)) for c in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(
                cell.ljust(width)
                for cell, width in zip(line, widths, strict=True)
            ).rstrip()
            for line in lines
        )

    __repr__ = __str__

    def _lines(self):
        return [list(self.head), *self.rows]

    def _repr_html_(self):
        def line(cells, tag):
            inner = "".join(
                f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in cells
            )
            return f"<tr>{inner}</tr>"

        body = "".join(line(row, "td") for row in self.rows)
        return (
            '<table class="table"><thead>' + line(self.head, "th")
            + f"</thead><tbody>{body}</tbody></table>"
        )  # fmt: skip
