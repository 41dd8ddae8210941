"""Metrics against scikit-learn and hand counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import rel_entr, softmax
from sklearn.metrics import accuracy_score
from sklearn.metrics import log_loss as sklearn_log_loss

import kd_tutorial as kd


def example(seed, examples=40, classes=5):
    generator = np.random.default_rng(seed)
    logits = 2 * generator.normal(size=(examples, classes))
    return generator.integers(classes, size=examples), logits, generator


@given(st.integers(0, 1000))
def test_accuracy_and_log_loss_are_scikit_learns(seed):
    y, z, _ = example(seed)
    assert kd.accuracy(y, z) == accuracy_score(y, z.argmax(axis=1))
    expected = sklearn_log_loss(y, softmax(z, axis=1), labels=range(5))
    assert np.isclose(kd.log_loss(y, z), expected, rtol=1e-12)


def test_log_loss_of_a_certain_mistake_is_its_gap():
    assert kd.log_loss([1], [[1000.0, 0.0]]) == 1000


@given(st.integers(0, 1000), st.integers(1, 20))
def test_calibration_error_by_hand(seed, bins):
    y, z, _ = example(seed)
    q = softmax(z, axis=1)
    confidence, right = q.max(axis=1), z.argmax(axis=1) == y
    total = 0
    for b in range(bins):
        own = (confidence > b / bins) & (confidence <= (b + 1) / bins)
        if own.any():
            gap = right[own].mean() - confidence[own].mean()
            total += own.mean() * abs(gap)
    assert np.isclose(kd.calibration_error(y, z, bins=bins), total)


def test_calibration_error_at_the_extremes():
    sure = [[1000.0, 0.0]] * 4
    assert kd.calibration_error([0, 0, 0, 0], sure) == 0
    assert kd.calibration_error([1, 1, 1, 1], sure) == 1
    assert kd.calibration_error([0, 0, 0, 1], sure) == 0.25


@given(st.integers(0, 1000))
def test_agreement_and_divergence(seed):
    _, v, generator = example(seed)
    z = v + generator.normal(size=v.shape)
    same = (v.argmax(axis=1) == z.argmax(axis=1)).mean()
    assert kd.agreement(v, z) == same
    expected = rel_entr(softmax(v, axis=1), softmax(z, axis=1))
    expected = expected.sum(axis=1).mean()
    assert np.isclose(kd.kl_to_teacher(v, z), expected, rtol=1e-9)
    assert np.isclose(kd.kl_to_teacher(v, v + 3), 0, atol=1e-14)


def test_stacked_logits_give_one_number_each():
    y, v, generator = example(0)
    stack = v + generator.normal(size=(2, 3, *v.shape))
    for metric, first in [
        (kd.accuracy, y),
        (kd.log_loss, y),
        (kd.calibration_error, y),
        (kd.agreement, v),
        (kd.kl_to_teacher, v),
    ]:
        each = [[metric(first, z) for z in row] for row in stack]
        assert np.allclose(metric(first, stack), each, rtol=1e-12)
        assert metric(first, stack).shape == (2, 3)


@pytest.mark.parametrize(
    "metric", [kd.accuracy, kd.log_loss, kd.calibration_error]
)
def test_labels_that_do_not_fit(metric):
    with pytest.raises(ValueError, match=r"labels have shape \(3,\)"):
        metric([0, 1, 1], np.zeros((2, 4)))
    with pytest.raises(ValueError, match="at least one example"):
        metric([], np.zeros((0, 4)))


@pytest.mark.parametrize("metric", [kd.agreement, kd.kl_to_teacher])
def test_teacher_logits_that_do_not_fit(metric):
    with pytest.raises(ValueError, match=r"teacher_logits have shape \(2, 5"):
        metric(np.zeros((2, 5)), np.zeros((2, 4)))
