"""A person's own files: `python -m kd_tutorial distill`."""

import sys
import tempfile
from pathlib import Path

from .arguments import Given, Parser, between

_READ = {"data": (".npz",), "teacher": (".keras", ".onnx"), "student": None}
_WRITTEN = {"out": (".keras",), "export": (".tflite", ".onnx")}


def parser() -> Parser:
    """The command's options."""
    made = Parser(
        prog="python -m kd_tutorial distill",
        description=(
            "Train a student on a teacher's answers and on the labels there "
            "are, and the same student on the labels alone, for comparison."
        ),
        epilog=(
            "DATA.npz holds x_train, y_train, x_test and y_test. Labels are "
            "numbered from 0 as the teacher's classes are; -1 in y_train says "
            "that a row has none, and x_unlabelled may hold more such rows. "
            "Bytes are divided by 255, other numbers are taken as they are."
        ),
    )
    made.add_argument(
        "--teacher", required=True, type=Path, metavar="TEACHER",
        help="a .keras or .onnx file that gives logits or probabilities",
    )  # fmt: skip
    made.add_argument(
        "--student",
        required=True,
        help="mlp:64, mlp:128-64 (units), cnn, cnn:16-32 (filters), or a "
        ".keras file that ends in logits, whose weights it starts from",
    )
    made.add_argument(
        "--data", required=True, type=Path, metavar="DATA.npz",
        help="the rows, see below",
    )  # fmt: skip
    made.add_argument(
        "--out", required=True, type=Path, metavar="STUDENT.keras",
        help="where the distilled student goes",
    )  # fmt: skip
    made.add_argument(
        "--export", type=Path, metavar="STUDENT.tflite",
        help="write it for a device too, as .tflite or .onnx",
    )  # fmt: skip
    made.add_argument(
        "--overwrite", action="store_true",
        help="replace files that are there",
    )  # fmt: skip
    made.add_argument(
        "--temperature", type=between(float, 0.01, 10_000), default=4.0,
        help="T of the soft targets, 0.01 to 10000 (default: 4)",
    )  # fmt: skip
    made.add_argument(
        "--student-loss-weight", type=between(float, 0, 0.99), default=0.1,
        help="weight of the labels, 0 to 0.99; the teacher's answers get the "
        "rest (default: 0.1)",
    )  # fmt: skip
    made.add_argument(
        "--epochs", type=between(int, 1, 10_000), default=20,
        help="passes over all training rows, 1 to 10000 (default: 20)",
    )  # fmt: skip
    made.add_argument(
        "--batch-size", type=between(int, 1, 1_000_000), default=32,
        help="rows a step (default: 32)",
    )  # fmt: skip
    made.add_argument(
        "--learning-rate", type=between(float, 1e-9, 1), default=0.001,
        help="of Adam (default: 0.001)",
    )  # fmt: skip
    made.add_argument(
        "--seed", type=between(int, 0, 2**32 - 1), default=0,
        help="of the first weights and the order of rows (default: 0)",
    )  # fmt: skip
    return made


def main(arguments) -> int:
    """Run the command; returns its exit status."""
    made = parser()
    options = made.parse_args(arguments)
    for name, kinds in _READ.items():
        with Given(made, f"--{name}"):
            _check_there(str(getattr(options, name)), kinds)
    for name, kinds in _WRITTEN.items():
        with Given(made, f"--{name}"):
            _check_free(getattr(options, name), kinds, options)

    import keras

    from . import files

    with Given(made, "--data"):
        rows = files.rows(options.data)
    with Given(made, "--teacher"):
        teacher = files.teacher(options.teacher)
        told, plain = teacher.logits(rows.x)
        told_test, _ = teacher.logits(rows.x_test)
    classes = told.shape[1]
    with Given(made, "--data"):
        for name, labels in (("y_train", rows.y), ("y_test", rows.y_test)):
            if labels.max() >= classes:
                raise ValueError(
                    f"{options.data}: {name} has label {labels.max()}, and "
                    f"the teacher scores {classes} classes, 0 to "
                    f"{classes - 1}. Number the labels as the teacher does."
                )
    keras.utils.set_random_seed(options.seed)  # of the first weights
    with Given(made, "--student"):
        student = files.student(options.student, rows.x.shape[1:], classes)

    from . import training

    with Given(made, "--student"):
        training.check_takes(student, options.student, rows)
    if options.export is not None:
        with Given(made, "--export"):
            training.check_exports(student, options.export, rows)
    print(
        f"{options.data}: {len(rows.x):,} rows to learn from, "
        f"{rows.labelled.sum():,} of them with a label, {len(rows.x_test):,} "
        f"to test; {classes} classes"
    )
    if not plain:
        print("the teacher's probabilities are taken as logarithms")
    training.warn_of_strange_teacher(rows, told_test)
    try:
        training.run(options, rows, teacher, told, told_test, student)
    except (ValueError, OSError) as error:  # it diverged, the disk is full
        line = " ".join(str(error).split())
        print(f"{made.prog}: error: {line}", file=sys.stderr)
        return 1
    return 0


def _check_there(path, kinds):
    """Raise unless there is such a file; a student may be no file."""
    if kinds is None and not path.endswith(".keras"):
        return
    if kinds and not path.endswith(kinds):
        raise ValueError(f"{path} must end in {' or '.join(kinds)}.")
    if not Path(path).is_file():
        raise FileNotFoundError(f"no file {path}.")


def _check_free(path, kinds, options):
    """Raise unless a file can be written there, and take nobody's place."""
    if path is None:
        return
    if path.suffix not in kinds:
        raise ValueError(f"{path} must end in {' or '.join(kinds)}.")
    if not path.parent.is_dir():
        raise ValueError(f"there is no folder {path.parent}.")
    if path.is_dir():
        raise ValueError(f"{path} is a folder.")
    read = [Path(getattr(options, name)) for name in _READ]
    if path.resolve() in [other.resolve() for other in read]:
        raise ValueError(f"{path} is read here; write to another file.")
    if path.exists() and not options.overwrite:
        raise ValueError(f"{path} exists. Say --overwrite to replace it.")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise ValueError(
            f"nothing can be written into the folder {path.parent} "
            f"({error.strerror}). Choose another one."
        ) from error
