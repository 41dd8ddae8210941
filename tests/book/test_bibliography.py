"""Every entry has a link; every paper that a page links to is an entry."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BOOK = ROOT / "book"
ENTRIES = {
    re.match(r"@\w+\{([^,]+),", entry).group(1): entry
    for entry in re.split(
        r"(?m)^(?=@)", (BOOK / "references.bib").read_text("utf-8")
    )
    if entry.startswith("@")
}
LINK = re.compile(
    r"^\s*(?:doi\s*=\s*\{10\.\d{4,9}/[^\s{}]+\}"
    r"|url\s*=\s*\{https?://[^\s{}]+\.[^\s{}]+\}),$",
    re.MULTILINE,
)


def cited(text):
    """The arXiv numbers and DOIs that a text links to or names."""
    found = re.findall(r"arxiv\.org/(?:abs|pdf|html)/(\d{4}\.\d{4,5})", text)
    found += re.findall(r"arXiv:(\d{4}\.\d{4,5})", text)
    dois = re.findall(r"doi(?:\.org/|:)(10\.\d{4,9}/[^\s)\]\"',]+)", text)
    return {*found, *(doi.rstrip(".") for doi in dois)}


def texts():
    for path in sorted(BOOK.rglob("*")):
        if path.suffix == ".ipynb" and ".ipynb_checkpoints" not in str(path):
            cells = json.loads(path.read_text("utf-8"))["cells"]
            yield path, "\n".join("".join(c["source"]) for c in cells)
        elif path.suffix == ".md":
            yield path, path.read_text("utf-8")


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_has_a_link_a_title_and_a_year(key):
    entry = ENTRIES[key]
    assert len(LINK.findall(entry)) >= 1, entry
    for part in ("title", "author", "year"):
        assert re.search(rf"(?m)^\s*{part}\s*=\s*\{{.+\}},$", entry), entry
    assert re.search(r"year\s*=\s*\{(19|20)\d\d\}", entry), entry


@pytest.mark.parametrize(
    "path, text", texts(), ids=lambda v: v.stem if isinstance(v, Path) else ""
)
def test_what_a_page_cites_is_in_the_bibliography(path, text):
    known = "\n".join(ENTRIES.values()).lower()
    missing = {paper for paper in cited(text) if paper.lower() not in known}
    assert not missing


def test_citations_are_found():
    text = (
        "([2015](https://arxiv.org/abs/1503.02531)), (arXiv:1412.6550). "
        "[here](https://doi.org/10.1109/5.726791), "
        "doi:10.1145/1150402.1150464."
    )
    assert cited(text) == {
        "1503.02531", "1412.6550", "10.1109/5.726791",
        "10.1145/1150402.1150464",
    }  # fmt: skip
