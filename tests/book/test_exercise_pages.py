"""Exercises on the pages, their list, their checks and their hints agree."""

import importlib
import json
import re
from pathlib import Path

import pytest

from kd_tutorial import exercises

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [
    path
    for path in sorted((ROOT / "book").rglob("*.ipynb"))
    if path.parent.name != "solutions" and "checkpoints" not in str(path)
]
HINTS = {
    f"{chapter}.{name}": hints
    for chapter in exercises.CHAPTERS
    for name, hints in importlib.import_module(
        f"kd_tutorial.exercises.{chapter}"
    ).HINTS.items()
}


def cells(path, kind):
    found = json.loads(path.read_text("utf-8"))["cells"]
    return ["".join(c["source"]) for c in found if c["cell_type"] == kind]


def checked(path):
    """The exercises that a page's cells check."""
    code = "\n".join(cells(path, "code"))
    return re.findall(r'kd\.exercises\.check\("([\w.]+)"', code)


def test_each_check_stands_on_one_page():
    on_pages = sorted(name for path in PAGES for name in checked(path))
    with_check = sorted(
        f"{chapter}.{name}"
        for chapter in exercises.CHAPTERS
        for name in importlib.import_module(
            f"kd_tutorial.exercises.{chapter}"
        ).__all__
    )
    assert on_pages == with_check
    assert len(with_check) >= 60


def test_the_list_has_every_exercise():
    text = (ROOT / "book" / "exercises.md").read_text("utf-8")
    parts = dict(re.findall(r"^## (.*)\n((?:(?!## ).*\n)*)", text, re.M))
    listed = re.findall(r"`(\w+\.\w+)` *\|?$", text, re.M)
    assert sorted(listed) == sorted(HINTS)
    for path in PAGES:
        prose = "\n".join(cells(path, "markdown"))
        title = re.search(r"^# (.*)$", prose, re.M).group(1)
        named = re.findall(r"^### (\d\. .*)$", prose, re.M)
        own = re.findall(r"^(\d\. .*): `[\w.]+`$", parts.get(title, ""), re.M)
        assert own == named, title
        of_page = re.findall(r"`([\w.]+)`$", parts.get(title, ""), re.M)
        if path.parent.name != "exercises":
            assert {*checked(path)} <= {*of_page}, title


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.stem)
def test_a_page_with_exercises_speaks_of_hints_once(path):
    told = re.findall(
        r'kd\.exercises\.hint\("([\w.]+)"\)',
        "\n".join(cells(path, "markdown")),
    )
    if checked(path):
        assert len(told) == 1 and told[0] in checked(path)
