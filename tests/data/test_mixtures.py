"""Weighted means of two rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kd_tutorial as kd


@given(st.integers(1, 6), st.integers(1, 40), st.integers(0, 100))
def test_mixtures_are_means_of_two_rows(rows, count, seed):
    x = np.random.default_rng(seed + 1).normal(size=(rows, 2, 3))
    mixed = kd.mixtures(kd.Split(x, np.arange(rows)), count, seed=seed)
    again = np.random.default_rng(seed)
    one, other = again.integers(rows, size=(2, count))
    share = again.uniform(size=count)[:, None, None]
    assert np.allclose(mixed.x, share * x[one] + (1 - share) * x[other])
    larger = np.where(share[:, 0, 0] >= 0.5, one, other)
    assert np.array_equal(mixed.y, larger)


def test_labels_are_mixed_as_their_rows():
    x = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")
    y = np.array([0, 1, 2, 0, 1])
    rows = kd.mixtures(kd.Split(x, y), 200, seed=3)
    labels = kd.mixtures(kd.Split(np.eye(3)[y], y), 200, seed=3)
    assert rows.x.dtype == "float32" and labels.x.dtype == "float64"
    assert np.allclose(labels.x.sum(axis=1), 1)
    # Of linear rows the mixed labels can be read off.
    names = np.linalg.lstsq(np.c_[x, np.ones(5)], np.eye(3)[y], rcond=None)[0]
    assert np.allclose(np.c_[rows.x, np.ones(200)] @ names, labels.x,
                       atol=1e-4)  # fmt: skip


def test_shares_and_rows_are_drawn_evenly():
    count = 20_000
    split = kd.Split(np.eye(4), np.arange(4))
    mixed = kd.mixtures(split, count).x
    assert np.allclose(mixed.mean(axis=0), 0.25, atol=0.01)
    pure = (mixed.max(axis=1) == 1).mean()  # the same row twice
    assert abs(pure - 0.25) < 5 * np.sqrt(0.1875 / count)
    largest = mixed.max(axis=1)[mixed.max(axis=1) < 1]
    assert abs(largest.mean() - 0.75) < 0.01


def test_whole_numbers_have_means_too():
    split = kd.Split(np.array([[0], [10]]), np.array([0, 1]))
    assert ((kd.mixtures(split, 50).x % 1) > 0).any()


@pytest.mark.parametrize(
    "change, kind, message",
    [
        ({"count": 0}, ValueError, "count must be a whole number"),
        ({"count": 2.5}, ValueError, "count must be a whole number"),
        ({"seed": -1}, ValueError, "seed must be a whole number"),
        ({"split": kd.Split(np.array(["a", "b"]), [0, 1])}, TypeError,
         "one array of numbers"),
    ],
)  # fmt: skip
def test_mixtures_that_make_no_sense(change, kind, message):
    call = {"split": kd.Split(np.eye(2), [0, 1]), "count": 3} | change
    with pytest.raises(kind, match=message):
        kd.mixtures(call.pop("split"), call.pop("count"), **call)
