"""Checks of the book's exercises, which say which mistake was made.

Each chapter has a module here, each exercise a function in it that takes the
reader's answer, returns a sentence when it is right and raises `Mistake`
when it is not. The module's `HINTS` has hints for each, and for exercises
that only a solution answers.

Checks read an answer by `number`, `numbers` or `word`, and what a function
returns by `array`, `scalar` or `says`, which say what else it is. Functions
are tried on copies. Where their input has a pattern (sorted, square, from 0 to
1), one without it follows, for answers that are right by the pattern alone.
"""

import copy
import importlib
import reprlib
import textwrap
from math import isclose, isfinite  # `math` is a chapter here

CHAPTERS = (
    "background", "concepts", "math", "code", "images", "text", "data",
    "deploy", "scale", "objectives", "keras", "bugs", "broken", "algorithms",
    "teachers", "applications", "trends", "transfer", "inherited",
    "efficiency", "scaling", "language", "faq",
)  # fmt: skip

_SOLVED = {  # the others in solutions/trends
    "foundations": ("background", "concepts", "math"),
    "practice": CHAPTERS[3:12] + ("faq",),
    "broken": ("broken",),
}


class Mistake(Exception):
    """What is wrong with an answer, and where to look."""


_notes: set[str] = set()  # what else there is to say of a right answer
_given: dict[str, int] = {}  # how many hints, by exercise


def number(answer) -> float:
    """The number that an answer is; a whole one but for rounding is whole."""
    import numpy as np

    try:
        value = np.asarray(answer).reshape(()).item()
        if isinstance(value, bool | complex):
            raise TypeError
        value = float(value)
    except Exception:
        raise Mistake(
            f"Answer with a number, not {reprlib.repr(answer)}."
        ) from None
    near = round(value) if isfinite(value) else value
    whole = isclose(value, near, rel_tol=1e-6, abs_tol=1e-9)
    return float(near) if whole else value


def numbers(answer, count: int) -> list[float]:
    """The numbers that an answer is, in order."""
    wanted = {2: "a pair of numbers", 3: "three numbers"}[count]
    try:
        if isinstance(answer, dict | set | str):
            raise TypeError
        values = [number(value) for value in answer]
    except (Mistake, TypeError):
        values = []
    if len(values) != count:
        raise Mistake(f"Answer with {wanted}.")
    return values


def word(answer) -> str:
    """The word or letter that an answer is, without quotes and the like."""
    return str(answer).lower().strip(" \n\t.,:;()[]{}'\"*`")


def called(answer, *given, **options):
    """What the reader's function returns for copies of what it is given."""
    if not callable(answer):
        raise Mistake("Give the function itself.")
    copies = copy.deepcopy((given, options))
    result = answer(*copies[0], **copies[1])
    if not _same(copies, (given, options)):
        _notes.add(
            "(It overwrites what it is given, which someone may still need.)"
        )
    if result is None or result is ...:
        raise Mistake("Your function returns nothing: `return` its result.")
    return result


def array(answer, *given):
    """What the reader's function returns, as float64 numbers."""
    import numpy as np
    from keras import ops, tree

    def plain(part):  # PyTorch's tensors may carry gradients
        return ops.convert_to_numpy(part) if ops.is_tensor(part) else part

    result = called(answer, *given)
    try:
        rows = [*result] if hasattr(result, "__next__") else result
        found = np.array(tree.map_structure(plain, rows))
        if found.dtype.kind in "bcUS":
            raise TypeError
        floats = [float(each) for each in found.flat]  # decimals, bfloat16
        return np.array(floats).reshape(found.shape)
    except Exception:
        raise Mistake(
            "Your function should return real numbers, in rows of one "
            f"length; it returned {reprlib.repr(result)}."
        ) from None


def scalar(answer, *given) -> float:
    """The one number that the reader's function returns."""
    found = array(answer, *given)
    if found.size != 1:
        raise Mistake(
            f"Your function should return one number, not shape {found.shape}."
        )
    return number(found)


def says(answer, *given) -> bool:
    """Whether the reader's function says yes."""
    import numpy as np

    result = called(answer, *given)
    try:
        verdict = np.asarray(result).reshape(()).item()
        if not isinstance(verdict, bool | int | float):
            raise TypeError
        return bool(verdict)
    except Exception:
        raise Mistake(
            f"Return True or False, not {reprlib.repr(result)}."
        ) from None


def _same(one, other) -> bool:
    """Whether nothing in nested arguments has changed."""
    import numpy as np

    if isinstance(one, dict):
        return [*one] == [*other] and all(_same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(
            one, other, equal_nan=one.dtype.kind == "f"
        )
    if hasattr(one, "__dataclass_fields__"):
        return _same(vars(one), vars(other))
    return one is other or one == other


def _found(exercise):
    """The module and the name of an exercise."""
    chapter, _, name = str(exercise).partition(".")
    if chapter not in CHAPTERS:
        raise ValueError(
            f"unknown exercise {exercise!r}: no chapter {chapter!r}. Choose "
            f"from {', '.join(CHAPTERS)}."
        )
    module = importlib.import_module(f"{__name__}.{chapter}")
    if name not in module.HINTS:
        raise ValueError(
            f"unknown exercise {exercise!r}. Chapter {chapter!r} has "
            f"{', '.join(module.HINTS)}."
        )
    return module, name


def _solution(exercise):
    """The page that has its solution."""
    chapter = exercise.partition(".")[0]
    page = next((k for k, v in _SOLVED.items() if chapter in v), "trends")
    return f"the page solutions/{page}.ipynb"


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
    module, name = _found(exercise)
    if name not in module.__all__:
        raise ValueError(
            f"exercise {exercise!r} has no check: compare with its solution, "
            f"on {_solution(exercise)}."
        )
    if answer is ... or answer is None:
        print(f"{exercise}: no answer yet. Replace the dots.")
        return False
    _notes.clear()
    try:
        praise = getattr(module, name)(answer)
    except Mistake as mistake:
        print(f"{exercise}: not yet. {mistake}")
        return False
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # sys.exit in the reader's function, too
        print(
            f"{exercise}: your answer stopped with {type(error).__name__}: "
            f"{error}"
        )
        return False
    print(" ".join([f"{exercise}: right. {praise}", *_notes]))
    return True


def hint(exercise: str):
    """Print a hint for an exercise, and the next one when called again.

    After the last hint it prints where the solution stands.

    Args:
        exercise: chapter and name, as for `check`.

    Raises:
        ValueError: for an exercise that does not exist.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.exercises.hint("bugs.chance")
    bugs.chance, hint 1 of 2: The teacher is right when asked, and wrong from
    the cache. What is between the two?
    """
    module, name = _found(exercise)
    hints = module.HINTS[name]
    told = _given.get(exercise, 0)
    if told == len(hints):
        print(
            f"{exercise}: that was the last hint. The solution is on "
            f"{_solution(exercise)}."
        )
        return
    _given[exercise] = told + 1
    text = f"{exercise}, hint {told + 1} of {len(hints)}: {hints[told]}"
    print(textwrap.fill(text, 79))
