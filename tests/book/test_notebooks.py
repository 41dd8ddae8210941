"""The notebooks as they are committed: clean, plain, and described."""

import os
import re
import sys
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
yaml = pytest.importorskip("yaml")
pytest.importorskip("jupyter_book")

ROOT = Path(__file__).resolve().parent.parent.parent
NOTEBOOKS = sorted(
    path
    for path in (ROOT / "book").rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)
SOLUTIONS = [p for p in NOTEBOOKS if p.parent.name == "solutions"]
START = ROOT / "book" / "start.ipynb"  # fifteen minutes, and no chapter
BROKEN = [p for p in NOTEBOOKS if p.parent.name == "exercises"]
CHAPTERS = [p for p in NOTEBOOKS if p not in [*SOLUTIONS, *BROKEN, START]]
NAMES = [str(p.relative_to(ROOT / "book")) for p in NOTEBOOKS]


@pytest.fixture(params=NOTEBOOKS, ids=NAMES)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    made = nbformat.read(path, 4)
    nbformat.validate(made)
    return made


def cells(notebook, kind):
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def tags(cell):
    return cell.metadata.get("tags", [])


def files_in_toc(part):
    if isinstance(part, dict):
        own = [part[k] for k in ("root", "file") if k in part]
        return own + [f for v in part.values() for f in files_in_toc(v)]
    if isinstance(part, list):
        return [f for each in part for f in files_in_toc(each)]
    return []


def test_the_contents_list_every_page_and_no_other():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    listed = files_in_toc(toc)
    assert len(listed) == len(set(listed))
    pages = [
        p
        for kind in ("*.ipynb", "*.md")
        for p in (ROOT / "book").rglob(kind)
        if not {".ipynb_checkpoints", "_vendor"} & set(p.parts)
    ]
    found = {str(p.relative_to(ROOT).with_suffix("")) for p in pages}
    assert set(listed) == found


def test_committed_without_outputs(notebook):
    for cell in cells(notebook, "code"):
        if "nbval-check-output" in tags(cell):  # compared, so kept
            assert cell.outputs and cell.execution_count
        else:
            assert cell.execution_count is None
            assert cell.outputs == []


def test_the_kernel_is_plain_python(notebook):
    assert notebook.metadata.kernelspec.name == "python3"


def test_the_first_code_cell_sets_up(path, notebook):
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        from setup_cells import first_code_cell, setup_cell
    finally:
        sys.path.pop(0)
    cell = first_code_cell(notebook)
    assert cell.source == setup_cell()
    assert "setup" in tags(cell)
    before = notebook.cells[: notebook.cells.index(cell)]
    assert len(before) == 1  # only the opening


def test_the_opening_says_what_it_takes(path, notebook):
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        from setup_cells import TIME, spoken, times
    finally:
        sys.path.pop(0)
    opening = notebook.cells[0].source
    (said,) = TIME.findall(opening)
    measured = times()
    page = path.relative_to(ROOT / "book").as_posix()
    if measured:  # once `make times` has run, it knows every page
        assert set(measured) == set(NAMES)
        assert said == spoken(measured[page])
    code = "\n".join(cell.source for cell in cells(notebook, "code"))
    fetched = "`make lab` and `make book` have fetched" in opening
    assert fetched == ("kd.page_needs()" in code)
    assert fetched != ("and downloads nothing" in opening)
    # What a cell installs by name in Colab is said, or goes with the files.
    for name in re.findall(r"%pip install -q (?:--no-deps )?(\w+)$", code,
                           re.MULTILINE):  # fmt: skip
        assert fetched or f"`{name}`" in opening


def test_no_myst_in_notebooks(notebook):
    for cell in cells(notebook, "markdown"):
        assert not re.search(r"^(```|:::+)\{", cell.source, re.MULTILINE)
        assert not re.search(r"\{[a-z:-]+\}`", cell.source)


def test_cells_are_short_and_narrow(notebook):
    for cell in cells(notebook, "code"):
        lines = cell.source.splitlines()
        assert len(lines) < 25, lines[0]
        for line in lines:
            assert len(line) <= 79 or "%pip install" in line, line
        assert not cell.source.rstrip().endswith(";")


def test_every_figure_is_described(notebook):
    for cell in cells(notebook, "code"):
        drawn = r"kd\.(plots|diagrams)\.|plt\.show|\.figure\("
        if re.search(drawn, cell.source):
            image = cell.metadata.get("mystnb", {}).get("image", {})
            assert len(image.get("alt", "")) >= 40, cell.source
            assert not re.search(r"\d\.\d", image["alt"]), image["alt"]


def test_no_measured_number_is_typed(notebook):
    # A percentage or a number of points with a decimal is a measurement,
    # unless its cell says where it was published.
    for cell in cells(notebook, "markdown"):
        prose = re.sub(r"`[^`]*`", "", cell.source)  # examples are no claims
        typed = re.findall(r"\d+\.\d+ ?(?:%|points)", prose)
        assert not typed or "](http" in cell.source, typed


def test_headings_go_down_by_one(notebook):
    levels = []
    for cell in cells(notebook, "markdown"):
        text = re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL)
        levels += [len(h) for h in re.findall(r"^(#+) ", text, re.MULTILINE)]
    assert levels[0] == 1 and levels.count(1) == 1
    for one, next_one in zip(levels, levels[1:]):
        assert next_one <= one + 1


def test_links_lead_somewhere(path, notebook):
    for cell in cells(notebook, "markdown"):
        for link in re.findall(r"\]\(([^)\s]+)\)", cell.source):
            if not re.match(r"[a-z]+:", link):
                target = path.parent / link.partition("#")[0]
                assert target.exists(), link


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_chapters_open_and_close_as_promised(path):
    text = "\n".join(
        cell.source for cell in cells(nbformat.read(path, 4), "markdown")
    )
    opening = text[:1600]
    assert "In this chapter you will" in opening
    assert "two CPU cores" in opening
    for heading in (
        "What we saw", "What to do on Monday", "Exercises", "Further reading",
    ):  # fmt: skip
        assert f"## {heading}\n" in text, heading
    count = len(re.findall(r"^### \d\. ", text, re.MULTILINE))
    assert 3 <= count <= 6


def test_every_exercise_is_solved():
    text = "\n".join(
        cell.source
        for path in SOLUTIONS
        for cell in cells(nbformat.read(path, 4), "markdown")
    )
    for path in CHAPTERS:
        chapter = "\n".join(
            c.source for c in cells(nbformat.read(path, 4), "markdown")
        )
        title = re.search(r"^# (.*)$", chapter, re.MULTILINE).group(1)
        part = text.split(f"## {title}\n")[1].split("\n## ")[0]
        for heading in re.findall(r"^### (\d\. .*)$", chapter, re.MULTILINE):
            assert f"### {heading}" in part, (path.stem, heading)


def test_the_repositorys_address_stands_once():
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    address = config["repository"]["url"]
    skip = {".git", "_build", "_vendor"}
    skip |= {path.name for path in ROOT.glob(".venv*")}
    read = set()
    for folder, folders, files in os.walk(ROOT):
        folders[:] = set(folders) - skip
        for file in (Path(folder) / name for name in files):
            if file.suffix in {".md", ".py", ".yml", ".toml", ".cff", ""}:
                text = file.read_text("utf-8", errors="ignore")
                expected = 1 if file.name == "_config.yml" else 0
                assert text.count(address) == expected, file
                read.add(file.name)
    assert read >= {"README.md", "_config.yml", "Makefile", "quiet.py"}
    for notebook in NOTEBOOKS:
        text = notebook.read_text("utf-8")
        assert text.count(address) == 1, notebook
