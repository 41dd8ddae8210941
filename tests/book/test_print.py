"""The one page that is printed, with faults injected. No browser is needed."""

import sys
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml")
bs4 = pytest.importorskip("bs4")
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import one_page  # noqa: E402

TOC = {
    "root": "book/index",
    "parts": [
        {"caption": "Chapters", "chapters": [
            {"file": "book/code", "sections": [{"file": "book/code/data"}]},
        ]},
        {"caption": "Back matter", "chapters": [{"file": "book/cite"}]},
    ],
}  # fmt: skip
CONFIG = {
    "title": "A & B", "author": "Somebody",
    "repository": {"url": "https://example.org/me/fork"},
    "html": {"extra_footer": "Free."},
}  # fmt: skip
PAGES = {
    "index": '<section id="a-b"><h1>A &amp; B</h1>'
    '<a href="code/data.html#exercises">to data</a> '
    '<a href="code.html">to code</a></section>',
    "code": '<section id="code"><h1>4. Code<a class="headerlink" '
    'href="#code">#</a></h1><section id="exercises"><h2>Exercises</h2>'
    '<a href="#exercises">here</a><a href="../genindex.html">index</a>'
    "</section></section>",
    "code/data": '<section id="your-data"><h1>Your data</h1>'
    '<img src="../../_images/x.png" alt="x"><section id="exercises">'
    '<h2>Exercises</h2><a href="#exercises">here</a>'
    '<a href="https://example.org/#x">elsewhere</a>'
    '<dl><dt id="term"><em>term</em></dt></dl><a href="#term">said</a>'
    '<details class="hide above-input"><summary>Show</summary>'
    "<pre>plot()</pre></details>"
    "<details><summary>Hint</summary>Look.</details>"
    "<div hidden>to play with</div><noscript>No scripts here.</noscript>"
    '<div aria-labelledby="term your-data">both</div>'
    "<script>alert()</script></section></section>",
    "cite": '<section id="cite"><h1>Cite</h1><a href="https://katex.org">'
    "KaTeX</a></section>",
}


@pytest.fixture
def site(tmp_path):
    """A small book, rendered: `made` is the page that it becomes."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/print.css").write_text("p { margin: 0 }")
    (tmp_path / "_toc.yml").write_text(yaml.safe_dump(TOC))
    (tmp_path / "_config.yml").write_text(yaml.safe_dump(CONFIG))
    for name, text in PAGES.items():
        path = tmp_path / "html/book" / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        up = "../" * (name.count("/") + 1)
        path.write_text(
            f'<link rel="stylesheet" href="{up}katex/katex.min.css?v=1">'
            f'<script src="{up}katex/katex.min.js"></script><nav>menu</nav>'
            f"<article>{text}</article>"
        )
    return tmp_path


def joined(site):
    return one_page.joined(site / "html", site / "out/book.html", site)


@pytest.fixture
def made(site):
    return bs4.BeautifulSoup(joined(site), "html.parser")


def test_the_books_own_pages_come_in_the_order_of_its_contents():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    found = one_page.entries(toc)
    text = (ROOT / "_toc.yml").read_text("utf-8")
    listed = [
        line.partition("#")[0].split(":")[1].strip()
        for line in text.splitlines()
        if line.strip(" -").startswith(("file:", "root:"))
    ]
    assert [entry.name for entry in found] == listed
    depth = {entry.name: entry.depth for entry in found}
    assert depth["book/code"] == 0 and depth["book/code/data"] == 1
    parts = [entry.part for entry in found if entry.part]
    assert parts == [part["caption"] for part in toc["parts"]]


def test_a_link_leads_to_its_own_page_where_two_have_the_same_anchor(made):
    places = {e["id"]: e for e in made.select("[id]")}
    assert len(places) == len(made.select("[id]"))
    for link in made.select("a[href^='#']"):
        assert link["href"][1:] in places, link
    first = made.find("a", string="to data")
    assert first["href"] == "#code-data--exercises"
    assert [a["href"] for a in made.find_all("a", string="here")] == [
        "#code--exercises", "#code-data--exercises",
    ]  # fmt: skip
    assert made.find("a", string="to code")["href"] == "#code--code"
    assert places["code--code"].name == "h1"


def test_other_links_stay_or_go(made):
    outside = made.find("a", string="elsewhere")
    assert outside["href"] == "https://example.org/#x"
    assert not made.find("a", string="index").has_attr("href")
    both = made.find("div", string="both")
    assert both["aria-labelledby"] == "code-data--term code-data--your-data"


def test_headings_stand_as_deep_as_their_pages(made):
    found = [(h.name, h.get_text()) for h in made.select("h1, h2, h3, h4")]
    assert found == [
        ("h1", "Contents"), ("h1", "A & B"), ("h1", "4. Code"),
        ("h2", "Exercises"), ("h2", "Your data"), ("h3", "Exercises"),
        ("h1", "Cite"),
    ]  # fmt: skip


def test_the_contents_list_every_page_under_its_part(made):
    lines = [li.get_text() for li in made.select("#contents li")]
    assert lines == [
        "A & B", "Chapters", "4. Code", "Your data", "Back matter", "Cite",
    ]  # fmt: skip


def test_what_works_on_a_screen_alone_is_left_out(made):
    text = made.get_text()
    for gone in ("menu", "plot()", "alert()", "Show", "to play with"):
        assert gone not in text
    assert "No scripts here." in text and not made.find("noscript")
    assert made.find("details").has_attr("open")
    assert made.find("img")["src"] == "../html/_images/x.png"


def test_what_draws_formulas_is_loaded_once_and_after_the_text(made):
    styles = [link["href"] for link in made.select("link")]
    base = "../html"
    assert styles == [
        f"{base}/_static/pygments.css", f"{base}/_static/zh.css",
        f"{base}/katex/katex.min.css",
    ]  # fmt: skip
    (script,) = made.select("script")
    assert script["src"] == f"{base}/katex/katex.min.js"
    assert made.body.find_all(recursive=False)[-1] is script


@pytest.mark.parametrize(
    "page, old, new, message",
    [
        ("index", "code.html", "code.html#no", "nowhere: code--no"),
        ("code", "#exercises", "#practice", "nowhere: code--practice"),
        ("cite", "<h1>Cite</h1>", "", "has no <article> with a heading"),
    ],
)
def test_faults_are_found(site, page, old, new, message):
    path = site / f"html/book/{page}.html"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ValueError, match=message):
        joined(site)


def test_a_missing_page_is_named(site, monkeypatch, capsys):
    (site / "html/book/cite.html").unlink()
    monkeypatch.setattr(one_page.joined, "__defaults__", (site,))
    out = site / "out/book.html"
    assert one_page.main([str(site / "html"), str(out)]) == 1
    assert "cite.html is missing: build the book first" in (
        capsys.readouterr().err
    )
    assert not out.exists()
