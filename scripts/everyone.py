"""What the theme leaves undone, so that everybody can read every page.

`pages.py` loads it. With book/_templates and book/_static/everyone.css it is
the one place where the theme and its extensions are mended; each repair says
why. `make test-pages` looks at the result in a browser.

A page that needs scripts of its own names them at its top, from the root of
the site, and is the only one that loads them:

    ---
    scripts: _static/playground/net.js _static/playground/playground.js
    ---
"""

import re
from importlib.resources import files
from pathlib import Path

from docutils import nodes
from PIL import Image, ImageDraw, ImageFont

# What the templates show, of the some 2,000 icons of Font Awesome.
ICONS = (
    "angle-left", "angle-right", "arrow-up", "bars", "chevron-down",
    "circle-half-stroke", "code", "download", "expand", "file", "file-pdf",
    "github", "lightbulb", "list", "magnifying-glass", "moon", "pencil",
    "rocket", "sun",
)  # fmt: skip
ALSO = {"pencil": "pencil-alt"}  # the theme uses an older name
UNTITLED = {
    "genindex": "Index", "py-modindex": "Modules", "search": "Search",
}  # fmt: skip
NO_EXTRACTS = (
    "if (location.protocol === 'file:')"
    " DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;"
)
# In the text of a page, what the writers of HTML do not do as they should.
BODY = (
    # The entries of a list are its items; the role written is withdrawn.
    ('role="doc-biblioentry"', 'role="listitem"'),
    # An empty cell is the header of nothing.
    (r"<th\b([^>]*)>\s*(?:<p>\s*</p>)?\s*</th>", r"<td\1></td>"),
)
BACK, INK, DIM, GOLD = "#10263f", "#ffffff", "#b7c6d8", "#f0b429"


def leave_thebe(app):
    """Undo sphinx-thebe, which Jupyter Book loads whether it is used or not.

    It would run cells on another host. Unused, it declares a constant twice
    on every page, which is an error of the script.
    """
    for listeners in app.events.listeners.values():
        listeners[:] = [
            listener
            for listener in listeners
            if listener.handler.__module__ != "sphinx_thebe"
        ]
    styles = app.registry.css_files
    styles[:] = [style for style in styles if style[0] != "sphinx-thebe.css"]


def write_icons(app, _):
    """Draw the icons by a style sheet, out of the theme's own script.

    The script itself has 1.5 MB, the fonts that the theme's style sheet
    names instead a quarter of one, for twenty icons.
    """
    theme = files("pydata_sphinx_theme") / "theme" / "pydata_sphinx_theme"
    script = theme / "static" / "scripts" / "fontawesome.js"
    text = script.read_text("utf-8")
    rules = ["/* Font Awesome Free 6, https://fontawesome.com, CC BY 4.0 */"]
    for name in ICONS:
        found = rf'[{{,]"?{name}"?:\[(\d+),(\d+),\[[^]]*\],"[^"]*","([^"]*)"\]'
        width, height, path = re.search(found, text).groups()
        names = ", ".join(f".fa-{n}" for n in (name, ALSO.get(name)) if n)
        rules.append(
            f"{names} {{ --icon: url(\"data:image/svg+xml,<svg xmlns='http://"
            f"www.w3.org/2000/svg' viewBox='0 0 {width} {height}'><path d="
            f"'{path}'/></svg>\") }}"
        )
    target = Path(app.outdir, "_static", "icons.css")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(rules) + "\n", "utf-8")


def description(title: str, doctree) -> str:
    """The title, for pages that begin alike, and how the page begins."""
    text = ""
    for paragraph in doctree.findall(nodes.paragraph) if doctree else ():
        if not any(paragraph.findall(nodes.math)):
            text += f" {' '.join(paragraph.astext().split())}"
        if len(text) > 160:
            text = text[:160].rsplit(" ", 1)[0].rstrip(",;:") + " …"
            break
    name = title.lstrip("0123456789. ")
    if not text:
        return f"{name} of a tutorial on knowledge distillation, with evidence"
    return f"{name}:{text}"


def named(toctree):
    """The list of pages, with a name for what unfolds each part of it."""
    for summary in toctree.select("summary"):
        link = summary.find_parent("li").find("a")
        summary["aria-label"] = f"Pages of {link.get_text()}"
    return toctree


def address(app) -> str:
    """Where the book is published: GitHub's pages of the repository."""
    url = app.config.html_theme_options["repository_url"]
    owner, name = url.rstrip("/").split("/")[-2:]
    return app.config.html_baseurl or f"https://{owner}.github.io/{name}/"


def on_page(app, pagename, templatename, context, doctree):
    """What a page loads, what it is called, what its list of pages says."""
    builder, meta = app.builder, context.get("meta") or {}
    # Sphinx knows which pages have mathematics.
    if any("katex" in str(s.filename) for s in context["script_files"]):
        builder.add_css_file("../katex/katex.min.css")
        builder.add_js_file("typeset.js", defer="defer")
    if "kd-predict" in context.get("body", ""):  # what kd.predict asked
        builder.add_css_file("predict.css")
        builder.add_js_file("predict.js", defer="defer")
    for script in meta.get("scripts", "").split():
        builder.add_js_file(f"../{script}", defer="defer")
    if pagename == "search":
        # It would fetch the pages for an extract of each: from the disk,
        # no page may fetch another.
        builder.add_js_file(None, body=NO_EXTRACTS)
    if "body" in context:
        for pattern, better in BODY:
            context["body"] = re.sub(pattern, better, context["body"])
        if "lang" in meta:  # of its text; what is around stays English
            own = f'<div lang="{meta["lang"]}">'
            context["body"] = f"{own}{context['body']}</div>"
    if "generate_toctree_html" in context:
        generate = context["generate_toctree_html"]
        context["generate_toctree_html"] = lambda *arguments, **options: named(
            generate(*arguments, **options)
        )
    title = UNTITLED.get(pagename, context.get("title", ""))
    title = re.sub("<[^>]+>", "", title)
    context.setdefault("pagetitle", title)  # a heading, empty on the indices
    root = address(app)
    image = f"_static/cards/{pagename.replace('/', '-')}.png"
    context["card"] = {
        "title": title,
        "description": description(title, doctree),
        "address": f"{root}{pagename}.html",
        "image": f"{root}{image}",
        "alt": f"{app.config.html_title}: {title}",
    }
    draw_card(Path(app.outdir, image), app.config.html_title, title)


def draw_card(path: Path, book: str, title: str) -> None:
    """The picture that is shown where somebody shares a page."""
    fonts = files("matplotlib") / "mpl-data" / "fonts" / "ttf"
    face = fonts / "DejaVuSans-Bold.ttf"
    if any(ord(letter) > 0x2E7F for letter in title):  # Chinese
        face = Path(__file__).parent.parent / "book" / "_static" / "zh.woff"
    bold = ImageFont.truetype(face, 72)
    small = ImageFont.truetype(fonts / "DejaVuSans.ttf", 36)
    card = Image.new("RGB", (1200, 630), BACK)
    draw = ImageDraw.Draw(card)
    draw.text((80, 70), book, DIM, small)
    lines = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if bold.getlength(longer) > 1040:
            lines.append(word)
        else:
            lines[-1] = longer
    draw.multiline_text((80, 160), "\n".join(lines[:3]), INK, bold, spacing=18)
    # The large network teaches the small one.
    draw.ellipse((80, 470, 180, 570), INK)
    draw.line((205, 520, 330, 520), GOLD, 10)
    draw.polygon([(330, 500), (330, 540), (365, 520)], GOLD)
    draw.ellipse((390, 495, 440, 545), GOLD)
    path.parent.mkdir(parents=True, exist_ok=True)
    card.quantize(16).save(path, optimize=True)


def setup(app):
    """Mend what the extensions before this one have set up."""
    leave_thebe(app)
    app.add_css_file("icons.css")
    app.add_css_file("everyone.css")
    app.add_css_file("zh.css")
    app.connect("html-page-context", on_page, priority=900)
    app.connect("build-finished", write_icons)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
