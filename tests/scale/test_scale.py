"""Past one machine, in the environment of requirements-scale.txt."""

import importlib.util
from pathlib import Path

import keras
import numpy as np
import pytest

pytest.importorskip("zarr")
if keras.backend.backend() != "jax":
    pytest.skip("two processes train on JAX", allow_module_level=True)

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "scale.py"


@pytest.fixture(scope="module")
def scale():
    spec = importlib.util.spec_from_file_location("scale", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_two_processes_train_as_one(scale, tmp_path):
    x = scale.rows_on_disk(tmp_path / "x.npy", 3_000)
    store = scale.kd.AnswerStore(tmp_path / "store", chunk_rows=700)
    store.ask(scale.Teacher(64, 50), x)
    (one,) = scale.trained(1, tmp_path)
    assert one["loss"][1] < one["loss"][0]
    for part in scale.trained(2, tmp_path):
        for name in ("loss", "weights"):
            assert np.allclose(part[name], one[name], rtol=2e-6), name


def test_two_actors_write_what_one_process_writes(scale, tmp_path):
    pytest.importorskip("ray")
    found = scale.label(tmp_path, 6_000, 500, top=8, chunk_rows=100)
    # Where the other is quick, all is done before Ray starts a third.
    assert found["killed"] == 1 and found["workers"] in (2, 3)
    assert sum(found["chunks_by_worker"]) == found["chunks"]
    assert found["killed_after"] < found["chunks"] == 60
    assert found["equal_to_one_process"] and not found["faults"]
    assert found["bytes_store"] < found["bytes_float32"] / 10
