"""How the cost of distilling grows with rows, classes and seeds."""

import time

import numpy as np

import kd_tutorial as kd

FEATURES, HIDDEN = 64, 64
SIZES = {
    "rows": (1_000, 10_000, 100_000),
    "classes": (10, 100, 1_000, 10_000),
    "seeds": (1, 4, 16, 64),
}


def rates(rounds: int = 5) -> list:
    """Operations a second of a plain float32 matrix product here."""
    size = 1024
    generator = np.random.default_rng(0)
    a = generator.normal(size=(size, size)).astype("float32")
    a @ a
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(5):
            a @ a
        found.append(5 * 2 * size**3 / (time.perf_counter() - start))
    return found


def measured() -> list:
    """Seconds of one epoch of batches of 100, called a second time."""
    found = []
    for by, sizes in SIZES.items():
        for size in sizes:
            given = {"rows": 2_000, "classes": 10, "seeds": 1} | {by: size}
            for method, run in {"kd.distill": _fit, "replicas": _loop}.items():
                if method == "kd.distill" and by == "seeds":
                    continue
                call = run(**given)
                call()
                start = time.perf_counter()
                call()
                seconds = round(time.perf_counter() - start, 4)
                found.append(
                    {"by": by, "size": size, "method": method,
                     "seconds": seconds}
                )  # fmt: skip
    return found


def _made(rows, classes):
    generator = np.random.default_rng(0)
    x = generator.normal(size=(rows, FEATURES)).astype("float32")
    logits = generator.normal(size=(rows, classes)).astype("float32")
    return x, kd.Answers.of(x, logits)


def _fit(rows, classes, seeds):
    x, answers = _made(rows, classes)

    def run():
        student = kd.mlp((FEATURES,), classes, hidden=(HIDDEN,))
        kd.distill(answers, student, x, epochs=1, batch_size=100)

    return run


def _loop(rows, classes, seeds):
    x, answers = _made(rows, classes)

    def student():
        return kd.mlp((FEATURES,), classes, hidden=(HIDDEN,))

    def run():
        kd.train_replicas(
            student, x, answers=answers, targets=[kd.SoftTargets()],
            seeds=range(seeds), epochs=1, batch_size=100,
        )  # fmt: skip

    return run
