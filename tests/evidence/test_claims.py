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


@pytest.mark.parametrize(
    "values", [[1.0], [], [[1.0, 2.0]], 3.0, np.array(3.0), np.zeros((2, 2))]
)
def test_an_interval_needs_repeats(values):
    with pytest.raises(ValueError, match="at least two numbers"):
        kd.Interval(values)


@pytest.mark.parametrize(
    "values, message",
    [
        (["1", "2"], "values must hold real numbers, got dtype <U1"),
        ([True, False], "values must hold real numbers, got dtype bool"),
        ([1j, 2.0], "values must hold real numbers, got dtype complex"),
        ([1.0, None], "values must hold real numbers, got dtype object"),
        ({"a": 1.0, "b": 2.0}, "values must hold real numbers"),
        ("12", "values must hold real numbers"),
        (None, "values must hold real numbers"),
        ([1.0, [2.0, 3.0]], "values cannot be made an array"),
        (np.ma.array([1.0, 2.0], mask=[0, 1]), "values has masked entries"),
        ([1.0, np.inf], "values must be finite"),
        ([1e308, -1e308], "values must be finite, and sums of them too"),
    ],
)
def test_values_are_numbers(values, message):
    with pytest.raises(ValueError, match=message):
        kd.Interval(values)
    with pytest.raises(ValueError, match=message):
        kd.Difference(values)


@pytest.mark.parametrize(
    "dress",
    [
        np.array, tuple, iter, np.float16, lambda v: np.array(v, ">f4"),
        lambda v: np.array(v, dtype=object), np.ma.array,
        lambda v: np.repeat(v, 2)[::2], lambda v: (x for x in v),
    ],
)  # fmt: skip
def test_values_in_other_dress(dress):
    plain, other = kd.Interval(TEN), kd.Interval(dress(TEN))
    assert (plain.low, plain.high) == (other.low, other.high)
    assert other.values.dtype == np.float64 and other.n == 10


def test_nothing_changes_an_interval():
    for mine in (np.array(TEN), list(TEN)):
        own = kd.Difference(mine)
        before = str(own), own.p_value
        mine[0] = 100.0
        assert own.values.tolist() == TEN
        with pytest.raises(ValueError, match="read-only"):
            own.values[0] = 100.0
        assert (str(own), own.p_value) == before
    frozen = np.array(TEN)
    frozen.flags.writeable = False
    assert kd.Interval(frozen).mean == np.mean(TEN)


@pytest.mark.parametrize("unit", [1e-200, 1e-3, 1e200])
def test_an_interval_knows_no_unit(unit):
    plain, scaled = kd.Difference(TEN), kd.Difference(unit * np.array(TEN))
    assert np.isclose(scaled.low, unit * plain.low, rtol=1e-12, atol=0)
    assert np.isclose(scaled.high, unit * plain.high, rtol=1e-12, atol=0)
    assert np.isclose(scaled.p_value, plain.p_value, rtol=1e-12, atol=0)


@pytest.mark.parametrize("text", ["a\nb", "a\r", "\u2028b", "a\n", "a\x0bb"])
def test_everything_printed_stands_on_a_line(text):
    with pytest.raises(ValueError, match="unit must stand on one line"):
        kd.Interval(TEN, text)
    ten, named = kd.Interval(TEN), dict.fromkeys(PAPER, "a")
    with pytest.raises(ValueError, match="statement must stand on one line"):
        kd.claim(text, ten, above=0)
    for name in named:
        with pytest.raises(ValueError, match=f"{name} must stand on one line"):
            kd.published("x", ten, above=0, **(named | {name: text}))


@pytest.mark.parametrize("text", [None, 3, b"points", ["points"]])
def test_everything_printed_is_text(text):
    with pytest.raises(TypeError, match="unit must be a string"):
        kd.Interval(TEN, text)
    with pytest.raises(TypeError, match="statement must be a string"):
        kd.claim(text, kd.Interval(TEN), above=0)
    with pytest.raises(TypeError, match="source must be a string"):
        kd.published(
            "x", kd.Interval(TEN), above=0, **(PAPER | {"source": text})
        )


def test_a_run_that_diverged_is_named():
    with pytest.raises(ValueError, match="values must be finite.*diverged"):
        kd.Interval([1.0, float("nan")])


LOW, HIGH = kd.Interval(TEN).low, kd.Interval(TEN).high


FIRM = 1.645 * math.sqrt(2) * np.std(TEN, ddof=1) / math.sqrt(10)
SURE_LOW, SURE_HIGH = LOW - FIRM, HIGH + FIRM


@pytest.mark.parametrize(
    "bounds, expected",
    [
        ({"above": SURE_LOW - 0.01}, "holds"),
        ({"above": SURE_LOW + 0.01}, "leans for"),
        ({"above": LOW - 0.01}, "leans for"),
        ({"above": LOW}, "open"),
        ({"above": HIGH}, "open"),
        ({"above": HIGH + 0.01}, "leans against"),
        ({"above": SURE_HIGH - 0.01}, "leans against"),
        ({"above": SURE_HIGH + 0.01}, "does not hold"),
        ({"below": SURE_HIGH + 0.01}, "holds"),
        ({"below": HIGH + 0.01}, "leans for"),
        ({"below": HIGH}, "open"),
        ({"below": LOW}, "open"),
        ({"below": LOW - 0.01}, "leans against"),
        ({"below": SURE_LOW - 0.01}, "does not hold"),
        ({"within": SURE_HIGH + 0.01}, "holds"),
        ({"within": HIGH + 0.01}, "leans for"),
        ({"within": HIGH}, "open"),
        ({"within": LOW}, "open"),
        ({"within": LOW - 0.01}, "leans against"),
        ({"within": SURE_LOW - 0.01}, "does not hold"),
    ],
)
def test_the_rule(bounds, expected):
    assert kd.verdict(kd.Interval(TEN), **bounds) == expected


def test_the_rule_is_the_same_below_zero():
    negative = kd.Interval([-x for x in TEN])
    assert kd.verdict(negative, within=SURE_HIGH + 0.01) == "holds"
    assert kd.verdict(negative, within=SURE_LOW - 0.01) == "does not hold"
    assert kd.verdict(negative, below=0) == "holds"


@pytest.mark.parametrize("n, errors", [(10, 4.588), (20, 4.419)])
def test_firm_is_so_many_standard_errors(n, errors):
    values = np.linspace(-1, 1, n)
    error = values.std(ddof=1) / math.sqrt(n)
    for off, expected in ((0.002, "holds"), (-0.002, "leans for")):
        shifted = kd.Interval(values + (errors + off) * error)
        assert kd.verdict(shifted, above=0) == expected


def test_what_is_firm_comes_out_the_same_once_more():
    """Just firm, the next plain interval agrees 95 times in a hundred."""
    generator = np.random.default_rng(0)
    n, draws = 20, 4000
    t = stats.t.ppf(0.975, n - 1)
    distance = t + kd.verdicts.AGAIN
    # A first mean so far from 0 says: the true one is that, give or take 1.
    means = distance + generator.normal(size=draws)
    again = generator.normal(means[:, None], math.sqrt(n), size=(draws, n))
    same = [kd.Interval(one).low > 0 for one in again]
    assert 0.93 < np.mean(same) < 0.965


@given(
    st.lists(st.floats(-50, 50), min_size=10, max_size=20),
    st.floats(-20, 20),
    st.sampled_from(["above", "below"]),
)
def test_mirrored_at_its_bound_a_claim_turns(values, bound, kind):
    own = kd.Interval(values)
    mirrored = kd.Interval([2 * bound - x for x in values])
    turned = dict(zip(kd.verdicts.VERDICTS, kd.verdicts.VERDICTS[::-1]))
    first = kd.verdict(own, **{kind: bound})
    off = abs(kd.verdicts.distance(own, **{kind: bound}))
    t = stats.t.ppf(0.975, own.n - 1)
    edges = [t, t + kd.verdicts.AGAIN]
    if not np.isclose(edges, off, rtol=1e-6).any():
        assert kd.verdict(mirrored, **{kind: bound}) == turned[first]


def test_distances_are_standard_errors():
    error = np.std(TEN, ddof=1) / math.sqrt(10)
    own = kd.Interval(TEN)
    assert np.isclose(own.standard_error, error, rtol=1e-12)
    for bounds, expected in (
        ({"above": 1.5}, 0.5), ({"below": 1.5}, -0.5), ({"within": 3}, 1),
        ({"within": 1}, -1),
    ):  # fmt: skip
        off = kd.verdicts.distance(own, **bounds)
        assert np.isclose(off, expected / error, rtol=1e-12)
    huge = kd.Interval([1e200, 3e200])
    assert np.isclose(huge.standard_error, 1e200, rtol=1e-12)
    ones = kd.Interval([1.0, 1.0])
    assert kd.verdicts.distance(ones, above=0) == math.inf
    assert kd.verdicts.distance(ones, above=2) == -math.inf
    assert kd.verdicts.distance(ones, above=1) == 0


def test_zeros_refute_nothing():
    zeros = kd.Difference([0.0] * 10)
    assert kd.verdict(zeros, above=0) == "open"
    assert kd.verdict(zeros, below=0) == "open"
    assert kd.verdict(zeros, within=1e-9) == "holds"
    assert kd.verdict(zeros, above=-1) == "holds"
    assert kd.verdict(zeros, above=1) == "does not hold"
    ones = kd.Difference([1.0] * 10)
    assert kd.verdict(ones, within=1) == "open"
    assert kd.verdict(ones, above=1) == "open"


def test_numbers_stand_for_themselves():
    assert kd.verdict(np.float64(0.5), above=0.4) == "holds"
    assert kd.verdict(0.5, above=0.5) == "does not hold"
    assert kd.verdict(0.5, below=0.5) == "does not hold"
    assert kd.verdict(-1, within=1) == "does not hold"
    for half in (np.float32(0.5), np.array(0.5), np.array(0.5, ">f8")):
        assert kd.verdict(half, above=0.4) == "holds"
        assert kd.verdict(0.6, above=half) == "holds"
        made = kd.claim("it is a half", half, below=np.array(1))
        assert str(made).endswith("0.5 (claimed: below 1)")


@pytest.mark.parametrize("kind", ["above", "below", "within"])
def test_bounds_are_finite(kind):
    for bound in (float("nan"), float("inf"), -float("inf")):
        with pytest.raises(ValueError, match=f"{kind} must be a number"):
            kd.verdict(kd.Interval(TEN), **{kind: bound})
        with pytest.raises(ValueError, match=f"{kind} must be a number"):
            kd.claim("it helps", kd.Interval(TEN), **{kind: bound})


@pytest.mark.parametrize("within", [0, -1, -0.0])
def test_nothing_is_smaller_than_nothing(within):
    with pytest.raises(ValueError, match="within must be a number above 0"):
        kd.verdict(0.5, within=within)


@pytest.mark.parametrize(
    "bounds",
    [{}, {"above": 1, "below": 2}, {"above": "x"}, {"above": True},
     {"below": [0]}, {"within": np.array([1.0])}, {"above": 1j},
     {"above": np.ma.masked}],
)  # fmt: skip
def test_one_bound_at_a_time(bounds):
    with pytest.raises(TypeError, match="give one number, as above, below"):
        kd.verdict(1.0, **bounds)


@pytest.mark.parametrize(
    "evidence",
    [True, np.True_, "0.5", None, np.array([0.5]), np.array([0.5, 0.7]),
     [0.5], TEN, 1j, np.array("0.5"), np.ma.masked],
)  # fmt: skip
def test_evidence_is_a_number_or_an_interval(evidence):
    with pytest.raises(TypeError, match="evidence must be a number or an"):
        kd.verdict(evidence, above=0)


def test_a_claim_that_holds_is_printed_with_its_numbers(capsys):
    made = kd.claim("it helps", kd.Difference(TEN, "points"), above=0)
    printed = capsys.readouterr().out
    assert "holds: it helps" in printed and "(claimed: above 0)" in printed
    assert str(kd.Difference(TEN, "points")) in printed
    assert (made.verdict, made.condition) == ("holds", {"above": 0})
    assert (made.kind, made.unit) == ("own", "points")
    assert made.values == tuple(TEN)
    kd.claim("it is small", 0.25, within=1)
    assert "0.25 (claimed: size below 1)" in capsys.readouterr().out


def test_a_claim_that_leans_is_printed_as_such(capsys):
    kd.claim("it helps", kd.Difference(TEN), above=LOW - 0.01)
    assert capsys.readouterr().out.startswith("leans for: it helps\n")


def test_a_claim_that_fails_raises_with_its_numbers(capsys):
    with pytest.raises(kd.ClaimFailed) as failed:
        kd.claim("it helps a lot", kd.Difference(TEN, "points"), above=2)
    text = str(failed.value)
    assert text.startswith("open: it helps a lot")
    assert "+2.00 points [" in text and "claimed: above 2" in text
    assert isinstance(failed.value, AssertionError)
    assert capsys.readouterr().out == ""


def test_a_claim_needs_ten_seeds():
    for ask in (kd.claim, kd.hypothesis):
        with pytest.raises(ValueError, match="n = 9 seeds; a claim needs 10"):
            ask("it helps", kd.Interval(TEN[:9]), above=0)


PAPER = {"source": "Nobody 2020", "setting": "ten made-up numbers",
         "paper": "+2 points, on others"}  # fmt: skip
ANSWERS = ((0, "holds"), (2, "open"), (5, "does not hold"))


@pytest.mark.parametrize("bound, expected", ANSWERS)
def test_whatever_comes_out_is_printed(bound, expected, capsys):
    gap = kd.Difference(TEN, "points")
    made = kd.published("it helps", gap, above=bound, **PAPER)
    printed = capsys.readouterr().out
    assert (made.verdict, made.kind) == (expected, "published")
    assert printed.startswith(f"{made.verdict}: it helps\n")
    assert "published: Nobody 2020; here: ten made-up" in printed
    assert printed.endswith("  there: +2 points, on others\n")
    made = kd.hypothesis("it helps", gap, above=bound)
    assert (made.verdict, made.kind) == (expected, "own")
    assert capsys.readouterr().out.startswith(f"{expected}: it helps\n")


def test_a_published_claim_is_about_what_varies():
    with pytest.raises(ValueError, match="n = 9 seeds"):
        kd.published("x", kd.Interval(TEN[:9]), above=0, **PAPER)
    for number in (1.0, TEN):
        with pytest.raises(TypeError, match="is an identity"):
            kd.published("x", number, above=0, **PAPER)


@pytest.mark.parametrize("missing", ["source", "setting", "paper"])
def test_a_published_claim_says_whose_and_where(missing):
    gap = kd.Difference(TEN, "points")
    with pytest.raises(ValueError, match=f"{missing} is empty"):
        kd.published("it helps", gap, above=0, **PAPER | {missing: " "})


def test_an_identity_holds_or_stops(capsys, monkeypatch):
    told = {"source": "Zhao 2022", "setting": "random logits"}
    made = kd.identity("a = b", 1e-13, below=1e-11, **told)
    printed = capsys.readouterr().out
    assert (made.kind, made.values) == ("identity", (1e-13,))
    assert "proved: Zhao 2022; here: random logits" in printed
    with pytest.raises(kd.ClaimFailed, match="does not hold: a = b"):
        kd.identity("a = b", 1e-9, below=1e-11, **told)
    with pytest.raises(TypeError, match="evidence must be a number"):
        kd.identity("a = b", kd.Difference(TEN), below=1, **told)
    with pytest.raises(ValueError, match="source is empty"):
        kd.identity("a = b", 1.0, below=2, source="", setting="b")


def test_a_statement_is_a_line():
    with pytest.raises(ValueError, match="statement is empty"):
        kd.claim(" ", 1.0, above=0)
    with pytest.raises(ValueError, match="statement"):
        kd.claim("two\nlines", 1.0, above=0)


def test_a_notebook_shows_the_text_and_keeps_the_numbers():
    """What a kernel sends is what `find` reads back, value for value."""
    nbformat = pytest.importorskip("nbformat")
    NotebookClient = pytest.importorskip("nbclient").NotebookClient

    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                "import kd_tutorial as kd\n"
                f"ten = kd.Difference({TEN}, 'points')\n"
                "_ = kd.claim('it helps', ten, above=1)\n"
                f"_ = kd.published('it does', ten, above=2, **{PAPER})"
            ),
            nbformat.v4.new_code_cell("_ = kd.claim('half', 0.5, below=1)"),
        ]
    )
    NotebookClient(notebook).execute()
    notebook = nbformat.reads(nbformat.writes(notebook), as_version=4)
    own, theirs, number = kd.claims.Claim.find(notebook.cells)
    assert list(own.values) == TEN and own.condition == {"above": 1}
    assert (theirs.kind, theirs.verdict) == ("published", "open")
    assert theirs.paper == PAPER["paper"]
    assert list(number.values) == [0.5]
    shown = [o["data"]["text/plain"] for o in notebook.cells[0].outputs]
    assert shown == [str(own), str(theirs)]


def test_a_replication_reports_what_fails(monkeypatch, capsys):
    monkeypatch.setenv("KD_CLAIMS", "report")
    made = kd.claim("it helps a lot", kd.Difference(TEN, "points"), above=5)
    assert made.verdict == "does not hold"


def test_nan_is_no_evidence():
    nan = float("nan")
    told = {"source": "Nobody 2020", "setting": "float64"}
    for ask in (kd.claim, kd.hypothesis):
        with pytest.raises(ValueError, match="evidence is nan, which says no"):
            ask("it helps", nan, above=0)
    with pytest.raises(ValueError, match="evidence is nan"):
        kd.identity("it is zero", np.float32("nan"), within=1, **told)
    with pytest.raises(ValueError, match="evidence is nan"):
        kd.verdict(nan, within=1)
    assert kd.verdict(float("inf"), above=1) == "holds"
