"""A Sphinx directive, `versions`: what the book was built with, as a table."""

import platform
from importlib.metadata import version

from docutils import nodes
from docutils.parsers.rst import Directive

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


def setup(app):
    """Make the directive known to Sphinx."""
    app.add_directive("versions", Versions)
    return {"parallel_read_safe": True}
