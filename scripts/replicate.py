"""Run the whole book with another base seed, and compare the verdicts.

`python scripts/replicate.py 1` executes every notebook with base seed 1 into
a cache of its own, lets failing claims report instead of stopping, writes
what came out to book/replication.json, and prints which verdicts are others
than those of the book. The book must have been built before.
"""

import argparse
import json
import os
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARE = 0.9  # of verdicts that must be the same


def main(arguments=None) -> int:
    """Replicate; returns 1 when too many verdicts changed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("seed", type=int, help="a base seed other than 0")
    seed = parser.parse_args(arguments).seed
    if seed < 1:
        parser.error(f"seed must be 1 or more, got {seed}: 0 is the book's")

    folder = ROOT / "_build" / f"replicate-{seed}"
    os.environ |= {"KD_SEED": str(seed), "KD_CLAIMS": "report"}
    import execute
    import pages

    failed = execute.execute(folder / "cache", allow_errors=True)
    for line in failed:
        print(f"\n{line}", file=sys.stderr)
    there = execute.claims(folder / "cache")
    found = execute.claims()
    if failed or not found:
        print("nothing compared: see above, or `make book` first")
        return 1
    result = {
        "seed": seed,
        "date": date.today().isoformat(),
        "claims": [
            {"page": page, **vars(claim)}
            for page, own in there.items()
            for claim in own
        ],
    }
    file = ROOT / "book" / "replication.json"
    file.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print("\n".join(pages.replication_lines(found, result, "")))
    same, compared = pages.same(found, result)
    return int(same < SHARE * compared)


if __name__ == "__main__":
    sys.exit(main())
