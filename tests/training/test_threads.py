"""Replicas in threads, a share of them in each."""

import os
import signal
import threading
import time

import numpy as np
import pytest
from helpers import needs_tensorflow
from keras import layers, models

import kd_tutorial as kd
from kd_tutorial.training import compiled as programs

pytestmark = needs_tensorflow

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(40, 5)).astype("float32")
Y = GENERATOR.integers(3, size=40)


def plain():
    return kd.mlp((5,), 3, hidden=(6,))


def noisy():  # what changes while it is trained, and what it draws
    return models.Sequential(
        [
            layers.Input((5,)),
            layers.Dense(6, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Dense(3),
        ]
    )


def run(count, build=plain, **change):
    call = {
        "targets": [[kd.HardTargets(weight=1 + i)] for i in range(count)],
        "seeds": range(count), "steps": 9, "batch_size": 8,
    } | change  # fmt: skip
    return kd.train_replicas(build, X, Y, **call)


@pytest.fixture
def cores(monkeypatch):
    def so_many(count):
        monkeypatch.setattr(
            programs.TensorFlowLoop, "threads", staticmethod(lambda: count)
        )

    return so_many


@pytest.mark.slow
@pytest.mark.parametrize("stacked", [True, False])
@pytest.mark.parametrize("build", [plain, noisy])
def test_how_many_threads_decides_nothing(build, stacked, cores):
    how = {"build": build, "stacked": stacked, "snapshots": (0.5, 2)}
    for count, others in ((1, (2,)), (2, (3,)), (5, (2, 3, 8))):
        cores(1)
        one = run(count, **how)
        for threads in others:
            cores(threads)
            found = run(count, **how)
            for a, b in zip(
                [one, *one.snapshots.values()],
                [found, *found.snapshots.values()],
            ):
                assert a.losses.shape == b.losses.shape
                assert np.allclose(a.losses, b.losses, atol=1e-6)
                for w, v in zip(
                    [*a.trainable, *a.non_trainable],
                    [*b.trainable, *b.non_trainable],
                ):
                    assert w.shape == v.shape
                    assert np.allclose(w, v, atol=1e-6)


def test_a_program_serves_its_share(cores, monkeypatch):
    monkeypatch.setattr(programs, "_PROGRAMS", {})
    cores(2)
    run(5)
    run(6)  # three in each thread, as before
    assert [key[3] for key in programs._PROGRAMS] == [3]


def counted(monkeypatch, event, share=0):
    """Calls of the compiled loop; `event` happens in one share's second."""
    calls = []
    train, advance = (
        programs.TensorFlowLoop.train, programs.TensorFlowLoop.advance,
    )  # fmt: skip
    own = threading.local()
    shares = iter(range(9))

    def known(self, *arguments):
        own.share, own.calls = next(shares), 0
        return train(self, *arguments)

    def slow(self, *arguments):
        calls.append(own.share)
        own.calls += 1
        if own.share == share and own.calls == 2:
            event()
        time.sleep(0.05)
        return advance(self, *arguments)

    monkeypatch.setattr(programs.TensorFlowLoop, "train", known)
    monkeypatch.setattr(programs.TensorFlowLoop, "advance", slow)
    monkeypatch.setattr(programs.TensorFlowLoop, "steps", 4)
    monkeypatch.setattr(programs, "_PROGRAMS", {})
    return calls


@pytest.mark.parametrize("share", [0, 1])
@pytest.mark.parametrize("stacked", [True, False])
def test_an_error_of_one_thread_ends_all(stacked, share, cores, monkeypatch):
    def fail():
        raise RuntimeError("no memory is left")

    cores(2)
    calls = counted(monkeypatch, fail, share)
    with pytest.raises(RuntimeError, match="no memory is left"):
        run(4, steps=400, stacked=stacked)
    assert len(calls) < 50  # of 200, or 400


@pytest.mark.parametrize("stacked", [True, False])
def test_an_interrupt_ends_all_threads(stacked, cores, monkeypatch):
    cores(2)
    calls = counted(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGINT))
    # A suite that runs in the background may have been told to ignore it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            run(4, steps=400, stacked=stacked)
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(calls) < 50  # of 200, or 400


def test_a_thread_a_core_or_as_many_as_tensorflow_has(monkeypatch):
    threads = programs.TensorFlowLoop.threads
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    cores = threads()
    assert 1 <= cores <= os.cpu_count()
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "1")
    assert threads() == 1
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "1000")
    assert threads() == cores
