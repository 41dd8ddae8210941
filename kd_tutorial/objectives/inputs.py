"""What the losses take: rows of numbers, labels, weights."""

import numpy as np
from keras import ops

from ..arrays import integer_labels
from ..checks import check_number, is_traced


def rows(name, array, *, columns="classes"):
    """`array` as a tensor of float32 or, where it is, float64."""
    double = "float64" in str(getattr(array, "dtype", ""))
    tensor = ops.convert_to_tensor(array, "float64" if double else None)
    if len(tensor.shape) != 2:
        raise ValueError(
            f"{name} must have shape (batch, {columns}), got "
            f"{tuple(tensor.shape)}. Give one row of numbers an example."
        )
    if columns == "classes" and tensor.shape[1] == 1:
        raise ValueError(
            f"{name} have one class, whose probability is always 1. For two "
            "classes by one logit use binary_cross_entropy or "
            "binary_kl_divergence."
        )
    if double:
        return tensor
    return ops.cast(tensor, "float32")  # float16 overflows at 65,504


def pair(teacher, student, *, names, columns="classes"):
    """Teacher's and student's rows, in one shape and the student's dtype."""
    teacher = rows(names[0], teacher, columns=columns)
    student = rows(names[1], student, columns=columns)
    if teacher.shape[1] != student.shape[1]:
        raise ValueError(
            f"{names[0]} have {teacher.shape[1]} {columns} and "
            f"{names[1]} {student.shape[1]}. Both must score the same "
            f"{columns} in the same order: drop or reorder columns first."
        )
    _same_rows(names[0], teacher, names[1], student)
    if teacher.dtype != student.dtype:  # a float64 array, float32 logits
        teacher = ops.cast(teacher, student.dtype)
    return teacher, student


def logits(teacher_logits, student_logits, *, columns="classes"):
    """The pair that most losses take."""
    names = ("teacher_logits", "student_logits")
    return pair(teacher_logits, student_logits, names=names, columns=columns)


def one_hot(labels, student_logits):
    """Labels as rows of 0 and 1 beside the student's logits."""
    classes = student_logits.shape[1]
    if not is_traced(labels):
        labels = integer_labels("labels", np.asarray(labels))
        if labels.size and labels.max() >= classes:
            raise ValueError(
                f"labels must be from 0 to {classes - 1}, one of the "
                f"{classes} classes of student_logits, got {labels.max()}. "
                "Build the student with more classes, or drop those rows."
            )
    if len(labels.shape) != 1:
        raise ValueError(
            f"labels must have shape (batch,), got {tuple(labels.shape)}. "
            "Give one class number an example: a column by "
            "labels[:, 0], one-hot rows by labels.argmax(axis=1)."
        )
    _same_rows("labels", labels, "student_logits", student_logits)
    labels = ops.cast(ops.convert_to_tensor(labels), "int32")
    return ops.one_hot(labels, classes, dtype=student_logits.dtype)


def of_labels(labels, classes, losses):
    """`losses`, NaN where a traced label is none of the classes."""
    if not is_traced(labels):  # `one_hot` has checked them
        return losses
    known = ops.logical_and(labels >= 0, labels < classes)
    return ops.where(known, losses, float("nan"))


def weight(name, value):
    """A factor, at least 0, or one an example."""
    if is_traced(value):
        return value
    if np.ndim(value) == 0:
        return check_number(
            name, value, lambda v: v >= 0, "of at least 0", "0 leaves it out."
        )
    value = np.asarray(value)
    if not (np.isfinite(value).all() and (value >= 0).all()):
        raise ValueError(
            f"{name} must be finite and at least 0 for every example, got "
            f"{value.min()} to {value.max()}. 0 leaves an example out."
        )
    return value


def share(name, value, good, span, remedy):
    """A number that is `good`, which `span` says in words."""
    if is_traced(value):
        return value
    single = np.asarray(value)
    fits = single.ndim == 0 and single.dtype.kind in "iuf"
    if not (fits and good(float(single))):
        raise ValueError(f"{name} must be in {span}, got {value!r}. {remedy}")
    return float(single)


def _same_rows(name, first, other_name, other):
    counts = first.shape[0], other.shape[0]
    if None not in counts and counts[0] != counts[1]:
        raise ValueError(
            f"{name} have {counts[0]} rows and {other_name} {counts[1]}. "
            "Row i of both must be the same example."
        )
