"""Predict, then see: a guess before a result, and the result beside it.

`predict` asks; `reveal`, further down the page, sets the guess beside what
the page's own claims have measured, and keeps the score of the page. In a
notebook the reader writes the guess into the cell. In the book
`book/_static/predict.js` makes a form of the question, and finds what was
measured in the attributes of what `reveal` shows, and nowhere else.
"""

import re
from dataclasses import dataclass
from html import escape

from ..checks import check_line
from .claims import shown
from .questions import LETTERS, Choice, Number, Order, kind_of
from .tables import publish


@dataclass(frozen=True)
class _Asked:
    text: str
    kind: Number | Choice | Order
    guess: float | str | None


_asked: dict[str, _Asked] = {}
_results: dict[str, bool | None] = {}  # of the guesses; None where open


def predict(
    name: str,
    question: str,
    *,
    between=None,
    options=None,
    cuts=None,
    order=None,
    guess=...,
):
    """Ask for a guess, before the cell that gives the result.

    Without a guess it shows the question, and that is all.

    Args:
        name: by which `reveal` finds it; small letters, digits and hyphens.
        question: one line, which says the unit of a number.
        between: for a number, the ends of the scale.
        options: for a choice, from the lowest values to the highest.
        cuts: of a choice, the values between neighbouring options.
        order: for an order, what is to be ordered.
        guess: the number; the letter of the option; the letters of all, first
            to last, such as `"bca"`. Defaults to dots, for no guess.

    Returns:
        `None`: the question is shown.

    Raises:
        TypeError: unless it is just one of the three kinds.
        ValueError: for a name, a scale, options or a guess that will not do.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.predict("toss", "How many heads in a hundred?", between=(0, 100))
    Predict: How many heads in a hundred?
    In the notebook, replace the dots by a number from 0 to 100; or read on.
    """
    if not isinstance(name, str) or not re.fullmatch("[a-z0-9-]+", name):
        raise ValueError(
            f"name must be of small letters, digits and hyphens, got {name!r}."
        )
    check_line("question", question, empty=False)
    kind = kind_of(between, options, cuts, order)
    guess = None if guess is ... or guess is None else kind.read(guess)
    _asked[name] = own = _Asked(question, kind, guess)
    _results.pop(name, None)
    publish(_text(own), _question_html(name, own))


def reveal(name: str, claimed):
    """Set the guess beside what was measured, after the claims.

    Args:
        name: that of the question.
        claimed: the statement of the claim, just as the page makes it. For an
            order a dictionary, from each statement to the pair of options
            that it compares, first the one that is ahead if it is true.

    Returns:
        `None`: what was measured is shown, with the guess beside it and the
        score of the page so far, if a guess was made.

    Raises:
        KeyError: for a question that was not asked, or a statement that no
            claim has made.
        ValueError: for claims that do not answer the question.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.predict("root", "What is the root of two?", between=(1, 2),
    ...            guess=1.5)
    Predict: What is the root of two?
    Your guess: 1.5.
    >>> _ = kd.claim("the root of two is above one", 2**0.5, above=1)
    holds: the root of two is above one
      1.41 (claimed: above 1)
    >>> kd.reveal("root", "the root of two is above one")
    What is the root of two?
    Measured: 1.41 (holds: the root of two is above one)
    A guess counts that lies in the interval, or at most 0.1 from the mean.
    Your guess: 1.5. Right. Score of this page so far: 1 of 1.
    """
    if name not in _asked:
        raise KeyError(
            f"no question {name!r} was asked. Run kd.predict first."
        )
    own = _asked[name]
    pairs = claimed if isinstance(claimed, dict) else {claimed: ()}
    if isinstance(claimed, dict) != isinstance(own.kind, Order):
        raise ValueError(
            "claimed must be a dictionary if the question is for an order, "
            f"else one statement, got {claimed!r}."
        )
    for statement in pairs:
        if statement not in shown:
            raise KeyError(
                f"nothing has claimed {statement!r}. Run the cell that does, "
                "and copy its words."
            )
    claims = [(shown[statement], pair) for statement, pair in pairs.items()]
    told, found = own.kind.measure(claims)
    measured = [
        f"Measured: {claim.evidence} ({claim.verdict}: {claim.statement})"
        for claim, _ in claims
    ]
    lines = [own.text, *measured, told]
    if own.guess is not None:
        lines.append(_compared(name, own, found))
    publish("\n".join(lines), _result_html(name, found, lines))


def _compared(name, own, found):
    """The guess, whether it is right, and the score with it."""
    _results[name] = right = own.kind.judge(own.guess, found)
    result = {True: "Right", False: "Not so", None: "Open"}[right]
    known = [each for each in _results.values() if each is not None]
    return (
        f"Your guess: {own.kind.say(own.guess)}. {result}. Score of this "
        f"page so far: {sum(known)} of {len(known)}."
    )


def _text(own):
    options = zip(LETTERS, own.kind.options)
    lines = [f"Predict: {own.text}", *(f"  {a}  {o}" for a, o in options)]
    return "\n".join([*lines, _told(own)])


def _told(own):
    if own.guess is None:
        return f"In the notebook, replace the dots by {own.kind}; or read on."
    return f"Your guess: {own.kind.say(own.guess)}."


def _question_html(name, own):
    items = "".join(f"<li>{escape(o)}</li>" for o in own.kind.options)
    parts = [_line(own.text), items and f'<ol type="a">{items}</ol>',
             _line(_told(own))]  # fmt: skip
    return _box("predict", "Predict", name, own.kind.asks, parts)


def _result_html(name, found, lines):
    return _box("reveal", "Now see", name, found, map(_line, lines))


def _line(text):
    return f"<p>{escape(text)}</p>"


def _box(what, title, name, data, parts):
    """A box that the theme draws, with what the book's script reads."""
    marks = "".join(f' data-{k}="{escape(v)}"' for k, v in data.items())
    return (
        f'<div class="admonition kd-{what}" id="kd-{what}-{name}" '
        f'data-name="{name}"{marks}><p class="admonition-title">{title}</p>'
        f"{''.join(parts)}</div>"
    )
