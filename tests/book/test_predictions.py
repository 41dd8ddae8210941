"""Every question of the book is answered by a claim of its page."""

import ast
import re
from pathlib import Path

import pytest

import kd_tutorial as kd
from kd_tutorial.evidence import predictions
from kd_tutorial.evidence.claims import Claim

nbformat = pytest.importorskip("nbformat")
ROOT = Path(__file__).resolve().parent.parent.parent
CHAPTERS = ("background", "concepts", "math", "code", "trends", "faq")
ASIDE = re.compile(r"kd\.(predict|reveal)\(")
PAGES = sorted(
    path
    for path in (ROOT / "book").rglob("*.ipynb")
    if ASIDE.search(path.read_text("utf-8"))
)
NAMES = [p.relative_to(ROOT / "book").as_posix() for p in PAGES]
KINDS = ("kd.claim", "kd.hypothesis", "kd.published", "kd.identity")


def sources(path):
    cells = nbformat.read(path, 4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def nodes(source):
    """Of the syntax; IPython's own lines do nothing."""
    return ast.walk(
        ast.parse(re.sub(r"^(\s*)%.*$", r"\1pass", source, flags=re.MULTILINE))
    )


def calls(source, *names):
    for node in nodes(source):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in names:
            yield node


def pattern(node):
    """A text as a pattern: anything may stand where a value is put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(pattern(part) or ".+" for part in node.values)
    return None


def bounds(source):
    """Each text of a cell that claims, with its bound if its call has it."""
    known = {
        pattern(call.args[0]): {k.arg for k in call.keywords}
        for call in calls(source, *KINDS)
    }
    for node in nodes(source) if known else ():
        if own := pattern(node):
            yield own, known.get(own, set())


def claimed(cells, statement):
    """The keywords of the call that claims it, or None."""
    for source in cells:
        for own, keywords in bounds(source):
            if own != ".+" and re.fullmatch(own, statement):
                return keywords
    return None


@pytest.mark.parametrize("name", CHAPTERS)
def test_each_chapter_asks_three_times(name):
    cells = sources(ROOT / "book" / f"{name}.ipynb")
    assert sum(source.count("kd.predict(") for source in cells) >= 3


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_questions_are_asked_claimed_and_answered(path, monkeypatch):
    monkeypatch.setattr(predictions, "_asked", {})
    cells, revealed = sources(path), []
    for place, source in enumerate(cells):
        for call in calls(source, "kd.predict"):
            options = {k.arg: ast.literal_eval(k.value) for k in call.keywords}
            assert options["guess"] is ..., "no guess is committed"
            name, question = map(ast.literal_eval, call.args)
            assert name not in predictions._asked
            kd.predict(name, question, **options)
        for call in calls(source, "kd.reveal"):
            name, answers = map(ast.literal_eval, call.args)
            shown = {}
            for own in answers if isinstance(answers, dict) else [answers]:
                keywords = claimed(cells[:place], own)
                assert keywords is not None, f"nothing claims {own!r}"
                side = "within" if "within" in keywords else "above"
                shown[own] = Claim(
                    own, "", {side: 1.0}, "open", values=(1.0, 2.0)
                )
            monkeypatch.setattr(predictions, "shown", shown)
            kd.reveal(name, answers)  # refuses what is no answer
            revealed.append(name)
    assert sorted(revealed) == sorted(predictions._asked)


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_the_book_shows_the_question_and_not_its_code(path):
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "code" and ASIDE.search(cell.source):
            assert cell.metadata.get("tags") == ["remove-input"]
            assert all(
                ast.unparse(node.value.func) in ("kd.predict", "kd.reveal")
                for node in ast.parse(cell.source).body
            )


def test_what_is_not_claimed_is_found():
    cells = ['kd.claim(f"of {n} words", x, within=0)\n"no claim"']
    assert claimed(cells, "of 3 words") == {"within"}
    assert claimed(cells, "of 3 word") is None
    assert claimed(['"of 3 words"'], "of 3 words") is None
    assert claimed(["%pip x\nkd.claim(a, b, above=1)"], "of 3 words") is None
