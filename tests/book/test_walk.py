"""The walk through the rooms and what is asked of a change are true."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
WALK = ROOT / "book" / "walk.md"


@pytest.mark.long  # it compiles
def test_its_code_runs(capsys):
    import matplotlib

    text = WALK.read_text("utf-8")
    backend = matplotlib.get_backend()
    matplotlib.use("agg")
    try:
        space = {}
        for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
            exec(compile(block, str(WALK), "exec"), space)
    finally:
        matplotlib.use(backend)
    said = capsys.readouterr().out
    assert "rows" in said  # the refusal, shown
    assert re.search(r"points \[.*\], n = 10", said)  # the difference


@pytest.mark.parametrize("page", ["book/walk.md", "CONTRIBUTING.md"])
def test_the_files_that_are_named_exist(page):
    named = re.findall(
        r"[`(]((?:\w+/)*(?:\w+\.(?:py|md|ipynb)|\w+/))[`)]",
        (ROOT / page).read_text("utf-8"),
    )
    assert len(named) > 10
    for name in named:
        folders = (ROOT, ROOT / "book", ROOT / "kd_tutorial")
        assert any((folder / name).exists() for folder in folders), name


def test_contributing_fits_on_a_screen():
    lines = (ROOT / "CONTRIBUTING.md").read_text("utf-8").splitlines()
    assert len(lines) <= 40


@pytest.mark.parametrize(
    "page", ["CONTRIBUTING.md", "CHANGELOG.md", "README.md"]
)
def test_links_of_pages_outside_the_book_lead_somewhere(page):
    text = (ROOT / page).read_text("utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", link):
            assert (ROOT / link).exists(), link


def test_the_changes_name_the_packages_version():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    (version,) = re.findall(r'(?m)^version = "(.*)"$', project)
    assert re.search(rf"(?m)^## {re.escape(version)}\b", text)


def test_the_chinese_page_has_a_font_for_all_its_letters():
    import sys

    pytest.importorskip("fontTools")
    from fontTools.ttLib import TTFont

    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import zh_font
    finally:
        sys.path.pop(0)
    wanted = zh_font.characters()
    assert len(wanted) > 500
    # If this fails, the page has new letters: scripts/zh_font.py says how.
    assert wanted <= set(TTFont(zh_font.FONT).getBestCmap())
