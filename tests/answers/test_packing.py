"""What a store keeps of an answer: how nearly, and in which files."""

import numpy as np
import pytest
from scipy.special import softmax

import kd_tutorial as kd
from kd_tutorial.answers.cache import fingerprint

zarr = pytest.importorskip("zarr")

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal(size=(100, 6)).astype("float32")
W = GENERATOR.normal(size=(6, 5)).astype("float32")


def teacher(batch):
    return np.asarray(batch) @ W


def shifted(shift, scale=1):
    """A teacher with a constant added to each row's logits."""
    return lambda b: scale * teacher(b) + np.float32(shift) * np.sign(b[:, :1])


@pytest.fixture
def store(tmp_path):
    return kd.AnswerStore(tmp_path / "store", chunk_rows=16).ask(teacher, X)


@pytest.mark.parametrize("shift", [0, 30, 1000, 1e5])
@pytest.mark.parametrize("scale", [1, 20])
def test_what_a_row_has_in_common_costs_nothing(tmp_path, shift, scale):
    own = shifted(shift, scale)
    exact = own(X)
    _ = kd.AnswerStore(tmp_path).ask(own, X)
    got = kd.AnswerStore(tmp_path).logits[:]
    steps = np.abs(exact).max() / 2**23  # float32's own
    errors = np.abs(got - exact) - steps
    assert (errors <= np.ptp(exact, axis=1, keepdims=True) / 2048).all()
    assert (errors <= np.abs(exact) / 2048).all()
    apart = np.abs(softmax(got, axis=1) - softmax(exact, axis=1)).max()
    assert apart < 0.001 * scale


@pytest.mark.parametrize(
    "own",
    [
        shifted(1000),
        lambda b: teacher(b) - 8,
        lambda b: 30 * teacher(b)[:, :1],
    ],
    ids=["classes", "labels", "one column"],
)
def test_losses_see_the_constant_too(tmp_path, own):
    exact, got = own(X), kd.AnswerStore(tmp_path).ask(own, X).logits[:]
    assert np.asarray(kd.losses.squared_error(exact, got)).max() < 1e-4


def test_an_offset_that_is_lost_is_damage(tmp_path):
    store = kd.AnswerStore(tmp_path / "s", chunk_rows=16)
    store.ask(shifted(1000), X)
    (store.path / "answers.zarr/offsets/logits/c/2/0").unlink()
    assert [*store.faults(X)] == [2]


def test_rows_on_both_sides_of_0_have_no_files_of_offsets(tmp_path, store):
    assert not (store.path / "answers.zarr/offsets/logits/c").exists()
    zeros = kd.AnswerStore(tmp_path / "zeros")
    zeros.ask(lambda b: np.full((len(b), 3), -0.0), X)
    assert zeros.faults(X) == {} and not zeros.logits[:].any()


def test_values_keep_all_their_digits(tmp_path):
    years = 2003.77 + X[:, :2]
    for name, own in {"years": years, "squares": X[:, :1] ** 2 / 100}.items():
        store = kd.AnswerStore(tmp_path / name)
        store.ask(lambda b: own[: len(b)], X, values=True)  # noqa: B023
        assert np.array_equal(store.logits[:], own)


def test_a_lost_file_of_values_is_not_read_as_zeros(tmp_path):
    store = kd.AnswerStore(tmp_path)
    store.ask(lambda b: 0 * b[:, :1], X, values=True)
    (tmp_path / "answers.zarr/logits/c/0/0").unlink()
    assert [*store.faults(X)] == [0]


def test_what_is_too_large_is_refused(tmp_path):
    with pytest.raises(ValueError, match="spans 70000, and float16 ends at"):
        kd.AnswerStore(tmp_path / "l").ask(
            lambda b: 0 * b[:, :2] + [7e4, -1.0], X
        )
    with pytest.raises(ValueError, match=r"spans 1e\+39, and float32 ends at"):
        kd.AnswerStore(tmp_path / "v").ask(
            lambda b: 0.0 * b.astype("float64") + 1e39, X, values=True
        )


# Stores of the first version, which had no offsets.


def as_version_1(store, keep):
    """Make of a whole store what the first version would have written."""
    group = zarr.open_group(store.path / "answers.zarr", mode="r+")
    about = group.attrs.asdict()
    if about["format"][-1] == "2":
        del about["values"], about["arrays"]
        group.attrs.put({**about, "format": "kd_tutorial answer store 1"})
    if "offsets" in group:
        del group["offsets"]
        for chunk in range(store.logits.chunks):
            answers = group["logits"][store.logits.rows_of(chunk)]
            digest = bytes.fromhex(fingerprint(answers))
            group["written"][chunk, 2] = np.frombuffer(digest, "uint8")
    for chunk in range(keep, store.logits.chunks):
        group["written"][chunk] = 0
    return kd.AnswerStore(store.path)


@pytest.mark.parametrize("top", [None, 2])
def test_old_stores_are_read(tmp_path, top):
    new = kd.AnswerStore(tmp_path, top=top, chunk_rows=16).ask(teacher, X)
    whole = new.logits[:]
    old = as_version_1(new, keep=7)
    assert old.logits.about["format"] == "kd_tutorial answer store 1"
    assert np.array_equal(old.logits[:], whole)
    assert old.ask(teacher, X).faults(X) == {}
    if top:  # and gone on with
        old = as_version_1(old, keep=5)
        assert np.array_equal(old.ask(teacher, X).logits[:], whole)


def test_an_old_store_that_would_lose_answers_is_not_gone_on_with(store):
    old = as_version_1(store, keep=5)
    with pytest.raises(ValueError, match="made by an older kd_tutorial"):
        old.ask(teacher, X)
    assert len(old.faults()) == 2
