"""Keep how long the notebooks took: book/times.json.

`make times`, after `make book` on a machine with two processors and nothing
else to do. `make setup-cells` writes the times into the notebooks' openings.
"""

import json
import os
import platform
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path

from execute import CACHE, ROOT, notebooks
from jupyter_cache import get_cache


def taken(folder: Path = CACHE, root: Path = ROOT) -> dict[str, float]:
    """The seconds that each notebook of the book took, by its page.

    Args:
        folder: of the cache that `make book` filled.
        root: of the book.

    Raises:
        LookupError: if the cache lacks one, as it is now.
    """
    cache, found = get_cache(folder), {}
    for path in notebooks(root):
        page = path.relative_to(root / "book").as_posix()
        try:
            record = cache.match_cache_file(str(path))
        except KeyError:
            raise LookupError(
                f"{page} was not executed as it is now: run `make book` first."
            ) from None
        found[page] = round(record.data["execution_seconds"], 1)
    return found


def main(folder: Path = CACHE, root: Path = ROOT) -> int:
    """Write the file; returns 1, and says why, when a notebook is missing."""
    try:
        seconds = taken(folder, root)
    except LookupError as error:
        print(error, file=sys.stderr)
        return 1
    made = {
        "date": date.today().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, "
        "two notebooks at a time, one thread each",
        "python": platform.python_version(),
        "tensorflow": version("tensorflow"),
    }
    text = json.dumps({"made": made, "seconds": seconds}, indent=1)
    (root / "book" / "times.json").write_text(text + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
