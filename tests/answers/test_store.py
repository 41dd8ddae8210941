"""Answers on disk: aligned, checked, written by many, resumed after a kill."""

import os
import pickle
import shutil
import subprocess
import sys
import time
from threading import Lock, Thread

import keras
import numpy as np
import pytest
from helpers import needs_tensorflow
from scipy.special import log_softmax, softmax

import kd_tutorial as kd

pytest.importorskip("zarr")

KILLED = int(os.environ.get("KD_KILLED", "2"))
GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(100, 6)).astype("float32")
Y = GENERATOR.integers(5, size=100)
W = GENERATOR.normal(size=(6, 5)).astype("float32")


def teacher(batch):
    return np.asarray(batch) @ W


class Linear:
    """A teacher with a key of its own, which counts what it is asked."""

    def __init__(self, key, scale=1):
        self.cache_key, self.scale, self.rows = key, scale, 0

    def __call__(self, batch):
        self.rows += len(batch)
        return self.scale * teacher(batch)


def build(seed=0):
    keras.utils.set_random_seed(seed)
    return kd.mlp((6,), 5, hidden=(8,))


@pytest.fixture
def store(tmp_path):
    return kd.AnswerStore(tmp_path / "store", chunk_rows=16).ask(teacher, X)


def file_of(store, chunk, name="logits"):
    """The file of a chunk's answers, or of its record."""
    zeros = ["0", "0"] if name == "written" else ["0"]
    folder = store.path / "answers.zarr" / name
    return folder.joinpath("c", str(chunk), *zeros)


def flip(store, chunk, place=40, name="logits"):
    data = bytearray(file_of(store, chunk, name).read_bytes())
    data[place] ^= 1
    file_of(store, chunk, name).write_bytes(data)


def test_answers_are_the_teachers_in_any_order(store):
    wanted = teacher(X).astype("float16").astype("float32")
    assert store.logits.shape == (100, 5) and len(store) == 100
    order = np.random.default_rng(1).permutation(100)
    for rows in (order, [99, 0, 0, 17], slice(None), slice(90, 3, -7), 42, -1,
                 X[:, 0] > 0, np.array([], int)):  # fmt: skip
        assert np.array_equal(store.logits[rows], wanted[rows]), rows
    assert np.array_equal(np.asarray(store.logits), wanted)
    assert np.array_equal(store["output"][3], wanted[3])
    assert store.logits[0].dtype == "float32"
    again = pickle.loads(pickle.dumps(store))
    assert np.array_equal(again.logits[order], wanted[order])
    for rows in (100, [-101]):
        with pytest.raises(IndexError, match="are for 100"):
            store.logits[rows]
    assert store.logits[[]].shape == (0, 5)


def test_what_is_no_index_of_rows_is_refused(store):
    for wrong, got in (
        ((0, 1), r"\(0, 1\)"),
        ((slice(None), 3), r"\(slice.*, 3\)"),
        (..., "Ellipsis"),
        (None, "None"),
        (1.0, "1.0"),
        (True, "True"),
        ([0.0, 1.5], r"float64 of shape \(2,\)"),
        ([[0, 1]], r"int64 of shape \(1, 2\)"),
        (X[:99, 0] > 0, r"bool of shape \(99,\)"),
        (X > 0, r"bool of shape \(100, 6\)"),
        (["a"], "<U1"),
    ):
        with pytest.raises(IndexError, match=f"mask of 100; got {got}"):
            store.logits[wrong]


def test_fewer_rows_than_a_chunk(tmp_path):
    for _ in range(2):  # again, with the same settings
        few = kd.AnswerStore(tmp_path, chunk_rows=500).ask(teacher, X)
    assert few.logits.chunks == 1 and few.logits.rows_of(0) == slice(0, 100)
    assert np.allclose(few.logits[[99]], teacher(X[[99]]), atol=0.01)


def test_the_likeliest_few_and_the_rest(tmp_path):
    few = kd.AnswerStore(tmp_path, top=2, chunk_rows=30).ask(teacher, X)
    z = teacher(X).astype("float64")
    p = softmax(z, axis=1)
    best = np.argsort(-p, axis=1)[:, :2]
    told = np.take_along_axis(p, best, 1)
    wanted = np.repeat((1 - told.sum(axis=1, keepdims=True)) / 3, 5, axis=1)
    np.put_along_axis(wanted, best, told, axis=1)
    got = softmax(few.logits[:].astype("float64"), axis=1)
    assert np.allclose(got, wanted, rtol=4e-3)
    # As Answers.from_probabilities makes them of the same few.
    same = kd.Answers.from_probabilities(X, told, indices=best, classes=5)
    assert np.allclose(got, softmax(same.logits, axis=1), rtol=4e-3)


def test_a_rest_of_nearly_nothing_is_kept(tmp_path):
    places = 300 * np.arange(100) + 7

    def sure(batch):
        z = np.zeros((len(batch), 40_000), "float32")
        z[np.arange(len(z)), places[batch]] = 60.0
        return z

    few = kd.AnswerStore(tmp_path, top=1, chunk_rows=8).ask(
        sure, np.arange(100)
    )
    wanted = log_softmax(sure(np.arange(100)).astype("float64"), axis=1)
    assert np.allclose(few.logits[:], wanted, atol=0.02)  # of -60
    assert few.logits[[99]].argmax() == 99 * 300 + 7


def test_dense_outputs_keep_their_places(tmp_path):
    def steps(batch):
        return np.stack([teacher(batch), teacher(batch)[:, ::-1]], axis=1)

    for top in (None, 4):
        own = kd.AnswerStore(tmp_path / str(top), top=top, chunk_rows=7)
        got = own.ask(steps, X).logits[[50, 3]]
        assert got.shape == (2, 2, 5)
        wanted = softmax(steps(X[[50, 3]]), axis=-1)
        assert np.allclose(softmax(got, axis=-1), wanted, rtol=4e-3)


def test_the_store_says_what_is_missing_and_never_zeros(tmp_path):
    store = kd.AnswerStore(tmp_path, chunk_rows=16)
    with pytest.raises(FileNotFoundError, match="Write them first"):
        len(store)
    store.ask(teacher, X, chunks=[0, 6])
    assert store.faults() == {n: "is missing" for n in range(1, 6)}
    assert np.allclose(store.logits[[99, 3]], teacher(X[[99, 3]]), atol=0.01)
    with pytest.raises(ValueError, match=r"chunk 2 \(rows 32 to 47\) .*miss"):
        store.logits[[0, 40]]
    with pytest.raises(ValueError, match="5 of 7 chunks are not right"):
        kd.distill(store, build(), X)
    assert store.ask(teacher, X).faults(X) == {}


def test_a_lost_file_is_not_read_as_fill_values(store):
    flip(store, 3, 0, "written")
    file_of(store, 1).unlink()
    store = kd.AnswerStore(store.path)
    with pytest.raises(ValueError, match="chunk 1 .* is damaged"):
        store.logits[20]
    assert sorted(store.faults()) == [1, 3]


@pytest.mark.parametrize("place", [0, 40, 161])
def test_a_flipped_bit_is_named_and_mended(store, place):
    whole = store.logits[:]
    flip(store, 2, place)
    again = kd.AnswerStore(store.path)
    with pytest.raises(ValueError, match=r"chunk 2 \(rows 32 to 47\).*dama"):
        again.logits[47]
    with pytest.raises(Exception, match="chunk 2 .* is damaged"):
        kd.distill(again, build(), X, epochs=1, shuffle=False)
    assert [*again.faults()] == [2]
    with pytest.warns(UserWarning, match="chunk 2 .* is damaged") as said:
        again.ask(teacher, X)
    assert len(said) == 1
    assert np.array_equal(again.logits[:], whole) and not again.faults(X)


def test_only_what_is_wrong_is_asked_again(tmp_path):
    own = Linear("linear")
    store = kd.AnswerStore(tmp_path, chunk_rows=16).ask(own, X)
    assert own.rows == 100 + 8  # a look at the first few
    store.ask(own, X)
    assert own.rows == 108
    flip(store, 6)
    file_of(store, 4, "written").unlink()
    with pytest.warns(UserWarning, match=r"chunk 6 \(rows 96 to 99\)"):
        store.ask(own, X)
    assert own.rows == 108 + 4 + 16


def test_foreign_chunks_are_named_and_written_anew(tmp_path):
    mine = kd.AnswerStore(tmp_path / "a", chunk_rows=16).ask(Linear("a"), X)
    theirs = kd.AnswerStore(tmp_path / "b", chunk_rows=16)
    theirs.ask(Linear("b", scale=2), X)
    rows = kd.AnswerStore(tmp_path / "c", chunk_rows=16)
    rows.ask(Linear("a"), X[::-1])
    whole = mine.logits[:]
    for name in ("logits", "written"):
        shutil.copy(file_of(theirs, 1, name), file_of(mine, 1, name))
        shutil.copy(file_of(rows, 3, name), file_of(mine, 3, name))
    shutil.copy(file_of(theirs, 5), file_of(mine, 5))  # without its record
    mine = kd.AnswerStore(tmp_path / "a")
    assert mine.faults(X) == {
        1: "was written by another teacher",
        3: "was written for other rows",
        5: "is damaged (not what was written)",
    }
    with pytest.raises(ValueError, match="chunk 1 .* by another teacher"):
        kd.distill(mine, build(), X)
    with pytest.raises(ValueError, match="chunk 1 .* by another teacher"):
        mine.logits[16]
    with pytest.warns(UserWarning) as said:
        mine.ask(Linear("a"), X)
    texts = [str(w.message) for w in said]
    assert len(texts) == 3 and "rows 48 to 63" in texts[1]
    assert "for other rows. The teacher is asked" in texts[1]
    assert np.array_equal(mine.logits[:], whole)


def test_a_drive_without_hard_links_will_do(tmp_path, monkeypatch):
    """As Google Drive is, where Colab mounts it."""
    link = os.link

    def refuse(source, target, **options):
        if str(target).startswith(str(tmp_path)):
            raise OSError(1, "Operation not permitted")
        link(source, target, **options)

    monkeypatch.setattr(os, "link", refuse)
    store = kd.AnswerStore(tmp_path / "drive", chunk_rows=16).ask(teacher, X)
    assert np.allclose(store.logits[:], teacher(X), rtol=1e-3, atol=5e-3)
    assert sorted(p.name for p in store.path.iterdir()) == [
        "answers.zarr", "locks",
    ]  # fmt: skip


def test_what_is_held_is_what_is_there(store):
    other = X + 1
    elsewhere = kd.AnswerStore(store.path)  # as another process has it
    for by, of in ((store, other), (elsewhere, X)):
        store.logits[:1]
        with pytest.warns(UserWarning, match="for other rows"):
            by.ask(teacher, of)
        store.check_rows(of)
        assert np.allclose(store.logits[:5], teacher(of[:5]), atol=0.01)
    store.logits[:1]
    file_of(store, 0, "written").unlink()
    with pytest.raises(ValueError, match="chunk 0 .* is missing"):
        store.logits[:1]


def test_a_chunk_that_is_held_is_not_read_again(store):
    whole = store.logits[:16]
    file_of(store, 0).unlink()
    assert np.array_equal(store.logits[:16], whole)
    assert [*store.faults()] == [0]  # which looks at the disk


def test_a_store_that_was_deleted_is_begun_anew_by_the_same_object(tmp_path):
    store = kd.AnswerStore(tmp_path / "s", chunk_rows=16).ask(teacher, X)
    store.logits[:1]
    with pytest.raises(ValueError, match="delete that one to begin anew"):
        store.ask(Linear("b", scale=2), X)
    other = kd.AnswerStore(store.path)
    other.logits[:1]
    shutil.rmtree(store.path)
    with pytest.raises(FileNotFoundError, match="Write them first"):
        store.logits[0]
    with pytest.raises(ValueError, match="chunk 0 .* is missing"):
        other.logits[0]
    store.ask(Linear("b", scale=2), X[:50])
    assert len(store) == 50 and store.logits.chunks == 4
    assert np.allclose(store.logits[:], 2 * teacher(X[:50]), atol=0.01)


@pytest.mark.parametrize("name", ["", "logits", "written", "offsets/logits"])
@pytest.mark.parametrize("damage", ["lost", "cut"])
def test_damaged_settings_are_named(store, name, damage):
    file = store.path / "answers.zarr" / name / "zarr.json"
    file.unlink() if damage == "lost" else file.write_text("{")
    for use in (
        lambda own: own.logits[0], lambda own: own.faults(),
        lambda own: own.ask(teacher, X), lambda own: own.check_rows(X),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=f"{file} cannot .* begin anew"):
            use(kd.AnswerStore(store.path))
    with pytest.raises(ValueError, match=f"{file} cannot be read"):
        store.ask(teacher, X)  # which looks anew


def test_a_whole_store_is_asked_without_a_lock(store, monkeypatch):
    import filelock

    def refuse(self, *_, **__):
        raise PermissionError(13, "Permission denied", self.lock_file)

    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)
    shutil.rmtree(store.path / "locks")
    again = kd.AnswerStore(store.path).ask(teacher, X)
    assert np.array_equal(again.logits[:], store.logits[:])
    assert not (store.path / "locks").exists()
    file_of(store, 3).unlink()
    with pytest.raises(PermissionError):
        again.ask(teacher, X)


def test_other_rows_and_other_teachers_are_refused(store):
    changed = X.copy()
    changed[70, 2] += 1
    with pytest.raises(ValueError, match=r"chunk 4 .* for other rows; 1 of 7"):
        kd.distill(store, build(), changed)
    with pytest.raises(ValueError, match="x has 99 rows, .* are for 100"):
        kd.distill(store, build(), X[:99])
    with pytest.raises(ValueError, match="x has 99 rows"):
        store.ask(teacher, X[:99])
    for other in (X[:99], np.concatenate([X, X[:1]])):
        with pytest.raises(ValueError, match="rows, .* are for 100"):
            store.faults(other)
    with pytest.raises(ValueError, match="belongs to another teacher"):
        store.ask(Linear("b"), X)


def test_wrong_arguments(tmp_path, store):
    for wrong in ({"top": 0}, {"top": 2.5}, {"chunk_rows": "many"}):
        with pytest.raises(ValueError, match=f"{[*wrong][0]} must be a whole"):
            kd.AnswerStore(tmp_path, **wrong)
    new = kd.AnswerStore(tmp_path / "new", top=5)
    with pytest.raises(ValueError, match="top=5 of 5 classes leaves no rest"):
        new.ask(teacher, X)
    for setting in ({"top": 3}, {"chunk_rows": 8}):
        with pytest.raises(ValueError, match="None|chunk_rows=16"):
            len(kd.AnswerStore(store.path, **setting))
    for chunks in ([7], [-1], [0.5]):
        with pytest.raises(ValueError, match="each of chunks must be a whole"):
            store.ask(teacher, X, chunks=chunks)
    with pytest.raises(ValueError, match="batch_size must be a whole"):
        store.ask(teacher, X, batch_size=0)
    nameless = Linear(None)
    nameless.lock = Lock()  # which cannot be written down
    with pytest.raises(ValueError, match="has no key.*`cache_key`"):
        kd.AnswerStore(tmp_path / "k").ask(nameless, X)
    with pytest.raises(ValueError, match="are probabilities"):
        kd.AnswerStore(tmp_path / "p").ask(lambda b: softmax(b, 1), X)
    with pytest.raises(ValueError, match="'conv_1' was not asked"):
        kd.ask(store, X, layers=["conv_1"])
    with pytest.raises(TypeError, match="copy "):
        store.save(tmp_path / "copy.npz")
    with pytest.raises(TypeError, match=r"is opened by AnswerStore\('a.npz'"):
        kd.AnswerStore.load("a.npz")
    for make in (kd.AnswerStore.of, kd.AnswerStore.from_probabilities):
        with pytest.raises(TypeError, match=r"Written\(x, Answers.of\(x, log"):
            make(X, softmax(teacher(X), axis=1))
    written = kd.Written(X, kd.Answers.of(X, teacher(X)))  # as it says
    own = kd.AnswerStore(tmp_path / "w", chunk_rows=30).ask(written, X)
    assert np.allclose(own.logits[:], teacher(X), atol=0.01)
    (tmp_path / "else" / "answers.zarr").mkdir(parents=True)
    import zarr

    zarr.create_group(tmp_path / "else" / "answers.zarr", overwrite=True)
    with pytest.raises(ValueError, match="is no store of answers"):
        len(kd.AnswerStore(tmp_path / "else"))


def test_real_numbers_are_kept_too(tmp_path):
    def half(batch):
        return np.asarray(batch)[:, :1] ** 2 / 100

    own = kd.AnswerStore(tmp_path, chunk_rows=64).ask(half, X, values=True)
    assert np.allclose(own.logits[:], half(X), rtol=1e-3, atol=1e-6)


def test_the_likeliest_few_are_kept_of_classes_alone(tmp_path):
    few = kd.AnswerStore(tmp_path / "few", top=2)
    with pytest.raises(ValueError, match="top=2 keeps .* values=True"):
        few.ask(teacher, X, values=True)
    assert not (tmp_path / "few" / "answers.zarr").exists()
    few.ask(teacher, X)
    with pytest.raises(ValueError, match="top=2 keeps .* values=True"):
        kd.AnswerStore(tmp_path / "few").ask(teacher, X, values=True)
    for loss in ("binary_kl_divergence", "squared_error"):
        targets = [kd.SoftTargets(loss_function=loss)]
        with pytest.raises(ValueError, match="store of the 2 likeliest"):
            kd.distill(few, build(), X, targets=targets, epochs=1)


def test_a_store_of_values_is_none_of_logits(tmp_path):
    pair = [teacher, lambda batch: teacher(batch) + 1]
    store = kd.AnswerStore(tmp_path).ask(pair, X, values=True)
    assert np.allclose(store.logits[:], teacher(X) + 0.5, atol=0.01)
    with pytest.raises(ValueError, match="belongs to another teacher"):
        store.ask(pair, X)


def test_several_inputs(tmp_path):
    parts = {"a": X[:, :2], "b": X[:, 2:]}

    def joined(batch):
        return teacher(np.concatenate([batch["a"], batch["b"]], axis=1))

    own = kd.AnswerStore(tmp_path, chunk_rows=64).ask(joined, parts)
    assert np.allclose(own.logits[:], teacher(X), atol=0.01)
    inputs = {n: keras.Input(a.shape[1:], name=n) for n, a in parts.items()}
    both = keras.layers.concatenate([*inputs.values()])
    student = keras.Model(inputs, keras.layers.Dense(5)(both))
    history = kd.distill(own, student, parts, epochs=2).history
    assert history["loss"][1] < history["loss"][0]


# Training from a store.


def trained(by, x, y=None, seed=3, **options):
    student = build(seed)
    history = kd.distill(by, student, x, y, epochs=3, **options).history
    return student.get_weights(), history


def same(one, two):
    for a, b in zip(one[0], two[0]):
        assert np.array_equal(a, b)
    assert one[1] == two[1]


@pytest.mark.parametrize("labels", [None, Y])
def test_a_student_of_a_store_is_that_of_the_answers_in_memory(store, labels):
    memory = kd.Answers.of(X, store.logits[:])
    weights = np.linspace(0, 2, 100)
    options = {"shuffle": False, "sample_weight": weights, "batch_size": 24}
    one = trained(memory, X, labels, **options)
    same(one, trained(store, X, labels, **options))
    assert kd.ask(store, X) is store


def test_a_loss_that_needs_labels_and_a_memory_map(store, tmp_path):
    np.save(tmp_path / "x.npy", X)
    on_disk = np.load(tmp_path / "x.npy", mmap_mode="r")
    memory = kd.Answers.of(X, store.logits[:])
    options = {"targets": [kd.SoftTargets(loss_function="decoupled_kd")]}
    options |= {"shuffle": False, "validation_data": (X[:30], Y[:30])}
    one = trained(memory, X, Y, **options)
    same(one, trained(store, on_disk, Y, **options))
    assert len(one[1]["val_student_accuracy"]) == 3


def test_every_row_once_an_epoch_in_an_order_that_keeps_to_chunks(store):
    from kd_tutorial.training.ordered import numbered_rows

    def batches(stream):
        return [stream[i] for i in range(len(stream))]

    stream = numbered_rows(store, build(), X, Y, None, 12, True)
    seen = []
    for epoch in range(2):
        stream.start(epoch)
        for numbers, (x, y, weights) in batches(stream):
            assert np.array_equal(x, X[numbers]) and weights is None
            assert np.array_equal(y, Y[numbers])
        order = np.concatenate([numbers for numbers, _ in batches(stream)])
        assert sorted(order) == list(range(100))
        chunks = order // 16
        changes = np.flatnonzero(np.diff(chunks))
        assert len(changes) == 6  # each chunk is read once
        assert len({*order[:16]} & {*range(16)}) in (0, 4, 12, 16)
        seen.append(order.tolist())
    assert seen[0] != seen[1]
    still = numbered_rows(store, build(), X, Y, None, 12, False)
    assert np.concatenate([n for n, _ in batches(still)]).tolist() == [
        *range(100)
    ]


def test_labels_and_weights_of_another_length_are_refused(store):
    with pytest.raises(ValueError, match=r"y has shape \(101,\) for 100"):
        kd.distill(store, build(), X, np.append(Y, 0))
    with pytest.raises(ValueError, match="sample_weight has shape"):
        kd.distill(store, build(), X, Y, sample_weight=np.ones(99))
    with pytest.raises(ValueError, match="batch_size must be a whole"):
        kd.distill(store, build(), X, Y, batch_size=2.5)
    with pytest.raises(ValueError, match="validation_split"):
        kd.distill(store, build(), X, Y, epochs=1, validation_split=0.2)


@needs_tensorflow
def test_a_stream_of_numbered_rows(store):
    import tensorflow as tf

    memory = kd.Answers.of(X, store.logits[:])
    one = trained(memory, X, Y, shuffle=False)
    pairs = tf.data.Dataset.from_tensor_slices((X, Y)).enumerate()
    for by in (store, memory):
        same(one, trained(by, pairs.batch(32)))
    mixed = trained(store, pairs.shuffle(100, seed=1).batch(32))
    alone = tf.data.Dataset.from_tensor_slices(X).enumerate().batch(32)
    same(trained(memory, X, shuffle=False), trained(store, alone))
    assert abs(mixed[1]["soft_loss"][0] / one[1]["soft_loss"][0] - 1) < 0.3


def test_streams_without_usable_numbers_are_refused(store):
    def stream(numbers):
        while True:
            yield (X[:8], Y[:8]) if numbers is None else (numbers, (X[:8],))

    for by in (store, kd.Answers.of(X, store.logits[:])):
        for numbers, message in (
            (None, "must be .numbers, batch.*enumerate"),
            (np.arange(8.0), "must be .numbers, batch"),
            (np.arange(93, 101), "from 93 to 100, and .* for 100 rows"),
            (np.arange(-1, 7), "from -1 to 6"),
        ):
            with pytest.raises(ValueError, match=message):
                kd.distill(
                    by, build(), stream(numbers), epochs=1, steps_per_epoch=2
                )


def test_an_interrupted_training_from_a_store_goes_on(store, tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    def backup(name="b"):
        return keras.callbacks.BackupAndRestore(tmp_path / name)

    whole = trained(store, X, Y, callbacks=backup("a"))
    with pytest.raises(KeyboardInterrupt):
        trained(store, X, Y, callbacks=[backup(), Stop()])
    with pytest.raises(ValueError, match="belongs to another training"):
        trained(store, X, Y[::-1], callbacks=backup())
    np.random.seed(5)
    same(whole, trained(store, X, Y, seed=9, callbacks=backup()))


# Many writers, some of which are killed.

PROGRAM = """
import sys, time
import kd_tutorial as kd, numpy as np
class Slow:
    cache_key = "slow"
    def __call__(self, batch):
        time.sleep(0.02)
        return batch @ np.linspace(-9, 9, 8 * 500).reshape(8, 500)
x = np.load(sys.argv[1], mmap_mode="r")
print("ready", flush=True)
kd.AnswerStore(sys.argv[2], chunk_rows=500).ask(Slow(), x, batch_size=500)
"""


def start(rows, folder):
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, rows, folder],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "ready\n", process.communicate()
    return process


def done(process):
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Rows, and the store that one process makes of them."""
    folder = tmp_path_factory.mktemp("undisturbed")
    x = np.random.default_rng(0).normal(size=(19_800, 8))
    np.save(folder / "x.npy", x.astype("float32"))
    done(start(folder / "x.npy", folder / "store"))
    return folder / "x.npy", folder / "store"


def contents(folder):
    files = [p for p in (folder / "answers.zarr").rglob("*") if p.is_file()]
    return {
        p.relative_to(folder): p.read_bytes()
        for p in files if "partial" not in p.name
    }  # fmt: skip


def written(folder):
    return len([*(folder / "answers.zarr/written/c").glob("*")])


@pytest.mark.long  # another process
def test_two_processes_at_once_write_what_one_writes(undisturbed, tmp_path):
    rows, whole = undisturbed
    both = [start(rows, tmp_path / "store") for _ in range(2)]
    for process in both:
        done(process)
    assert contents(tmp_path / "store") == contents(whole)


@pytest.mark.long  # another process
@pytest.mark.parametrize("run", range(KILLED))
def test_a_killed_labelling_job_is_resumed_with_equal_answers(
    run, undisturbed, tmp_path
):
    rows, whole = undisturbed
    generator = np.random.default_rng()
    moments = sorted(generator.integers(0, 39, 2))  # chunks done by then
    for moment in moments:
        process = start(rows, tmp_path / "store")
        while written(tmp_path / "store") < moment:
            time.sleep(0.002)
        time.sleep(generator.uniform(0, 0.03))
        process.kill()
        assert process.wait() == -9, moments
    done(start(rows, tmp_path / "store"))
    assert contents(tmp_path / "store") == contents(whole), moments
    store = kd.AnswerStore(tmp_path / "store")
    assert not store.faults(np.load(rows))
    wanted = np.load(rows)[7::1000] @ np.linspace(-9, 9, 4000).reshape(8, 500)
    assert np.allclose(store.logits[7::1000], wanted, rtol=1e-3, atol=1e-2)


def test_a_chunk_that_another_process_has_taken_is_waited_for(tmp_path):
    from filelock import FileLock

    own = Linear("linear")
    store = kd.AnswerStore(tmp_path, chunk_rows=50).ask(own, X, chunks=[1])
    with FileLock(tmp_path / "locks" / "0.lock"):
        thread = Thread(target=lambda: store.ask(own, X))
        thread.start()
        time.sleep(0.3)
        assert thread.is_alive() and store.faults() == {0: "is missing"}
    thread.join(30)
    assert not store.faults(X) and own.rows == 108
