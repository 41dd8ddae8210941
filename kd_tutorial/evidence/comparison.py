"""Methods compared over paired seeds: validation chooses, test reports."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..answers.answers import Answers
from ..answers.asking import ask
from ..answers.cache import AnswerCache
from ..checks import check_builder, check_finite, check_seeds
from ..data.base_seed import seeds as base_seeds
from ..data.dataset import Dataset, Split
from ..objectives.heads import name_targets
from ..objectives.target import Target
from ..training.replicas import train_replicas
from . import metrics
from .study import Outcome, Study


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
        if isinstance(self.candidates, Target):
            name_targets(self.candidates)  # says what is wrong
        if isinstance(self.candidates, Mapping):
            return {k: list(v) for k, v in self.candidates.items()}
        return {"": list(self.candidates)}


def compare(
    methods: Mapping[str, Method | Sequence[Target]],
    build_student: Callable,
    data: Dataset | Sequence[Dataset],
    *,
    teacher=None,
    seeds: Sequence[int] | None = None,
    train: Callable[[Split, int], Split] | None = None,
    cache: AnswerCache | None = None,
    verbose: bool | None = None,
    **options,
) -> Study:
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
        seeds: at least two. Defaults to `None`: `repeats.seeds(10)`.
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

    seeds = check_seeds(base_seeds() if seeds is None else seeds)
    check_builder(build_student)
    if len(set(seeds)) != len(seeds) or len(seeds) < 2:
        raise ValueError(
            f"seeds must be two or more different numbers, got {seeds}. "
            "Claims need ten."
        )
    if not methods:
        raise ValueError("methods is empty. Pass at least one.")
    for name in methods:
        if not isinstance(name, str):
            raise TypeError(f"methods are named by strings, got {name!r}.")
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
            check_finite(
                f"logits of the students of method {name!r} {label}".strip(),
                test[label],
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
