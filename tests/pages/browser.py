"""What browse.py finds, with faults injected. `make test-pages` runs it.

The name keeps it out of `make test`, which needs no browser.
"""

import random
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import browse  # noqa: E402

GOOD = """<!DOCTYPE html>
<html lang="en"><head><title>A page</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width">
<style>.fa-sun { mask: url("data:,") }
</style></head>
<body><main><article><h1>A page</h1>
<p>Text, <span class="math"><math><mi>x</mi></math></span>.</p>
<i class="fa-solid fa-sun">o</i>
<div style="overflow: auto" tabindex="0">
<p style="width: 2000px">Wide.</p></div>
<details><summary>More</summary><p style="width: 2000px">So.</p></details>
<script src="page.js"></script></article></main></body></html>"""
ALL = set(browse.VIEWS)


@pytest.fixture
def site(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "page.js").write_text(f"/*{' ' * browse.MAXIMUM}*/")
    return tmp_path


def found(site, html):
    """The findings of a page, by view."""
    path = site / "book" / "index.html"
    path.write_text(html)
    looks = {v: browse.look((site, path, v, None))[1] for v in browse.VIEWS}
    return {view: lines for view, lines in looks.items() if lines}


def test_a_good_page_passes(site):
    assert found(site, GOOD) == {}


DARK = "@media (prefers-color-scheme: dark)"
PRINTED = f"""<div class="cell_output"><pre tabindex="0"
style="overflow: auto">{"A sentence of some words. " * 20}</pre></div>"""
LATE = """<script>const own = document.body; own.dataset.ready = "no";
setTimeout(() => { own.append(new Image()); own.dataset.ready = "yes" }, 300)
</script></main>"""


@pytest.mark.parametrize(
    "old, new, message, views",
    [
        ("Text,", "<script>const a = 1, a = 2</script>", "console: Id", ALL),
        ("Text,", "<script>console.error('no')</script>", "console: no", ALL),
        ("Text,", "<script>lost()</script>", "lost is not defined", ALL),
        ("Text,", '<img alt="A" src="https://a.org/b.png">', "https://a", ALL),
        ("Text,", '<script src="lost.js"></script>', "ERR_FILE_NOT", ALL),
        ("<title>A page</title>", "", "document-title", ALL),
        ("<summary>More", "<summary>", "summary-name", ALL),
        (' tabindex="0"', "", "scrolls for no key: DIV", ALL),
        ("<p>Text", PRINTED + "<p>Text", "printed text does not br", ALL),
        (
            "</style>",
            DARK + "{ p { color: #333; background: #222 } }</style>",
            "color-contrast",
            {"dark"},
        ),
        (
            "</style>",
            "@media (max-width: 400px) { h1 { color: #ddd } }</style>",
            "color-contrast",
            {"phone"},
        ),
        ("<p>", '<p style="width: 600px">', "too wide: the page", {"phone"}),
        (
            "<p>",
            '<div style="overflow: hidden"><p style="width: 600px">',
            "too wide: P",
            {"phone"},
        ),
        (
            "<p>",
            '<div style="overflow: hidden; width: 90px">'
            '<p style="width: 99px">',
            "too wide: cut off: DIV",
            ALL,
        ),
        (
            "<p>",
            '<article style="overflow: auto" tabindex="0">'
            '<p style="width: 600px">',
            "too wide: P",
            {"phone"},
        ),
        ("<math><mi>x</mi></math>", r"\(x\)", r"not set: \(x\)", ALL),
        ("<math>", '<b class="katex-error">x</b><math>', "not set", ALL),
        ('fa-sun"', 'fa-moon"', "icon not drawn: fa-solid fa-moon", ALL),
        ("</main>", LATE, "image-alt", ALL),
        ("Text,", '<img alt="A" src="data:,">', "without light", {"dark"}),
    ],
)
def test_faults_are_found(site, old, new, message, views):
    assert old in GOOD
    findings = found(site, GOOD.replace(old, new, 1))
    hits = {v for v in findings if any(message in f for f in findings[v])}
    assert hits == views, findings


def test_weight_is_what_a_server_sends(site):
    noise = random.Random(0)
    digits = "".join(noise.choices("0123456789", k=3 * browse.MAXIMUM))
    (site / "book" / "page.js").write_text(f"'{digits}'")
    assert all("weighs" in lines[0] for lines in found(site, GOOD).values())
    assert set(found(site, GOOD)) == ALL


def test_a_search_that_finds_nothing_is_a_fault(site):
    (site / "book" / "index.html").write_text(GOOD)
    name, lines, _ = browse.look((site, None, "light", None))
    assert name == "the search, light"
    assert any("nothing found" in line for line in lines)


def test_pages_that_send_on_and_those_of_libraries_are_left_out(site):
    (site / "_static").mkdir()
    for name, text in {
        "book/a.html": GOOD,
        "index.html": '<meta http-equiv="Refresh" content="0; url=a.html">',
        "_static/macros.html": "{% macro x() %}",
    }.items():
        (site / name).write_text(text)
    assert browse.book_pages(site) == [site / "book" / "a.html"]
