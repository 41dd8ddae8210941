"""The run of the notebooks as in Colab, with what may go wrong injected."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("jupyter_cache")
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import colab  # noqa: E402

ADDRESS = "https://example.org/me/fork"
# As if the first cell had installed it.
INSTALL = "import pathlib, site; pathlib.Path(site.getsitepackages()[0], "
INSTALL += "'kd_tutorial').mkdir()"
UNDONE = "print('The cells that follow need it and are left undone.')"


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with one file, and the copy of it that git will find."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    root, work = tmp_path / "checkout", tmp_path / "work"
    (root / "book").mkdir(parents=True)
    work.mkdir()
    (root / "_config.yml").write_text(f"repository:\n  url: {ADDRESS}\n")
    (root / "made.py").touch()
    (root / "built.so").touch()
    (root / ".gitignore").write_text("*.so\n")
    colab.copy(work / "repository", root)
    os.environ["JUPYTER_PATH"] = str(work / "jupyter")
    return root, work


def run(root, work, *cells):
    path = root / "book" / "Page.ipynb"
    made = [nbformat.v4.new_code_cell(source) for source in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)
    venv = Path(sys.prefix)
    return colab.run(path, venv=venv, work=work, root=root)


def test_git_finds_the_checkout_where_the_cell_looks(checkout, tmp_path):
    root, work = checkout
    environment = colab.environment(work / "repository", root)
    there = tmp_path / "there"
    subprocess.run(
        ["git", "clone", "--quiet", ADDRESS, there],
        env=environment, check=True,
    )  # fmt: skip
    files = {path.name for path in there.iterdir()} - {".git"}
    assert files == {"_config.yml", "made.py", ".gitignore"}
    assert not (root / ".git").exists()


def test_a_notebook_has_colabs_packages_and_not_ours(
    checkout, capsys, tmp_path, monkeypatch
):
    # Not even where the caller's environment leads to them.
    (tmp_path / "elsewhere/kd_tutorial").mkdir(parents=True)
    (tmp_path / "elsewhere/kd_tutorial/__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("KD_SEEDS", "20")
    trouble = run(
        *checkout,
        "import importlib.util, os, sys, numpy",
        "assert importlib.util.find_spec('kd_tutorial') is None",
        "assert 'KD_SEEDS' not in os.environ",
        "assert os.listdir() == [] and sys.prefix != sys.base_prefix",
        INSTALL,
    )
    assert trouble == ""
    assert "passed book/Page.ipynb (" in capsys.readouterr().out


@pytest.mark.parametrize(
    "cells, message",
    [
        ([INSTALL, "1 / 0"], "ZeroDivisionError"),
        ([INSTALL, "import sys; sys.stderr.write('a notice')"], "a notice"),
        ([INSTALL, UNDONE], "a file or a package is missing"),
        (["import numpy"], "the first cell did not install kd_tutorial"),
    ],
)
def test_troubles_are_found(cells, message, checkout, capsys):
    assert message in run(*checkout, *cells)
    assert "failed book/Page.ipynb (" in capsys.readouterr().out


def test_the_whole_is_counted(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(os, "environ", os.environ.copy())
    venv = tmp_path / "venv"
    packages = venv / "lib" / "python3.13" / "site-packages"
    packages.mkdir(parents=True)
    monkeypatch.setattr(colab, "VENV", venv)
    monkeypatch.setattr(colab, "WORK", tmp_path / "work")
    monkeypatch.setattr(colab, "copy", lambda repository: None)
    monkeypatch.setattr(colab, "run", lambda path: path.stem.strip("g"))
    assert colab.main(["g.ipynb", "gg.ipynb"]) == 0
    assert capsys.readouterr().out == "2 passed, 0 failed\n"
    assert colab.main(["g.ipynb", "bad.ipynb"]) == 1
    printed = capsys.readouterr()
    assert printed.out == "1 passed, 1 failed\n"
    assert "bad.ipynb failed\nbad" in printed.err
    (packages / "__editable__.kd_tutorial.pth").touch()
    with pytest.raises(SystemExit):
        colab.main(["g.ipynb"])
    assert "kd_tutorial must not be in" in capsys.readouterr().err
