"""Run every study of the book with more seeds, and keep what each gave.

`python scripts/evidence.py` executes every notebook that makes a claim, once
for each base seed, with at least twenty seeds where a page has ten, two
notebooks at a time and one thread for each. Claims that fail are shown like
the others. The values go to book/evidence.json as soon as a notebook has run
with every base seed; so what was interrupted goes on with the notebooks that
are left. A notebook whose code has changed since is run again.

At the end come the numbers by which the evidence itself is judged, and the
picture of all published claims is drawn.

`--live` stores nothing: it runs each notebook once as a reader would, with
ten seeds, on the backend that KERAS_BACKEND names, and fails where what it
finds contradicts what is stored. For JAX: `.venv/bin/pip install jax`, then
`KERAS_BACKEND=jax .venv/bin/python scripts/evidence.py --live`.
"""

import argparse
import hashlib
import json
import os
import platform
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import date
from importlib.metadata import version
from pathlib import Path

import evidence_tables
import nbformat
from evidence_tables import STORED, load
from execute import ONE_THREAD, ROOT, TIMEOUT, notebooks

from kd_tutorial.evidence.claims import Claim

SEEDS, BASES = 20, (0, 1)
PACKAGES = ("kd-tutorial", "tensorflow", "keras", "numpy", "scikit-learn")
KINDS = ("kd.claim(", "kd.hypothesis(", "kd.published(", "kd.identity(")
# Cells with these compute nothing that a claim speaks of.
ASIDES = ("kd.exercises.", "kd.predict(", "kd.reveal(", "kd.diagrams.")


def pages(root: Path = ROOT) -> dict[str, str]:
    """A digest of the code of each notebook that makes a claim, by page."""
    found = {}
    for path in notebooks(root):
        code = "\n\n".join(
            cell.source
            for cell in nbformat.read(path, 4).cells
            if cell.cell_type == "code"
            and not any(aside in cell.source for aside in ASIDES)
        )
        if any(kind in code for kind in KINDS):
            page = path.relative_to(root / "book").as_posix()
            digest = hashlib.blake2b(code.encode(), digest_size=16)
            found[page] = digest.hexdigest()
    return found


def run(page: str, base: int, seeds: int, root: Path = ROOT) -> dict:
    """Execute one notebook with one base seed.

    Returns:
        `"claims"`, what it claims; `"seconds"`; and `"error"`, the end of
        what a failing cell said, or `None`.
    """
    from filelock import FileLock
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    path = root / "book" / page
    models = f"models-{base}{os.environ.get('KERAS_BACKEND', '')}"
    os.environ |= {
        **ONE_THREAD,
        "KD_SEED": str(base),
        "KD_SEEDS": str(seeds),
        "KD_CLAIMS": "report",
        "KD_CACHE_DIR": str(root / "_build" / "evidence" / models),
        "MPLBACKEND": "",
    }
    notebook = nbformat.read(path, 4)
    client = NotebookClient(
        notebook,
        timeout=4 * TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    )
    locks = root / "_build" / "evidence"
    locks.mkdir(parents=True, exist_ok=True)
    error = None
    # A page may write files, which another run of it must not find.
    with FileLock(locks / f"{page.replace('/', '-')}.lock"):
        began = time.monotonic()
        try:
            client.execute()
        except CellExecutionError as failed:
            error = str(failed)[-2000:]
        seconds = round(time.monotonic() - began, 1)
    return {
        "claims": [vars(claim) for claim in Claim.find(notebook.cells)],
        "seconds": seconds,
        "error": error,
    }


def merged(page: str, runs: dict[int, dict]) -> list[dict]:
    """The claims of a page, each with its values by base seed.

    Raises:
        ValueError: when a statement stands twice on the page, or the runs do
            not claim the same.
    """
    kept = ("statement", "source", "setting", "paper", "kind", "unit")
    claims = {}
    for base, found in runs.items():
        for claim in found["claims"]:
            name = claim["statement"]
            own = {"page": page, **{key: claim[key] for key in kept}}
            own["condition"] = dict(claim["condition"])
            entry = claims.setdefault(name, {**own, "values": {}})
            if str(base) in entry["values"]:
                raise ValueError(f"{page} claims twice that {name!r}.")
            if {**own, "values": 0} != {**entry, "values": 0}:
                raise ValueError(f"{page}: {name!r} is another claim by seed.")
            entry["values"][str(base)] = list(claim["values"])
    for name, entry in claims.items():
        if len(entry["values"]) != len(runs):
            raise ValueError(f"{page}: {name!r} is not claimed by each seed.")
    return list(claims.values())


def store(evidence: dict, file: Path = STORED):
    """Write it, whole or not at all."""
    part = file.with_suffix(".part")
    text = json.dumps(evidence, indent=0, ensure_ascii=False)
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(file)


def add(evidence, page, digest, runs):
    """Put a page's runs in the place of what was stored of it."""
    claims = [c for c in evidence["claims"] if c["page"] != page]
    evidence["claims"] = [*claims, *merged(page, runs)]
    evidence["claims"].sort(key=lambda c: c["page"])
    evidence["pages"][page] = {
        "code": digest,
        "date": date.today().isoformat(),
        "seconds": {str(base): own["seconds"] for base, own in runs.items()},
    }
    evidence["made"] = {
        "date": date.today().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} processors",
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in PACKAGES},
        },
        "seconds": sum(
            sum(own["seconds"].values()) for own in evidence["pages"].values()
        ),
    }


def in_turn(wanted) -> list[tuple[str, int]]:
    """Pages by twos, each pair with one base seed and then the next."""
    return [
        (page, base)
        for first in range(0, len(wanted), 2)
        for base in BASES
        for page in wanted[first : first + 2]
    ]


def live(wanted, stored: dict, root: Path = ROOT) -> int:
    """Run the pages as they are; returns 1 on a contradiction or a failure."""
    wrong = compared = 0
    known = {(c["page"], c["statement"]) for c in stored["claims"]}
    with ProcessPoolExecutor(2, max_tasks_per_child=1) as pool:
        jobs = {pool.submit(run, page, 0, 10, root): page for page in wanted}
        for job in as_completed(jobs):
            page, own = jobs[job], job.result()
            found = {page: [Claim(**claim) for claim in own["claims"]]}
            lines = evidence_tables.contradictions(found, stored)
            lines += [own["error"]] if own["error"] else []
            same = sum((page, c.statement) in known for c in found[page])
            print(f"{page}: {same} claims compared, {own['seconds']} s")
            for line in lines:
                print(f"  {line}", flush=True)
            compared += same
            wrong += len(lines)
    print(f"{compared} claims compared with what is stored, {wrong} wrong")
    return bool(wrong)


def main(arguments=None) -> int:
    """Run what is missing; returns 1 when a notebook failed."""
    from tqdm import tqdm

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pages", nargs="*", help="only these, as math.ipynb")
    parser.add_argument("--again", action="store_true", help="run all anew")
    parser.add_argument("--live", action="store_true", help="only compare")
    options = parser.parse_args(arguments)
    there = pages()
    if unknown := set(options.pages) - set(there):
        parser.error(
            f"no notebook that claims something is called {unknown.pop()}. "
            f"There are {', '.join(there)}."
        )
    evidence = load()
    if options.live:
        return live(options.pages or there, evidence)
    for gone in set(evidence["pages"]) - set(there):
        del evidence["pages"][gone]
        evidence["claims"] = [
            c for c in evidence["claims"] if c["page"] != gone
        ]
    wanted = [
        page
        for page in options.pages or there
        if options.again
        or evidence["pages"].get(page, {}).get("code") != there[page]
    ]
    failed = []
    with ProcessPoolExecutor(2, max_tasks_per_child=1) as pool:
        jobs = {
            pool.submit(run, page, base, SEEDS): (page, base)
            for page, base in in_turn(wanted)
        }
        runs = {page: {} for page in wanted}
        bar = tqdm(as_completed(jobs), total=len(jobs), desc="studies")
        for job in bar:
            page, base = jobs[job]
            bar.set_postfix_str(page)
            runs[page][base] = job.result()
            if len(runs[page]) < len(BASES):
                continue
            errors = [own["error"] for own in runs[page].values()]
            try:
                if any(errors):
                    raise ValueError(f"{page}\n{next(filter(None, errors))}")
                ordered = {base: runs[page][base] for base in BASES}
                add(evidence, page, there[page], ordered)
            except ValueError as error:
                failed.append(str(error))
            else:
                store(evidence)
    for error in failed:
        print(f"\nnot stored: {error}", file=sys.stderr)
    print("\n".join(evidence_tables.summary_lines(evidence)))
    evidence_tables.draw(evidence)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
