"""What a comparison draws from its seeds: rows, teachers, students."""

import keras
import numpy as np

from ..answers.answers import Answers
from ..answers.asking import ask
from ..answers.cache import OUTPUT
from ..answers.keys import key_of
from ..objectives.heads import name_targets
from ..training.replicas import train_replicas
from ..training.trained import Replicas
from . import metrics
from .methods import Method, Teacher
from .recipes import draw_rows, given_teachers

# A key of recipe, seeds and rows -> trained teachers, one a seed.
_TRAINED: dict[str, Replicas] = {}
# A teacher draws from here on, so that it never starts where a student does.
_TEACHER_SEEDS = 2**31


class Experiment:
    """The sets and seeds of a comparison, and what is drawn from them.

    Each thing is drawn once, and methods of one recipe get the same, seed by
    seed.

    Args:
        sets: a `Dataset` for each seed.
        seeds: the seeds.
        cache: an `AnswerCache`, or `None`.
    """

    def __init__(self, sets, seeds, cache=None):
        self.sets = sets
        self.seeds = seeds
        self.cache = cache
        self._drawn = {}

    def _once(self, key, draw):
        if key not in self._drawn:
            self._drawn[key] = draw()
        return self._drawn[key]

    def rows(self, few=None, train=None) -> list:
        """Each seed's training rows."""
        return self._once(
            ("rows", few, id(train)),
            lambda: draw_rows(self.sets, self.seeds, few, train),
        )

    def teachers(self, teacher) -> Replicas | list:
        """Each seed's teacher, trained where there is a recipe for it."""
        if isinstance(teacher, Teacher):
            return self._once(id(teacher), lambda: self._trained(teacher))
        return self._once(
            id(teacher), lambda: given_teachers(teacher, self.seeds)
        )

    def told(self, teachers, splits, layers=(OUTPUT,)) -> list[Answers]:
        """What each seed's teacher says of its rows."""
        if isinstance(teachers, Replicas):
            return self._once(
                (id(teachers), *map(id, splits), *layers),
                lambda: teachers.ask(_together(splits), layers),
            )
        return [
            self._once(
                (id(teacher), id(split), *layers),
                lambda t=teacher, x=split.x: ask(
                    t, x, layers=layers, cache=self.cache
                ),
            )
            for teacher, split in zip(teachers, splits, strict=True)
        ]

    def students(self, who, method: Method, *, seeds=None, multiples=(1,)):
        """A student of every candidate and seed.

        Args:
            who: what to call them in an error.
            method: complete, with what it takes from the study filled in.
            seeds: what they start from. Defaults to `None`: the seeds.
            multiples: of the steps, when students are wanted.

        Returns:
            For each multiple, `Replicas` by label, a student for each seed.
        """
        candidates = method.labelled()
        if not candidates:
            raise ValueError(
                f"{who} has no candidates. Give it a list of targets."
            )
        count = len(self.seeds)
        splits = self.rows(method.few, method.train)
        answers = self._answers(who, method, candidates, splits)
        kinds: dict = {}  # candidates alike but for numbers train together
        for label, targets in candidates.items():
            kind = tuple(t.structure() for t in targets)
            kinds.setdefault(kind, []).append(label)
        found = {multiple: dict.fromkeys(candidates) for multiple in multiples}
        for labels in kinds.values():
            options = dict(method.options)
            if "order" in options:  # one a seed
                options["order"] = [*options["order"]] * len(labels)
            replicas = train_replicas(
                method.build_student,
                [s.x for s in splits] * len(labels),
                [s.y for s in splits] * len(labels),
                answers=answers * len(labels),
                targets=[candidates[k] for k in labels for _ in splits],
                seeds=list(seeds or self.seeds) * len(labels),
                snapshots=[m for m in multiples if m != 1],
                **options,
            )
            for multiple in multiples:
                all_of_them = replicas.snapshots.get(multiple, replicas)
                for i, label in enumerate(labels):
                    own = range(i * count, (i + 1) * count)
                    found[multiple][label] = all_of_them.take(own)
        return found

    def choose(self, who, students: dict[str, Replicas], one_choice=False):
        """What validation says of each candidate, and chooses for each seed.

        Returns:
            Accuracies by label, `(seeds,)`; the labels chosen, the first of
            equals; and the students chosen, one a seed.
        """
        validation = {}
        rows = [data.validation for data in self.sets]
        for label, replicas in students.items():
            logits = replicas.logits(_together(rows))
            self._check(f"{who} {label}".strip(), logits)
            validation[label] = np.array(
                [
                    metrics.accuracy(split.y, metrics.beyond_doubt(own))
                    for split, own in zip(rows, logits, strict=True)
                ]
            )
        scores = np.stack([*validation.values()])  # (labels, seeds)
        if one_choice:
            scores[:] = scores.mean(axis=1, keepdims=True)
        labels = list(students)
        chosen = tuple(labels[place] for place in scores.argmax(axis=0))
        return validation, chosen, _picked(students, chosen)

    def on_test(self, who, students: Replicas) -> np.ndarray:
        """Test logits, one student a seed: (seeds, examples, classes)."""
        logits = students.logits(_together([data.test for data in self.sets]))
        self._check(who, logits)
        return logits

    def _check(self, who, logits):
        bad = [
            seed
            for seed, one in zip(self.seeds, logits, strict=True)
            if not np.isfinite(one).all()
        ]
        if bad:
            raise ValueError(
                f"{who}: logits are NaN or infinite for seeds {bad}. The "
                "training diverged: lower learning_rate, or look for a loss "
                "or data with extreme values."
            )

    def _trained(self, recipe: Teacher) -> Replicas:
        method, who = recipe.as_method(), "the teacher"
        rows = self.rows(method.few, method.train)
        judges = self.sets if len(method.labelled()) > 1 else []
        key = key_of(
            recipe,
            self.seeds,
            [(split.x, split.y) for split in rows],
            [(data.validation.x, data.validation.y) for data in judges],
            keras.config.dtype_policy().name,
        )
        if key not in _TRAINED:
            students = self.students(
                who,
                method,
                seeds=[(s + _TEACHER_SEEDS) % 2**32 for s in self.seeds],
            )
            _TRAINED[key] = self.choose(who, students[1])[2]
        trained = _TRAINED[key]
        if key is None:  # what cannot be keyed is not remembered
            del _TRAINED[key]
        return trained

    def _answers(self, who, method, candidates, splits) -> list:
        """What the targets ask, one `Answers` a seed; or `None` for each."""
        layers = {
            target.asks
            for targets in candidates.values()
            for target in name_targets(targets).values()
        } - {None}
        told = [None] * len(self.seeds)
        if not layers:
            return told
        if method.teacher is not None:
            teachers = self.teachers(method.teacher)
            told = self.told(teachers, splits, tuple(sorted(layers)))
        elif method.answers is None:
            raise ValueError(
                f"{who} asks a teacher, got teacher=None. Pass one to "
                "compare, or to the method: a recipe, Teacher(build), or "
                "shared(model)."
            )
        if method.answers is None:
            return told
        changed = []
        for given, split, seed in zip(told, splits, self.seeds, strict=True):
            own = method.answers(given, split, seed)
            if not isinstance(own, Answers):
                own = Answers.of(split.x, own)
            changed.append(own)
        return changed


def _together(splits):
    """The rows of each seed, or of all where they are the same."""
    same = all(split is splits[0] for split in splits)
    return splits[0].x if same else [split.x for split in splits]


def _picked(students: dict[str, Replicas], chosen) -> Replicas:
    """For each seed its student of the label that was chosen."""

    def pick(stacks):
        return [
            np.stack([own[label][seed] for seed, label in enumerate(chosen)])
            for own in (
                dict(zip(students, each)) for each in zip(*stacks, strict=True)
            )
        ]

    first = students[chosen[0]]
    return Replicas(
        first.student,
        pick([some.trainable for some in students.values()]),
        pick([some.non_trainable for some in students.values()]),
        pick([[some.losses] for some in students.values()])[0],
    )
