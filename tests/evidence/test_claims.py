"""Intervals against formulas by hand; claims by their one rule."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import kd_tutorial as kd

TEN = [1.0, 2.0, 3.0, 2.0, 1.5, 2.5, 2.0, 1.0, 3.0, 2.0]


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30))
def test_the_interval_is_students(values):
    own = kd.Interval(values)
    x = np.array(values)
    half = stats.t.ppf(0.975, len(x) - 1) * x.std(ddof=1) / math.sqrt(len(x))
    assert np.isclose(own.mean, x.mean(), atol=1e-9)
    assert np.isclose(own.low, x.mean() - half, atol=1e-6)
    assert np.isclose(own.high, x.mean() + half, atol=1e-6)
    assert own.n == len(x)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    generator = np.random.default_rng(0)
    sets = generator.normal(3.0, 2.0, size=(2000, 10))
    hits = [own.low < 3 < own.high for own in map(kd.Interval, sets)]
    assert 0.935 < np.mean(hits) < 0.965


def test_p_value_by_hand():
    x = np.array(TEN) - 1.5
    t = x.mean() / (x.std(ddof=1) / math.sqrt(10))
    expected = 2 * stats.t.sf(abs(t), 9)
    assert np.isclose(kd.Difference(x).p_value, expected)
    assert kd.Difference([0.0, 0.0]).p_value == 1
    assert kd.Difference([2.0, 2.0]).p_value == 0


def test_without_spread_the_interval_is_a_point():
    own = kd.Interval([2.0, 2.0, 2.0], "points")
    assert (own.low, own.high) == (2, 2)
    assert str(own) == "2.00 points [2.00, 2.00], n = 3"
    assert str(kd.Interval([-1.0, 1.0])).startswith("0.00 [")
    assert str(kd.Difference([-1.0, 3.0])).startswith("+1.00 [")


@pytest.mark.parametrize("values", [[1.0], [], [[1.0, 2.0]]])
def test_an_interval_needs_repeats(values):
    with pytest.raises(ValueError, match="at least two numbers"):
        kd.Interval(values)


def test_a_run_that_diverged_is_named():
    with pytest.raises(ValueError, match="values must be finite.*diverged"):
        kd.Interval([1.0, float("nan")])


LOW, HIGH = kd.Interval(TEN).low, kd.Interval(TEN).high


@pytest.mark.parametrize(
    "bounds, expected",
    [
        ({"above": LOW - 0.01}, "holds"),
        ({"above": LOW}, "not resolved"),
        ({"above": HIGH - 0.01}, "not resolved"),
        ({"above": HIGH}, "does not hold"),
        ({"below": HIGH + 0.01}, "holds"),
        ({"below": HIGH}, "not resolved"),
        ({"below": LOW}, "does not hold"),
        ({"within": HIGH + 0.01}, "holds"),
        ({"within": HIGH}, "not resolved"),
        ({"within": LOW}, "does not hold"),
    ],
)
def test_the_rule(bounds, expected):
    assert kd.verdict(kd.Interval(TEN), **bounds) == expected


def test_the_rule_is_the_same_below_zero():
    negative = kd.Interval([-x for x in TEN])
    assert kd.verdict(negative, within=HIGH + 0.01) == "holds"
    assert kd.verdict(negative, within=LOW) == "does not hold"
    assert kd.verdict(negative, below=0) == "holds"


def test_numbers_stand_for_themselves():
    assert kd.verdict(np.float64(0.5), above=0.4) == "holds"
    assert kd.verdict(0.5, above=0.5) == "does not hold"
    assert kd.verdict(float("nan"), within=1) == "does not hold"


@pytest.mark.parametrize(
    "bounds", [{}, {"above": 1, "below": 2}, {"above": "x"}]
)
def test_one_bound_at_a_time(bounds):
    with pytest.raises(TypeError, match="give one number, as above, below"):
        kd.verdict(1.0, **bounds)


@pytest.mark.parametrize("evidence", [True, "0.5", None])
def test_evidence_is_a_number_or_an_interval(evidence):
    with pytest.raises(TypeError, match="evidence must be a number or an"):
        kd.verdict(evidence, above=0)


def test_a_claim_that_holds_is_printed_with_its_numbers(capsys):
    made = kd.claim("it helps", kd.Difference(TEN, "points"), above=1)
    printed = capsys.readouterr().out
    assert "holds: it helps" in printed and "(claimed: above 1)" in printed
    assert str(kd.Difference(TEN, "points")) in printed
    assert (made.verdict, made.condition) == ("holds", "above 1")
    kd.claim("it is small", 0.25, within=1)
    assert "0.25 (claimed: size below 1)" in capsys.readouterr().out


def test_a_claim_that_fails_raises_with_its_numbers(capsys):
    with pytest.raises(kd.ClaimFailed) as failed:
        kd.claim("it helps a lot", kd.Difference(TEN, "points"), above=2)
    text = str(failed.value)
    assert text.startswith("not resolved: it helps a lot")
    assert "+2.00 points [" in text and "claimed: above 2" in text
    assert isinstance(failed.value, AssertionError)
    assert capsys.readouterr().out == ""
    with pytest.raises(kd.ClaimFailed, match="does not hold"):
        kd.claim("nan is small", float("nan"), below=1)


def test_a_claim_needs_ten_seeds():
    with pytest.raises(ValueError, match="n = 9 seeds; a claim needs 10"):
        kd.claim("it helps", kd.Interval(TEN[:9]), above=0)


def test_a_published_claim_is_printed_whatever_its_verdict(capsys):
    for bound, expected in ((1, "holds"), (2, "not resolved"), (5, "does")):
        made = kd.published(
            "it helps", kd.Difference(TEN, "points"), above=bound,
            source="Nobody 2020", setting="ten made-up numbers",
        )  # fmt: skip
        printed = capsys.readouterr().out
        assert made.verdict.startswith(expected)
        assert printed.startswith(f"{made.verdict}: it helps\n")
        assert "published: Nobody 2020; here: ten made-up" in printed
    with pytest.raises(ValueError, match="n = 9 seeds"):
        kd.published("x", kd.Interval(TEN[:9]), source="a", setting="b",
                     above=0)  # fmt: skip


@pytest.mark.parametrize("missing", ["source", "setting"])
def test_a_published_claim_says_whose_and_where(missing):
    options = {"source": "a", "setting": "b"} | {missing: " "}
    with pytest.raises(ValueError, match=f"{missing} is empty"):
        kd.published("it helps", 1.0, above=0, **options)


@pytest.mark.parametrize("text", ["two\nlines", "a; here: b"])
def test_claims_stand_on_a_line(text):
    with pytest.raises(ValueError, match="must stand on one line"):
        kd.claim(text, 1.0, above=0)


WORDS = st.text(
    st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]),
    min_size=1,
).filter(lambda text: text.strip() and "; here: " not in text)


@given(
    st.lists(
        st.builds(
            kd.claims.Claim,
            statement=WORDS,
            evidence=st.sampled_from(["+1.20 points [0.5, 1.9], n = 10", "3"]),
            condition=st.sampled_from(["above 0", "size below 1e-12"]),
            verdict=st.sampled_from(["holds", "does not hold"]),
            source=st.just(""),
            setting=st.just(""),
        )
        | st.builds(
            kd.claims.Claim,
            statement=WORDS,
            evidence=st.just("-0.10 [-0.5, +0.3], n = 20"),
            condition=st.just("below -2.5"),
            verdict=st.just("not resolved"),
            source=WORDS,
            setting=WORDS,
        )
    )
)
def test_what_was_printed_is_found_again(claims):
    text = "\n".join(["some output", *map(str, claims), "more of it"])
    assert kd.claims.Claim.find(text) == claims


def test_a_replication_reports_what_fails(monkeypatch, capsys):
    monkeypatch.setenv("KD_CLAIMS", "report")
    made = kd.claim("it helps a lot", kd.Difference(TEN, "points"), above=5)
    assert made.verdict == "does not hold"
    assert "does not hold: it helps a lot" in capsys.readouterr().out
