"""Look at every page of a built book in Chromium, as its readers would.

    python scripts/browse.py FOLDER_OF_HTML [--shots FOLDER] [PAGE ...]

Each page is opened from the disk in three views: wide and light, wide and
dark, on a phone. It passes if it asks no other host for anything, writes no
error to the console, has no finding of axe-core (all of its rules, none
excepted), does not scroll sideways nor hide what is too wide, breaks the lines
that cells print, has its mathematics set and its icons drawn, and weighs less
than a megabyte as a server sends it. The search must find something, without
a server.

A page that needs scripts of its own names them at its top, in `scripts:` (see
scripts/everyone.py); they are then loaded by, and counted for, that page
alone. A script that goes on working after the page is loaded sets
`document.body.dataset.ready` to "no" at once and to "yes" when it is done:
the page is looked at then.
"""

import argparse
import gzip
import multiprocessing
import os
import sys
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote, urlsplit

VIEWS = {
    "light": {"color_scheme": "light", "viewport": (1280, 900)},
    "dark": {"color_scheme": "dark", "viewport": (1280, 900)},
    "phone": {"color_scheme": "light", "viewport": (380, 800)},
}
PATIENCE = 120_000  # milliseconds for one step, on a machine under load
MAXIMUM = 1_000_000  # bytes of a page and all it loads, compressed
# What a server compresses; pictures and fonts are compressed already.
TEXTS = {".html", ".css", ".js", ".svg", ".json", ".txt", ".csv"}
CHROMIUM = "/usr/bin/chromium"  # Debian's; another by this name in the shell
# No host has an address, should a page ask for one.
ARGUMENTS = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"]

# The library that draws the mathematics leaves what it cannot read in place.
UNSET = r"""() => [...document.querySelectorAll(".math")]
  .filter(m => !m.querySelector("math") || m.querySelector(".katex-error"))
  .map(m => m.textContent.slice(0, 60))"""

UNDRAWN = r"""() => [...document.querySelectorAll("i, span, a, button")]
  .filter(e => /(^| )fa-\S/.test(e.className) && e.checkVisibility())
  .filter(e => !e.querySelector("svg")
    && (getComputedStyle(e).maskImage === "none"
      || !e.getBoundingClientRect().width))
  .map(e => e.className)"""

# Figures are drawn in dark ink; in the dark they need a light ground.
FAINT = r"""() => [...document.querySelectorAll("main img")]
  .filter(e => matchMedia("(prefers-color-scheme: dark)").matches
    && e.checkVisibility() && !e.matches(".only-dark, .dark-light"))
  .filter(e => {
    const ground = getComputedStyle(e).backgroundColor;
    const [red, green, blue, alpha = 1] = ground.match(/[\d.]+/g);
    return alpha < 1 || Math.min(red, green, blue) < 200;
  }).map(e => e.getAttribute("src").slice(0, 80))"""

# What reaches past the window in no box of its own that scrolls (the theme
# would have the whole text scroll), and what a box cuts off. What only screen
# readers see is cut on purpose, and so are the stretched signs of a formula.
WIDE = r"""() => {
  const found = [], width = document.documentElement.clientWidth;
  const root = document.scrollingElement;
  if (root.scrollWidth > root.clientWidth)
    found.push(`the page, ${root.scrollWidth} of ${root.clientWidth}`);
  for (const e of document.querySelectorAll("main *")) {
    const box = e.getBoundingClientRect(), name = `${e.tagName}.${
      e.getAttribute("class")} ${e.textContent.trim().slice(0, 40)}`;
    if (!box.width || !box.height) continue;
    if (e.closest(".katex-mathml, .katex svg")) continue;
    if (!e.checkVisibility({checkVisibilityCSS: true})) continue;
    if (e.closest("article") && !e.closest(".katex")
        && /hidden|clip/.test(getComputedStyle(e).overflowX)
        && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1)
      found.push(`cut off: ${name}`);
    if (box.right <= width + 1) continue;
    let up = e, free = true;
    for (; free && up && !up.matches("article, main"); up = up.parentElement) {
      const style = getComputedStyle(up);
      free = !/auto|scroll/.test(style.overflowX)
        && style.position !== "fixed";
    }
    if (free) found.push(name);
  }
  return found.slice(0, 4);
}"""

# A browser may give a box that scrolls to the keyboard, or not: axe-core is
# content with Chromium, which does.
KEYLESS = r"""() => [...document.querySelectorAll("main *")]
  .filter(e => e.scrollWidth > e.clientWidth + 1 && e.checkVisibility()
    && /auto|scroll/.test(getComputedStyle(e).overflowX)
    && e.tabIndex < 0 && !e.querySelector("a, button, input, [tabindex='0']"))
  .map(e => `${e.tagName}.${e.getAttribute("class")}`)"""

# Mostly sentences, of which one would see the beginning.
UNBROKEN = r"""() => [...document.querySelectorAll("div.cell_output pre")]
  .filter(e => e.scrollWidth > e.clientWidth + 1 && e.checkVisibility())
  .map(e => e.textContent.slice(0, 40))"""

AXE = """async () => (await axe.run(document,
    {resultTypes: ["violations"], preload: false}))
  .violations.flatMap(v => v.nodes.map(n =>
    `${v.id}: ${n.html.replace(/\\s+/g, " ").slice(0, 150)}`
    + ` (${n.failureSummary.split("\\n")[1].trim()})`))"""


def book_pages(folder: Path) -> list[Path]:
    """The pages under `folder`, without those that libraries bring."""
    return [
        path
        for path in sorted(folder.rglob("*.html"))
        if not path.relative_to(folder).parts[0].startswith("_")
        and "http-equiv=" not in path.read_text("utf-8")[:300]  # sends on
    ]


@cache
def weight(address: str) -> int:
    """The bytes of a file as a server sends it."""
    path = Path(unquote(urlsplit(address).path))
    if not path.is_file():
        return 0
    data = path.read_bytes()
    return len(gzip.compress(data, 6) if path.suffix in TEXTS else data)


def findings(page, address: str) -> Iterator[str]:
    """What is wrong with the page at `address`, opened in `page`."""
    errors, asked = [], []
    page.on("pageerror", lambda error: errors.append(str(error)[:200]))
    page.on(
        "console",
        lambda m: m.type == "error" and errors.append(m.text[:200]),
    )
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address, wait_until="load")
    page.wait_for_function(
        "document.body.dataset.ready !== 'no'"
        " && document.fonts.status === 'loaded'"
    )
    for name, script in {
        "mathematics not set": UNSET,
        "icon not drawn": UNDRAWN,
        "too wide": WIDE,
        "scrolls for no key": KEYLESS,
        "printed text does not break": UNBROKEN,
        "a figure without light behind it": FAINT,
    }.items():
        yield from (f"{name}: {found}" for found in page.evaluate(script))
    page.evaluate(
        files("axe_playwright_python")
        .joinpath("axe.min.js")
        .read_text("utf-8")
    )
    yield from page.evaluate(AXE)
    yield from (f"console: {error}" for error in dict.fromkeys(errors))
    parts = {url.partition("#")[0].partition("?")[0] for url in asked}
    for url in sorted(parts):
        if urlsplit(url).scheme not in ("file", "data", "blob"):
            yield f"asks another host: {url}"
    total = sum(weight(url) for url in parts if url.startswith("file:"))
    if total >= MAXIMUM:
        yield f"weighs {total:,} bytes, compressed"
    page.weight = total


def search_findings(page, folder: Path) -> Iterator[str]:
    """Whether the search finds what is on most pages, from the disk."""
    page.goto((folder / "book" / "index.html").as_uri())
    page.keyboard.press("Control+k")
    page.keyboard.type("temperature")
    page.keyboard.press("Enter")
    try:
        page.wait_for_url("**/search.html?q=temperature*")
        page.wait_for_selector("#search-results li a")
    except Exception as error:
        yield f"search: nothing found for 'temperature' ({error})"[:200]


def look(job: tuple) -> tuple[str, list[str], int]:
    """The findings of one page, or of the search, in one view."""
    folder, path, view, shots = job
    settings = dict(VIEWS[view])
    width, height = settings.pop("viewport")
    context = browser().new_context(
        viewport={"width": width, "height": height}, **settings
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.weight = 0
    name = str(path.relative_to(folder)) if path else "the search"
    found = []
    try:
        found.extend(
            findings(page, path.as_uri())
            if path
            else search_findings(page, folder)
        )
        if shots and path:
            name_of_shot = name.replace("/", "+").replace(".html", "")
            page.screenshot(
                path=shots / f"{name_of_shot}-{view}.png", full_page=True
            )
    except Exception as error:  # the browser gave up: no reason to stop
        found.append(f"not looked at to the end: {error}"[:300])
    finally:
        context.close()
    return f"{name}, {view}", found, page.weight


@cache
def browser():
    """This process' Chromium."""
    from playwright.sync_api import sync_playwright

    return (
        sync_playwright()
        .start()
        .chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or CHROMIUM,
            args=ARGUMENTS,
        )
    )


def main(arguments: list[str] | None = None) -> int:
    """Print what is wrong; returns 1 if anything is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("pages", nargs="*")
    parser.add_argument("--shots", type=Path)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    folder = options.folder.resolve()
    pages = [folder / name for name in options.pages] or [
        *book_pages(folder), None,
    ]  # fmt: skip
    jobs = [(folder, p, v, options.shots) for p in pages for v in VIEWS]
    if options.shots:
        options.shots.mkdir(parents=True, exist_ok=True)
    wrong, heaviest = 0, (0, "")
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        for name, found, size in pool.imap_unordered(look, jobs):
            heaviest = max(heaviest, (size, name))
            for line in found:
                print(f"{name}: {line}", file=sys.stderr)
            wrong += len(found)
    print(
        f"{len(jobs)} looks, {wrong} findings; the heaviest:"
        f" {heaviest[1]}, {heaviest[0]:,} bytes"
    )
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
