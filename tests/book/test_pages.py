"""The checks of rendered pages and set-up cells, with faults injected."""

import json
import sys
from pathlib import Path

import pytest

pytest.importorskip("nbformat")
pytest.importorskip("yaml")
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import check_pages  # noqa: E402
import setup_cells  # noqa: E402

HEAD = """
<link rel="icon" href="icon.svg"><meta property="og:url"
 content="https://example.org/book/NAME.html"><meta property="og:image"
 content="https://example.org/book/NAME.png"><meta name="description"
 content="NAME: what the page is about, in a sentence that says it.">
"""
GOOD = f"""
<html><head><link rel="stylesheet" href="style.css">
{HEAD.replace("NAME", "index")}
<script src="app.js"></script></head><body>
<h1 id="top">Title</h1><a href="other.html#part">other</a>
<a href="https://example.org/x">elsewhere</a><a href="#top">up</a>
<img src="_images/0123456789abcdef01.png"
 alt="Accuracy rises with size, then stays level."></body></html>
"""
OTHER = f"""<html><head>{HEAD.replace("NAME", "other")}</head>
<body><h2 id="part">Part</h2></body></html>"""
SENDS_ON = '<meta http-equiv="Refresh" content="0; url=index.html" />'


@pytest.fixture
def site(tmp_path):
    for name, text in {
        "index.html": GOOD, "other.html": OTHER, "style.css": "",
        "app.js": "", "_images/0123456789abcdef01.png": "", "icon.svg": "",
        "index.png": "", "other.png": "", "first.html": SENDS_ON,
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_good_site_passes(site):
    assert check_pages.check(site) == []
    assert check_pages.main([str(site)]) == 0


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("app.js", "lost.js", "loads lost.js, which is not there"),
        ("app.js", "https://cdn.example.org/a.js", "from another host"),
        ("style.css", "//cdn.example.org/a.css", "from another host"),
        ("Accuracy rises with size, then stays level.", "", "description"),
        (
            "Accuracy rises with size, then stays level.",
            "_images/0123456789abcdef01.png",
            "lacks a description",
        ),
        ("other.html#part", "missing.html", "broken link missing.html"),
        ("other.html#part", "other.html#no", "no anchor"),
        ("#top", "#bottom", "no anchor for #bottom"),
        ("Title", "I0000 00:00:17 cpu_feature_guard.cc", "a log line"),
        ("Title", "Traceback (most recent call last)", "a traceback"),
        ('name="description"', 'name="else"', "no description"),
        ("index: what", "other: what", "same description as index.html"),
        ('rel="icon"', 'rel="next"', "no icon"),
        ("https://example.org/book/index.html", "/index.html", "address"),
        ("/index.html", "/start.html", "its address is said to be"),
        ("https://example.org/book/index.png", "/index.png", "no card"),
        ("index.png", "lost.png", "no card"),
    ],
)
def test_faults_are_found(site, old, new, message, capsys):
    page = site / "index.html"
    page.write_text(page.read_text().replace(old, new))
    found = check_pages.check(site)
    assert any(message in line for line in found), found
    assert check_pages.main([str(site)]) == 1
    assert message in capsys.readouterr().err


def test_no_pages_is_a_fault(tmp_path):
    assert "no pages" in check_pages.check(tmp_path)[0]
    assert check_pages.main([]) == 2
    assert check_pages.main([str(tmp_path / "none")]) == 2


COLAB = "https://colab.research.google.com/github/me/fork/blob/main/book"


@pytest.fixture
def launched(tmp_path):
    """A book of one notebook and one page, and its rendered pages."""
    (tmp_path / "book/code").mkdir(parents=True)
    (tmp_path / "html/book/code").mkdir(parents=True)
    (tmp_path / "_config.yml").write_text(
        "repository: {url: https://github.com/me/fork, branch: main}\n"
        "launch_buttons: {colab_url: https://colab.research.google.com}\n"
    )
    (tmp_path / "book/code/one.ipynb").touch()
    (tmp_path / "html/book/code/one.html").write_text(
        f'<a href="{COLAB}/code/one.ipynb">Colab</a>'
    )
    (tmp_path / "html/book/two.html").write_text('<a href="#">up</a>')
    return tmp_path


@pytest.mark.parametrize(
    "page, old, new",
    [
        (None, "", ""),
        ("code/one", "me/fork", "me/spoon"),
        ("code/one", "blob/main", "blob/master"),
        ("code/one", "code/one.ipynb", "one.ipynb"),
        ("code/one", "<a", "<b"),
        ("two", "#", f"{COLAB}/two.ipynb"),
    ],
)
def test_launch_buttons_open_their_own_notebook(launched, page, old, new):
    if page:
        path = launched / f"html/book/{page}.html"
        path.write_text(path.read_text().replace(old, new))
    found = check_pages.check_launch(launched / "html", launched)
    assert [line.partition(":")[0] for line in found] == (
        [f"book/{page}"] if page else []
    )


@pytest.fixture
def book(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "_config.yml").write_text(
        "repository:\n  url: https://example.org/me/fork\n"
    )
    notebook = {
        "nbformat": 4, "nbformat_minor": 5, "metadata": {},
        "cells": [
            {"cell_type": "markdown", "id": "b", "metadata": {},
             "source": "# One\n\nIt runs in no time on two CPU cores."},
            {"cell_type": "code", "id": "a", "source": "old", "outputs": [],
             "execution_count": None, "metadata": {"tags": ["setup"]}},
        ],
    }  # fmt: skip
    path = tmp_path / "book" / "one.ipynb"
    path.write_text(json.dumps(notebook))
    (tmp_path / "book" / "times.json").write_text('{"seconds": {}}')
    return tmp_path


def test_set_up_cells_follow_the_address(book, capsys):
    assert setup_cells.main(["--check"], root=book) == 1
    assert "differs: " in capsys.readouterr().out
    assert setup_cells.main([], root=book) == 0
    assert setup_cells.main(["--check"], root=book) == 0
    text = (book / "book" / "one.ipynb").read_text()
    assert "git+https://example.org/me/fork" in text


def test_a_notebook_without_set_up_cell_is_refused(book):
    path = book / "book" / "one.ipynb"
    path.write_text(path.read_text().replace('"setup"', '"other"'))
    with pytest.raises(SystemExit):
        setup_cells.main([], root=book)


def test_the_opening_says_what_the_run_took(book, capsys):
    times = book / "book" / "times.json"
    path = book / "book" / "one.ipynb"
    setup_cells.main([], root=book)
    assert "runs in no time on" in path.read_text()  # not measured yet
    times.write_text('{"seconds": {"one.ipynb": 100}}')
    assert setup_cells.main(["--check"], root=book) == 1
    assert setup_cells.main([], root=book) == 0
    assert "in about a minute and a half on two CPU" in path.read_text()
    times.write_text('{"seconds": {"one.ipynb": 290}}')
    assert setup_cells.main([], root=book) == 0
    assert "runs in about five minutes on two CPU" in path.read_text()
    assert setup_cells.main(["--check"], root=book) == 0
    capsys.readouterr()
    path.write_text(path.read_text().replace("two CPU cores", "a laptop"))
    with pytest.raises(SystemExit):
        setup_cells.main([], root=book)
    assert "it does 0 times" in capsys.readouterr().err


@pytest.mark.parametrize(
    "seconds, words",
    [
        (3, "a few seconds"), (20, "about half a minute"),
        (44, "about half a minute"), (46, "about a minute"),
        (76, "about a minute and a half"), (106, "about two minutes"),
        (160, "about two and a half minutes"), (600, "about ten minutes"),
    ],
)  # fmt: skip
def test_times_in_words(seconds, words):
    assert setup_cells.spoken(seconds) == words


def test_no_page_may_take_longer_than_ten_minutes():
    with pytest.raises(ValueError, match="too long for a page"):
        setup_cells.spoken(660)
