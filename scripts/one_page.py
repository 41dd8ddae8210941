"""Join the rendered pages to one, which `print_book.py` prints.

`python scripts/one_page.py _build/html _build/print/book.html` takes what a
build left and executes nothing. Sphinx has a builder for one page; but where
two chapters have a section "Exercises", its links lead to the first of them.
Here the anchors of a page carry its name.
"""

import argparse
import os
import re
import sys
from html import escape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

import yaml
from bs4 import BeautifulSoup, SoupStrainer, Tag

ROOT = Path(__file__).resolve().parent.parent
# What works on a screen alone.
DROPPED = (
    "script, style, link, button, input, select, canvas, a.headerlink,"
    " [hidden], details.hide > summary"
)
POINTS = ("for", "headers", "aria-labelledby", "aria-describedby")
HEADING = re.compile(r"^h([1-6])$")
STYLES = ("_static/pygments.css", "_static/zh.css")
# What draws a page's formulas, its styles and its scripts.
FORMULAS = re.compile(
    r'(?:href|src)="([^":?]*(?:katex|typeset)[^":?]*[.](?:css|js))'
)


class Entry(NamedTuple):
    """A page: its name, how deep it stands, the part that begins with it."""

    name: str
    depth: int
    part: str = ""

    @property
    def anchor(self) -> str:
        """What its own anchors begin with."""
        return self.name.removeprefix("book/").replace("/", "-")


def entries(toc: dict) -> list[Entry]:
    """The pages of a table of contents, in its order."""
    found = [Entry(toc["root"], 0)]

    def add(part, depth, caption=""):
        for page in part.get("chapters", []) + part.get("sections", []):
            found.append(Entry(page["file"], depth, caption))
            caption = ""
            add(page, depth + 1)

    for part in toc.get("parts", [toc]):
        add(part, 0, part.get("caption", ""))
    return found


def moved(link: str, name: str, anchors: dict[str, str]) -> str | None:
    """Where a link of the page `name` leads when all pages are one.

    Args:
        link: relative to the page, or to another host.
        name: of the page, as in the table of contents.
        anchors: what the anchors of each page begin with.

    Returns:
        The new link; `None` where it leads to a file that is no page of the
        book, as the index.
    """
    target = urlsplit(link)
    if target.scheme or target.netloc:
        return link
    other = name
    if target.path:
        folder = os.path.dirname(name)
        path = os.path.normpath(os.path.join(folder, unquote(target.path)))
        other = path.removesuffix(".html")
    if other not in anchors:
        return None
    if target.fragment:
        return f"#{anchors[other]}--{target.fragment}"
    return f"#{anchors[other]}"


def chapter(
    text: str, entry: Entry, anchors: dict[str, str], base: str
) -> Tag:
    """The article of a rendered page, fit to stand beside the others.

    Args:
        text: of the page.
        entry: the page.
        anchors: what the anchors of each page begin with.
        base: the way from the printed page to the folder of the rendered
            ones.

    Raises:
        ValueError: if the page holds no article with a heading.
    """
    only = SoupStrainer("article")
    article = BeautifulSoup(text, "html.parser", parse_only=only).article
    if article is None or article.h1 is None:
        raise ValueError(
            f"{entry.name}.html has no <article> with a heading: it was not "
            "rendered by this book's theme. Build the book anew."
        )
    for element in article.select(DROPPED):
        element.decompose()
    for element in article.find_all(True):
        own = element.attrs
        if "id" in own:
            own["id"] = f"{entry.anchor}--{own['id']}"
        for key in POINTS:
            if key in own:
                words = own[key] if isinstance(own[key], list) else [own[key]]
                words = " ".join(words).split()
                own[key] = " ".join(f"{entry.anchor}--{w}" for w in words)
        if "href" in own:
            link = moved(own.pop("href"), entry.name, anchors)
            if link is not None:
                own["href"] = link
        if "src" in own and not urlsplit(own["src"]).scheme:
            there = os.path.join(os.path.dirname(entry.name), own["src"])
            own["src"] = f"{base}/{os.path.normpath(there)}"
        if level := HEADING.match(element.name):
            element.name = f"h{min(6, int(level[1]) + entry.depth)}"
        if element.name == "details":
            own["open"] = ""
    for element in article.select("details.hide.above-input"):
        element.decompose()  # the code of a figure: the notebook has it
    for element in article.select("noscript"):
        element.unwrap()  # paper runs no scripts
    for section in article.select("section"):  # pandoc sees levels alone
        section.find(HEADING)["id"] = section["id"]
        section.unwrap()
    for term in article.select("dt[id]"):  # whose anchor pandoc would drop
        term.insert(0, Tag(name="span", attrs={"id": term.attrs.pop("id")}))
    article.name = "section"
    article["class"] = ["chapter", f"depth-{entry.depth}"]
    article["data-page"] = entry.anchor
    return article


def settle(chapters: list[Tag]) -> None:
    """Lead links to a page to its heading.

    Raises:
        ValueError: if a link within the chapters leads nowhere.
    """
    tops, there, lost = {}, set(), set()
    for part in chapters:
        tops[part["data-page"]] = part.find(HEADING)["id"]
        there |= {element["id"] for element in part.select("[id]")}
    for part in chapters:
        for link in part.select("a[href^='#']"):
            anchor = unquote(link["href"][1:])
            link["href"] = f"#{tops.get(anchor, anchor)}"
            lost |= {tops.get(anchor, anchor)} - there
    if lost:
        raise ValueError(f"links that lead nowhere: {', '.join(sorted(lost))}")


def running_heads(titles: dict[str, str]) -> str:
    """A style for the pages of each chapter, which says its name on top."""
    rules = []
    for number, (anchor, title) in enumerate(titles.items()):
        words = title.replace("\\", "").replace('"', "'")
        top = f'@top-right {{ content: "{words}" }}'
        rules += [
            f"@page page{number} {{ {top} }}",
            f"@page wide{number} {{ size: A4 landscape; {top} }}",
            f"[data-page={anchor}] {{ page: page{number} }}",
            f"[data-page={anchor}] .wide {{ page: wide{number} }}",
        ]
    return "\n".join(rules)


def joined(html: Path, out: Path, root: Path = ROOT) -> str:
    """All pages of the book as one.

    Args:
        html: the folder of the rendered pages.
        out: where the page will be written: its pictures are found from
            there.
        root: of the book.

    Raises:
        ValueError: if a page is missing, has no heading, or has a link that
            leads nowhere.
    """
    config = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
    toc = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    base = quote(os.path.relpath(html, out.parent))
    pages = entries(toc)
    anchors = {entry.name: entry.anchor for entry in pages}
    chapters, lines, titles, drawing = [], [], {}, {}
    for entry in pages:
        file = html / f"{entry.name}.html"
        if not file.is_file():
            raise ValueError(f"{file} is missing: build the book first.")
        text = file.read_text("utf-8")
        for name in FORMULAS.findall(text):
            there = os.path.join(os.path.dirname(entry.name), name)
            drawing[os.path.normpath(there)] = None  # each once, in order
        made = chapter(text, entry, anchors, base)
        heading = made.find(HEADING)
        titles[entry.anchor] = title = " ".join(heading.get_text().split())
        if entry.part:
            lines.append(f'<li class="part">{escape(entry.part)}</li>')
        lines.append(
            f'<li class="depth-{entry.depth}"><a href="#{heading["id"]}">'
            f"{escape(title)}</a><span></span></li>"
        )
        chapters.append(made)
    settle(chapters)
    head, end = "", ""
    for name in (*STYLES, *drawing):
        if name.endswith(".css"):
            head += f'<link rel="stylesheet" href="{base}/{name}">'
        else:
            end += f'<script src="{base}/{name}"></script>'
    css = (root / "scripts/print.css").read_text("utf-8")
    title, author = escape(config["title"]), escape(config["author"])
    address = escape(config["repository"]["url"])
    footer = escape(config["html"]["extra_footer"])
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="author" content="{author}">{head}
<style>{css}
{running_heads(titles)}</style></head><body>
<div id="title-page"><p class="title">{title}</p><p>{author}</p>
<p><a href="{address}">{address}</a></p><p>{footer}</p></div>
<nav id="contents"><h1>Contents</h1><ul>{"".join(lines)}</ul></nav>
{"".join(map(str, chapters))}
{end}</body></html>
"""


def main(arguments=None) -> int:
    """Write the page; returns 1, and says why, when it cannot be made."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("html", type=Path, help="the rendered pages")
    parser.add_argument("out", type=Path, help="the page to write")
    options = parser.parse_args(arguments)
    try:
        text = joined(options.html.resolve(), options.out.resolve())
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
