"""What training costs, beside what people would use; writes results.json.

Rounds alternate between the methods of a work, in this process and in that of
PyTorch, so that a busy machine slows all of them; what is compared are the
medians, as ratios to one fit of `keras.distillation.Distiller` of the same
work. What is compiled is compiled in a round that is not counted. The first
call and the peak of the memory are measured in a fresh process each.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from . import growth, methods, nested, works
from .torch_process import Torch

RESULTS = Path(__file__).with_name("results.json")
REFERENCE = "Distiller"

ONE = {
    REFERENCE: methods.distiller,
    "keras.io loop": methods.keras_io_loop,
    "Keras fit, cached": methods.cached_fit,
    "kd.distill": methods.distill,
    "kd.train_replicas, one seed": methods.replicas(1),
}
# Work -> how it is made, and the methods; PyTorch's are added.
RUNS = {
    "digits-mlp": (works.digits_mlp, ONE),
    "digits-mlp-ten-seeds": (
        works.digits_mlp,
        {
            "kd.train_replicas, ten seeds": methods.replicas(10),
            "kd.train_replicas, twenty seeds": methods.replicas(20),
            "kd.compare, ten seeds, two methods": methods.compare(10),
        },
    ),
    "digits-nested-twenty": (
        works.digits_mlp,
        {
            "kd.compare": lambda work: nested.compared(),
            "by hand with kd.train_replicas": lambda work: nested.by_hand(),
        },
    ),
    "glyphs-cnn": (works.glyphs_cnn, ONE),
    "ocr-images": (
        works.ocr_images,
        {
            name: run
            for name, run in ONE.items()
            if name not in (REFERENCE, "keras.io loop")  # Keras teachers only
        },
    ),
}


def fresh(work: str, method: str) -> dict:
    """Seconds and memory of a first call, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks", "--only", work, method]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(told.stdout.splitlines()[-1])


def only(work: str, method: str) -> dict:
    """What `fresh` asks for: the first call here."""
    make, runs = RUNS[work]
    made = make()
    before = peak()
    start = time.perf_counter()
    runs[method](made)
    seconds = time.perf_counter() - start
    return {"first": seconds, "peak_mib": round(peak() - before, 1)}


def peak() -> float:
    """The most memory that this process had, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count what its parent held, too
        line = status.read_text(encoding="utf-8").split("VmHWM:")[1]
        return int(line.split()[0]) / 2**10
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def measured(name: str, rounds: int, torch, first: bool) -> list:
    """The rows of one work."""
    make, runs = RUNS[name]
    made = make()
    runs = {method: partial(run, made) for method, run in runs.items()}
    if torch and name in ("digits-mlp", "glyphs-cnn"):
        for cached in (False, True):
            runs[f"PyTorch{', cached' if cached else ''}"] = partial(
                torch.train, made, cached
            )
    reference = {}
    if REFERENCE not in runs and name != "ocr-images":
        reference[REFERENCE] = partial(methods.distiller, made)
    seconds = {method: [] for method in {**reference, **runs}}
    for counted in tqdm(range(rounds + 1), desc=name, leave=False):
        for method, run in {**reference, **runs}.items():
            start = time.perf_counter()
            own = run()  # PyTorch tells its own seconds
            spent = time.perf_counter() - start
            spent = own if isinstance(own, float) else spent
            if counted:
                seconds[method].append(round(spent, 4))
    base = seconds.get(REFERENCE) or seconds["Keras fit, cached"]
    base = statistics.median(base)
    rows = [
        {
            "work": name,
            "method": method,
            "seconds": seconds[method],
            "first": None,
            "ratio": round(statistics.median(seconds[method]) / base, 4),
        }
        for method in seconds
        if method in runs
    ]
    if first:
        asked = {REFERENCE: None, **{row["method"]: row for row in rows}}
        started = {
            method: fresh(
                "digits-mlp" if method == REFERENCE and reference else name,
                method,
            )
            for method in tqdm(asked, desc=f"{name}, first", leave=False)
            if not method.startswith("PyTorch")
            and (method != REFERENCE or name != "ocr-images")
        }
        for row in rows:
            row |= started.get(row["method"], {})
            if row["first"] and REFERENCE in started:
                row["first_ratio"] = round(
                    row["first"] / started[REFERENCE]["first"], 4
                )
    rows.append(floor(name, made, base))
    return rows


def floor(name: str, work, base: float) -> dict:
    """The student's own arithmetic at the rate of a plain matrix product."""
    import kd_tutorial as kd

    operations = kd.cost(work.student()).operations
    students = {"digits-mlp-ten-seeds": 10}.get(name, 1)
    if name == "digits-nested-twenty":  # two students and a teacher a seed
        operations = 2 * operations + kd.cost(nested.large()).operations
        students = 20
    # Forward and two passes backward, a multiplication and an addition each.
    total = 6 * operations * len(work.x) * work.epochs * students
    seconds = [total / rate for rate in growth.rates()]
    return {
        "work": name,
        "method": "floor: the arithmetic alone",
        "seconds": [round(each, 5) for each in seconds],
        "first": None,
        "ratio": round(statistics.median(seconds) / base, 5),
    }


def table(rows):
    """The rows for reading."""
    import kd_tutorial as kd

    def shown(value, form):
        return "" if value is None else format(value, form)

    return kd.Table(
        ["work", "method", "seconds", "ratio", "first", "first ratio", "MiB"],
        [
            [
                row["work"],
                row["method"],
                f"{statistics.median(row['seconds']):.3g}",
                f"{row['ratio']:.3g}",
                shown(row["first"], ".3g"),
                shown(row.get("first_ratio"), ".2f"),
                shown(row.get("peak_mib"), ".0f"),
            ]
            for row in rows
        ],
    )


def machine() -> str:
    """The machine, in words."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8").splitlines()
        names = [x.split(":")[1].strip() for x in lines if "model name" in x]
        name = names[0] if names else name
    return f"{os.cpu_count()} cores, {name}, {platform.system()}"


def main(arguments=None):
    """Measure, write, and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--works", nargs="+", choices=RUNS, default=[*RUNS])
    parser.add_argument(
        "--torch", metavar="PYTHON", help="the Python that has PyTorch"
    )
    parser.add_argument("--no-first", action="store_true")
    parser.add_argument("--no-growth", action="store_true")
    parser.add_argument(
        "--accelerator", action="store_true",
        help="on a GPU or TPU, into results-<its backend>.json",
    )  # fmt: skip
    parser.add_argument("--output", type=Path)
    parser.add_argument("--only", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.only:
        print(json.dumps(only(*options.only)))
        return
    if options.rounds < 1:
        parser.error(f"--rounds must be 1 or more, got {options.rounds}")

    import keras

    import kd_tutorial as kd

    if options.accelerator and kd.devices()[0].startswith("cpu"):
        parser.error(
            f"--accelerator: Keras on {keras.backend.backend()} finds "
            f"{', '.join(kd.devices())} here. Use an environment with a GPU."
        )
    place = f"results-{keras.backend.backend()}.json"
    output = options.output or (
        RESULTS.with_name(place) if options.accelerator else RESULTS
    )
    torch = Torch(options.torch) if options.torch else None
    rows = []
    for name in options.works:
        rows += measured(name, options.rounds, torch, not options.no_first)
    versions = {
        "python": platform.python_version(),
        "keras": keras.__version__,
        keras.backend.backend(): __import__(
            keras.backend.backend()
        ).__version__,
        "numpy": np.__version__,
    }
    if torch:
        versions["torch"] = torch.version
    result = {
        "machine": f"{machine()}; {', '.join(kd.devices())}",
        "date": date.today().isoformat(),
        "versions": versions,
        "rows": rows,
        "growth": [] if options.no_growth else growth.measured(),
    }
    whole = output.with_suffix(".part")
    whole.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    whole.replace(output)
    print(table(rows))
    print(f"written: {output}")


if __name__ == "__main__":
    main()
