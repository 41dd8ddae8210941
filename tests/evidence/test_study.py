"""Studies made by hand, and the tables that show them."""

import functools

import numpy as np
import pytest

import kd_tutorial as kd
from kd_tutorial.evidence.study import Outcome

SEEDS, EXAMPLES, CLASSES = 3, 5, 4


def outcome(**change):
    shape = change.get("shape", (SEEDS, EXAMPLES, CLASSES))
    logits = np.random.default_rng(0).normal(size=shape)
    return Outcome({"": np.zeros(SEEDS)}, "", logits)


def study(**change):
    generator = np.random.default_rng(1)
    options = {
        "outcomes": {"one": outcome()},
        "labels": generator.integers(CLASSES, size=(SEEDS, EXAMPLES)),
        "seeds": (0, 1, 2),
        "teacher_logits": generator.normal(size=(SEEDS, EXAMPLES, CLASSES)),
    } | change
    return kd.Study(**options)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"outcomes": {}}, "outcomes is empty"),
        ({"seeds": (0, 1)}, r"labels have shape \(3, 5\) for 2 seeds"),
        ({"labels": np.zeros(5, int)}, r"labels have shape \(5,\) for 3"),
        ({"outcomes": {"one": outcome(shape=(3, 6, 4))}}, "'one' have shape"),
        ({"outcomes": {"one": outcome(shape=(5, 4))}}, "'one' have shape"),
        ({"teacher_logits": np.zeros((2, 5, 4))}, "'the teacher' have shape"),
    ],
)
def test_parts_of_a_study_fit_each_other(change, message):
    with pytest.raises(ValueError, match=message):
        study(**change)


def test_a_metric_of_ones_own():
    def wrong(labels, logits, power=1):
        return (logits.argmax(axis=-1) != labels).mean() ** power

    made = study()
    errors = 1 - made.scores("one") / 100
    assert np.allclose(made.scores("one", wrong), errors)
    squared = functools.partial(wrong, power=2)  # has no name
    assert np.allclose(made.scores("one", squared), errors**2)
    assert "partial" in str(made.table(squared))
    assert "wrong, 95 % interval" in str(made.table(wrong))
    with pytest.raises(ValueError, match=r"gave shape \(5,\) for a seed"):
        made.scores("one", lambda labels, logits: labels)
    with pytest.raises(ValueError, match="gave shape .* It must give one"):
        made.table(lambda labels, logits: [[1.0, 2.0]])


@pytest.mark.parametrize("metric", ["speed", None, ["accuracy"], 3])
def test_a_metric_that_is_none(metric):
    with pytest.raises(ValueError, match="unknown metric .* Choose from acc"):
        study().scores("one", metric)


def test_tables_keep_what_they_were_given():
    rows = [["1", 0.25], ["16", None]]
    table = kd.Table(("T", "loss"), (row for row in rows))
    text = "T   loss\n1   0.25\n16  None"
    assert str(table) == text and str(table) == text  # once is not enough
    rows[0][0] = "2"
    assert str(table) == text
    assert "<td>None</td>" in table._repr_html_()
    assert str(kd.Table(["a", "b"], [])) == "a  b"
    assert str(kd.Table(["a", "b"], np.eye(2, dtype=int))) == (
        "a  b\n1  0\n0  1"
    )


@pytest.mark.parametrize(
    "head, rows, message",
    [
        (["a", "b"], [["1"]], "rows must have 2 cells, .* got .'1',."),
        (["a"], [["1"], ["1", "2"]], "rows must have 1 cells"),
        ("ab", [["1", "2"]], "head must be a sequence, got 'ab'"),
        (["a", "b"], "12", "rows must be a sequence, got '12'"),
        (["a", "b"], ["12"], "rows must be sequences of cells, got '12'"),
        (["a", "b"], [1], "rows must be sequences of cells, got 1"),
        (3, [], "head must be a sequence, got 3"),
        (np.array(3), [], "head must be a sequence"),
        (["a"], None, "rows must be a sequence, got None"),
    ],
)
def test_tables_have_a_cell_a_column(head, rows, message):
    with pytest.raises(ValueError, match=message):
        kd.Table(head, rows)
