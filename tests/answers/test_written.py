"""A teacher that repeats what was written down, row by row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kd_tutorial as kd

X = np.random.default_rng(0).normal(size=(30, 4, 2)).astype("float32")
LOGITS = np.random.default_rng(1).normal(-5, 1, (30, 3)).astype("float32")
ANSWERS = kd.Answers.of(X, LOGITS, extra=np.arange(30))


@given(st.lists(st.integers(0, 29), min_size=1))
def test_any_rows_in_any_order_get_their_own_answers(rows):
    told = kd.ask(kd.Written(X, ANSWERS), X[rows], layers=["output", "extra"])
    assert (told.logits == LOGITS[rows]).all()
    assert told["extra"].tolist() == rows
    told.check_rows(X[rows])


def test_a_changed_row_has_no_answer():
    other = X[:3].copy()
    other[2, 0, 0] += 1e-6
    with pytest.raises(ValueError, match="row 2 was not asked about"):
        kd.Written(X, ANSWERS)(other)


@pytest.mark.parametrize("rows", [X.astype("float64"), X[:, :3]])
def test_rows_of_another_kind_are_refused(rows):
    with pytest.raises(ValueError, match="the very same values"):
        kd.Written(X, ANSWERS)(rows)


def test_answers_for_other_rows_are_refused():
    with pytest.raises(ValueError, match="written for other rows"):
        kd.Written(X[::-1], ANSWERS)


def test_a_cache_tells_two_of_them_apart():
    cache = kd.AnswerCache()
    one = kd.Written(X, ANSWERS)
    other = kd.Written(X, kd.Answers.of(X, LOGITS + X[:, 0, :1]))
    assert one.cache_key == kd.Written(X, ANSWERS).cache_key
    first, again, second = (
        kd.ask(teacher, X[:5], cache=cache).logits
        for teacher in (one, one, other)
    )
    assert (first == again).all() and cache.hits == 1
    assert not np.allclose(first, second)


def test_a_key_knows_which_output_is_which():
    swapped = [
        kd.Written(X, kd.Answers.of(X, LOGITS, **named))
        for named in (
            {"a": X[:, 0], "b": X[:, 1]},
            {"b": X[:, 0], "a": X[:, 1]},
        )
    ]
    one, other = (teacher.cache_key for teacher in swapped)
    assert one != other
