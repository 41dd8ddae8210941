"""Make slides of what the executed notebooks show: `make slides`.

`make book` first: the figures and verdicts come out of its cache. A notebook
becomes a file in _build/slides that stands alone, without scripts or fonts
from elsewhere: its aims, a slide for each figure, the verdicts of each
section, its summary. Arrow keys turn the page, and printing gives a page a
slide, with each figure's description below it.
"""

import base64
import html
import re
import sys
from pathlib import Path

import nbformat
from jupyter_cache import get_cache
from markdown_it import MarkdownIt

from kd_tutorial.evidence.claims import Claim

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "_build" / ".jupyter_cache"
OUT = ROOT / "_build" / "slides"
SUMMARIES = ("What we saw", "What to do on Monday")
PER_SLIDE = 4  # verdicts
SYMBOLS = {r"\beta": "β", r"\lambda": "λ", r"\alpha": "α", "-": "−"}
PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{slides}
</main>
<script>{script}</script>
</body>
</html>
"""
STYLE = """
html { scroll-snap-type: y mandatory; font: 2.4vmin/1.4 system-ui, sans-serif;
  color: #111; background: #fff; }
body { margin: 0; }
section { box-sizing: border-box; min-height: 100vh; padding: 4vmin 6vmin;
  scroll-snap-align: start; display: flex; flex-direction: column; }
h1 { font-size: 7vmin; margin: auto 0 2vmin; }
h2 { font-size: 4.5vmin; margin: 0 0 2vmin; }
ul, ol, table { font-size: 3vmin; max-width: 130vmin; }
li { margin-bottom: 1vmin; }
sup, sub { line-height: 0; }
td { vertical-align: top; padding: 0.6vmin 2vmin 0.6vmin 0; }
figure { margin: auto; text-align: center; }
img { max-width: 100%; max-height: 72vh; background: #fff; }
img { width: auto; height: 72vh; object-fit: contain; }
footer { margin-top: auto; padding-top: 1vmin; font-size: 1.8vmin; }
.words { display: none; text-align: left; }
@page { size: 297mm 167mm; margin: 0; }
@media print { html { font-size: 4mm; }
  section { height: 166mm; min-height: 0; break-after: page; }
  img { height: 95mm; } .words { display: block; font-size: 3.4mm; } }
"""
SCRIPT = """
addEventListener("keydown", event => {
  const by = {ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1};
  if (!(event.key in by)) return;
  event.preventDefault();
  const slides = [...document.querySelectorAll("section")];
  const at = slides.findIndex(s => s.getBoundingClientRect().bottom > 5);
  slides[Math.max(0, at + by[event.key])]?.scrollIntoView();
});
"""


def formula(match) -> str:
    """A short formula between dollars, as HTML."""
    text = match.group(1)
    for symbol, letter in SYMBOLS.items():
        text = text.replace(symbol, letter)
    text = re.sub(r"\^(\w)", r"<sup>\1</sup>", text)
    text = re.sub(r"_(\w)", r"<sub>\1</sub>", text)
    return f"<i>{text}</i>"


def rendered(markdown: str) -> str:
    """HTML of a few lines of Markdown; of links, only their words."""
    words = re.sub(r"\[([^\]]+)\]\([^)\s]+\)", r"\1", markdown)
    words = re.sub(r"\$([^$]+)\$", formula, words)
    return MarkdownIt("commonmark", {"html": True}).render(words)


def line(markdown: str) -> str:
    """The same of one line, without its paragraph."""
    return rendered(markdown).strip().removeprefix("<p>").removesuffix("</p>")


def picture(cell) -> str:
    """The figure of a cell, with its description; or nothing."""
    alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
    for output in cell.outputs:
        found = output.get("data", {})
        if "image/png" in found:
            source = "png;base64," + "".join(found["image/png"].split())
        elif "image/svg+xml" in found:
            drawn = found["image/svg+xml"].encode()
            source = "svg+xml;base64," + base64.b64encode(drawn).decode()
        else:
            continue
        words = html.escape(alt)
        return (
            f'<figure><img src="data:image/{source}" alt="{words}">'
            f'<figcaption class="words">{words}</figcaption></figure>'
        )
    return ""


def verdicts(claims: list[Claim]) -> list[str]:
    """Tables of claims, a few a slide."""
    rows = [
        f"<tr><td><b>{html.escape(c.verdict)}</b></td><td>"
        f"{html.escape(c.statement)}<br>{html.escape(c.evidence)}"
        f"<br><small>{html.escape(c.source)}</small></td></tr>"
        for c in claims
    ]
    return [
        f"<table>{''.join(rows[first : first + PER_SLIDE])}</table>"
        for first in range(0, len(rows), PER_SLIDE)
    ]


def slides(notebook) -> list[tuple[str, str]]:
    """Heading and body of each slide; the first heading is the title."""
    opening = notebook.cells[0].source
    title = re.search(r"^# (.*)$", opening, re.MULTILINE).group(1)
    aims = "\n".join(re.findall(r"^- .*$", opening, re.MULTILINE))
    aims = aims or opening.split("\n\n")[1]
    made, heading, found = [(title, rendered(aims))], title, []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            if figure := picture(cell):
                made.append((heading, figure))
            found += Claim.find([cell])
            continue
        parts = re.split(r"^#{2,3} (.*)$", cell.source, flags=re.MULTILINE)
        for name, text in zip(parts[1::2], parts[2::2]):
            made += [(f"{heading}: found", t) for t in verdicts(found)]
            heading, found = name, []
            if name in SUMMARIES:
                kept = re.findall(r"^(?:-|\d\.) .*$", text, re.MULTILINE)
                made.append((name, rendered("\n".join(kept))))
    return made


def deck(notebook) -> str:
    """A whole file of slides."""
    made = slides(notebook)
    title, bodies = made[0][0], []
    for number, (heading, body) in enumerate(made, start=1):
        level = "h1" if number == 1 else "h2"
        bodies.append(
            f'<section id="s{number}"><{level}>{line(heading)}</{level}>\n'
            f"{body}\n<footer>Knowledge distillation, with evidence · "
            f"{line(title)} · {number} of {len(made)} · CC BY 4.0</footer>"
            "</section>"
        )
    return PAGE.format(
        title=html.escape(title), style=STYLE, script=SCRIPT,
        slides="\n".join(bodies),
    )  # fmt: skip


def pages(root: Path = ROOT) -> list[Path]:
    """The notebooks that teach, in the order of the contents."""
    text = (root / "_toc.yml").read_text("utf-8")
    names = re.findall(r"file: (book/\S+)", text)
    left_out = ("book/solutions", "book/exercises")
    found = [root / f"{n}.ipynb" for n in names if not n.startswith(left_out)]
    return [path for path in found if path.exists()]


def main(cache: Path = CACHE, out: Path = OUT, root: Path = ROOT) -> int:
    """Write a deck for each executed notebook, and a list of them.

    Returns 1 when there is none.
    """
    if not cache.is_dir():
        print("nothing is executed yet: make book first", file=sys.stderr)
        return 1
    kept, listed = get_cache(cache), []
    out.mkdir(parents=True, exist_ok=True)
    for path in pages(root):
        notebook = nbformat.read(path, 4)
        name = "-".join(path.relative_to(root / "book").with_suffix("").parts)
        try:
            _, notebook = kept.merge_match_into_notebook(notebook)
        except KeyError:
            print(f"left out, not executed as it is: {name}", file=sys.stderr)
            continue
        (out / f"{name}.html").write_text(deck(notebook), "utf-8")
        title = slides(notebook)[0][0]
        listed.append(f'<li><a href="{name}.html">{line(title)}</a></li>')
    index = f"<section><h1>Slides</h1><ol>{''.join(listed)}</ol></section>"
    (out / "index.html").write_text(
        PAGE.format(title="Slides", style=STYLE, script="", slides=index),
        "utf-8",
    )
    print(f"{len(listed)} decks: {out / 'index.html'}")
    return int(not listed)


if __name__ == "__main__":
    sys.exit(main())
