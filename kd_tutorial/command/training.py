"""The students of a person's own files: trained, compared, written."""

import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from ..answers.answers import Answers
from ..device.export import export
from ..device.on_device import OnDevice
from ..device.timing import latency
from ..evidence.metrics import accuracy, agreement
from ..evidence.tables import Table
from ..objectives.targets import HardTargets, SoftTargets
from ..training.checked import check_student, check_student_on
from ..training.fit import distill
from .files import Rows, TeacherFile, arranged, size


def check_takes(student, named: str, rows: Rows):
    """Raise unless a student takes the rows and gives logits for them."""
    check_student(student)
    shape = student.inputs[0].shape[1:]
    check_student_on(student, arranged(rows.x[:8], shape, named))


def check_exports(student, path: Path, rows: Rows):
    """Raise unless a student can be written as such a file."""
    x = arranged(rows.x_test[:8], student.inputs[0].shape[1:], path)
    with tempfile.TemporaryDirectory() as folder:
        export(student, Path(folder) / path.name, x)


def run(options, rows: Rows, teacher: TeacherFile, told, told_test, student):
    """Train, write and compare.

    Args:
        options: the command's.
        rows: what to learn from, and to report on.
        teacher: the teacher.
        told: its logits for the training rows.
        told_test: its logits for the test rows.
        student: to be distilled, in place.
    """
    plain = train(options, rows, told, student)
    shape = student.inputs[0].shape[1:]
    some = arranged(rows.x_test[:500], shape, options.student)
    written = [path for path in (options.out, options.export) if path]
    for path in written:
        export(student, path, some)
        print(f"wrote {path}")
    table = compare(rows, teacher, told_test, plain, student, written[1:])
    print(
        f"\n{table}\n\nOne run of each student: another --seed may change "
        "an accuracy by a point or more."
    )


def train(options, rows: Rows, told, student):
    """Two students of one beginning: of the labels alone, and distilled.

    Args:
        options: the command's.
        rows: what they learn from.
        told: the teacher's logits for the training rows.
        student: the second of them, trained in place.

    Returns:
        The first of them; `None` where no row has a label.
    """
    x = arranged(rows.x, student.inputs[0].shape[1:], options.student)
    have, weight = rows.labelled, options.student_loss_weight
    targets = [SoftTargets(temperature=options.temperature)]
    plain = None
    if have.any():
        plain = keras.models.clone_model(student)
        plain.set_weights(student.get_weights())
        # As many rows a pass as the other sees: equal steps for both.
        own = np.resize(np.flatnonzero(have), len(x))
        labels = [HardTargets()]
        _fit("labels alone", options, None, plain, x[own], rows.y[own], labels)
    if have.any() and weight:
        targets = [
            HardTargets(weight=weight, sample_weight=have),
            SoftTargets(weight=1 - weight, temperature=options.temperature),
        ]
    y = np.maximum(rows.y, 0) if len(targets) > 1 else None
    _fit("distilled", options, Answers.of(x, told), student, x, y, targets)
    return plain


def _fit(name, options, teacher, student, x, y, targets):
    """`distill` with a progress bar in a terminal."""
    keras.utils.set_random_seed(options.seed)
    with tqdm(
        total=options.epochs, desc=f"student, {name}", unit="epoch",
        disable=None,
    ) as bar:  # fmt: skip
        distill(
            teacher, student, x, y, targets=targets, epochs=options.epochs,
            batch_size=min(options.batch_size, len(x)),
            optimizer=keras.optimizers.Adam(options.learning_rate),
            callbacks=keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: bar.update()
            ),
        )  # fmt: skip


def compare(
    rows: Rows, teacher: TeacherFile, told, plain, student, files
) -> Table:
    """What each model says of the test rows, its bytes and its time.

    Args:
        rows: with the test rows.
        teacher: the teacher.
        told: its logits for the test rows.
        plain: the student of the labels alone, or `None`.
        student: the distilled student.
        files: where it was written for a device.
    """
    x = arranged(rows.x_test, student.inputs[0].shape[1:], "the student")
    one = arranged(rows.x_test[:1], teacher.shape, teacher.path)
    lines = [("teacher", told, teacher.bytes, latency(teacher.answer, one))]
    for name, model in (
        ("student, labels alone", plain), ("student, distilled", student),
    ):  # fmt: skip
        if model is not None:
            said = model.predict(x, verbose=0)
            lines.append((name, said, size(model), latency(model, x[:1])))
    for path in files:
        said, taken = OnDevice(path)(x), latency(path, x[:1])
        lines.append((path.name, said, path.stat().st_size, taken))
    # About their mean: a few rows could else be taken for probabilities.
    lines = [(n, s - s.mean(axis=1, keepdims=True), *m) for n, s, *m in lines]
    return Table(
        ["", "accuracy (%)", "agreement (%)", "bytes", "one row"],
        [
            [
                name,
                f"{100 * accuracy(rows.y_test, said):.2f}",
                f"{100 * agreement(told, said):.2f}",
                f"{count:,}",
                str(taken),
            ]
            for name, said, count, taken in lines
        ],
    )


def warn_of_strange_teacher(rows: Rows, told):
    """Warn if the teacher seems to be asked about other rows or classes."""
    known = accuracy(rows.y_test, told)
    commonest = np.bincount(rows.y_test).max() / len(rows.y_test)
    if known <= commonest:
        print(
            f"warning: the teacher names {known:.1%} of the test rows, no "
            f"more than the commonest class has ({commonest:.1%}). Are rows "
            "scaled and classes numbered as it learned them?",
            file=sys.stderr,
        )
