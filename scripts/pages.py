"""Sphinx directives for the book's own pages, filled when it is built.

`versions`: what the book was built with. `evidence`, with one word: the
`summary` of book/evidence.json, its `published` claims, the `identities`, the
book's `own`.
"""

import platform
from importlib.metadata import version
from pathlib import Path

import evidence_tables
from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList

PACKAGES = (
    "kd-tutorial", "tensorflow", "keras", "numpy", "scikit-learn", "scipy",
    "matplotlib", "jupyter-book",
)  # fmt: skip


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


class Evidence(Directive):
    """Markdown made from the stored evidence, put in the page."""

    required_arguments = 1
    parts = {
        "summary": lambda evidence, here: [
            *evidence_tables.summary_lines(evidence),
            "",
            *evidence_tables.made_lines(evidence),
        ],
        "published": evidence_tables.published_lines,
        "identities": evidence_tables.identity_lines,
        "own": evidence_tables.own_lines,
    }

    def run(self):
        env = self.state.document.settings.env
        env.note_dependency(str(evidence_tables.STORED))
        here = str(Path(env.docname).parent.relative_to("book"))
        make = self.parts[self.arguments[0]]
        lines = make(evidence_tables.load(), here)
        part = nodes.container()
        self.state.nested_parse(StringList(lines), self.content_offset, part)
        return part.children


def setup(app):
    """Make the directives known to Sphinx, and mend the theme."""
    app.setup_extension("everyone")
    app.add_directive("versions", Versions)
    app.add_directive("evidence", Evidence)
    return {"parallel_read_safe": True}
