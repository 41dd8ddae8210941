"""The frame of the exercises: right, wrong, unanswered, broken."""

import copy
import importlib
import importlib.util
import types
from decimal import Decimal
from pathlib import Path

import keras
import numpy as np
import pytest

import kd_tutorial as kd
from kd_tutorial import exercises


def test_no_answer_yet(capsys):
    name = next(_all())
    for answer in (..., None):
        assert not kd.exercises.check(name, answer)
        assert "no answer yet" in capsys.readouterr().out


def test_a_broken_answer_is_reported(capsys, monkeypatch):
    name = next(_all())
    chapter, _, function = name.partition(".")
    module = importlib.import_module(f"kd_tutorial.exercises.{chapter}")

    def run(answer):
        return answer()

    monkeypatch.setattr(module, function, run)
    assert not kd.exercises.check(name, lambda: 1 / 0)
    assert "stopped with ZeroDivisionError" in capsys.readouterr().out

    def wrong():
        raise exercises.Mistake("You forgot the square.")

    assert not kd.exercises.check(name, wrong)
    assert f"{name}: not yet. You forgot the square." in (
        capsys.readouterr().out
    )
    assert kd.exercises.check(name, lambda: "The square matters.")
    assert f"{name}: right. The square matters." in capsys.readouterr().out


def test_unknown_exercises():
    with pytest.raises(ValueError, match="no chapter 'cooking'"):
        kd.exercises.check("cooking.eggs", 3)
    with pytest.raises(ValueError, match="Chapter 'math' has .*gradient"):
        kd.exercises.check("math.eggs", 3)


def _all():
    for chapter in exercises.CHAPTERS:
        module = importlib.import_module(f"kd_tutorial.exercises.{chapter}")
        for name in module.__all__:
            yield f"{chapter}.{name}"


def test_hints_lead_to_the_solution(capsys, monkeypatch):
    monkeypatch.setattr(exercises, "_given", {})
    book = Path(__file__).resolve().parents[2] / "book"
    hints = importlib.import_module("kd_tutorial.exercises.math").HINTS
    for number, wanted in enumerate(hints["gradient"], 1):
        kd.exercises.hint("math.gradient")
        told = " ".join(capsys.readouterr().out.split())
        assert told == f"math.gradient, hint {number} of 3: {wanted}"
    for _ in range(2):
        kd.exercises.hint("math.gradient")
        assert "solutions/foundations.ipynb" in capsys.readouterr().out
    for name in _all():
        page = exercises._solution(name).removeprefix("the page ")
        if name != "teachers.dist":  # solved by two studies, one a count
            text = (book / page).read_text("utf-8")
            assert f'check(\\"{name}\\"' in text, name


def test_every_exercise_has_hints(capsys):
    for chapter in exercises.CHAPTERS:
        module = importlib.import_module(f"kd_tutorial.exercises.{chapter}")
        assert {*module.__all__} <= {*module.HINTS}
        for name, hints in module.HINTS.items():
            assert 2 <= len(hints) <= 3, name
            for hint in hints:
                assert 20 < len(hint) < 160 and hint[-1] in ".?", hint
    with pytest.raises(ValueError, match="Chapter 'math' has .*biased"):
        kd.exercises.hint("math.eggs")
    with pytest.raises(ValueError, match="on the page solutions/trends"):
        kd.exercises.check("language.sharpened", 3)


def test_every_exercise_refuses_nonsense():
    for name in _all():
        assert not kd.exercises.check(name, "nonsense"), name
        assert not kd.exercises.check(name, float("nan")), name


def _answers(test):
    """The rows of a table of the chapters' tests, with the exercise first."""
    for path in sorted(Path(__file__).parent.glob("test_exercises_*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        chapter = path.stem.removeprefix("test_exercises_")
        for mark in getattr(module, test).pytestmark:
            for one in mark.args[1] if mark.name == "parametrize" else ():
                name, *rest = getattr(one, "values", one)
                yield name if "." in name else f"{chapter}.{name}", *rest


def test_each_exercise_names_five_wrong_answers_at_least():
    """And each by another sentence, but for choices.

    A choice of three letters has two wrong ones. There a number, a word, a
    list and the like count too, as others will answer so.
    """
    choices = {"background.interval", "background.confound",
               "background.tables", "text.rival"}  # fmt: skip
    said = {name: [] for name in _all()}
    for name, _, mistake in _answers("test_mistakes_are_named"):
        said[name].append(mistake)
    few = {k: v for k, v in said.items() if len(v) < 5}
    assert not few, f"fewer than five wrong answers: {sorted(few)}"
    alike = {k for k, v in said.items() if len({*v}) < 4} - choices
    assert not alike, f"wrong answers that are not told apart: {alike}"


RIGHT = [*_answers("test_right_answers")]
# Functions that return models, batches or parts, not one array.
OTHER_FORMS = {
    "broken.chance", "broken.lucky", "broken.stuck", "broken.unsteady",
    "keras.fit",
}  # fmt: skip
FUNCTIONS = [
    (name, answer)
    for name, answer in RIGHT
    if isinstance(answer, types.FunctionType)
    and answer.__name__ != "overwritten"
    and name not in OTHER_FORMS
]
SAYING = {"bugs.size", "keras.test"}  # yes or no
NUMBERS = [
    (name, answer)
    for name, answer in RIGHT
    if isinstance(answer, int | float) and not isinstance(answer, bool)
]


def _spoiled(function):
    """The same results, and a ruin of what it was given."""

    def answer(*given):
        result = copy.deepcopy(function(*given))
        for one in given:
            if isinstance(one, np.ndarray):
                one[...] = 7
            elif isinstance(one, list):
                one.clear()
        return result

    return answer


def _in_place(function):
    """Right results, written over the first argument where they fit."""

    def answer(first, *others):
        result = function(first, *others)
        if isinstance(first, np.ndarray) and first.shape == np.shape(result):
            first = first.astype("float64", copy=False)
            first[...] = result
            return first
        return result

    return answer


@pytest.mark.parametrize("name, function", FUNCTIONS)
def test_functions_may_overwrite_what_they_are_given(name, function, capsys):
    assert kd.exercises.check(name, function)
    assert "overwrites" not in capsys.readouterr().out
    for _ in range(2):  # nothing is left of the first time
        assert kd.exercises.check(name, _spoiled(function))
        told = "It overwrites what it is given" in capsys.readouterr().out
        no_arrays = {*SAYING, "faq.seeds", "concepts.control"}
        assert told == (name not in no_arrays)
    assert kd.exercises.check(name, _in_place(function))


def dress(function, kind):
    def answer(*given):
        return kind(function(*given))

    return answer


@pytest.mark.parametrize("name, function", FUNCTIONS)
def test_functions_may_return_other_kinds_of_numbers(name, function):
    kinds = [np.array, np.float32, np.asfortranarray]
    if name == "transfer.between":
        kinds = [tuple]
    elif name not in SAYING:
        kinds += [
            lambda found: np.asarray(found).tolist(),
            lambda found: np.asarray(found).astype(object),
            lambda found: np.vectorize(Decimal, otypes="O")(found),
            keras.ops.convert_to_tensor,
            lambda found: iter(found) if np.ndim(found) else found,
        ]
    for kind in kinds:
        assert kd.exercises.check(name, dress(function, kind)), kind


@pytest.mark.parametrize("name, function", FUNCTIONS)
def test_functions_that_return_nonsense(name, function, capsys):
    for nothing in (None, ...):
        assert not kd.exercises.check(name, lambda *_, it=nothing: it)
        assert "returns nothing" in capsys.readouterr().out
    if name == "transfer.between":
        wanted = "Return a list"
    elif name in SAYING:
        wanted = "Return True or False"
    else:
        wanted = "should return real numbers"
    for nonsense in ("a", 1j, {"a": 1}, {1.0}, object(), len, b"a", np.array(
        ["a", "b"]), np.array([1j, 2]), np.array([None, 1.0])):  # fmt: skip
        assert not kd.exercises.check(
            name, dress(function, lambda _, nonsense=nonsense: nonsense)
        )
        assert wanted in capsys.readouterr().out, nonsense


@pytest.mark.parametrize("name, function", FUNCTIONS)
def test_functions_that_stop(name, function, capsys):
    def stopping(error):
        def answer(*given):
            raise error

        return answer

    for error in (SystemExit(3), GeneratorExit(), ValueError("no"),
                  type("Own", (BaseException,), {})()):  # fmt: skip
        assert not kd.exercises.check(name, stopping(error))
        assert (
            f"stopped with {type(error).__name__}" in capsys.readouterr().out
        )
    with pytest.raises(KeyboardInterrupt):
        kd.exercises.check(name, stopping(KeyboardInterrupt()))
    assert not kd.exercises.check(name, lambda: 0)
    assert "stopped with TypeError" in capsys.readouterr().out
    assert not kd.exercises.check(name, 3.0)
    assert "Give the function itself" in capsys.readouterr().out


@pytest.mark.parametrize("name, answer", NUMBERS)
def test_numbers_in_other_dress(name, answer, capsys):
    for kind in (np.float32, np.array, str, Decimal, lambda x: [x],
                 lambda x: np.array([[x]]), lambda x: x * (1 + 1e-15),
                 keras.ops.convert_to_tensor):  # fmt: skip
        assert kd.exercises.check(name, kind(answer)), kind
    capsys.readouterr()
    for nonsense in (answer + 0j, [answer] * 2, True, "a", [None], {}, len,
                     {answer}, lambda: answer, b"a",
                     np.array([None])):  # fmt: skip
        assert not kd.exercises.check(name, nonsense)
        assert "Answer with a number, not " in capsys.readouterr().out


@pytest.mark.parametrize(
    "name, answer", [one for one in RIGHT if isinstance(one[1], tuple)]
)
def test_several_numbers_in_other_dress(name, answer, capsys):
    for kind in (list, np.array, iter, lambda x: np.array(x, "float32")):
        assert kd.exercises.check(name, kind(answer))
    for nonsense in (answer[0], answer + (1,), answer[:1], {}, "12", [[]],
                     {*answer}, (None, *answer[1:]), [1j] * len(answer),
                     len):  # fmt: skip
        capsys.readouterr()
        assert not kd.exercises.check(name, nonsense)
        assert "Answer with " in capsys.readouterr().out


def test_answers_may_print(capsys):
    def answer(v, z, T):
        print("looking")

    assert not kd.exercises.check("math.gradient", answer)
    assert (
        "looking\nmath.gradient: not yet. Your function returns nothing"
        in (capsys.readouterr().out)
    )
