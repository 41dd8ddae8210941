"""Print the one page that `one_page.py` made: a PDF, and an EPUB.

`make pdf` runs it in an environment of its own, with Playwright, which
drives the system's Chromium, pikepdf and pypdfium2, which pack and read what
was printed, and pandoc, which writes the EPUB.
"""

import argparse
import html
import os
import re
import shutil
import sys
import zipfile
from pathlib import Path

HEAD = 55  # points of the head of a page, and of its foot
WIDTH = 657  # of A4 less its margins, in CSS pixels

# Runs in the page, once the mathematics is typeset, at the paper's width.
FIT = """() => {
  const width = (e) => e.scrollWidth > e.clientWidth + 1
    ? e.scrollWidth : e.getBoundingClientRect().width;
  const wide = (e) => width(e) > e.parentElement.clientWidth + 1;
  for (const table of document.querySelectorAll("table")) {
    const columns = Math.max(...[...table.rows].map((r) => r.cells.length));
    if (columns >= 6 || wide(table)) table.classList.add("dense");
    if (table.offsetHeight < 500) table.classList.add("whole");
    if ((columns >= 6 && table.offsetHeight > 900) || wide(table)) {
      table.classList.add("wide");
    }
  }
  for (const math of document.querySelectorAll(".katex-display")) {
    const room = math.clientWidth, has = math.scrollWidth;
    if (has > room) math.style.fontSize = 100 * room / has + "%";
  }
  for (const pre of document.querySelectorAll("pre")) {
    if (pre.offsetHeight > 500) pre.classList.add("long");
  }
}"""
BROKEN = """() => [...document.images].filter((i) => !i.naturalWidth)
  .map((i) => i.getAttribute("src"))"""
UNSET = """() => [...document.querySelectorAll(".math")]
  .filter((m) => !m.querySelector(".katex") || m.querySelector(".katex-error"))
  .map((m) => m.textContent.slice(0, 60)).slice(0, 5)"""
# Chromium would leave out what lies beside the paper.
WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((e) => !e.closest(".wide, .katex, svg"))
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 1
    || e.getBoundingClientRect().left < -1)
  .map((e) => `${e.tagName} ${e.textContent.trim().slice(0, 40)}`)
  .slice(0, 5)"""
TITLES = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
  .map((heading) => {
    const copy = heading.cloneNode(true);
    for (const math of copy.querySelectorAll(".math")) {
      const source = math.querySelector("annotation") ?? math;
      math.textContent = source.textContent;
    }
    return copy.textContent.replace(/\\s+/g, " ").trim();
  })"""
FILL = """(pages) => document.querySelectorAll("#contents li > span")
  .forEach((span, i) => { span.textContent = pages[i]; })"""


def chromium() -> str:
    """The browser: what `CHROMIUM` names, or one on the path.

    Raises:
        FileNotFoundError: where there is none.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, names)), None
    )
    if found is None:
        raise FileNotFoundError(
            "no Chromium found to print with. Install one (apt install "
            "chromium), or name it: CHROMIUM=/path/to/chrome make pdf"
        )
    return found


def bookmarks(file: Path) -> list[tuple[int, str, int]]:
    """The bookmarks of a PDF: depth from 0, title, page from 1."""
    import pypdfium2

    document = pypdfium2.PdfDocument(file)
    found = []
    for mark in document.get_toc():
        place = mark.get_dest()
        page = -1 if place is None else place.get_index() + 1
        found.append((mark.level, " ".join(mark.get_title().split()), page))
    return found


def print_pdf(page: Path, out: Path) -> None:
    """Print `page` to `out`, with bookmarks and a table of contents.

    It is printed twice: where a chapter begins is known after the first.

    Raises:
        ValueError: if a picture is missing, a formula is not typeset, or
            something is wider than the paper.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox"]
        )
        size = {"width": WIDTH, "height": 1000}
        tab = browser.new_page(viewport=size)
        tab.set_default_timeout(300_000)
        tab.emulate_media(media="print", color_scheme="light")
        tab.goto(page.resolve().as_uri())
        tab.evaluate("document.fonts.ready")
        if lost := tab.evaluate(BROKEN):
            raise ValueError(f"pictures that are not there: {lost}")
        if lost := tab.evaluate(UNSET):
            raise ValueError(f"formulas that are not typeset: {lost}")
        tab.evaluate(FIT)
        if found := tab.evaluate(WIDE):
            raise ValueError(f"wider than the paper: {found}")
        titles = tab.evaluate(TITLES)
        lines = tab.locator("#contents li > a").all_inner_texts()
        for turn in range(2):
            out.write_bytes(
                tab.pdf(
                    prefer_css_page_size=True,
                    print_background=True,
                    outline=True,
                    tagged=True,
                )
            )
            if turn == 0:
                tab.evaluate(FILL, starts(lines, titles, out))
        browser.close()
    finish(out, titles)


def finish(file: Path, titles: list[str]) -> None:
    """Pack what Chromium leaves unpacked, and mend its bookmarks.

    It leaves formulas out of them; `titles` are those of all headings.

    Raises:
        ValueError: if there are more bookmarks than headings, or fewer.
    """
    import pikepdf

    def walked(items):
        for item in items:
            yield item
            yield from walked(item.children)

    with pikepdf.open(file, allow_overwriting_input=True) as made:
        with made.open_outline() as outline:
            marks = list(walked(outline.root))
            if len(marks) != len(titles):
                raise ValueError(
                    f"{len(marks)} bookmarks for {len(titles)} headings"
                )
            for mark, title in zip(marks, titles):
                mark.title = title
        packed = pikepdf.ObjectStreamMode.generate
        made.save(file, object_stream_mode=packed, linearize=True)


def starts(lines: list[str], titles: list[str], file: Path) -> list[int]:
    """The page on which each line of the contents begins.

    Chromium loses the space where a heading goes on in another line, so the
    bookmarks are taken by their order, which is that of `titles`.

    Raises:
        ValueError: for a line that is no title, in the order of titles.
    """
    marks = iter(zip(titles, (n for *_, n in bookmarks(file)), strict=True))
    pages = []
    for line in lines:
        wanted = " ".join(line.split())
        page = next((n for title, n in marks if title == wanted), None)
        if page is None:
            raise ValueError(f"the contents' {wanted!r} is no heading there")
        pages.append(page)
    return pages


def write_epub(page: Path, out: Path) -> None:
    """Write `page` as an EPUB: mathematics as MathML, a file a page."""
    import pypandoc

    text = page.read_text("utf-8")
    text = re.sub(r'<nav id="contents">.*?</nav>', "", text, flags=re.DOTALL)
    text = re.sub(r'<div id="title-page">.*?</div>', "", text, flags=re.DOTALL)
    text = CHAPTER.sub(raised, text)
    pypandoc.convert_text(
        text,
        "epub3",
        format="html+tex_math_single_backslash",
        outputfile=str(out),
        extra_args=[
            "--mathml", "--toc", "--toc-depth=2", "--split-level=1",
            f"--resource-path={page.parent}",
        ],
    )  # fmt: skip
    declare_mathematics(out)


def declare_mathematics(file: Path) -> None:
    """Say that headings, and so the contents, hold MathML: pandoc does not."""
    with zipfile.ZipFile(file) as made:
        parts = {info: made.read(info) for info in made.infolist()}
    with zipfile.ZipFile(file, "w") as mended:
        for info, content in parts.items():
            if info.filename.endswith("content.opf"):
                content = content.replace(
                    b'properties="nav"', b'properties="nav mathml"'
                )
            mended.writestr(info, content)


CHAPTER = re.compile(
    r'<section class="chapter depth-(\d)"[^>]*>(.*?)</section>', re.DOTALL
)


def raised(match: re.Match) -> str:
    """A chapter without its wrapper, its title a heading of level 1."""
    depth = int(match[1])
    return re.sub(
        r"(</?h)([1-6])\b",
        lambda heading: f"{heading[1]}{max(1, int(heading[2]) - depth)}",
        match[2],
    )


def pictured(page) -> bool:
    """Whether a page holds a picture, or the ground of a cell."""
    import pypdfium2.raw

    kinds = (pypdfium2.raw.FPDF_PAGEOBJ_IMAGE, pypdfium2.raw.FPDF_PAGEOBJ_PATH)
    return any(True for _ in page.get_objects(filter=kinds))


def check(file: Path, titles: list[str]) -> list[str]:
    """What is wrong with a printed book, one line each.

    Args:
        file: the PDF.
        titles: of the chapters, in the order of the contents.
    """
    import pypdfium2

    document = pypdfium2.PdfDocument(file)
    marks, wrong = bookmarks(file), []
    there = iter([title for _, title, _ in marks])
    for title in titles:
        if title not in there:  # searches on from where the last one was
            wrong.append(f"no bookmark for {title!r} in its place")
            there = iter([title for _, title, _ in marks])
    for _, title, number in marks:
        if not 1 <= number <= len(document):
            wrong.append(f"the bookmark {title!r} leads nowhere")
    for number, page in enumerate(document, 1):
        between = page.get_textpage().get_text_bounded(
            bottom=HEAD, top=page.get_height() - HEAD
        )
        if not re.search(r"\w", between) and not pictured(page):
            wrong.append(f"page {number} is empty")
        if found := re.search(r"\\\(|\\begin\{|\\frac", between):
            wrong.append(f"page {number}: raw mathematics, {found.group()!r}")
    return wrong


def contents(page: Path) -> list[str]:
    """The titles that the page's table of contents lists."""
    text = page.read_text("utf-8").partition('<nav id="contents">')[2]
    found = re.findall(r"<a [^>]*>(.*?)</a>", text.partition("</nav>")[0])
    return [html.unescape(title) for title in found]


def main(arguments=None) -> int:
    """Print and check; returns 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("page", type=Path, help="what one_page.py made")
    parser.add_argument("out", type=Path, help="a .pdf or .epub to write")
    options = parser.parse_args(arguments)
    if options.out.suffix == ".epub":
        write_epub(options.page, options.out)
        return 0
    try:
        print_pdf(options.page, options.out)
    except (FileNotFoundError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    wrong = check(options.out, contents(options.page))
    for line in wrong:
        print(line, file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
