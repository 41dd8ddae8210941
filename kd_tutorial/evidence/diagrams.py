"""The book's drawings: how things hang together, and what they are called.

Each function returns a `Diagram`, which a notebook shows as SVG. Numbers in
one are computed from what it was given.
"""

import matplotlib.pyplot as plt
import numpy as np

from .drawing import (
    LOSS,
    STUDENT,
    TEACHER,
    WHITE,
    Diagram,
    arrow,
    box,
    canvas,
    diagram,
    panel,
    title,
    write,
)
from .drawn_numbers import decoupled, gradients, targets

__all__ = [
    "Diagram", "decoupled", "gradients", "kinds", "orders", "schemes",
    "setting", "targets", "two_heads", "ways_to_shrink",
]  # fmt: skip


@diagram
def setting():
    """Teacher and student: who sees what, says what, and is changed."""
    figure, axes = canvas(4.95)
    box(axes, 2.55, 4.6, "image x", width=1.1)
    box(axes, 1.2, 3.6, "teacher\nlarge, fixed", TEACHER, height=0.7)
    box(axes, 3.9, 3.6, "student\nsmall, learns", STUDENT, height=0.7)
    box(axes, 1.2, 2.35, "softmax(v / T)", TEACHER)
    box(axes, 3.9, 2.35, "softmax(z / T)", STUDENT)
    box(axes, 2.55, 1.15, "loss: how far is q from p?", LOSS, width=3.0)
    box(axes, 1.95, 0.3, "label, if there is one", width=2.3)
    for x, own in ((1.2, "v"), (3.9, "z")):
        arrow(axes, (2.55, 4.35), (x, 3.95))
        arrow(axes, (x, 3.25), (x, 2.6))
        write(axes, x + 0.1, 2.95, f"logits {own}", ha="left")
        arrow(axes, (x, 2.1), (x, 1.4))
    write(axes, 1.3, 1.78, "soft targets p", ha="left")
    write(axes, 3.8, 1.78, "answers q", ha="right")
    arrow(axes, (1.95, 0.55), (1.95, 0.9))
    arrow(axes, (4.05, 1.15), (5.2, 1.15), (5.2, 3.6), (4.75, 3.6),
          linestyle="--")  # fmt: skip
    write(axes, 2.55, 2.35, "same T")
    write(axes, 5.2, 0.78, "changes the\nstudent only", ha="right")
    return figure


@diagram
def two_heads(weights=(0.1, 0.9)):
    """The student with two outputs, and what each is compared with.

    Args:
        weights: of the labels and of the teacher in the sum. Defaults to
            `(0.1, 0.9)`.

    Returns:
        The diagram.
    """
    figure, axes = canvas(4.95)
    box(axes, 2.8, 4.6, "images x", width=1.2)
    box(axes, 2.8, 3.75, "student", STUDENT)
    arrow(axes, (2.8, 4.35), (2.8, 4.0))
    write(axes, 2.8, 2.93, "the same\nlogits z, twice")
    box(axes, 2.8, 1.6, "loss", LOSS, width=0.8)
    heads = ("hard", "cross-entropy", "labels"), (
        "soft", "T² KL", "teacher’s logits"
    )  # fmt: skip
    for x, toward, weight, (head, loss, target) in zip(
        (0.95, 4.65), (1, -1), weights, heads
    ):
        arrow(axes, (2.8 - 0.5 * toward, 3.5), (x, 2.85))
        box(axes, x, 2.6, f"“{head}”", STUDENT, width=1.1)
        arrow(axes, (x, 2.35), (x, 1.85))
        box(axes, x, 1.6, loss, LOSS, width=1.5)
        arrow(axes, (x + 0.75 * toward, 1.6), (2.8 - 0.4 * toward, 1.6))
        write(axes, x + 1.1 * toward, 1.82, f"× {weight:g}")
        arrow(axes, (x, 0.85), (x, 1.35))
        box(axes, x, 0.6, target, TEACHER if head == "soft" else WHITE)
    write(axes, 2.8, 0.6, "two arrays,\ngiven to fit")
    write(axes, 4.65, 0.18, "asked once, before")
    return figure


@diagram
def kinds():
    """What a student can be asked to match: an answer, a layer, distances."""
    figure, axes = canvas(2.7)
    says = {
        "response": "the same answer",
        "feature": "the same layer,\nby a projector",
        "relation": "the same distances\nof examples",
    }
    for column, (name, text) in enumerate(says.items()):
        middle, level = 0.96 + 1.84 * column, 1.68
        panel(axes, middle, 1.35, 1.76, 2.6)
        title(axes, middle, 2.36, name)
        write(axes, middle, 0.35, text)
        if name == "relation":
            _examples(axes, middle - 0.42, level, 0.33, TEACHER)
            _examples(axes, middle + 0.45, level, 0.24, STUDENT)
            ends = -0.06, 0.18
        else:
            marked = 2 if name == "response" else 1
            level += 0.36 * (marked - 1)
            _layers(axes, middle - 0.42, (0.76, 0.62, 0.4), marked, TEACHER)
            _layers(axes, middle + 0.45, (0.4, 0.4, 0.4), marked, STUDENT)
            ends = (-0.2 if marked == 2 else -0.09), 0.23
        write(axes, middle - 0.42, 0.93, "teacher", va="baseline")
        write(axes, middle + 0.45, 0.93, "student", va="baseline")
        arrow(axes, (middle + ends[0], level), (middle + ends[1], level),
              style="<|-|>")  # fmt: skip
    return figure


def _layers(axes, x, widths, marked, color):
    """A network, from its first layer up; one of them stands out."""
    for layer, width in enumerate(widths):
        own = layer == marked
        axes.add_patch(plt.Rectangle(
            (x - width / 2, 1.2 + 0.36 * layer), width, 0.24, ec="0.25",
            fc=color if own else WHITE, lw=1.8 if own else 0.8,
        ))  # fmt: skip


def _examples(axes, x, y, size, color):
    """Three examples and the distances between them."""
    across, up = size * np.array([(-1, 0.2, 1), (-0.9, 1.1, -0.3)])
    axes.fill(x + across, y + up, fc="none", ec="0.25", ls=":", lw=1.4)
    axes.scatter(x + across, y + up, s=75, color=color, ec="0.25", zorder=3)


@diagram
def schemes():
    """Who learns when: offline, online, self-distillation."""
    figure, axes = canvas(2.9)
    drawn = {
        "offline": ("teacher, fixed", TEACHER, "student",
                    "the teacher\nlearned before"),
        "online": ("student 1", STUDENT, "student 2",
                   "both learn, from\neach other"),
        "self": ("network", STUDENT, "same kind",
                 "same architecture,\nor one network"),
    }  # fmt: skip
    for column, (name, own) in enumerate(drawn.items()):
        above, color, below, says = own
        x = 0.96 + 1.84 * column
        panel(axes, x, 1.45, 1.76, 2.8)
        title(axes, x, 2.57, name)
        box(axes, x, 2.15, above, color, width=1.5)
        box(axes, x, 1.1, below, STUDENT, width=1.5)
        write(axes, x, 0.43, says)
        if name == "online":
            arrow(axes, (x - 0.55, 1.9), (x - 0.55, 1.35))
            arrow(axes, (x + 0.55, 1.35), (x + 0.55, 1.9))
            write(axes, x, 1.62, "answers")
        else:
            arrow(axes, (x - 0.3, 1.9), (x - 0.3, 1.35))
            write(axes, x - 0.2, 1.62, "answers", ha="left")
    return figure


@diagram
def orders():
    """Three orders of distilling and rounding: then, before, together."""
    figure, axes = canvas(4.5)
    ways = {
        "then": ("rounded at the end", "distil", "round"),
        "before": ("the grid is given, and stays", "round", "distil"),
        "together": ("every step sees it rounded", "distil"),
    }
    for row, (name, (says, *steps)) in enumerate(ways.items()):
        y = 3.55 - 1.5 * row
        panel(axes, 2.8, y + 0.2, 5.5, 1.4)
        title(axes, 0.2, y + 0.58, name, ha="left")
        write(axes, 1.4, y + 0.58, says, ha="left", va="baseline")
        known, form, x = "student", "float", 0.85
        box(axes, x, y, f"{known}\n{form}", WHITE, width=1.25, height=0.7)
        for step, end in zip(steps, (2.8, 4.75)[-len(steps) :]):
            if step == "distil":
                known = "distilled"
            if step == "round" or name == "together":
                form = "rounded"
            arrow(axes, (x + 0.625, y), (end - 0.625, y))
            write(axes, (x + end) / 2, y + 0.16, step)
            box(axes, end, y, f"{known}\n{form}",
                STUDENT if known == "distilled" else WHITE,
                width=1.25, height=0.7)  # fmt: skip
            x = end
    return figure


@diagram
def ways_to_shrink():
    """Three ways that change a model, and one that makes a new one."""
    figure, axes = canvas(3.5)
    box(axes, 0.8, 1.75, "trained\nmodel", TEACHER, width=1.3, height=3.3)
    for row, name in enumerate(("pruned", "quantised", "low rank")):
        y = 3.15 - 0.68 * row
        arrow(axes, (1.45, 2.47), (2.3, y))
        box(axes, 3.1, y, name, TEACHER, width=1.6)
    write(axes, 4.75, 2.47, "the same\nmodel, changed")
    arrow(axes, (1.45, 0.6), (2.3, 0.6))
    write(axes, 1.87, 0.85, "answers")
    box(axes, 3.1, 0.6, "student\nof any kind", STUDENT, width=1.6,
        height=0.75)  # fmt: skip
    write(axes, 4.75, 0.6, "a new model")
    return figure
