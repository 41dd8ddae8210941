"""Sphinx directives for the book's own pages, filled when it is built.

`versions`: what the book was built with. `published` and `replication`: the
claims that its executed notebooks printed, read from the book's cache, and
what became of them under another base seed.
"""

import json
import platform
import re
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from execute import CACHE, claims

PACKAGES = (
    "kd-tutorial", "tensorflow", "keras", "numpy", "scikit-learn", "scipy",
    "matplotlib", "jupyter-book",
)  # fmt: skip
VERDICTS = ("holds", "does not hold", "not resolved")


def table(head, rows) -> list[str]:
    """A Markdown table; cells hold Markdown of their own."""

    def line(cells):
        escaped = (cell.replace("|", "\\|") for cell in cells)
        return "| " + " | ".join(escaped) + " |"

    return [line(head), line(["---"] * len(head)), *map(line, rows)]


def linked(source: str) -> str:
    """A source with its arXiv and DOI numbers as links."""
    source = re.sub(
        r"arXiv:(\d{4}\.\d{4,5})", r"[\g<0>](https://arxiv.org/abs/\1)", source
    )
    return re.sub(r"doi:(10\.\S+)", r"[\g<0>](https://doi.org/\1)", source)


def counted(verdicts) -> str:
    """How many of each verdict, in words."""
    count = Counter(verdicts)
    hold, fail, open_ = (count[verdict] for verdict in VERDICTS)
    return f"{hold} hold, {fail} do not hold, {open_} are not resolved"


def published_lines(found, here: str) -> list[str]:
    """The table of published claims as Markdown.

    Args:
        found: claims by page, from `execute.claims`.
        here: the folder of the page they are shown on, seen from the book.
    """
    rows = [
        [
            f"{claim.statement} ({linked(claim.source)})",
            f"**{claim.verdict}**",
            f"{claim.evidence}; claimed: {claim.condition}",
            f"[{claim.setting}]({link(page, here)})",
        ]
        for page, own in found.items()
        for claim in own
        if claim.source
    ]
    if not rows:
        return [
            "The notebooks were not executed for this build, so there is "
            "nothing to show. `make book` executes them."
        ]
    verdicts = [row[1].strip("*") for row in rows]
    return [
        f"Of {len(rows)} published claims tested here: {counted(verdicts)}.",
        "",
        *table(["claim", "here", "effect, 95 % interval", "tested on"], rows),
    ]


def link(page: str, here: str) -> str:
    """A link from a page of the folder `here` to another page."""
    up = "../" * len(Path(here).parts)
    return f"{up}{page}"


def key(page, claim) -> tuple:
    """What makes two claims the same one in two runs."""
    return page, claim["statement"], claim["condition"], claim["source"]


def compared(found, other) -> list[tuple]:
    """Page, claim and its twin in the other run, where there is one."""
    there = {key(c["page"], c): c for c in other["claims"]}
    return [
        (page, claim, there[key(page, vars(claim))])
        for page, own in found.items()
        for claim in own
        if key(page, vars(claim)) in there
    ]


def same(found, other) -> tuple[int, int]:
    """How many verdicts are the same, of how many compared."""
    pairs = compared(found, other)
    return sum(c.verdict == twin["verdict"] for _, c, twin in pairs), len(
        pairs
    )


def replication_lines(found, other, here: str) -> list[str]:
    """How many verdicts were the same under another base seed, as Markdown.

    Args:
        found: claims by page, from `execute.claims`.
        other: what `replicate.py` wrote.
        here: the folder of the page they are shown on, seen from the book.
    """
    equal, count = same(found, other)
    if not count:
        return ["The notebooks were not executed for this build."]
    rows = [
        [
            f"[{claim.statement}]({link(page, here)})",
            f"{claim.verdict}: {claim.evidence}",
            f"{twin['verdict']}: {twin['evidence']}",
        ]
        for page, claim, twin in compared(found, other)
        if claim.verdict != twin["verdict"]
    ]
    pairs = compared(found, other)
    theirs = [(c, twin) for _, c, twin in pairs if c.source]
    kept = sum(c.verdict == twin["verdict"] for c, twin in theirs)
    turned = sum(
        {c.verdict, twin["verdict"]} == {"holds", "does not hold"}
        for _, c, twin in pairs
    )
    lines = [
        f"With base seed {other['seed']} (run on {other['date']}), {equal} of "
        f"{count} verdicts are the same, {100 * equal / count:.0f} in a "
        f"hundred: {equal - kept} of {count - len(theirs)} on the book's own "
        f"claims, {kept} of {len(theirs)} on published ones. From *holds* to "
        f"*does not hold*, or back, went {turned}; the others became resolved "
        "or ceased to be. " + ("These changed:" if rows else "None changed."),
    ]
    if rows:
        head = ["claim", "base seed 0", f"base seed {other['seed']}"]
        lines += ["", *table(head, rows)]
    return lines


class Versions(Directive):
    """Python, the system and the packages that matter, read at build time."""

    def run(self):
        rows = [
            ("Python", platform.python_version()),
            ("System", f"{platform.system()} on {platform.machine()}"),
            *((name, version(name)) for name in PACKAGES),
        ]
        group = nodes.tgroup(cols=2)
        group += [nodes.colspec(colwidth=1), nodes.colspec(colwidth=1)]
        body = nodes.tbody()
        for row in rows:
            line = nodes.row()
            for text in row:
                line += nodes.entry("", nodes.paragraph(text=text))
            body += line
        group += body
        return [nodes.table("", group)]


class _Claims(Directive):
    """Markdown made from the claims, put in the page."""

    def run(self):
        env = self.state.document.settings.env
        env.claims_pages = {*getattr(env, "claims_pages", ()), env.docname}
        here = str(Path(env.docname).parent.relative_to("book"))
        lines = self.lines(claims(CACHE), here)
        part = nodes.container()
        self.state.nested_parse(StringList(lines), self.content_offset, part)
        return part.children


class Published(_Claims):
    """The published claims that the notebooks tested."""

    lines = staticmethod(published_lines)


class Replication(_Claims):
    """The verdicts that changed with another base seed."""

    def lines(self, found, here):
        file = Path(__file__).parent.parent / "book" / "replication.json"
        if not file.exists():
            return ["That was not done yet: `make replicate` does it."]
        return replication_lines(found, json.loads(file.read_text()), here)


def outdated(app, env, added, changed, removed):
    """Pages that show claims are read again at each build."""
    return [
        page
        for page in getattr(env, "claims_pages", ())
        if page in env.found_docs
    ]


def setup(app):
    """Make the directives known to Sphinx."""
    app.add_directive("versions", Versions)
    app.add_directive("published", Published)
    app.add_directive("replication", Replication)
    app.connect("env-get-outdated", outdated)
    return {"parallel_read_safe": True}
