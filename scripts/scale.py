"""Answers by two Ray actors, and training in two processes: `make scale`.

`python scripts/scale.py` runs both in the environment of
requirements-scale.txt, compares each with what one process does, and writes
what it found to book/code/scale.json, which the page on scale shows.
"""

import argparse
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path

os.environ |= {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS": "0"}

import numpy as np

import kd_tutorial as kd

ROOT = Path(__file__).resolve().parent.parent
BATCH, TRAINED = 500, 10_000  # rows of a step, of an epoch


class Teacher:
    """A fixed network, made anew from its seed in every process."""

    def __init__(self, features: int, classes: int):
        generator = np.random.default_rng(0)
        # In float64: how many threads multiply must not show in float16.
        self.hidden = generator.normal(size=(features, 64)) / features**0.5
        self.last = generator.normal(size=(64, classes))
        self.cache_key = f"scale/{features}/{classes}"

    def __call__(self, batch):
        return np.maximum(np.asarray(batch) @ self.hidden, 0) @ self.last


def rows_on_disk(path: Path, rows: int, features: int = 64):
    """A file of rows, written part by part, mapped into memory."""
    x = np.lib.format.open_memmap(
        path, mode="w+", dtype="float32", shape=(rows, features)
    )
    for first in range(0, rows, 10_000):
        generator = np.random.default_rng([1, first])
        part = x[first : first + 10_000]
        part[:] = generator.normal(size=part.shape)
    x.flush()
    return np.load(path, mmap_mode="r")


class Labeller:
    """A Ray actor: it is given numbers of chunks, and sees to them."""

    def __init__(self, folder, classes, settings):
        self.x = np.load(f"{folder}/x.npy", mmap_mode="r")
        self.teacher = Teacher(self.x.shape[1], classes)
        self.store = kd.AnswerStore(f"{folder}/store", **settings)
        Path(f"{folder}/workers/{os.getpid()}").touch()

    def __call__(self, batch):
        chunks = [int(n) for n in batch["id"]]
        self.store.ask(self.teacher, self.x, chunks=chunks)
        status = Path("/proc/self/status").read_text()
        peak = 1024 * int(status.split("VmHWM:")[1].split()[0])
        return {
            "chunk": chunks,
            "worker": [os.getpid()] * len(chunks),
            "peak": [peak] * len(chunks),
        }


def label(folder: Path, rows: int, classes: int, **settings) -> dict:
    """Answers by two actors, one of which is killed, and by one process."""
    import ray

    x = rows_on_disk(folder / "x.npy", rows)
    (folder / "workers").mkdir()
    begun = time.perf_counter()
    alone = kd.AnswerStore(folder / "alone", **settings)
    alone.ask(Teacher(x.shape[1], classes), x, verbose=False)
    seconds = time.perf_counter() - begun
    chunks = alone.logits.chunks
    ray.init(  # a processor for each actor, and one for Ray's own tasks
        num_cpus=3, include_dashboard=False, log_to_driver=False,
        object_store_memory=2**27, logging_level="error",
    )  # fmt: skip
    ray.data.DataContext.get_current().enable_progress_bars = False
    killed = {}

    def kill_one():
        records = folder / "store/answers.zarr/written/c"
        while len([*records.glob("*")]) < chunks // 4:
            time.sleep(0.05)
        victim = min(int(p.name) for p in (folder / "workers").iterdir())
        os.kill(victim, signal.SIGKILL)
        killed.update(worker=victim, after=len([*records.glob("*")]))

    threading.Thread(target=kill_one, daemon=True).start()
    begun = time.perf_counter()
    work = ray.data.range(chunks, override_num_blocks=chunks).map_batches(
        Labeller,
        fn_constructor_args=(str(folder), classes, settings),
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=2),
        num_cpus=1,
    )
    told = work.take_all()
    together = time.perf_counter() - begun
    ray.shutdown()
    store = kd.AnswerStore(folder / "store")
    files = [p for p in (folder / "store").rglob("*") if p.is_file()]
    workers = sorted({int(p.name) for p in (folder / "workers").iterdir()})
    by = [one["worker"] for one in told]
    return {
        "rows": rows, "classes": classes, "top": settings.get("top"),
        "chunks": chunks, "chunk_rows": store.logits.chunk_rows,
        "bytes_float32": 4 * rows * classes,
        "bytes_store": sum(p.stat().st_size for p in files),
        "workers": len(workers), "killed": len(killed) // 2,
        "killed_after": killed.get("after"),
        "chunks_by_worker": sorted(by.count(w) for w in workers),
        "peak_of_a_worker": int(max(one["peak"] for one in told)),
        "faults": len(store.faults(x)),
        "equal_to_one_process": all(
            np.array_equal(
                store.logits[store.logits.rows_of(n)],
                alone.logits[alone.logits.rows_of(n)],
            )
            for n in range(chunks)
        ),
        "seconds_one_process": round(seconds, 1),
        "seconds_two_actors": round(together, 1),
    }  # fmt: skip


def train(rank: int, count: int, port: int, folder: str) -> dict:
    """One of `count` processes, which share out each batch's rows."""
    import keras

    if count > 1:
        keras.distribution.initialize(f"127.0.0.1:{port}", count, rank)
    keras.utils.set_random_seed(0)
    keras.distribution.set_distribution(
        keras.distribution.DataParallel(
            devices=keras.distribution.list_devices(),
            auto_shard_dataset=False,
        )
    )
    store = kd.AnswerStore(f"{folder}/store")
    x = np.load(f"{folder}/x.npy", mmap_mode="r")

    class Share(keras.utils.PyDataset):
        """Numbered rows: this process' part of every batch."""

        def __len__(self):
            return min(len(x), TRAINED) // BATCH

        def __getitem__(self, index):
            rows = np.arange(BATCH * index, BATCH * (index + 1))
            mine = rows.reshape(count, -1)[rank]
            return mine, (x[mine],)

    student = kd.mlp(x.shape[1:], store.logits.shape[1], hidden=(32,))
    history = kd.distill(store, student, Share(), epochs=2, shuffle=False)
    weights = [np.asarray(w, "float64") for w in student.get_weights()]
    return {
        "loss": history.history["loss"],
        "weights": [float(np.abs(w).sum()) for w in weights],
    }


def trained(count: int, folder: Path) -> list[dict]:
    """What each of several processes found."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, __file__, "--train"]
    started = [
        subprocess.Popen(
            [*command, *map(str, (rank, count, port, folder))],
            stdout=subprocess.PIPE, text=True,
        )
        for rank in range(count)
    ]  # fmt: skip
    said = [process.communicate(timeout=900)[0] for process in started]
    if any(process.returncode for process in started):
        raise RuntimeError("a training process failed: see above")
    return [json.loads(text.splitlines()[-1]) for text in said]


def machine() -> str:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{os.cpu_count()} CPU cores, {memory:.0f} GiB of memory, "
        f"{platform.system()}"
    )


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--classes", type=int, default=8_192)
    parser.add_argument(
        "--out", type=Path, default=ROOT / "book/code/scale.json"
    )
    parser.add_argument("--train", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.train:
        rank, count, port = map(int, given.train[:3])
        print(json.dumps(train(rank, count, port, given.train[3])))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        labelling = label(
            folder, given.rows, given.classes, top=32, chunk_rows=1_000
        )
        print(json.dumps(labelling, indent=1), flush=True)
        one, two = trained(1, folder), trained(2, folder)
    result = {
        "machine": machine(),
        "date": date.today().isoformat(),
        "versions": {
            name: version(name) for name in ("ray", "jax", "keras", "zarr")
        },
        "labelling": labelling,
        "training": {"batch": BATCH, "rows": TRAINED, "one": one, "two": two},
    }
    given.out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(json.dumps(result["training"], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
