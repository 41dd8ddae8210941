"""Execute the notebooks that changed, two at a time, into the book's cache.

Jupyter Book would execute them too, one after another. And its cache looks at
a notebook's code alone; so here it is dropped when the package, the locked
environment or Python changes.
"""

import hashlib
import logging
import shutil
import sys
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "_build" / ".jupyter_cache"
TIMEOUT = 600  # seconds a cell


def fingerprint() -> str:
    """A digest of all that notebooks depend on besides their own code."""
    digest = hashlib.blake2b(sys.version.encode(), digest_size=16)
    for path in sorted(
        [*(ROOT / "kd_tutorial").rglob("*.py"), ROOT / "requirements.txt"]
    ):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def main() -> int:
    """Fill the cache; returns 1 when a notebook failed."""
    stamp = CACHE.parent / "fingerprint"
    now = fingerprint()
    if not stamp.exists() or stamp.read_text() != now:
        shutil.rmtree(CACHE, ignore_errors=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    stamp.write_text(now)

    notebooks = sorted((ROOT / "book").rglob("*.ipynb"))
    notebooks = [n for n in notebooks if ".ipynb_checkpoints" not in n.parts]
    cache = get_cache(CACHE)
    for notebook in notebooks:
        cache.add_nb_to_project(str(notebook))
    logger = logging.getLogger("execute")
    logger.setLevel(logging.WARNING)
    print(f"executing what changed of {len(notebooks)} notebooks", flush=True)
    result = load_executor(
        "local-parallel", cache=cache, logger=logger
    ).run_and_cache(timeout=TIMEOUT)
    print(f"executed {len(result.succeeded)}, the others were up to date")
    failed = [*result.excepted, *result.errored]
    for uri in failed:
        record = cache.get_project_record(uri)
        print(f"\n{uri} failed\n{record.traceback}", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
