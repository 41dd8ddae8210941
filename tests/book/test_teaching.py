"""The syllabi name exercises that exist; slides hold what was executed."""

import base64
import re
import sys
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
get_cache = pytest.importorskip("jupyter_cache").get_cache
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import slides  # noqa: E402

from kd_tutorial.evidence.claims import Claim  # noqa: E402

ALT = "Accuracy rises with size, then stays <level>."
OPENING = "# What $T^2$ does\n\nHere you will\n\n- see $w_i$ <b>fall</b>."
SUMMARY = "## What we saw\n\n- A [page](math.ipynb) with `code`."
PNG = base64.b64encode(b"\x89PNG, nearly").decode()
CLAIM = Claim("1 < 2", "1.05 [1.01, 1.09], n = 10", {"above": 0}, "holds")


def test_every_exercise_that_a_syllabus_names_exists():
    text = (ROOT / "book" / "teaching.md").read_text("utf-8")
    named = re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", text)
    named = {" ".join(name.split()) for name in named}
    known = {"Change one thing", "one"}  # a section, and a stressed word
    for path in slides.pages():
        for cell in nbformat.read(path, 4).cells:
            if cell.cell_type == "markdown":
                known |= set(
                    re.findall(r"^### \d+\. (.*)$", cell.source, re.M)
                )
    assert len(named) > 30
    assert named <= known, named - known


def test_every_page_that_teaches_is_in_the_course():
    text = (ROOT / "book" / "teaching.md").read_text("utf-8")
    for path in slides.pages():
        page = path.relative_to(ROOT / "book").as_posix()
        assert f"]({page})" in text, page


def test_words_of_all_pages_become_plain_slides():
    # Without outputs: the aims and summaries, with their formulas.
    for path in slides.pages():
        text = slides.deck(nbformat.read(path, 4))
        seen = re.sub(r"<(style|script).*?</\1>|<code>.*?</code>", "", text,
                      flags=re.DOTALL)  # fmt: skip
        assert not re.search(r"\$|\\[a-z]|\]\(", seen), path


def notebook(*, executed):
    """Two cells of code, one with a figure, one with a claim."""
    new = nbformat.v4
    shown = [
        new.new_output("display_data", {"image/png": PNG}),
        new.new_output("display_data", metadata={"kd_claim": vars(CLAIM)}),
    ]
    drawn, claimed = (
        new.new_code_cell(source, outputs=[output] if executed else [])
        for source, output in zip(("draw()", "claim()"), shown)
    )
    drawn.metadata["mystnb"] = {"image": {"alt": ALT}}
    return new.new_notebook(
        cells=[
            new.new_markdown_cell(OPENING), drawn,
            new.new_markdown_cell("## A section"), claimed,
            new.new_markdown_cell(SUMMARY),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": ""}},
    )  # fmt: skip


@pytest.fixture
def book(tmp_path):
    """A book of two notebooks, none of them executed."""
    for name in ("one", "part/two"):
        path = tmp_path / "book" / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        made = notebook(executed=False)
        made.cells[1].source += f"  # of {name}"
        nbformat.write(made, path)
    (tmp_path / "_toc.yml").write_text(
        "chapters:\n- file: book/one\n- file: book/part/two\n- file: book/no\n"
    )
    return tmp_path


def test_a_deck_has_the_figure_its_words_and_the_verdicts(book, capsys):
    cache, out = book / "_build" / "cache", book / "slides"
    assert slides.main(cache, out, book) == 1
    assert "make book first" in capsys.readouterr().err
    ran = notebook(executed=True)
    ran.cells[1].source += "  # of one"
    nbformat.write(ran, book / "ran.ipynb")
    get_cache(cache).cache_notebook_file(
        str(book / "ran.ipynb"), check_validity=False
    )
    assert slides.main(cache, out, book) == 0
    assert "part-two" in capsys.readouterr().err  # not executed, so said
    deck = (out / "one.html").read_text("utf-8")
    assert deck.count("<section") == 4  # aims, figure, verdicts, summary
    assert "What <i>T<sup>2</sup></i> does</h1>" in deck
    assert "<i>w<sub>i</sub></i>" in deck
    assert f'src="data:image/png;base64,{PNG}"' in deck
    assert deck.count("then stays &lt;level&gt;.") == 2  # alt, and in print
    assert "<b>holds</b>" in deck and "1 &lt; 2" in deck
    assert "A page with <code>code</code>." in deck
    assert not re.search(r"https?://", deck)  # nothing from elsewhere
    index = (out / "index.html").read_text("utf-8")
    assert 'href="one.html"' in index and "two.html" not in index
