"""Drawings that show numbers: of answers and of gradients."""

import matplotlib.pyplot as plt
import numpy as np
from scipy.special import softmax

from ..checks import check_logits, check_temperature
from .drawing import WIDTH, arrow, bars, canvas, diagram, title, write
from .style import COLORS


@diagram
def targets(logits, label, *, temperature=4.0, smoothing=0.2):
    """One example's hard, smoothed and soft target, side by side.

    Args:
        logits: the teacher's, shape `(classes,)`.
        label: the true class.
        temperature: of the soft target. Defaults to 4.
        smoothing: the share that is spread over all classes. Defaults to
            0.2.

    Returns:
        The diagram.

    Raises:
        ValueError: for probabilities or a temperature that is not positive.
    """
    check_logits("logits", np.asarray(logits)[None])
    check_temperature(temperature)
    hard = np.eye(len(logits))[label]
    shown = {
        "hard": (hard, "all others 0"),
        "smoothed": (
            (1 - smoothing) * hard + smoothing / len(hard),
            "all others alike",
        ),
        f"soft, T = {temperature:g}": (
            softmax(np.asarray(logits, "float64") / temperature),
            "each its own",
        ),
    }
    figure, axes = canvas(2.5)
    colors = [COLORS[1] if own else COLORS[0] for own in hard]
    for place, (name, (heights, says)) in enumerate(shown.items()):
        left = 0.72 + 1.64 * place
        panel = bars(figure, (left, 0.55, 1.52, 1.35), heights,
                     range(len(hard)), colors)  # fmt: skip
        title(axes, left + 0.76, 2.27, name)
        write(axes, left + 0.76, 2.02, says, va="baseline")
        panel.set_yticks((0, 0.5, 1), () if place else None)
    write(axes, 0.14, 1.2, "probability", rotation=90)
    write(axes, 0.72 + 2.4, 0.16, "class")
    return figure


@diagram
def decoupled(logits, *, temperature=4.0):
    """How decoupled distillation cuts a teacher's answer in two.

    Args:
        logits: the teacher's, shape `(classes,)`. The class that it names
            stands for the true one.
        temperature: of the answer. Defaults to 4.

    Returns:
        The diagram.

    Raises:
        ValueError: for probabilities or a temperature that is not positive.
    """
    check_logits("logits", np.asarray(logits)[None])
    check_temperature(temperature)
    p = softmax(np.asarray(logits, "float64") / temperature)
    named = int(p.argmax())
    others = 1 - p[named]
    color = np.where(np.arange(len(p)) == named, COLORS[1], COLORS[0])
    figure, axes = canvas(4.5)
    write(axes, 2.8, 4.32, f"the teacher’s p at T = {temperature:g}; "
          f"class t = {named}")  # fmt: skip
    bars(figure, (1.45, 2.85, 2.9, 1.25), p, range(len(p)), color)
    write(axes, 0.95, 3.47, "probability", rotation=90)
    write(axes, 2.8, 2.3, "the student’s q\nis cut likewise")
    arrow(axes, (1.7, 2.52), (1.25, 2.2))
    arrow(axes, (3.9, 2.52), (4.15, 2.2))
    title(axes, 1.0, 1.95, "TCKD")
    write(axes, 1.0, 1.7, "t, or not t", va="baseline")
    bars(figure, (0.5, 0.32, 1.05, 1.25), (p[named], others),
         ("t", "not t"), (COLORS[1], COLORS[0]))  # fmt: skip
    write(axes, 2.2, 0.95, "+ (1 − p$_t$) ×")
    title(axes, 4.3, 1.95, "NCKD")
    write(axes, 4.3, 1.7, "others, among themselves", va="baseline")
    bars(figure, (3.25, 0.32, 2.25, 1.25), np.delete(p, named) / others,
         np.delete(np.arange(len(p)), named), COLORS[0])  # fmt: skip
    return figure


@diagram
def gradients(teacher_logits, student_logits, labels, *, temperature=4.0):
    """The gradient by the teacher's answers over that by the labels.

    For each example and class `q - 1` or `q` by the label, on the horizontal
    axis, and `T (q - p)` by the teacher, on the vertical one.

    Args:
        teacher_logits: shape `(examples, classes)`.
        student_logits: the same shape.
        labels: shape `(examples,)`.
        temperature: of the teacher's term. Defaults to 4.

    Returns:
        The diagram.

    Raises:
        ValueError: for probabilities, a temperature that is not positive, or
            logits and labels that are not of the same examples.
    """
    check_temperature(temperature)
    v, z = (np.asarray(x, "float64") for x in (teacher_logits, student_logits))
    check_logits("teacher_logits", v)
    check_logits("student_logits", z)
    if v.shape != z.shape or len(labels) != len(v):
        raise ValueError(
            f"teacher_logits, student_logits and labels have shapes {v.shape},"
            f" {z.shape} and {np.shape(labels)}. Pass the same examples' rows."
        )
    true = np.eye(v.shape[1], dtype=bool)[np.asarray(labels)]
    by_label = softmax(z, axis=1) - true
    by_teacher = temperature * (
        softmax(z / temperature, axis=1) - softmax(v / temperature, axis=1)
    )
    figure, axes = plt.subplots(figsize=(WIDTH, 4.3))
    axes.axhline(0, color="0.8", zorder=0)
    axes.axvline(0, color="0.8", zorder=0)
    for name, own, color, marker in (
        ("other classes", ~true, COLORS[0], "o"),
        ("true class", true, COLORS[1], "^"),
    ):
        axes.scatter(
            by_label[own], by_teacher[own], s=14, alpha=0.5, label=name,
            color=color, marker=marker, lw=0, rasterized=True,
        )  # fmt: skip
    axes.set(xlabel="gradient by the label: q − (1 or 0)",
             ylabel=f"by the teacher: T (q − p), T = {temperature:g}",
             xticks=(-1, -0.5, 0, 0.5, 1))  # fmt: skip
    figure.legend(loc="outside upper left", ncols=2, markerscale=2)
    return figure
