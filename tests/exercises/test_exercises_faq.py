"""The checks of the questions' exercises name the mistake."""

import math

import numpy as np
import pytest
from scipy.special import log_softmax, softmax
from scipy.stats import norm

import kd_tutorial as kd


@pytest.mark.parametrize(
    "name, right",
    [
        ("faq.reduction", 4.0),
        ("faq.between", (0.716, 3.03)),
        ("faq.between", [0.72, 3]),
        ("faq.between", np.sqrt([0.5125, 9.2])),
        ("faq.seeds", lambda d, s: math.ceil(2 + (3.24 * s / d) ** 2)),
        (
            "faq.seeds",
            lambda d, s: math.ceil(
                2 + ((norm.ppf(0.975) + norm.ppf(0.9)) * s / d) ** 2
            ),
        ),
        ("faq.columns", lambda logits: logits[:, [2, 0]]),
        ("faq.columns", lambda v: log_softmax(v[:, [2, 0]], axis=1)),
        ("faq.columns", lambda v: log_softmax(v, axis=1)[:, [2, 0]]),
    ],
)
def test_right_answers(name, right, capsys):
    assert kd.exercises.check(name, right)
    assert "right" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("faq.between", (0.758, 3.03), "noise of ten students"),
        ("faq.between", (0.5125, 3.03), "a variance. Take its root"),
        ("faq.between", (0.508, 3.03), "not spreads"),
        ("faq.between", (0.63, 3.03), "divide by four"),
        ("faq.between", (1.0, 3.03), "less that of one mean"),
        ("faq.between", (0.716, 2.86), "both parts"),
        ("faq.between", (0.716, 9.2), "ratio of variances"),
        ("faq.between", (0.716, 0.33), "other way round"),
        ("faq.between", (0.716, 5), "the error each reports"),
        ("faq.between", 0.716, "Answer with"),
        ("faq.reduction", 0.128, "undid the mean over the examples"),
        ("faq.reduction", 128, "undid both"),
        ("faq.reduction", 4 / 32, "taken already"),
        ("faq.reduction", 4e-6, "averaged once more"),
        ("faq.reduction", 7, "Which of the two axes"),
        ("faq.seeds", 44, "the function itself"),
        ("faq.seeds", lambda d, s: math.ceil(2 + (2.8 * s / d) ** 2), "80 %"),
        ("faq.seeds", lambda d, s: math.ceil(2 + (3.24 * d / s) ** 2), "plac"),
        ("faq.seeds", lambda d, s: 2 + (3.24 * s / d) ** 2, "whole"),
        ("faq.seeds", lambda d, s: int(2 + (3.24 * s / d) ** 2), "Round up"),
        ("faq.seeds", lambda d, s: round(2 + (3.24 * s / d) ** 2), "Round up"),
        (
            "faq.seeds",
            lambda d, s: math.ceil(2 + (3.24 * (s - d)) ** 2),
            "nothing is subtracted",
        ),
        ("faq.seeds", lambda d, s: math.ceil((3.24 * s / d) ** 2), "adds two"),
        (
            "faq.seeds",
            lambda d, s: math.ceil(2 + (3.24 * s / 2) ** 2),
            "another number",
        ),
        ("faq.seeds", lambda d, s: math.ceil(2 + 3.24 * s / d), "squared"),
        ("faq.seeds", lambda d, s: 1, "another number"),
        ("faq.columns", np.eye(2), "the function itself"),
        ("faq.columns", lambda v: v, "two columns"),
        ("faq.columns", lambda v: v.T[[2, 0]], "two columns"),
        ("faq.columns", lambda v: v[:, [0, 2]], "teacher's order"),
        ("faq.columns", lambda v: softmax(v[:, [2, 0]], 1), "probabilities"),
        ("faq.columns", lambda v: v[:, [1, 0]], "Which columns"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(name, wrong)
    assert mistake in capsys.readouterr().out
