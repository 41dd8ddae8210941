"""Ways to train a student or a teacher, once for each seed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field

from ..data.dataset import Split
from ..objectives.heads import name_targets
from ..objectives.target import Target
from ..objectives.targets import HardTargets


@dataclass(frozen=True, eq=False)
class Method:
    """One way to train the student, with the settings to choose from.

    Args:
        candidates: a list of targets; or a dictionary of such lists by label,
            from which each seed chooses one on its own validation rows.
        teacher: as in `compare`. Defaults to `None`: that of the study.
        answers: a function `(answers, split, seed)` that changes what the
            teacher said of a seed's training rows, see `controls`; it gives
            `Answers` or logits. Without a teacher it is handed `None` for
            answers, and writes its own. Defaults to `None`.
        few: so many training rows of each class, drawn by the seed. Defaults
            to `None`: the rows of the study.
        train: a function `(split, seed)` that gives this method's training
            rows; or `"all"`. Defaults to `None`: the rows of the study.
        build_student: makes the student. Defaults to `None`: the study's.
        options: for `train_replicas`: `steps`, `epochs`, `batch_size`,
            `learning_rate`, ... Defaults to the study's. A method that says
            `epochs` has none of the study's `steps`, and the reverse.

    Example:

    >>> import kd_tutorial as kd
    >>> tuned = kd.Method(
    ...     {f"T = {T}": [kd.SoftTargets(temperature=T)] for T in (1, 4)}
    ... )
    >>> control = kd.Method([kd.SoftTargets()], answers=kd.controls.shuffled)
    """

    candidates: Sequence[Target] | Mapping[str, Sequence[Target]]
    teacher: object = None
    answers: Callable | None = None
    few: int | None = None
    train: Callable[[Split, int], Split] | str | None = None
    build_student: Callable | None = None
    options: Mapping = field(default_factory=dict)

    def labelled(self) -> dict[str, list[Target]]:
        """The candidates by label."""
        if isinstance(self.candidates, Target):
            name_targets(self.candidates)  # says what is wrong
        if isinstance(self.candidates, Mapping):
            return {k: list(v) for k, v in self.candidates.items()}
        return {"": list(self.candidates)}


@dataclass(frozen=True, eq=False)
class Teacher:
    """How to make a teacher: `compare` trains one for each seed.

    All seeds' teachers train side by side, each on its own seed's training
    rows, and once for all methods; the same recipe on the same data is not
    trained again in later calls. The teacher of seed s draws from
    2³¹ + s, so that it never starts where a student starts.

    Args:
        build: makes a fresh teacher, as `build_student` makes a student.
        targets: what it learns, as in `Method`. Defaults to `None`: the
            labels, `[HardTargets()]`.
        teacher: its own teacher, another recipe. Defaults to `None`.
        few: so many training rows of each class. Defaults to `None`: all.
        train: a function `(split, seed)` that gives its training rows.
            Defaults to `None`: all.
        epochs: passes over its rows. Defaults to 20.
        steps: steps instead of epochs. Defaults to `None`.
        batch_size: examples a step. Defaults to 32.
        learning_rate: of the optimizer. Defaults to 0.001, or the object's.
        optimizer: a name or an object, see `train_replicas`. Defaults to
            `"adam"`.

    Raises:
        TypeError: when `build` is not a function.

    Example:

    >>> import kd_tutorial as kd
    >>> teacher = kd.Teacher(
    ...     lambda: kd.mlp((8, 8, 1), 10, hidden=(32,)), epochs=10
    ... )
    >>> study = kd.compare(
    ...     {"labels": [kd.HardTargets()], "answers": [kd.SoftTargets()]},
    ...     lambda: kd.mlp((8, 8, 1), 10, hidden=(8,)),
    ...     "digits", teacher=teacher, seeds=range(3), epochs=5,
    ... )
    >>> study.interval("teacher").n
    3
    """

    build: Callable
    targets: Sequence[Target] | Mapping[str, Sequence[Target]] | None = None
    _: KW_ONLY
    teacher: object = None
    few: int | None = None
    train: Callable[[Split, int], Split] | None = None
    epochs: int = 20
    steps: int | None = None
    batch_size: int = 32
    learning_rate: float | None = None
    optimizer: object = "adam"

    def __post_init__(self):
        if hasattr(self.build, "get_weights") or not callable(self.build):
            raise TypeError(
                "build must be a function that makes a fresh teacher, got "
                f"{self.build!r}. For example `lambda: mlp(shape, 10)`; a "
                "trained model is passed as shared(model)."
            )
        if self.targets is None:
            object.__setattr__(self, "targets", [HardTargets()])

    def as_method(self) -> Method:
        """The same as a way to train a student."""
        options = "epochs", "steps", "batch_size", "learning_rate", "optimizer"
        return Method(
            self.targets,
            teacher=self.teacher,
            few=self.few,
            train=self.train,
            build_student=self.build,
            options={name: getattr(self, name) for name in options},
        )
