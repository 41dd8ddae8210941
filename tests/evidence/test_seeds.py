"""Seeds from the base seed; how many are needed, against simulation."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import kd_tutorial as kd
from kd_tutorial.checks import check_seeds


def test_the_base_seed_moves_every_default(monkeypatch):
    assert list(kd.seeds(3)) == [0, 1, 2] and len(kd.seeds()) == 10
    first = kd.load_data("digits")
    assert (first.train.y == kd.load_data("digits", seed=0).train.y).all()
    monkeypatch.setenv("KD_SEED", "2")
    assert list(kd.seeds(3)) == [2000, 2001, 2002]
    other = kd.load_data("digits")
    assert (other.train.y != first.train.y).any()
    assert (other.train.y == kd.load_data("digits", seed=2000).train.y).all()
    study = kd.compare(
        {"labels": [kd.HardTargets()]},
        lambda: kd.mlp(other.input_shape, other.classes, hidden=(4,)),
        "digits", steps=2,
    )  # fmt: skip
    assert study.seeds == tuple(range(2000, 2010))


@pytest.mark.parametrize("base", ["-1", "one", "", "1.5", "1000001"])
def test_a_base_seed_that_is_none(base, monkeypatch):
    monkeypatch.setenv("KD_SEED", base)
    with pytest.raises(ValueError, match="KD_SEED must be a whole number"):
        kd.seeds()


def test_evidence_has_more_of_the_same_seeds(monkeypatch):
    monkeypatch.setenv("KD_SEEDS", "20")
    assert kd.seeds() == range(20) and kd.seeds(30) == range(30)
    assert kd.seeds(3) == range(3)  # an example, no evidence
    monkeypatch.setenv("KD_SEED", "1")
    assert kd.seeds(10) == range(1000, 1020)


@pytest.mark.parametrize("least", ["9", "many", "", "1001"])
def test_a_number_of_seeds_that_is_none(least, monkeypatch):
    monkeypatch.setenv("KD_SEEDS", least)
    with pytest.raises(ValueError, match="KD_SEEDS must be a whole number"):
        kd.seeds()


@pytest.mark.parametrize(
    "count", [0, -1, 1001, 2.0, 2.5, None, True, "10", float("nan"), [10]]
)
def test_a_count_that_is_none(count):
    with pytest.raises(ValueError, match="count must be a whole number"):
        kd.seeds(count)


def test_counts_may_be_numpys():
    for three in (np.int16(3), np.uint8(3), np.array(3)):
        assert list(kd.seeds(three)) == [0, 1, 2]


@pytest.mark.parametrize(
    "seeds", [[0.5, 1], [1.0, 2.0], [-1, 0], [True, False], ["0", "1"],
              [None, 1], [2**32, 1], [float("nan"), 1], [[0, 1]],
              np.array([0.0, 1.0]), np.zeros((2, 2), int)],
)  # fmt: skip
def test_seeds_are_whole_numbers(seeds):
    with pytest.raises(ValueError, match="each of seeds must be a whole numb"):
        check_seeds(seeds)


@pytest.mark.parametrize(
    "seeds", [10, -1, "a", "01", None, 2.5, np.int64(3), np.array(3),
              float("nan"), {0: 1}, kd.seeds, True],
)  # fmt: skip
def test_seeds_are_a_sequence(seeds):
    with pytest.raises(TypeError, match=r"seeds must be a sequence.*seeds\(1"):
        check_seeds(seeds)


def test_seeds_in_other_dress():
    for seeds in (range(3), (0, 1, 2), np.arange(3, dtype="uint8"), {0, 1, 2},
                  iter([0, 1, 2]), [np.int32(0), np.array(1), 2]):  # fmt: skip
        found = check_seeds(seeds)
        assert found == [0, 1, 2] and {*map(type, found)} == {int}


def test_seeds_needed_are_in_the_tables():
    # Cohen 1988 and G*Power: two-sided paired t-test, level 0.05, power 0.8,
    # effect over spread 0.2, 0.5, 0.8.
    assert [kd.seeds_needed(1, d) for d in (0.2, 0.5, 0.8)] == [199, 34, 15]
    assert kd.seeds_needed(1, 0.5, power=0.9) == 44
    assert kd.seeds_needed(1, 0.5, level=0.01) == 51
    for number in (np.float32, np.float64, np.array, np.longdouble):
        assert kd.seeds_needed(number(1), number(-0.5)) == 34
    assert kd.seeds_needed(np.int64(1), Fraction(1, 2)) == 34


def test_seeds_needed_find_the_effect_as_often_as_they_say():
    generator = np.random.default_rng(0)
    n = kd.seeds_needed(2.0, 1.5)
    runs = generator.normal(1.5, 2.0, size=(4000, n))
    found = (stats.ttest_1samp(runs, 0, axis=1).pvalue < 0.05).mean()
    assert 0.78 < found < 0.84
    fewer = (stats.ttest_1samp(runs[:, :-2], 0, axis=1).pvalue < 0.05).mean()
    assert fewer < 0.8


@given(st.floats(0.1, 10), st.floats(0.2, 10), st.floats(0.06, 0.99))
def test_seeds_needed_see_ratios_only(spread, effect, power):
    n = kd.seeds_needed(spread, effect, power=power)
    assert n == kd.seeds_needed(spread, -effect, power=power)
    assert n == kd.seeds_needed(4 * spread, 4 * effect, power=power)
    assert n <= kd.seeds_needed(2 * spread, effect, power=power)


@pytest.mark.parametrize("ratio", [1e-2, 1e2, 1e4, 1e6])
def test_seeds_needed_at_the_ends(ratio):
    n = kd.seeds_needed(1.0, ratio)
    assert n == 78491 if ratio < 1 else 2 <= n <= 3


@pytest.mark.parametrize(
    "options, message",
    [
        ({"spread": 0.0}, "spread must be a number above 0, got 0.0"),
        ({"spread": -1.0}, "spread must be a number above 0, got -1.0"),
        ({"spread": np.array(-1.0)}, "spread must be a number above 0"),
        ({"spread": np.array([1.0])}, "spread must be a number above 0"),
        ({"spread": "1"}, "spread must be a number above 0, got '1'"),
        ({"spread": True}, "spread must be a number above 0, got True"),
        ({"spread": None}, "spread must be a number above 0, got None"),
        ({"spread": float("inf")}, "spread must be a number above 0, got inf"),
        ({"spread": [1.0, 2.0]}, "spread must be a number above 0"),
        ({"effect": 0.0}, "effect must be a number other than 0, got 0.0"),
        ({"effect": float("nan")}, "effect must be a number other than 0"),
        ({"effect": "half"}, "effect must be a number other than 0"),
        ({"effect": 1j}, "effect must be a number other than 0"),
        ({"power": 1.0}, "power must be a number between level and 1"),
        ({"power": 0.01}, "power must be a number between level and 1"),
        ({"power": "0.8"}, "power must be a number between level and 1"),
        ({"level": 0.9}, "power must be a number between level and 1"),
        ({"level": 0}, "level must be a number between 0 and 1, got 0"),
        ({"level": None}, "level must be a number between 0 and 1"),
        ({"effect": 1e-6}, "more than a million seeds"),
    ],
)
def test_what_cannot_be_planned(options, message):
    with pytest.raises(ValueError, match=message):
        kd.seeds_needed(**({"spread": 1.0, "effect": 1.0} | options))
