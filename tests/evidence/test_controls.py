"""Controls change one thing, and keep the rest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

import kd_tutorial as kd
from kd_tutorial import controls

CLASSES = 5
KINDS = [controls.shuffled, controls.averaged, controls.another_row]


def told(seed=0, rows=20):
    """Rows of five classes, four of each, and a teacher's answers."""
    generator = np.random.default_rng(seed)
    split = kd.Split(
        generator.normal(size=(rows, 3)).astype("float32"),
        np.arange(rows) % CLASSES,
    )
    logits = 4 * generator.normal(size=(rows, CLASSES))
    inside = generator.normal(size=(rows, 7))
    return split, kd.Answers.of(split.x, logits, hidden=inside)


def wrong(logits, split):
    """The wrong classes' logits, (rows, classes - 1)."""
    keep = np.arange(CLASSES) != split.y[:, None]
    return logits[keep].reshape(len(logits), -1)


@given(st.integers(0, 1000))
def test_shuffled_moves_wrong_classes_only(seed):
    split, answers = told(seed)
    changed = controls.shuffled(answers, split, seed)
    rows = np.arange(len(split))
    assert np.array_equal(
        changed.logits[rows, split.y], answers.logits[rows, split.y]
    )
    before, after = (wrong(a.logits, split) for a in (answers, changed))
    assert np.array_equal(np.sort(before), np.sort(after))
    for temperature in (1.0, 4.0):  # so certainty and entropy stay
        p, q = (
            np.sort(softmax(a.logits / temperature, axis=1))
            for a in (answers, changed)
        )
        assert np.allclose(p, q)
    assert np.array_equal(changed["hidden"], answers["hidden"])


def test_every_place_is_as_likely_when_shuffled():
    count = 4000
    split = kd.Split(np.zeros((count, 2)), np.full(count, 2))
    answers = kd.Answers.of(split.x, np.tile([1.0, 2, 9, 3, 4], (count, 1)))
    logits = controls.shuffled(answers, split, 0).logits
    for place in (0, 1, 3, 4):
        for value in (1, 2, 3, 4):
            share = (logits[:, place] == value).mean()
            assert abs(share - 0.25) < 5 * np.sqrt(0.1875 / count)
    again = controls.shuffled(answers, split, 0).logits
    assert np.array_equal(logits, again)
    assert not np.array_equal(logits, controls.shuffled(answers, split, 1)
                              .logits)  # fmt: skip


@given(st.integers(0, 1000), st.sampled_from([0.5, 1.0, 4.0, 50.0]))
def test_averaged_keeps_the_true_classs_probability(seed, temperature):
    split, answers = told(seed)
    changed = controls.averaged(answers, split, seed, temperature=temperature)
    p, q = (
        softmax(a.logits.astype("float64") / temperature, axis=1)
        for a in (answers, changed)
    )
    rows = np.arange(len(split))
    assert np.allclose(p[rows, split.y], q[rows, split.y], rtol=1e-4)
    expected = (1 - p[rows, split.y]) / (CLASSES - 1)
    assert np.allclose(wrong(q, split), expected[:, None], rtol=1e-3)
    assert np.array_equal(changed["hidden"], answers["hidden"])


@given(st.integers(0, 1000))
def test_another_row_is_another_of_the_class(seed):
    split, answers = told(seed)
    changed = controls.another_row(answers, split, seed)
    source = [
        int(np.flatnonzero((answers.logits == row).all(axis=1))[0])
        for row in changed.logits
    ]
    assert sorted(source) == list(range(len(split)))  # each is used once
    assert (np.array(source) != np.arange(len(split))).all()
    assert np.array_equal(split.y[source], split.y)
    assert np.array_equal(changed["hidden"], answers["hidden"][source])


def test_another_row_is_not_always_the_same_one():
    split, answers = told()
    first, second = (
        controls.another_row(answers, split, seed).logits for seed in (0, 1)
    )
    assert not np.array_equal(first, second)
    assert np.array_equal(
        first, controls.another_row(answers, split, 0).logits
    )


@pytest.mark.parametrize("control", KINDS)
def test_the_teachers_own_answers_stay(control):
    split, answers = told()
    before = answers.logits.copy()
    control(answers, split, 0).check_rows(split.x)
    assert np.array_equal(answers.logits, before)


@pytest.mark.parametrize("control", KINDS)
def test_what_does_not_fit(control):
    split, answers = told()
    with pytest.raises(ValueError, match="written for other rows"):
        control(answers, split.take(slice(5)), 0)
    other = kd.Split(split.x, split.y + 1)
    with pytest.raises(ValueError, match="labels go from 1 to 5.* 0 to 4"):
        control(answers, other, 0)


def test_what_only_one_control_minds():
    split, answers = told()
    with pytest.raises(ValueError, match="temperature must be positive"):
        controls.averaged(answers, split, temperature=0)
    one = split.take(slice(5))
    alone = kd.Answers.of(one.x, answers.logits[:5])
    with pytest.raises(ValueError, match="class 0 has one row"):
        controls.another_row(alone, one, 0)
