"""What the losses take: rows of numbers, teacher and student alike."""

from keras import ops

from ..checks import check_temperature


def rows(name, array, *, columns="classes"):
    """`array` as a tensor of float32 or, where it is, float64."""
    double = "float64" in str(getattr(array, "dtype", ""))
    tensor = ops.convert_to_tensor(array, "float64" if double else None)
    if len(tensor.shape) != 2:
        raise ValueError(
            f"{name} must have shape (batch, {columns}), got "
            f"{tuple(tensor.shape)}. Give one row of numbers an example."
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
    if None not in (teacher.shape[0], student.shape[0]) and (
        teacher.shape[0] != student.shape[0]
    ):
        raise ValueError(
            f"{names[0]} have {teacher.shape[0]} rows and {names[1]} "
            f"{student.shape[0]}. Row i of both must be the same example."
        )
    if teacher.dtype != student.dtype:  # a float64 array, float32 logits
        teacher = ops.cast(teacher, student.dtype)
    return teacher, student


def logits(teacher_logits, student_logits, *, columns="classes"):
    """The pair that most losses take."""
    names = ("teacher_logits", "student_logits")
    return pair(teacher_logits, student_logits, names=names, columns=columns)


def log_probabilities(teacher_logits, student_logits, temperature):
    check_temperature(temperature)
    teacher, student = logits(teacher_logits, student_logits)
    return (
        ops.log_softmax(teacher / temperature),
        ops.log_softmax(student / temperature),
    )
