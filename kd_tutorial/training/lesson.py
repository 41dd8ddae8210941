"""What a student is taught of some rows: its targets, and what they weigh."""

from collections import Counter

import numpy as np

from ..answers.asking import ask
from ..answers.cache import OUTPUT
from ..answers.rows import count
from ..answers.store import AnswerStore
from ..answers.teachers import answering
from ..checks import check_finite, check_logits, suspect_probabilities
from ..objectives.heads import name_targets, outputs_of
from ..objectives.target import BINARY, CLASSES, VALUES, Target
from ..objectives.targets import SoftTargets
from .checked import check_batches, check_labels, check_weights
from .taught_model import STUDENT

ENOUGH = 64  # rows of a stream that logits do not fill by chance


def encode(named: dict[str, Target], answers, labels, checked=False):
    """Each head's target array, by output name.

    Args:
        named: the targets.
        answers: of the teacher, by what the targets ask.
        labels: or `None`.
        checked: whether logits under names of their own, which no one looks
            at when the teacher is asked, have been. Defaults to `False`:
            here they are.
    """
    for name in () if checked else _named_logits(named):
        check_logits(f"the teacher's {name}", answers[name], classes=1)
    return {
        name: t.encode(labels, answers[t.asks] if t.asks else None)
        for name, t in named.items()
    }


def _named_logits(named):
    """The teacher's outputs by name that are to be logits."""
    return {
        t.asks
        for t in named.values()
        if isinstance(t, SoftTargets) and t.outputs != VALUES
    } - {OUTPUT}


class Lesson:
    """What the student is taught of some rows: the objective, applied."""

    def __init__(self, teacher, student, targets, cache, bar):
        self.teacher, self.student = teacher, student
        self.cache, self.bar = cache, bar
        self.named = name_targets(targets)
        self.outputs = outputs_of(self.named)
        asked = [t.asks for t in self.named.values() if t.asks is not None]
        self.layers = list(dict.fromkeys(asked))
        if self.layers and teacher is None:
            names = [type(t).__name__ for t in self.named.values() if t.asks]
            raise ValueError(
                f"{', '.join(names)} need a teacher, got teacher=None. Pass a "
                "model, a function or Answers."
            )
        self.answer = None  # of a stream's batches, made at the first
        # Rows of a stream that may be probabilities, by what was asked.
        self.suspect = Counter()

    def check_teacher(self):
        """Raise for a teacher of classes, where the outputs are none.

        The student was checked before.
        """
        if OUTPUT in self.layers:
            _check_kind(self.teacher, self.student, self.outputs)

    def of_rows(self, x, y, weights, own=True):
        """Targets and weights for rows in memory.

        Args:
            x, y, weights: the rows.
            own: whether the targets' own weights count, which are a number a
                training row.
        """
        answers = {}
        if self.layers:
            answers = ask(
                self.teacher, x, layers=self.layers, cache=self.cache,
                values=self.outputs == VALUES, verbose=self.bar,
            ).outputs  # fmt: skip
        rows = count(x)
        arrays = self._encoded(answers, rows, y)
        return arrays, self._weights(rows, weights, y is not None, own)

    def of_batch(self, x, y, weights, numbers=None):
        """A batch of a stream, with its targets and weights.

        The targets' own weights do not count: its rows have no numbers.

        Args:
            x, y, weights: the batch.
            numbers: of its rows, where the teacher's answers are written.
        """
        check_batches(self.named, "x", count(x))
        answers, logits = {}, _named_logits(self.named)
        if self.layers and numbers is not None:
            rows = len(self.teacher)
            if numbers.min() < 0 or numbers.max() >= rows:
                raise ValueError(
                    f"the stream gives row numbers from {numbers.min()} to "
                    f"{numbers.max()}, and the answers are for {rows} rows."
                )
            answers = {n: self.teacher[n][numbers] for n in self.layers}
        elif self.layers:
            if self.answer is None:
                values = self.outputs == VALUES
                self.answer = answering(self.teacher, self.layers, values)
            answers = self.answer(x)
            if self.outputs != VALUES:  # written ones were checked
                logits.add(OUTPUT)
        for name, answer in answers.items():
            if name in logits:
                self._check_logits(name, answer)
            if numbers is None:
                check_finite(f"the teacher's {name}", answer)
        rows = count(x)
        arrays = self._encoded(answers, rows, y, checked=True)
        weights = self._weights(rows, weights, y is not None, own=False)
        return (x, arrays) if weights is None else (x, arrays, weights)

    def _check_logits(self, name, answer):
        """Refuse a stream's probabilities, once there are rows to tell.

        A batch may be short, and a few logits may lie from 0 to 1. Rows of
        several that add up to 1 need no others.
        """
        if answer.ndim > 1 and suspect_probabilities(answer):
            self.suspect[name] += answer.size // answer.shape[-1]
            sums = answer.sum(axis=-1)
            plain = answer.shape[-1] > 1 and np.allclose(sums, 1, atol=1e-3)
            if self.suspect[name] < (1 if plain else ENOUGH):
                return
        elif np.any(answer):
            self.suspect[name] = -np.inf  # logits are among them
        check_logits(f"the teacher's {name}", answer, classes=1)

    def _encoded(self, answers, rows, y, checked=False):
        if y is not None:
            shape = self.student.outputs[0].shape
            y = check_labels(y, rows, shape, self.outputs)
        self.shapes = {name: a.shape[1:] for name, a in answers.items()}
        arrays = encode(self.named, answers, y, checked)
        if y is not None:
            arrays[STUDENT] = y
        return arrays

    def _weights(self, rows, given, labelled, own):
        """Keras' `sample_weight`, or `None` when nothing has any."""
        own = {
            name: target.sample_weight if own else None
            for name, target in self.named.items()
        }
        if given is None and all(w is None for w in own.values()):
            return None
        weights = {name: np.ones(rows, "float32") for name in own}
        for name, weight in own.items():
            if weight is not None:
                what = f"sample_weight of target {name!r}"
                weights[name] = check_weights(what, weight, rows)
            if given is not None:
                weights[name] = weights[name] * check_weights(
                    "sample_weight", given, rows
                )
        if labelled:
            weights[STUDENT] = np.ones(rows, "float32")
        return weights


def _check_kind(teacher, student, outputs):
    """Raise for what averages or keeps classes, where outputs are none."""
    several = student.outputs[0].shape[-1] > 1
    if isinstance(teacher, list | tuple) and outputs == BINARY and several:
        raise ValueError(
            f"teacher is a list of {len(teacher)}, which are averaged as "
            "classes of which one is right, and the targets score labels "
            "each by itself. Pass a function that averages them so: "
            "p = mean of the sigmoids, logits log(p / (1 - p))."
        )
    if isinstance(teacher, AnswerStore) and outputs != CLASSES and teacher.top:
        raise ValueError(
            f"teacher is a store of the {teacher.top} likeliest classes, and "
            f"the targets take its outputs for {outputs}. Write a store "
            "without top."
        )
