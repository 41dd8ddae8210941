"""Checks of the exercises in the museum of bugs."""

import numpy as np

from . import Mistake, number, says

__all__ = ["broken", "chance", "factor", "size"]

HINTS = {
    "chance": (
        "The teacher is right when asked, and wrong from the cache. What is "
        "between the two?",
        "Every row is another image's answer. Which room mixes rows?",
    ),
    "size": (
        "Choose some logits once, and take the mean loss at both "
        "temperatures.",
        "What is their ratio, with T² and without?",
        "The ratio must be near 1 from both sides.",
    ),
    "factor": (
        "Two factors are missing. Find each by itself.",
        "A mean over a thousand is a sum over a thousand, divided by what?",
    ),
    "broken": (
        "Line 3: how is the teacher asked?",
        "Lines 4 and 5 come after line 3. What do they mix, and what not?",
        "Line 11: what should happen over the classes, and which factor is "
        "absent?",
    ),
}


def broken(answer):
    """Training mode, shuffled cache, mean over classes, no T²."""
    try:
        if isinstance(answer, str):
            raise TypeError
        rooms = {number(room) for room in answer}
    except TypeError:
        raise Mistake("Answer with a set of rooms, such as {1, 3}.") from None
    innocent = {
        1: "The teacher ends in logits, and so does the student.",
        3: "The logarithms stand where they belong.",
        4: "Teacher and student stand where they belong.",
        7: "The labels weigh what the paper gives them.",
        10: "The answers are numbers before training begins.",
    }
    for room in sorted(rooms - {2, 5, 6, 9}):
        raise Mistake(f"Not room {room:g}. {innocent.get(room, '')}".strip())
    missing = {
        2: "What does the last line of the loss do with the classes?",
        5: "In which mode is the teacher asked?",
        6: "Which rows do the answers belong to, and when were they mixed?",
        9: "Which factor keeps the size of the gradient?",
    }
    for room, hint in missing.items():
        if room not in rooms:
            raise Mistake(f"There is more. {hint}")
    return "Four bugs, and every shape is right."


def chance(answer):
    """The shuffled cache."""
    value = number(answer)
    if value == 6:
        return "The cache belongs to other rows."
    if value == 8:
        raise Mistake("Asked afresh, the teacher is right.")
    if value == 1:
        raise Mistake("A double softmax keeps the order of classes.")
    if value == 5:
        raise Mistake("Dropout makes answers noisy, not random.")
    if value == 13:
        raise Mistake("There the answer is to another view of the image.")
    raise Mistake("What differs between the cache and a fresh answer?")


def size(answer):
    """True with T², False without."""
    from ..objectives import losses

    def without(v, z, temperature):
        value = losses.kl_divergence(v, z, temperature=temperature)
        return value / temperature**2

    def half(v, z, temperature):
        return (
            losses.kl_divergence(v, z, temperature=temperature) / temperature
        )

    def right(v, z, temperature):
        return losses.kl_divergence(v, z, temperature=temperature)

    def slightly(exponent):
        return lambda v, z, temperature: (
            right(v, z, temperature) * temperature**exponent
        )

    def twice(v, z, temperature):
        return right(v, z, temperature) * temperature**2

    if not says(answer, right):
        raise Mistake("It refuses the right loss.")
    if says(answer, without):
        raise Mistake("A loss without T² passes.")
    if says(answer, half):
        raise Mistake("A loss with T instead of T² passes.")
    if says(answer, twice):
        raise Mistake(
            "A loss with T² twice passes. It grows: test both directions."
        )
    if says(answer, slightly(-0.3)) or says(answer, slightly(0.3)):
        raise Mistake(
            "A loss passes that changes by a fifth: a tenth, please."
        )
    return "No formula was needed."


def factor(answer):
    """1,000 × 16."""
    value = number(answer)
    if np.isclose(value, 16_000):
        return "Such a teacher might as well be silent."
    if np.isclose(value, 4_000):
        raise Mistake("T counts twice.")
    if np.isclose(value, 1_000):
        raise Mistake("The temperature is missing.")
    if np.isclose(value, 16):
        raise Mistake("The mean over classes is missing.")
    if np.isclose(value, 1 / 16_000):
        raise Mistake("Turn it over: how many times too small?")
    raise Mistake("Two factors, to be multiplied.")
