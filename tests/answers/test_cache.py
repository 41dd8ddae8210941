"""Files of answers: whole, of the right teacher, or not used."""

import os
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import layers

import kd_tutorial as kd
from kd_tutorial.answers import cache as cache_module
from kd_tutorial.answers.cache import fingerprint

X = np.random.default_rng(0).normal(size=(7, 4)).astype("float32")


def build(**options):
    return keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(5, activation="relu", name="hidden"),
            layers.Dense(3, name="logits"),
        ],
        **options,
    )


# fingerprints


def test_fingerprints_tell_values_shapes_dtypes_and_order_apart():
    a = np.arange(6, dtype="float32")
    others = [
        a[::-1],
        a + np.float32(1e-6),
        a.reshape(2, 3),
        a.astype("float64"),
        a.view("int32"),
        a[:0],
        np.float32(0),
    ]
    digests = [fingerprint(each) for each in [a, *others]]
    assert len(set(digests)) == len(digests)
    assert fingerprint(a[:3], a[3:]) != fingerprint(a[:2], a[2:])
    assert fingerprint(a, a + 1) != fingerprint(a + 1, a)
    strided = np.stack([a, a], axis=1)[:, 0]
    assert fingerprint(strided) == fingerprint(a)


# files


def answers_file(folder):
    """A file of answers whose bytes are the same each time."""
    logits = np.linspace(-2, 2, 21, dtype="float32").reshape(7, 3)
    return kd.Answers.of(X, logits).save(folder / "answers.npz"), logits


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    path, logits = answers_file(tmp_path_factory.mktemp("sound"))
    return path.read_bytes(), logits


@given(st.data())
def test_a_flipped_bit_is_never_another_answer(tmp_path_factory, sound, data):
    written, logits = sound
    place = data.draw(st.integers(0, len(written) - 1))
    bit = data.draw(st.integers(0, 7))
    damaged = bytearray(written)
    damaged[place] ^= 1 << bit
    path = tmp_path_factory.mktemp("flipped") / "answers.npz"
    path.write_bytes(damaged)
    try:
        back = kd.Answers.load(path)
    except ValueError as error:
        assert "ask the teacher again" in str(error)
    else:  # a byte that means nothing, such as a date in the archive
        assert np.array_equal(back.logits, logits)
        back.check_rows(X)


@given(st.data())
def test_a_file_cut_anywhere_is_refused(tmp_path_factory, sound, data):
    written = sound[0]
    length = data.draw(st.integers(0, len(written) - 1))
    path = tmp_path_factory.mktemp("cut") / "answers.npz"
    path.write_bytes(written[:length])
    with pytest.raises(ValueError, match="ask the teacher again"):
        kd.Answers.load(path)


def test_an_old_format_is_refused(tmp_path, monkeypatch):
    path, _ = answers_file(tmp_path)
    text = path.read_bytes()
    assert text.count(b"kd_tutorial answers 1") == 1
    outputs, header = cache_module.read(path)
    real = cache_module.json.dumps
    monkeypatch.setattr(
        cache_module.json,
        "dumps",
        lambda header: real({**header, "format": "kd_tutorial answers 0"}),
    )
    cache_module.write(path, outputs, {"rows": header["rows"]})
    with pytest.raises(ValueError, match="ask the teacher again"):
        kd.Answers.load(path)


def test_two_writers_of_one_file_do_not_mix(tmp_path, monkeypatch):
    one = kd.Answers.of(X, np.full((7, 3), -1.0))
    other = kd.Answers.of(X, np.full((7, 3), -2.0))
    path = tmp_path / "answers.npz"
    savez, seen = np.savez, []

    def interrupted(file, **arrays):  # the other writes while one does
        monkeypatch.setattr(np, "savez", savez)
        other.save(path)
        seen.append(kd.Answers.load(path).logits[0, 0])
        savez(file, **arrays)

    monkeypatch.setattr(np, "savez", interrupted)
    one.save(path)
    assert seen == [-2.0]
    assert np.array_equal(kd.Answers.load(path).logits, one.logits)
    assert [p.name for p in tmp_path.iterdir()] == ["answers.npz"]


# the cache


def test_a_training_step_makes_another_teacher():
    teacher, cache = build(), kd.AnswerCache()
    before = kd.ask(teacher, X, cache=cache).logits
    kd.train(teacher, X, np.arange(7) % 3, epochs=1, batch_size=7)
    after = kd.ask(teacher, X, cache=cache).logits
    assert (cache.hits, cache.misses) == (0, 2)
    assert not np.array_equal(before, after)
    assert np.allclose(after, teacher.predict(X, verbose=0), atol=1e-6)


def test_teachers_without_weights_yet_are_told_apart():
    cache = kd.AnswerCache()
    teachers = [
        keras.Sequential([layers.Dense(3, name="logits")], name="teacher")
        for _ in range(2)
    ]
    for teacher in teachers:
        told = kd.ask(teacher, X, cache=cache).logits
        own = teacher.predict(X, verbose=0)
        assert np.allclose(told, own, atol=1e-6)
    assert (cache.hits, cache.misses) == (0, 2)
    kd.ask(teachers[0], X, cache=cache)
    assert cache.hits == 1


def test_answers_from_memory_and_disk_cannot_be_changed(tmp_path):
    teacher = build()
    for cache in (kd.AnswerCache(tmp_path), kd.AnswerCache(tmp_path)):
        told = kd.ask(teacher, X, cache=cache)
        with pytest.raises(ValueError, match="read-only"):
            told.logits[0, 0] = 9.0
    assert cache.hits == 1  # the second came from the disk


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "bfloat16"])
def test_a_bfloat16_teacher_is_remembered_on_disk(tmp_path, policy):
    teacher = keras.Sequential(
        [keras.Input((4,)), layers.Dense(3, dtype=policy)]
    )
    first = kd.ask(teacher, X, cache=kd.AnswerCache(tmp_path)).logits
    cache = kd.AnswerCache(tmp_path)
    again = kd.ask(teacher, X, cache=cache).logits
    own = teacher.predict(X, verbose=0).astype("float32")
    assert cache.hits == 1 and first.dtype == again.dtype == np.float32
    assert np.array_equal(first, own) and np.array_equal(again, own)


def test_a_write_that_fails_leaves_no_file(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OSError, match="disk full"):
        kd.Answers.of(X, np.eye(7) - 1).save(tmp_path / "answers.npz")
    assert list(tmp_path.iterdir()) == []


def test_a_path_is_no_cache(tmp_path):
    for path in (tmp_path, str(tmp_path)):
        with pytest.raises(TypeError, match=r"cache must.* AnswerCache\(path"):
            kd.ask(lambda x: x, X, cache=path)


def test_answers_that_cannot_be_written_are_not_lost(tmp_path, monkeypatch):
    (tmp_path / "file").touch()  # in which no folder can be made
    teacher = build()
    cache = kd.AnswerCache(tmp_path / "file" / "cache")
    with pytest.warns(UserWarning, match="cannot be written.*in memory") as s:
        told = kd.ask(teacher, X, cache=cache).logits
    s = [each for each in s if "cannot be written" in str(each.message)]
    assert len(s) == 1 and s[0].filename == __file__
    assert np.allclose(told, teacher.predict(X, verbose=0), atol=1e-6)
    assert kd.ask(teacher, X, cache=cache).logits is told


def test_a_file_is_for_those_whom_the_umask_permits(tmp_path):
    for mask in (0o022, 0o002, 0o077):
        was = os.umask(mask)
        try:
            path, _ = answers_file(tmp_path)
        finally:
            os.umask(was)
        assert path.stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_file_that_may_not_be_read_is_not_called_damaged(
    tmp_path, monkeypatch
):
    teacher, folder = build(), tmp_path / "cache"
    kd.ask(teacher, X, cache=kd.AnswerCache(folder))
    path, logits = answers_file(tmp_path)

    def refuse(self, *_):
        raise PermissionError(13, "Permission denied", str(self))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "is_file", refuse)  # in a folder that is closed
        with pytest.raises(PermissionError, match="may not be read"):
            kd.Answers.load(path)
    real = Path.open

    def closed(self, mode="r"):
        return refuse(self) if mode == "rb" else real(self, mode)

    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(PermissionError, match="Let its owner permit it"):
        kd.Answers.load(path)
    with pytest.warns(UserWarning, match="may not be read.*Asking the teach"):
        kd.ask(teacher, X, cache=kd.AnswerCache(folder))
    monkeypatch.undo()
    assert np.array_equal(kd.Answers.load(path).logits, logits)
