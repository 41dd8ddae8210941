"""A guess is read, judged by the stated rules, and set beside its claim."""

import json
import random
import re
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import kd_tutorial as kd
from kd_tutorial.evidence import claims, predictions

TEN = np.array([1.0, 2.0, 3.0, 2.0, 1.5, 2.5, 2.0, 1.0, 3.0, 2.0])  # mean 2
CHOICE = {"options": ["low", "middle", "high"], "cuts": (-1, 1)}


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    for module, name in ((claims, "shown"), (predictions, "_asked"),
                         (predictions, "_results")):  # fmt: skip
        monkeypatch.setattr(module, name, {})
    monkeypatch.setattr(predictions, "shown", claims.shown)


def found(values, statement="it is so", **bound):
    kd.hypothesis(
        statement, kd.Difference(values, "points"), **(bound or {"above": 0})
    )


def seen(capsys, name="q", claimed="it is so"):
    """The lines that a reveal prints."""
    capsys.readouterr()
    kd.reveal(name, claimed)
    return capsys.readouterr().out.splitlines()


def test_without_a_guess_the_question_is_all(capsys):
    np.random.seed(3)
    random.seed(3)
    before = np.random.get_state()[1].copy(), random.getstate()
    assert kd.predict("q", "Which?", **CHOICE) is None
    assert capsys.readouterr().out == (
        "Predict: Which?\n  a  low\n  b  middle\n  c  high\n"
        "In the notebook, replace the dots by a letter from a to c; "
        "or read on.\n"
    )
    found(TEN)
    lines = seen(capsys)
    assert lines == [
        "Which?",
        "Measured: +2.00 points [+1.49, +2.51], n = 10 (holds: it is so)",
        "So, as far as these seeds tell: high.",
    ]
    assert (np.random.get_state()[1] == before[0]).all()
    assert random.getstate() == before[1]


@pytest.mark.parametrize(
    "guess, right",
    # The interval is [1.49, 2.51]; a tenth of the scale is 1.
    [(1.0, True), (0.9, False), (3.0, True), (3.1, False), (2, True)],
)
def test_a_number_counts_in_the_interval_or_a_tenth_away(capsys, guess, right):
    kd.predict("q", "How many?", between=(-2, 8), guess=guess)
    found(TEN)
    last = seen(capsys)[-1]
    word, score = ("Right", 1) if right else ("Not so", 0)
    assert last == (
        f"Your guess: {guess:g}. {word}. Score of this page so far: "
        f"{score} of 1."
    )


def test_a_number_far_from_a_wide_interval_but_in_it_counts(capsys):
    kd.predict("q", "How many?", between=(-10, 10), guess=4)
    found(5 * (TEN - 2) + 1)  # 1.0 [-1.5, 3.5]; reach 2
    assert "Not so" in seen(capsys)[-1]
    kd.predict("q", "How many?", between=(-10, 10), guess=3.3)
    assert "Right" in seen(capsys)[-1]


@pytest.mark.parametrize(
    "values, answer",
    # Half an interval is 0.51; firm is 1.03 and more from the bound.
    [
        (TEN - 7.0, "So: low."),
        (TEN - 3.6, "So, as far as these seeds tell: low."),
        (TEN - 3.0, "These seeds leave it open: no guess counts."),
        ((TEN - 2) / 2 + 0.6, "So, as far as these seeds tell: middle."),
        (TEN, "So, as far as these seeds tell: high."),
        (TEN + 0.1, "So: high."),
    ],
)
def test_a_choice_is_by_the_books_rule(capsys, values, answer):
    kd.predict("q", "Which?", **CHOICE)
    found(values)
    assert seen(capsys)[-1] == answer


def test_a_choice_wants_both_bounds_firm(capsys):
    kd.predict("q", "Which?", **CHOICE)
    found((TEN - 2) / 10)
    assert seen(capsys)[-1] == "So: middle."


def test_an_open_choice_counts_for_nobody(capsys):
    kd.predict("q", "Which?", **CHOICE, guess="a")
    found(TEN - 3)
    last = seen(capsys)[-1]
    assert last == "Your guess: low. Open. Score of this page so far: 0 of 0."


def order(guess):
    kd.predict("q", "Which first?", order=["x", "y", "z"], guess=guess)


PAIRS = {"x beats y": ("x", "y"), "y is below z": ("z", "y")}


@pytest.mark.parametrize(
    "guess, right", [("acb", True), ("cab", True), ("abc", False)]
)
def test_an_order_needs_the_pairs_that_claims_put_in_order(
    capsys, guess, right
):
    order(guess)
    found(TEN, "x beats y", above=0)
    found(-TEN, "y is below z", below=0)  # true, so z is ahead
    lines = seen(capsys, "q", PAIRS)
    assert lines[3] == "So: x before y; z before y."
    assert ("Right" in lines[-1]) == right


def test_a_claim_that_does_not_hold_turns_its_pair(capsys):
    order("bac")
    found(-TEN, "x beats y", above=0)
    found(TEN - 2, "y is below z", below=0)  # open: not looked at
    lines = seen(capsys, "q", PAIRS)
    assert lines[3] == "So: y before x."
    assert "Right" in lines[-1]


def test_a_bound_beyond_zero_does_not_turn_a_pair(capsys):
    order("abc")
    found(TEN, "x beats y", above=5)  # does not hold, and x is ahead
    lines = seen(capsys, "q", {"x beats y": ("x", "y")})
    assert lines[2] == "So: x before y."


def test_an_order_that_is_open_counts_for_nobody(capsys):
    order("abc")
    found(TEN - 2, "x beats y")
    lines = seen(capsys, "q", {"x beats y": ("x", "y")})
    assert lines[2] == "These seeds leave it open: no guess counts."
    assert "Open. Score of this page so far: 0 of 0." in lines[-1]


def test_the_score_counts_each_question_once(capsys):
    for name, guess in (("one", 2), ("two", -2), ("three", "b")):
        kind = {"between": (-2, 8)} if name != "three" else CHOICE
        kd.predict(name, "What?", **kind, guess=guess)
    found(TEN)
    for name, score in (("one", "1 of 1"), ("two", "1 of 2"),
                        ("three", "1 of 3"), ("one", "1 of 3")):  # fmt: skip
        assert seen(capsys, name)[-1].endswith(f"so far: {score}.")
    kd.predict("two", "What?", between=(-2, 8))  # asked anew
    assert seen(capsys, "one")[-1].endswith("so far: 1 of 2.")


def test_a_number_without_seeds(capsys):
    kd.claim("four", 2 + 2, above=3)
    kd.predict("q", "How many?", between=(0, 10), guess=5)
    assert "Right" in seen(capsys, claimed="four")[-1]
    kd.predict("q", "Which?", options=["few", "many"], cuts=(4.5,))
    assert seen(capsys, claimed="four")[-1] == "So: few."


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({}, TypeError, "got none of them"),
        ({"between": (0, 1), "order": "ab"}, TypeError, "between, order"),
        ({"options": ["a", "b"]}, TypeError, "with cuts"),
        ({"between": (0, 1), "cuts": (1,)}, TypeError, "with cuts"),
        ({"between": (1, 0)}, ValueError, "must ascend"),
        ({"between": (1, 1)}, ValueError, "must ascend"),
        ({"between": (0, 1, 2)}, ValueError, "two numbers"),
        ({"between": (0, np.inf)}, ValueError, "finite"),
        ({"options": ["a", "b"], "cuts": (0, 1)}, ValueError, "one less"),
        ({"options": ["a", "a"], "cuts": (0,)}, ValueError, "different"),
        ({"order": ["a"]}, ValueError, "2 to 9"),
        ({"order": ["a", "b\nc"]}, ValueError, "one line"),
        ({"between": (0, 1), "guess": 2}, ValueError, "from 0 to 1"),
        ({"between": (0, 1), "guess": "a"}, ValueError, "got 'a'"),
        ({**CHOICE, "guess": "d"}, ValueError, "a to c, got 'd'"),
        ({**CHOICE, "guess": "low"}, ValueError, "a to c"),
        ({**CHOICE, "guess": ""}, ValueError, "a to c"),
        ({**CHOICE, "guess": 1}, ValueError, "a to c"),
        ({"order": ["x", "y"], "guess": "aa"}, ValueError, "such as 'ba'"),
    ],
)
def test_what_is_no_question_is_refused(options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        kd.predict("q", "What?", **options)


def test_names_and_questions_are_checked():
    with pytest.raises(ValueError, match="small letters"):
        kd.predict("A b", "What?", between=(0, 1))
    with pytest.raises(ValueError, match="one line"):
        kd.predict("q", "What?\nWhy?", between=(0, 1))


def test_a_reveal_needs_its_question_and_its_claims():
    with pytest.raises(KeyError, match="no question 'q'"):
        kd.reveal("q", "it is so")
    kd.predict("q", "What?", between=(0, 1))
    with pytest.raises(KeyError, match="nothing has claimed 'it is so'"):
        kd.reveal("q", "it is so")
    found(TEN)
    with pytest.raises(ValueError, match="one statement"):
        kd.reveal("q", {"it is so": ("x", "y")})
    order(...)
    with pytest.raises(ValueError, match="dictionary"):
        kd.reveal("q", "it is so")
    with pytest.raises(ValueError, match="pair out of"):
        kd.reveal("q", {"it is so": ("x", "w")})
    found(TEN, "alike", within=1)
    with pytest.raises(ValueError, match="equivalence"):
        kd.reveal("q", {"alike": ("x", "y")})


class Boxes(HTMLParser):
    """The attributes of each element, by tag, and whether tags match."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.text = [], [], ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.seen.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def markup(monkeypatch, show):
    made = []
    monkeypatch.setattr(
        predictions, "publish", lambda text, html: made.append((text, html))
    )
    show()
    return made[-1]


def test_the_html_says_the_same_and_escapes_it(monkeypatch):
    options = ["<low>", 'a "b" & c']
    text, html = markup(
        monkeypatch,
        lambda: kd.predict("q", "Is 1 < 2?", options=options, cuts=(0,)),
    )
    page = Boxes(html)
    box = page.seen[0][1]
    assert box["data-name"] == "q" and box["data-kind"] == "choice"
    for part in ("Is 1 < 2?", *options, text.splitlines()[-1]):
        assert part in page.text


def test_the_html_carries_what_was_measured(monkeypatch):
    found(TEN)
    for kind, wanted in (
        ({"between": (-2, 8)}, {"mean": 2, "low": 1.494, "high": 2.506,
                                "reach": 1}),
        (CHOICE, {"right": "c"}),
    ):  # fmt: skip
        kd.predict("q", "What?", **kind)
        text, html = markup(monkeypatch, lambda: kd.reveal("q", "it is so"))
        page = Boxes(html)
        box = page.seen[0][1]
        assert box["id"] == "kd-reveal-q"
        for name, value in wanted.items():
            own = box[f"data-{name}"]
            assert own == value or abs(float(own) - value) < 1e-3
        assert all(line in page.text for line in text.splitlines())


# What tests/pages/predictions.py shows to a browser, and what Python says of
# each guess there.
IN_A_BROWSER = Path(__file__).parent.parent / "pages" / "predictions.json"
ASKED = {
    "how-many": ({"between": (-6, 24)}, "it is so", (-2, -1, 2, 5, 6)),
    "which": (CHOICE, "it is so", "abc"),
    "undecided": (CHOICE, "it may be so", "ac"),
    "first": ({"order": ["x & y", "<y>", "z"]}, {
        "x beats y": ("x & y", "<y>"), "y is below z": ("z", "<y>"),
        "x and z": ("x & y", "z"),
    }, ("abc", "acb", "cab", "bca")),
    "no-idea": ({"order": ["x", "y"]}, {"it may be so": ("x", "y")}, ("ab",)),
}  # fmt: skip


def test_the_browsers_page_is_what_python_shows(monkeypatch):
    found(TEN)
    found(TEN - 3, "it may be so", above=-1)
    found(TEN, "x beats y")
    found(-TEN, "y is below z", below=0)
    found(TEN - 2, "x and z")
    boxes, said = [], {}
    for name, (kind, claimed, guesses) in ASKED.items():
        for guess in (..., *guesses):
            predictions._results.clear()
            ask, answer = (
                markup(monkeypatch, show)
                for show in (
                    partial(kd.predict, name, f"What of {name}?", **kind,
                            guess=guess),
                    partial(kd.reveal, name, claimed),
                )
            )  # fmt: skip
            if guess is ...:
                boxes += [ask[1], answer[1]]
            else:
                last = answer[0].splitlines()[-1]
                said.setdefault(name, []).append([guess, last])
    made = {"boxes": boxes, "said": said}
    text = json.dumps(made, indent=1, ensure_ascii=False) + "\n"
    if not IN_A_BROWSER.exists():  # take it away to have it written anew
        IN_A_BROWSER.write_text(text, "utf-8")
    assert text == IN_A_BROWSER.read_text("utf-8")
