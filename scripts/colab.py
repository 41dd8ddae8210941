"""Run the notebooks as Colab does: its versions, and the package not there.

`make test-colab`. Each notebook starts in an empty folder, with a Python that
does not have `kd_tutorial`; its first cell runs as it is committed, `%pip`
and all. Only where that command leads is changed, from outside: git finds
the repository's address in a copy of this checkout, uncommitted work
included, and pip installs into an environment of that notebook's own.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import yaml
from execute import ONE_THREAD, ROOT, TIMEOUT, notebooks
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

WORK = ROOT / "_build" / "colab"
VENV = ROOT / ".venv-colab"


def copy(repository: Path, root: Path = ROOT) -> None:
    """Make `repository`, whose only commit is the checkout as it is."""
    git = ["git", f"--git-dir={repository}", f"--work-tree={root}"]
    for setting in (
        "user.name=test", "user.email=test@localhost", "commit.gpgSign=false",
        "core.hooksPath=/dev/null",
    ):  # fmt: skip
        git += ["-c", setting]
    for words in ("init", "add --all", "commit --message=checkout"):
        subprocess.run(
            [*git, *words.split()], cwd=root, check=True, capture_output=True
        )


def environment(repository: Path, root: Path = ROOT) -> dict[str, str]:
    """The variables of a kernel, which finds the address in `repository`."""
    config = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
    changed = {
        **ONE_THREAD,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{repository.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": config["repository"]["url"],
        # Fetched and trained anew, but once and not for each notebook.
        "KD_DATA_DIR": str(repository.with_name("files")),
        "KD_CACHE_DIR": str(repository.with_name("models")),
    }
    # What would lead to another package, or ask for another run.
    dropped = ("KERAS_BACKEND", "KD_", "MPLBACKEND", "PYTHONPATH")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
    return kept | changed


def packages(venv: Path) -> Path:
    """Where the packages of an environment lie."""
    (folder,) = venv.glob("lib/python*/site-packages")
    return folder


def kernel(name: str, venv: Path, work: Path) -> Path:
    """Make an environment upon another one, and the kernel `name` in it."""
    own = work / "environments" / name
    python = venv / "bin" / "python"
    subprocess.run([python, "-m", "venv", "--without-pip", own], check=True)
    (packages(own) / "colab.pth").write_text(f"{packages(venv)}\n")
    words = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {
        "argv": [str(own / "bin" / "python"), *words],
        "display_name": name, "language": "python",
    }  # fmt: skip
    file = work / "jupyter" / "kernels" / name / "kernel.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(spec))
    return own


def run(
    path: Path, *, venv: Path = VENV, work: Path = WORK, root: Path = ROOT
) -> str:
    """Run one notebook; returns what went wrong, or nothing."""
    start = time.monotonic()
    name = "-".join(path.relative_to(root).with_suffix("").parts).lower()
    own = kernel(name, venv, work)
    (own / "content").mkdir()  # Colab too starts where nothing of ours is
    notebook = nbformat.read(path, 4)
    client = NotebookClient(notebook, kernel_name=name, timeout=TIMEOUT)
    try:
        client.execute(
            cwd=str(own / "content"),
            env=environment(work / "repository", root),
        )
        trouble = said(notebook, "stderr")  # nothing that a reader would see
        if "are left undone" in said(notebook, "stdout"):
            trouble += "a file or a package is missing, and cells did nothing"
        if not (packages(own) / "kd_tutorial").is_dir():
            trouble += "the first cell did not install kd_tutorial"
    except CellExecutionError as error:
        trouble = str(error)
    state = "failed" if trouble else "passed"
    seconds = time.monotonic() - start
    print(f"{state} {path.relative_to(root)} ({seconds:.0f} s)", flush=True)
    return trouble


def said(notebook, stream: str) -> str:
    """What the cells wrote on "stdout" or "stderr"."""
    return "".join(
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "stream" and output.name == stream
    )


def main(arguments=None) -> int:
    """Run the named notebooks, or all; returns 1 when one failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("paths", nargs="*", type=Path, metavar="notebook")
    paths = parser.parse_args(arguments).paths or notebooks()
    if any(packages(VENV).glob("*kd_tutorial*")):
        parser.error(f"kd_tutorial must not be in {VENV}: delete it there")
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    copy(WORK / "repository")
    os.environ["JUPYTER_PATH"] = str(WORK / "jupyter")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        troubles = list(pool.map(run, [path.resolve() for path in paths]))
    for path, trouble in zip(paths, troubles):
        if trouble:
            print(f"\n{path} failed\n{trouble}", file=sys.stderr)
    failed = sum(map(bool, troubles))
    print(f"{len(paths) - failed} passed, {failed} failed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
