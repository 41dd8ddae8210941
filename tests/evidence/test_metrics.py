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


def test_labels_may_be_stacked_like_the_logits():
    generator = np.random.default_rng(0)
    stack = 2 * generator.normal(size=(3, 2, 7, 4))
    y = generator.integers(4, size=(3, 2, 7))
    for metric in LABELLED:
        each = [
            [metric(*pair) for pair in zip(*rows, strict=True)]
            for rows in zip(y, stack, strict=True)
        ]
        assert np.allclose(metric(y, stack), each, rtol=1e-12)
        shared = [[metric(own, z) for own, z in zip(y[0], row)]
                  for row in stack]  # fmt: skip
        assert np.allclose(metric(y[0], stack), shared, rtol=1e-12)


LABELLED = [kd.accuracy, kd.log_loss, kd.calibration_error]
TAUGHT = [kd.agreement, kd.kl_to_teacher]
Z = [[4.0, 0.0], [0.0, 4.0]]


def test_log_loss_in_other_dress():
    true = 0.5 * np.log1p(np.exp(-4)) + 0.5 * (4 + np.log1p(np.exp(-4)))
    for labels in ([1, 1], np.array([1, 1], "uint8"), [True, True], (1, 1),
                   np.array([1, 1], dtype=object), np.array([1, 1], ">i2"),
                   np.ma.array([1, 1])):  # fmt: skip
        for logits in (Z, np.array(Z, "float16"), np.array(Z, ">f4"),
                       np.array(Z, dtype=object), np.asfortranarray(Z),
                       np.array(Z, int), np.ma.array(Z)):  # fmt: skip
            assert np.isclose(kd.log_loss(labels, logits), true, rtol=1e-12)


@pytest.mark.parametrize(
    "labels, message",
    [
        ([-1, 1], "labels must be integers from 0, .* smallest -1"),
        ([0, 2], "labels must be integers from 0 to 1 .* largest 2"),
        ([0.0, 1.0], r"got dtype float64.*labels.astype\(int\)"),
        ([0, float("nan")], "got dtype float64"),
        (["a", "b"], "got dtype <U1. Number them"),
        ([None, 1], "got dtype object"),
        (np.ma.array([0, 1], mask=[0, 1]), "labels has masked entries"),
        ([[0], [1, 1]], "labels cannot be made an array"),
        # one label does not stand for all rows, nor a row for a column
        (1, r"labels have shape \(\) and the logits need \(2,\)"),
        ([1], r"labels have shape \(1,\)"),
        ([0, 1, 1], r"labels have shape \(3,\)"),
        ([[0], [1]], r"labels have shape \(2, 1\).*ravel\(\)"),
        ([[1, 0], [0, 1]], r"labels have shape \(2, 2\).*argmax"),
        ([[0, 1]], r"labels have shape \(1, 2\)"),
        ([], r"labels have shape \(0,\)|got dtype float64"),
    ],
)
@pytest.mark.parametrize("metric", LABELLED)
def test_labels_that_do_not_fit(metric, labels, message):
    with pytest.raises(ValueError, match=message):
        metric(labels, Z)


def test_stacked_labels_that_do_not_fit():
    stack = np.arange(-24.0, 0).reshape(3, 4, 2)
    for metric in LABELLED:
        for shape in ((1, 4), (3, 1), (4, 3), (1,), (3,), (2, 3, 4)):
            with pytest.raises(ValueError, match="labels have shape"):
                metric(np.zeros(shape, int), stack)


@pytest.mark.parametrize(
    "logits, message",
    [
        ([[0.9, 0.1], [0.2, 0.8]], "look like probabilities: every row"),
        ([[0.71, 0.28], [0.33, 0.33]], "look like probabilities"),
        ([[0.9, 0.8], [0.1, 0.7]], "every number lies from 0 to 1"),
        ([[90.0, 10.0], [20.0, 80.0]], "adds up to 100"),
        ([[1, 0], [0, 1]], "look like probabilities"),
        ([[float("nan"), 0.0], [1.0, 2.0]], r"NaN or infinite.*\(0, 0\)"),
        ([[-np.inf, 0.0], [1.0, 2.0]], "NaN or infinite"),
        ([[1.0, 2.0], [3.0]], "cannot be made an array"),
        ([["a", "b"], ["c", "d"]], "must hold real numbers"),
        ([[1j, 0], [0, 1]], "must hold real numbers"),
        ([[True, False], [False, True]], "must hold real numbers"),
        ([[None, 1.0], [2.0, 3.0]], "must hold real numbers"),
        (np.ma.array(Z, mask=[[0, 1], [0, 0]]), "masked entries"),
        ([3.0, -1.0], r"\(..., examples, classes\)"),
        (4.0, r"\(..., examples, classes\)"),
        ([[1.0], [-2.0]], "two classes"),
        (np.zeros((0, 4)), "at least one example"),
        (np.zeros((2, 0)), "at least one example"),
        (np.zeros((0, 2, 2)), "at least one example"),
    ],
)
@pytest.mark.parametrize("metric", LABELLED + TAUGHT)
def test_logits_that_are_none(metric, logits, message):
    first = [0, 1] if metric in LABELLED else Z
    name = "logits" if metric in LABELLED else "student_logits"
    with pytest.raises(ValueError, match=f"{name} .*{message}"):
        metric(first, logits)
    if metric in TAUGHT:
        with pytest.raises(ValueError, match=f"teacher_logits .*{message}"):
            metric(logits, Z)


def test_untrained_heads_are_logits():
    assert kd.log_loss([0, 1], np.zeros((2, 2))) == np.log(2)
    assert kd.kl_to_teacher(np.zeros((2, 2)), np.zeros((2, 2))) == 0


@pytest.mark.parametrize("metric", TAUGHT)
def test_teacher_logits_that_do_not_fit(metric):
    z = np.arange(-24.0, 0).reshape(3, 4, 2)
    for shape in ((1, 2), (3, 2), (1, 4, 2), (3, 1, 2), (2, 3, 4, 2)):
        with pytest.raises(ValueError, match="teacher_logits have shape"):
            metric(-1 - np.zeros(shape), z)
    with pytest.raises(ValueError, match="have 5 classes and student_l.* 2"):
        metric(-1 - np.zeros((4, 5)), z)
    assert metric(z, z).shape == (3,) == metric(z[0], z).shape


@pytest.mark.parametrize(
    "bins", [0, -1, 2.5, "15", None, True, float("nan"), 10**9]
)
def test_bins_that_are_none(bins):
    with pytest.raises(ValueError, match="bins must be a whole number"):
        kd.calibration_error([0, 1], Z, bins=bins)
