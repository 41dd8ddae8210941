"""A nested comparison by kd.compare, and the same written by hand.

Twenty seeds, each with its own split of the digits, teacher (128-64) and
students (64): one of labels, one of labels and answers. Rounds alternate, and
the medians are compared, so that a busy machine slows both. What is compiled
is compiled in a round of its own; `--first` times that, in fresh processes.
"""

import argparse
import statistics
import subprocess
import sys
import time

import keras
import numpy as np
from tqdm import tqdm

import kd_tutorial as kd
from kd_tutorial.evidence import experiment

SEEDS = range(20)
EPOCHS = 20
METHODS = {
    "labels": [kd.HardTargets()],
    "labels + answers": [
        kd.HardTargets(weight=0.1),
        kd.SoftTargets(temperature=4.0, weight=0.9),
    ],
}


def student():
    """64 hidden units."""
    return kd.mlp((8, 8, 1), 10, hidden=(64,))


def large():
    """The teacher's network."""
    return kd.mlp((8, 8, 1), 10, hidden=(128, 64))


def by_hand():
    """Test accuracies by method, with `train_replicas` and a list a thing."""
    sets = [kd.load_data("digits", seed=seed) for seed in SEEDS]
    x, y = [d.train.x for d in sets], [d.train.y for d in sets]
    teachers = kd.train_replicas(
        large, x, y, targets=[kd.HardTargets()], epochs=EPOCHS,
        seeds=[2**31 + seed for seed in SEEDS],
    )  # fmt: skip
    told = [
        kd.Answers.of(rows, teachers.logits(rows, [i])[0])
        for i, rows in enumerate(x)
    ]
    found = {}
    for name, targets in METHODS.items():
        students = kd.train_replicas(
            student, x, y, answers=told, targets=targets, seeds=SEEDS,
            epochs=EPOCHS,
        )  # fmt: skip
        found[name] = [
            kd.accuracy(d.test.y, students.logits(d.test.x, [i])[0])
            for i, d in enumerate(sets)
        ]
    return found


def compared(**options):
    """The same by `compare`, and teachers trained anew."""
    experiment._TRAINED.clear()
    return again(**options)


def again(**options):
    """The same by `compare`, the teachers of an earlier call remembered."""
    teacher = kd.Teacher(large, epochs=EPOCHS)
    study = kd.compare(
        METHODS, student, "digits", teacher=teacher, seeds=SEEDS,
        epochs=EPOCHS, **options,
    )  # fmt: skip
    return {name: study.scores(name) / 100 for name in METHODS}


RUNS = {
    "by hand": by_hand,
    "compare": compared,
    "compare, teachers remembered": again,
    "compare, settled": lambda: compared(settled=True),
}


def main():
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.nested",
        description=__doc__.partition("\n")[0],
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--first", type=int, default=0, metavar="ROUNDS",
        help="time the first call too, in so many fresh processes each",
    )  # fmt: skip
    parser.add_argument("--only", choices=RUNS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.rounds < 1 or options.first < 0:
        parser.error("--rounds must be 1 or more, --first 0 or more")
    if options.only:
        print(timed(RUNS[options.only]))
        return

    first = {name: [] for name in RUNS}
    for _ in tqdm(range(options.first), desc="first", leave=False):
        for name in RUNS:
            command = [sys.executable, "-m", "benchmarks.nested", "--only"]
            told = subprocess.run(
                [*command, name], check=True, capture_output=True, text=True
            )
            first[name].append(float(told.stdout.split()[-1]))

    found = {name: run() for name, run in RUNS.items()}  # compiles
    for own in found.values():
        for name, accuracies in own.items():
            expected = found["by hand"][name]
            assert np.allclose(accuracies, expected, atol=0.01), name
    seconds = {name: [] for name in RUNS}
    for _ in tqdm(range(options.rounds), desc="rounds", leave=False):
        for name, run in RUNS.items():
            seconds[name].append(timed(run))
    print(
        f"digits, {len(SEEDS)} splits, teachers and pairs of students, "
        f"{EPOCHS} epochs; Keras {keras.__version__} on "
        f"{keras.backend.backend()}"
    )
    print(kd.Table(*table(seconds, first)))


def timed(run) -> float:
    """Seconds that a run takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def table(seconds, first):
    """Medians, and their ratio to the first line."""
    head = ["", "again, median (s)", "beside by hand"]
    if any(first.values()):
        head += ["first, median (s)", "first beside by hand"]
    lines = []
    for name in seconds:
        line = [name]
        for times in (seconds, first):
            if times[name]:
                own = statistics.median(times[name])
                ratio = own / statistics.median(times["by hand"])
                line += [f"{own:.2f}", f"{ratio:.2f}"]
        lines.append(line)
    return head, lines


if __name__ == "__main__":
    main()
