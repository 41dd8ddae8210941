"""Validation data, in the forms that training data may have."""

import itertools
from collections.abc import Iterable, Iterator

import keras

from ..answers.answers import Answers
from ..answers.rows import as_rows, count
from ..checks import check_whole
from ..data.dataset import Split
from .checked import check_batches, check_labels
from .streams import check_batched, first_batch, is_stream, taught, unpacked
from .taught_model import STUDENT


def validation(lesson, given, labelled, batch_size, options):
    """Validation data for `fit`, and those for the student's metrics alone.

    The latter where the teacher cannot be asked, or training has no labels.
    They are what `evaluate` takes, with `options` of `fit` in its names.
    """
    alone = isinstance(lesson.teacher, Answers) and bool(lesson.layers)
    if is_stream(given):
        first, given = first_batch(given)
        x, y, weights = unpacked(first)
        check_batched("validation_data", x, lesson.student)
        _check_labels_there(y, labelled, alone)
        own = None
        if alone or (y is not None and not labelled):
            steps = options.get("validation_steps")
            if isinstance(given, Iterator):
                given, steps = Kept(itertools.islice(given, steps)), None
            own = {"x": given, "steps": steps}
            if alone or isinstance(given, Kept):
                return None, own

        def convert(x, y, weights):
            return lesson.of_batch(x, y if labelled else None, weights)

        return taught(given, convert, convert(x, y, weights)), own
    if isinstance(given, Split):
        given = given.x, given.y
    if not isinstance(given, list | tuple) or len(given) not in (2, 3):
        raise ValueError(
            f"validation_data must be (x, y), (x, y, sample_weight) or a "
            f"stream, got {type(given).__name__}."
        )
    x, y, weights = (*given, None)[:3]
    x = as_rows(x, len(lesson.student.inputs), "validation_data")
    _check_labels_there(y, labelled, alone)
    own = None
    if y is not None and (alone or not labelled):
        shape = lesson.student.outputs[0].shape
        labels = check_labels(y, count(x), shape, lesson.outputs)
        own = {
            "x": x, "y": labels, "sample_weight": weights,
            "batch_size": options.get("validation_batch_size") or batch_size,
            "steps": options.get("validation_steps"),
        }  # fmt: skip
    if alone:
        return None, own
    size = options.get("validation_batch_size") or batch_size or 32
    check_batches(lesson.named, "validation_data", count(x), size)
    arrays, weights = lesson.of_rows(x, y, weights, own=False)
    if not labelled:
        arrays.pop(STUDENT, None)
        if weights is not None:
            weights.pop(STUDENT, None)
    return ((x, arrays) if weights is None else (x, arrays, weights)), own


class Kept(keras.utils.PyDataset):
    """The batches of a generator, which gives them once, for every epoch."""

    def __init__(self, batches):
        super().__init__()
        self.batches = [*batches]

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return self.batches[index]


def _check_labels_there(y, labelled, alone):
    if y is None and labelled:
        raise ValueError(
            "validation_data has no labels, y=None, and the training rows "
            "have: their metrics need them. Give (x, y)."
        )
    if y is None and alone:
        raise ValueError(
            "validation_data without labels needs a teacher to ask, and "
            "Answers only hold the training rows. Pass the teacher."
        )


def looks(every):
    """Keras' `validation_freq`: epochs between two looks, or a list of them.

    Raises:
        ValueError: for what is neither.
    """
    if isinstance(every, Iterable) and not isinstance(every, str):
        return list(every)
    return check_whole(
        "validation_freq", every,
        remedy="Or give a list of epochs, counted from 1.",
    )  # fmt: skip


def held_out(data, fit_options, named, batch_size):
    """Arrays as `(x, y)` or with weights, the last of them held out as asked.

    `fit` would do it for arrays, and cannot for streams.

    Args:
        data: `x`, `y` and `sample_weight`.
        fit_options: get `validation_data` in place of `validation_split`.
        named: targets by output name.
        batch_size: of the rows to train on.
    """
    arrays = (data["x"], data["y"])
    if data["sample_weight"] is not None:
        arrays = (*arrays, data["sample_weight"])
    split = fit_options.pop("validation_split", 0)
    if split:
        rows = count(data["x"])
        cut = int(rows * (1 - split))
        if not 0 < cut < rows:
            raise ValueError(
                f"validation_split={split!r} leaves {cut} of {rows} rows to "
                "train on. Give a share between 0 and 1 that leaves both."
            )
        size = fit_options.get("validation_batch_size") or batch_size
        check_batches(named, "validation_split", rows - cut, size)
        fit_options["validation_data"] = keras.tree.map_structure(
            lambda a: a[cut:], arrays
        )
        arrays = keras.tree.map_structure(lambda a: a[:cut], arrays)
    return arrays
