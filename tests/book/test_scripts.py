"""The tables of claims, from executed notebooks to Markdown."""

import json
import os
import sys
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("jupyter_cache")
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import execute  # noqa: E402
import headline  # noqa: E402
import pages  # noqa: E402
import replicate  # noqa: E402

from kd_tutorial.evidence.claims import Claim  # noqa: E402

OURS = Claim("ours is so", "+1.00 [+0.50, +1.50], n = 10", "above 0", "holds")
THEIRS = Claim(
    "larger | better", "+0.10 [-0.20, +0.40], n = 10", "above 0",
    "not resolved", "Somebody 2019, arXiv:1910.01348", "digits",
)  # fmt: skip
FOUND = {"one.ipynb": [OURS], "part/two.ipynb": [THEIRS]}


@pytest.fixture
def book(tmp_path):
    """A book of two small notebooks, one of which fails at its end."""
    for name, cells in {
        "one": [f"print({str(OURS)!r})", "print('nothing')"],
        "part/two": [f"print({str(THEIRS)!r})", "1 / 0", "print('after')"],
    }.items():
        path = tmp_path / "book" / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(c) for c in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": ""}},
        )
        nbformat.write(notebook, path)
    return tmp_path


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """What the scripts put there is taken away again."""
    monkeypatch.setattr(os, "environ", os.environ.copy())


def test_claims_come_from_what_was_printed(book, capfd):
    folder = book / "_build" / "cache"
    assert execute.claims(folder, book) == {}
    paths = execute.notebooks(book)
    (failed,) = execute.execute(folder, paths=paths)
    assert "two.ipynb failed" in failed and "ZeroDivisionError" in failed
    assert execute.claims(folder, book) == {"one.ipynb": [OURS]}
    assert execute.execute(folder, paths=paths, allow_errors=True) == []
    assert execute.claims(folder, book) == FOUND
    capfd.readouterr()
    assert execute.execute(folder, paths=paths) == []
    assert "executed 0" in capfd.readouterr().out
    # Another notebook's text is another notebook: not in the cache.
    one = book / "book" / "one.ipynb"
    one.write_text(one.read_text().replace("nothing", "something"))
    assert list(execute.claims(folder, book)) == ["part/two.ipynb"]


def test_a_changed_package_drops_cache_and_models(book, monkeypatch):
    folder = book / "_build" / "cache"
    execute.execute(folder, paths=[])
    model = book / "_build" / "models" / "a.npz"
    model.parent.mkdir()
    model.touch()
    (folder / "mark").touch()
    execute.execute(folder, paths=[])
    assert model.exists() and (folder / "mark").exists()
    monkeypatch.setattr(execute, "fingerprint", lambda: "another")
    execute.execute(folder, paths=[])
    assert not model.exists() and not (folder / "mark").exists()
    assert os.environ["KD_CACHE_DIR"] == str(model.parent)


def test_the_table_of_published_claims():
    text = "\n".join(pages.published_lines(FOUND, "trends"))
    assert "Of 1 published claims tested here: 0 hold, 0 do not" in text
    assert "1 are not resolved" in text
    row = text.splitlines()[-1]
    assert r"larger \| better" in row
    assert "[arXiv:1910.01348](https://arxiv.org/abs/1910.01348)" in row
    assert "[digits](../part/two.ipynb)" in row
    assert THEIRS.evidence in row and "| **not resolved** |" in row
    assert pages.linked("A 2006, doi:10.1/x").endswith(
        "(https://doi.org/10.1/x)"
    )
    assert "ours is so" not in text
    assert "not executed" in pages.published_lines({}, "trends")[0]


def other(**changed):
    claims = [
        {"page": page, **vars(claim)}
        for page, own in FOUND.items()
        for claim in own
    ]
    claims[1] |= changed
    return {"seed": 1, "date": "2026-01-02", "claims": claims}


def test_the_table_of_changed_verdicts():
    assert pages.same(FOUND, other()) == (2, 2)
    (line,) = pages.replication_lines(FOUND, other(), "trends")
    assert "2 of 2 verdicts are the same" in line and "None changed" in line
    changed = other(verdict="holds", evidence="+0.5")
    assert pages.same(FOUND, changed) == (1, 2)
    text = "\n".join(pages.replication_lines(FOUND, changed, "trends"))
    assert "1 of 2 verdicts" in text and "These changed" in text
    assert "1 of 1 on the book's own claims, 0 of 1 on published" in text
    assert "or back, went 0;" in text
    assert "holds: +0.5 |" in text and "not resolved: +0.10" in text
    # A claim that says something else is another claim.
    assert pages.same(FOUND, other(statement="smaller")) == (1, 1)
    assert "not executed" in pages.replication_lines({}, other(), "")[0]


def test_a_replication_compares_and_is_written(tmp_path, monkeypatch, capsys):
    (tmp_path / "book").mkdir()
    monkeypatch.setattr(replicate, "ROOT", tmp_path)
    there = {**FOUND, "part/two.ipynb": [Claim(**vars(THEIRS) | {
        "verdict": "holds"})]}  # fmt: skip
    ran = []

    def fake(folder, allow_errors):
        ran.append((folder.name, os.environ["KD_SEED"], allow_errors))
        assert os.environ["KD_CLAIMS"] == "report"
        return []

    monkeypatch.setattr(execute, "execute", fake)
    monkeypatch.setattr(
        execute, "claims", lambda folder=None: there if folder else FOUND
    )
    assert replicate.main(["7"]) == 1  # half of the verdicts changed
    assert ran == [("cache", "7", True)]
    assert "1 of 2 verdicts" in capsys.readouterr().out
    written = json.loads((tmp_path / "book" / "replication.json").read_text())
    assert written["seed"] == 7
    assert written["claims"][1]["verdict"] == "holds"
    there["part/two.ipynb"] = [THEIRS]
    assert replicate.main(["7"]) == 0
    with pytest.raises(SystemExit):
        replicate.main(["0"])
    monkeypatch.setattr(execute, "execute", lambda *a, **k: ["x failed"])
    assert replicate.main(["7"]) == 1
    assert "nothing compared" in capsys.readouterr().out


def test_the_headline_is_that_of_the_chapter():
    # If this fails, the chapter has changed: `make headline`.
    assert headline.drawn_from() == headline.digest()
