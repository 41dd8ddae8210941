"""Whether more steps would change what a comparison found."""

import keras
import numpy as np
import pytest
from clouds import CLASSES, draw, student

import kd_tutorial as kd

METHODS = {
    "labels": [kd.HardTargets()],
    "tuned": kd.Method(
        {"a": [kd.HardTargets(label_smoothing=0.1)],
         "b": [kd.HardTargets(label_smoothing=0.6)]}
    ),
}  # fmt: skip
HOW = {"seeds": [0, 1, 2], "learning_rate": 0.02}


@pytest.fixture(scope="module")
def study():
    return kd.compare(METHODS, student, draw, steps=10, settled=True, **HOW)


@pytest.mark.parametrize("steps, part", [(5, "half"), (20, "double")])
def test_half_and_double_are_the_same_study(study, steps, part):
    other = kd.compare(METHODS, student, draw, steps=steps, **HOW)
    own = getattr(study, part)
    for name in METHODS:
        one, same = own.outcomes[name], other.outcomes[name]
        assert one.chosen == same.chosen
        for label, accuracy in one.validation.items():
            assert np.array_equal(accuracy, same.validation[label])
        assert np.allclose(one.logits, same.logits, atol=1e-5)


def test_the_study_itself_is_what_it_would_be_without(study):
    plain = kd.compare(METHODS, student, draw, steps=10, **HOW)
    for name in METHODS:
        assert np.allclose(
            plain.outcomes[name].logits, study.outcomes[name].logits,
            atol=1e-5,
        )  # fmt: skip
    with pytest.raises(ValueError, match="Pass settled=True"):
        plain.settled()
    assert "more steps" not in str(plain.table())


def scored(**accuracies):
    """A study with so many of a hundred test rows right, by method."""
    labels = np.zeros((4, 400), int)

    def outcome(points):
        right = np.arange(400) < 4 * np.asarray(points)[:, None]
        logits = np.zeros((4, 400, CLASSES))
        logits[..., 0], logits[..., 1] = 2.0 * right - 1, 1 - 2.0 * right
        return kd.study.Outcome({"": points}, ("",) * 4, logits)

    return kd.Study(
        {name: outcome(points) for name, points in accuracies.items()},
        labels, (0, 1, 2, 3), None, 50,
    )  # fmt: skip


def made(full, double):
    """A study of two methods, known at three numbers of steps."""
    start = np.array([50.0, 51, 52, 53])
    half = scored(labels=start, other=start)
    rest = scored(labels=start + double[0], other=start + 20 + double[1])
    first = scored(labels=start + full[0], other=start + 20 + full[1])
    return kd.Study(**{**vars(first), "half": half, "double": rest})


STILL = np.zeros(4)
WIGGLE = np.array([0.25, -0.25, 0.25, -0.25])
NOISE = np.array([4.0, -4, 4, -4])


@pytest.mark.parametrize(
    "labels, other, verdicts",
    [
        (STILL, STILL, ("settled", "settled")),
        (WIGGLE, -WIGGLE, ("settled", "settled")),
        (STILL, STILL + 3, ("settled", "still moving")),
        (STILL - 3, STILL, ("still moving", "still moving")),
        (STILL + 3, STILL + 3, ("still moving", "still moving")),
        (STILL, NOISE, ("settled", "open")),
        (NOISE, NOISE, ("open", "open")),  # the difference alone has settled
        (STILL, STILL + 1, ("settled", "still moving")),  # the edge is out
    ],
)
def test_settled_is_an_equivalence_within_a_point(labels, other, verdicts):
    study = made((STILL, STILL), (labels, other))
    rows = study.settled()
    assert tuple(row["verdict"] for row in rows) == verdicts
    assert np.allclose(rows[0]["change"].values, labels)
    assert np.allclose(rows[0]["difference_change"].values, labels)
    assert np.allclose(rows[1]["change"].values, other)
    assert np.allclose(rows[1]["difference_change"].values, other - labels)
    assert rows[0]["half"].mean == 51.5 and rows[1]["half"].mean == 0
    assert rows[1]["full"].mean == 20
    assert np.isclose(rows[1]["double"].mean, 20 + (other - labels).mean())
    text = str(study.table())
    assert text.count("settled") == verdicts.count("settled")
    assert text.count("still moving") == verdicts.count("still moving")


@pytest.mark.slow
def test_the_table_shows_it(study):
    head = list(study.table().head[-3:])
    assert head == ["half the steps", "double the steps", "more steps"]
    gap = study.half.difference("tuned", "labels")
    shown = f"{gap.mean:+.2f} [{gap.low:+.2f}, {gap.high:+.2f}]"
    assert study.table().rows[1][-3] == shown
    own = study.double.interval("labels")
    shown = f"{own.mean:.2f} [{own.low:.2f}, {own.high:.2f}]"
    assert study.table().rows[0][-2] == shown
    reverse = study.settled(baseline="tuned")
    assert np.allclose(reverse[0]["half"].values, -gap.values)


def test_one_point_says_nothing_of_nats(study):
    with pytest.raises(ValueError, match="'log_loss' is not measured in po"):
        study.settled("log_loss")
    assert "more steps" not in study.table("log_loss").head


def test_a_schedule_is_no_evidence_that_it_has_settled():
    schedule = keras.optimizers.schedules.CosineDecay(0.02, 10)
    adam = keras.optimizers.Adam(schedule)
    how = {"seeds": [0, 1], "steps": 10, "optimizer": adam}
    kd.compare(METHODS, student, draw, **how)
    with pytest.raises(ValueError, match="settled=True needs a constant lea"):
        kd.compare(METHODS, student, draw, settled=True, **how)
