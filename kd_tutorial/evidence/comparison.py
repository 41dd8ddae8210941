"""Methods compared over paired seeds: validation chooses, test reports."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..answers.cache import AnswerCache
from ..checks import check_builder, check_seeds
from ..data.base_seed import seeds as base_seeds
from ..data.dataset import Split
from ..objectives.target import Target
from ..training.optimizer import checked_optimizer
from ..training.replicas import train_replicas
from .experiment import Experiment
from .methods import Method
from .recipes import draw_data, draw_validation
from .study import Outcome, Study


def compare(
    methods: Mapping[str, Method | Sequence[Target]],
    build_student: Callable,
    data,
    *,
    teacher=None,
    seeds: Sequence[int] | None = None,
    few: int | None = None,
    few_validation: int | None = None,
    train: Callable[[Split, int], Split] | None = None,
    one_choice: bool = False,
    settled: bool = False,
    cache: AnswerCache | None = None,
    verbose: bool | None = None,
    **options,
) -> Study:
    """Train every method with every seed, and keep what the test set says.

    A seed draws everything: the split, the teacher, the training rows, the
    student's first weights and the order of examples; and where a method has
    several candidates, the seed's own validation rows choose among them.
    Methods share all that a seed drew, so differences between them are
    paired. The test set is used once, for what was chosen.

    What seeds are to share, a split or a teacher, is shared by name:
    `shared(data)`, `shared(teacher)`.

    Args:
        methods: by name, a `Method` or simply its list of targets.
        build_student: makes a fresh student, see `train_replicas`.
        data: what each seed draws its `Dataset` from: a name for `load_data`,
            or a function of `seed`; or a list of them, one a seed; or
            `shared(dataset)`.
        teacher: a recipe, `Teacher(build)`, by which each seed trains its
            own; a list, one a seed, or as many `Replicas`; or
            `shared(teacher)`. A teacher is a Keras model or any function from
            rows to logits. Defaults to `None`.
        seeds: at least two. Defaults to `None`: `kd.seeds(10)`.
        few: so many training rows of each class, drawn by the seed. Defaults
            to `None`: all of them.
        few_validation: so many validation rows of each class, drawn by the
            seed, and no others choose. Who has two labels a class to train
            on has no hundreds to choose with. Defaults to `None`: all.
        train: a function `(split, seed)` that gives the training rows.
            Defaults to `None`.
        one_choice: let mean validation accuracy choose one candidate for all
            seeds, instead of each seed its own. The choice then does not
            enter the intervals. Defaults to `False`.
        settled: compare at half and double the steps too, with the same
            seeds, and print it with the table, see `Study.settled`. Twice
            the work: a training of double length passes through the others.
            Defaults to `False`.
        cache: an `AnswerCache` for the answers of teachers that were not
            trained here. Defaults to `None`.
        verbose: show a progress bar. Defaults to `None`: in a terminal, when
            it takes more than two seconds.
        **options: for `train_replicas`: `epochs`, `steps`, `batch_size`,
            `learning_rate`, `optimizer`.

    Returns:
        A `Study`.

    Raises:
        ValueError: for fewer than two seeds, no methods, a method without
            candidates, sets that do not fit together, a teacher or student
            that diverged, `settled` under a schedule, and whatever
            `train_replicas` raises.
        TypeError: for data or a teacher that is neither a recipe nor shared,
            and for a function that gives seeds the same data.

    Example:

    >>> import kd_tutorial as kd
    >>> result = kd.compare(
    ...     {
    ...         "labels": [kd.HardTargets()],
    ...         "smoothed": [kd.HardTargets(label_smoothing=0.1)],
    ...     },
    ...     lambda: kd.mlp((8, 8, 1), 10, hidden=(16,)),
    ...     "digits",
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
    if not isinstance(methods, Mapping):
        raise TypeError(
            "methods must be a dictionary of lists of targets by name, got "
            f"{type(methods).__name__}. For example "
            '{"soft": [SoftTargets()]}.'
        )
    if not methods:
        raise ValueError("methods is empty. Pass at least one.")
    complete = {}
    for name, method in methods.items():
        if not isinstance(name, str):
            raise TypeError(f"methods are named by strings, got {name!r}.")
        if not isinstance(method, Method):
            method = Method(method)
        drawn = {"few": few, "train": train}
        if method.few is not None or method.train is not None:
            drawn = {}
        complete[name] = replace(
            method,
            teacher=teacher if method.teacher is None else method.teacher,
            build_student=method.build_student or build_student,
            options=_checked(_combined(options, method.options), settled),
            **drawn,
        )
    sets = draw_data(data, seeds)
    if few_validation is not None:
        sets = draw_validation(sets, seeds, few_validation)
    experiment = Experiment(sets, seeds, cache)
    multiples = (0.5, 1, 2) if settled else (1,)
    outcomes = {multiple: {} for multiple in multiples}
    bar = tqdm(
        complete.items(),
        desc="methods",
        leave=False,
        delay=0 if verbose else 2,
        disable=None if verbose is None else not verbose,
    )
    for name, method in bar:
        bar.set_description(name)
        who = f"method {name!r}"
        students = experiment.students(who, method, multiples=multiples)
        for multiple, found in students.items():
            validation, chosen, own = experiment.choose(who, found, one_choice)
            outcomes[multiple][name] = Outcome(
                validation, chosen, experiment.on_test(who, own)
            )
    told = None
    if teacher is not None:
        told = experiment.told(
            experiment.teachers(teacher), [d.test for d in experiment.sets]
        )
        told = np.stack([answers.logits for answers in told])
    studies = {
        multiple: Study(
            found,
            np.stack([d.test.y for d in experiment.sets]),
            tuple(seeds),
            told,
            len(experiment.sets[0].validation),
        )
        for multiple, found in outcomes.items()
    }
    return replace(studies[1], half=studies.get(0.5), double=studies.get(2))


def _combined(options, own):
    """The study's options and a method's own, which go before.

    Epochs and steps say the same, so who says the one has said the other.
    """
    said = {"epochs", "steps"}
    if said & {*own}:
        options = {k: v for k, v in options.items() if k not in said}
    return {**options, **own}


def _checked(options, settled):
    """Options for `train_replicas`, or an error that names the others."""
    ours = {"targets", "seeds", "answers", "snapshots"}
    allowed = {
        name
        for name, parameter in inspect.signature(
            train_replicas
        ).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    } - ours
    for name in options:
        if name not in allowed:
            raise TypeError(
                f"unknown option {name!r}. Besides its own arguments, compare "
                f"takes those of train_replicas: {', '.join(sorted(allowed))}."
            )
    _, rate = checked_optimizer(
        options.get("optimizer", "adam"), options.get("learning_rate")
    )
    if settled and rate is None:
        raise ValueError(
            "settled=True needs a constant learning rate: after the end of a "
            "schedule nothing moves, whether it has settled or not. Pass "
            "learning_rate as a number."
        )
    return options
