"""What executes the notebooks, and reads what they show."""

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
import times  # noqa: E402

TEN = [0.5, 1.0, 1.5, 1.0, 0.5, 1.0, 1.5, 1.0, 0.5, 1.5]
SAYS = (
    "import kd_tutorial as kd\n"
    f"_ = kd.claim('ours is so', kd.Difference({TEN}, 'points'), above=0)"
)
ASKS = (
    "import kd_tutorial as kd\n"
    f"_ = kd.published('larger | better', kd.Interval({TEN}), above=1,"
    " source='Somebody 2019', setting='digits', paper='+2 points')"
)


@pytest.fixture
def book(tmp_path):
    """A book of two small notebooks, one of which fails at its end."""
    for name, cells in {
        "one": [SAYS, "print('nothing')"],
        "part/two": [ASKS, "1 / 0", "print('after')"],
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


@pytest.mark.long  # another process
def test_claims_come_from_what_was_shown(book, capfd):
    folder = book / "_build" / "cache"
    assert execute.claims(folder, book) == {}
    paths = execute.notebooks(book)
    (failed,) = execute.execute(folder, paths=paths)
    assert "two.ipynb failed" in failed and "ZeroDivisionError" in failed
    (ours,) = execute.claims(folder, book)["one.ipynb"]
    assert ours.statement == "ours is so" and list(ours.values) == TEN
    assert execute.execute(folder, paths=paths, allow_errors=True) == []
    found = execute.claims(folder, book)
    assert list(found) == ["one.ipynb", "part/two.ipynb"]
    (theirs,) = found["part/two.ipynb"]
    assert (theirs.kind, theirs.paper) == ("published", "+2 points")
    capfd.readouterr()
    assert execute.execute(folder, paths=paths) == []
    assert "executed 0" in capfd.readouterr().out
    # How long both took is kept, and nothing of a notebook that has changed.
    assert times.main(folder, book) == 0
    kept = json.loads((book / "book" / "times.json").read_text())
    assert list(kept["seconds"]) == ["one.ipynb", "part/two.ipynb"]
    assert all(0 < second < 600 for second in kept["seconds"].values())
    assert "one thread each" in kept["made"]["machine"]
    # Another notebook's text is another notebook: not in the cache.
    one = book / "book" / "one.ipynb"
    one.write_text(one.read_text().replace("nothing", "something"))
    assert list(execute.claims(folder, book)) == ["part/two.ipynb"]
    assert times.main(folder, book) == 1
    assert "one.ipynb was not executed as it is" in capfd.readouterr().err


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


def test_the_headline_is_that_of_the_chapter():
    # If this fails, the chapter has changed: `make headline`.
    assert headline.drawn_from() == headline.digest()
