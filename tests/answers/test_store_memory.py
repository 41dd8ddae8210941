"""A store larger than memory: what training from it holds at once."""

import subprocess
import sys

import numpy as np
import pytest
from helpers import needs_tensorflow

import kd_tutorial as kd

pytest.importorskip("zarr")

CHUNK, CLASSES = 4_096, 2_000
PROGRAM = """
import sys
from pathlib import Path
import kd_tutorial as kd, keras, numpy as np
import kd_tutorial.training.fit
how, x, store = sys.argv[1:]
x, store = np.load(x, mmap_mode="r"), kd.AnswerStore(store)
if how != "nothing":
    if how == "a batch":
        x = np.array(x[:512])
        store = kd.Answers.of(x, store.logits[:512])
    student = kd.mlp((16,), 2000, hidden=(32,))
    kd.distill(store, student, x, epochs=1, batch_size=512, shuffle=False)
# Of this program alone: getrusage would count what its parent held.
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


def peak(*given) -> float:
    """The most memory that a training held, in MiB."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, given)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return float(run.stdout) / 1024


@pytest.mark.long
@needs_tensorflow
@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
def test_a_training_holds_its_model_a_batch_and_one_chunk(tmp_path):
    logits = np.random.default_rng(0).normal(size=(CHUNK, CLASSES))
    logits = logits.astype("float32")

    class Teacher:
        cache_key = "teacher"

        def __call__(self, batch):
            return logits[: len(batch)]

    found = {}
    for chunks in (1, 20):
        np.save(tmp_path / "x.npy", np.ones((chunks * CHUNK, 16), "float32"))
        x = np.load(tmp_path / "x.npy", mmap_mode="r")
        store = kd.AnswerStore(tmp_path / str(chunks), chunk_rows=CHUNK)
        store.ask(Teacher(), x, batch_size=CHUNK)
        if chunks == 1:
            given = tmp_path / "x.npy", store.path
            imported = peak("nothing", *given)
            found["a batch"] = peak("a batch", *given) - imported
        there = peak("the store", tmp_path / "x.npy", store.path)
        found[chunks] = there - imported
    chunk = CHUNK * CLASSES * 2 / 2**20
    print(f"above {imported:.0f} MiB of imports; a chunk {chunk:.0f}:", found)
    bound = 1.5 * (found["a batch"] + chunk)
    assert 20 * chunk > 1.5 * bound  # else this would show nothing
    assert found[1] < bound and found[20] < bound
