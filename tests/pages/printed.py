"""What print_book.py prints, with faults injected. `make test-pages` runs it.

The name keeps it out of `make test`, which needs no browser.
"""

import re
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import print_book  # noqa: E402

LINE = "<p>Some words that fill a line of the page, more or less.</p>"
PAGE = f"""<!DOCTYPE html><html lang="en"><head><title>Book</title><style>
{(ROOT / "scripts/print.css").read_text("utf-8")}</style></head><body>
<div id="title-page"><p class="title">The title of a book</p></div>
<nav id="contents"><h1>Contents</h1><ul>
<li class="part">Part</li>
<li><a href="#one">One &amp; only</a><span></span></li>
<li><a href="#two">Two</a><span></span></li></ul></nav>
<section class="chapter depth-0" data-page="one"><h1 id="one">One &amp; only
</h1>{LINE * 60}<pre>{"x" * 300}</pre>
<span class="math">\\(x^2\\)</span></section>
<section class="chapter depth-1" data-page="two"><h2 id="two">Two</h2>
{LINE}<a href="#one">back</a><h3 id="part">A <span
class="math">\\(y\\)</span></h3></section>
<script>for (const m of document.querySelectorAll(".math"))
  m.innerHTML = "<i class=katex><annotation>y</annotation>Y</i>";
</script></body></html>"""


def printed(folder, page=PAGE):
    """What main returned, and the PDF."""
    (folder / "book.html").write_text(page)
    paths = [str(folder / "book.html"), str(folder / "book.pdf")]
    return print_book.main(paths), folder / "book.pdf"


def test_a_book_has_bookmarks_and_the_numbers_of_its_pages(tmp_path, capsys):
    code, file = printed(tmp_path)
    assert code == 0, capsys.readouterr().err
    assert print_book.bookmarks(file) == [
        (0, "Contents", 2), (0, "One & only", 3), (1, "Two", 5),
        (2, "A y", 5),
    ]  # fmt: skip
    import pypdfium2

    document = pypdfium2.PdfDocument(file)
    texts = [page.get_textpage().get_text_bounded() for page in document]
    lines = re.sub(r"\s+", " ", texts[1])
    assert "Part One & only 3 Two 5" in lines
    assert "".join(texts).count("x" * 60) >= 2  # what was wrapped is all there
    feet = [page.get_textpage().get_text_bounded(top=50) for page in document]
    assert [foot.strip() for foot in feet] == ["", "2", "3", "4", "5"]


def test_a_title_in_two_lines_has_its_page(tmp_path, capsys):
    """And not that of a heading of the same words further on."""
    title = "A title that is long, and goes on and on until it needs two lines"
    page = PAGE.replace("Two</a>", f"{title}</a>").replace(
        '<h2 id="two">Two</h2>',
        f'<h2 id="two">{title}</h2>{LINE * 90}<h3>{title[:9]}</h3>'
        f'<h3 style="font-size:8px">{title}</h3>',
    )
    code, file = printed(tmp_path, page)
    assert code == 0, capsys.readouterr().err
    numbers = [n for _, text, n in print_book.bookmarks(file) if text == title]
    assert len(numbers) == 2 and numbers[0] == 5 < numbers[1]
    import pypdfium2

    second = pypdfium2.PdfDocument(file)[1].get_textpage().get_text_bounded()
    assert re.sub(r"\s+", " ", second).strip().endswith("two lines 5")


@pytest.mark.parametrize(
    "old, new, message",
    [
        (LINE + "<a", '<img src="gone.png" alt="">' + "<a", "pictures that"),
        ("<i class=katex>", "<i>", "formulas that are not typeset"),
        (LINE + "<a", '<p style="width:900px">Wide</p><a', "wider than the"),
        (">Two</h2>", ">Three</h2>", "'Two' is no heading"),
        (LINE + "<a", "<p>\\frac{1}{2}</p><a", "raw mathematics"),
        (
            LINE + "<a",
            '<p style="break-after:page"></p><p style="break-after:page">'
            "<b></b></p><a",
            "is empty",
        ),
        (
            LINE + "<a",
            '<p style="position:relative; left:-60px">Left of it</p><a',
            "wider than the paper",
        ),
    ],
)
def test_faults_are_found(tmp_path, capsys, old, new, message):
    assert old in PAGE
    code, _ = printed(tmp_path, PAGE.replace(old, new))
    assert code == 1
    assert message in capsys.readouterr().err


def test_an_epub_has_a_file_a_page_and_its_links_between_them(tmp_path):
    (tmp_path / "book.html").write_text(PAGE)
    file = tmp_path / "book.epub"
    paths = [str(tmp_path / "book.html"), str(file)]
    assert print_book.main(paths) == 0
    with zipfile.ZipFile(file) as made:
        assert made.namelist()[0] == "mimetype"
        one, two = (
            made.read(f"EPUB/text/ch00{n}.xhtml").decode() for n in (1, 2)
        )
        package = made.read("EPUB/content.opf").decode()
    assert "<msup>" in one and 'href="ch001.xhtml#one"' in two
    assert "<h1" in two and "Contents" not in one
    assert 'properties="nav mathml"' in package


def test_without_a_browser_it_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CHROMIUM", raising=False)
    code, file = printed(tmp_path)
    assert code == 1 and not file.exists()
    assert "apt install chromium" in capsys.readouterr().err
