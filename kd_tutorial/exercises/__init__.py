"""Checks of the book's exercises, which say which mistake was made.

Each chapter has a module here, each exercise a function in it that takes the
reader's answer, returns a sentence when it is right and raises `Mistake`
when it is not.
"""

import importlib

CHAPTERS = (
    "background", "concepts", "math", "code", "images", "objectives", "keras",
    "bugs", "algorithms", "applications", "trends", "transfer", "efficiency",
    "language", "faq",
)  # fmt: skip


class Mistake(Exception):
    """What is wrong with an answer, and where to look."""


def check(exercise: str, answer) -> bool:
    """Check an answer to an exercise, and print what it finds.

    Args:
        exercise: chapter and name, as the exercise gives them, for example
            `"math.gradient"`.
        answer: a number, an array or a function, as the exercise asks;
            `...` stands for no answer yet.

    Returns:
        Whether the answer is right.

    Raises:
        ValueError: for an exercise that does not exist.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.exercises.check("math.gradient", ...)
    math.gradient: no answer yet. Replace the dots.
    False
    """
    chapter, _, name = str(exercise).partition(".")
    if chapter not in CHAPTERS:
        raise ValueError(
            f"unknown exercise {exercise!r}: no chapter {chapter!r}. Choose "
            f"from {', '.join(CHAPTERS)}."
        )
    module = importlib.import_module(f"{__name__}.{chapter}")
    if name not in module.__all__:
        raise ValueError(
            f"unknown exercise {exercise!r}. Chapter {chapter!r} has "
            f"{', '.join(module.__all__)}."
        )
    if answer is ... or answer is None:
        print(f"{exercise}: no answer yet. Replace the dots.")
        return False
    try:
        praise = getattr(module, name)(answer)
    except Mistake as mistake:
        print(f"{exercise}: not yet. {mistake}")
        return False
    except Exception as error:  # the reader's own function failed
        print(
            f"{exercise}: your answer stopped with {type(error).__name__}: "
            f"{error}"
        )
        return False
    print(f"{exercise}: right. {praise}")
    return True
