"""Execute the notebooks that changed, two at a time, into the book's cache.

Jupyter Book would execute them too, one after another. And its cache looks at
a notebook's code alone; so here it is dropped when the package, the locked
environment or Python changes.
"""

import hashlib
import logging
import os
import shutil
import sys
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor

from kd_tutorial.evidence.claims import Claim

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "_build" / ".jupyter_cache"
TIMEOUT = 600  # seconds a cell
# As many notebooks run side by side as there are processors, one for each.
ONE_THREAD = dict.fromkeys(
    ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"),
    "1",
)


def notebooks(root: Path = ROOT) -> list[Path]:
    """All notebooks of the book."""
    found = sorted((root / "book").rglob("*.ipynb"))
    return [path for path in found if ".ipynb_checkpoints" not in path.parts]


def fingerprint() -> str:
    """A digest of all that notebooks depend on besides their own code."""
    digest = hashlib.blake2b(sys.version.encode(), digest_size=16)
    for path in sorted(
        [
            *(ROOT / "kd_tutorial").rglob("*.py"),
            ROOT / "requirements.txt",
            ROOT / "book/code/scale.json",
        ]
    ):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def execute(
    folder: Path = CACHE, *, paths=None, allow_errors: bool = False
) -> list[str]:
    """Execute what changed into the cache in `folder`.

    Args:
        folder: of the cache; it is dropped first, and the trained models
            beside it, if `fingerprint` changed.
        paths: the notebooks. Defaults to all of the book.
        allow_errors: go on after a cell that fails.

    Returns:
        A traceback for each notebook that failed.
    """
    stamp = folder.with_name(f"{folder.name}.fingerprint")
    models = folder.with_name("models")  # teachers that notebooks share
    now = fingerprint()
    if not stamp.exists() or stamp.read_text() != now:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(models, ignore_errors=True)
    os.environ |= {**ONE_THREAD, "KD_CACHE_DIR": str(models)}
    folder.mkdir(parents=True, exist_ok=True)
    stamp.write_text(now)

    paths = notebooks() if paths is None else paths
    cache = get_cache(folder)
    for path in paths:
        cache.add_nb_to_project(str(path))
    logger = logging.getLogger("execute")
    logger.setLevel(logging.WARNING)
    print(f"executing what changed of {len(paths)} notebooks", flush=True)
    result = load_executor(
        "local-parallel", cache=cache, logger=logger
    ).run_and_cache(timeout=TIMEOUT, allow_errors=allow_errors)
    print(f"executed {len(result.succeeded)}, the others were up to date")
    return [
        f"{uri} failed\n{cache.get_project_record(uri).traceback}"
        for uri in [*result.excepted, *result.errored]
    ]


def claims(folder: Path = CACHE, root: Path = ROOT) -> dict[str, list[Claim]]:
    """The claims that the executed notebooks printed, by page.

    Args:
        folder: of the cache. A notebook that it does not hold is left out.
        root: of the book.

    Returns:
        Claims, as they are printed with their values, by the notebook's path
        from `root/book`.
    """
    found = {}
    if not folder.is_dir():
        return found
    cache = get_cache(folder)
    for path in notebooks(root):
        try:
            record = cache.match_cache_file(str(path))
        except KeyError:
            continue
        cells = cache.get_cache_bundle(record.pk).nb.cells
        found[path.relative_to(root / "book").as_posix()] = Claim.find(cells)
    return found


def main() -> int:
    """Fill the cache; returns 1 when a notebook failed.

    Or when what ran here contradicts the stored evidence.
    """
    import evidence_tables

    failed = execute()
    contradictions = evidence_tables.contradictions(claims())
    for line in [*failed, *contradictions]:
        print(f"\n{line}", file=sys.stderr)
    return bool(failed or contradictions)


if __name__ == "__main__":
    sys.exit(main())
