"""The forms of predict.js, worked by the keyboard. `make test-pages` runs it.

The page is what kd.predict and kd.reveal show, with nothing around it, and
tests/evidence/test_predictions.py holds predictions.json to them. So a guess
must be judged here in the words that Python has for it.
"""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import browse  # noqa: E402

STATIC = ROOT / "book" / "_static"
KNOWN = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
PAGE = f"""<!DOCTYPE html>
<html lang="en"><head><title>A page</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width">
<style>:root {{ color-scheme: light dark; --pst-color-background: Canvas;
--pst-color-text-base: CanvasText; --pst-color-primary: Highlight }}
{(STATIC / "predict.css").read_text("utf-8")}</style></head>
<body><main><h1>A page</h1>{"<p>Text.</p>".join(KNOWN["boxes"])}</main>
<script>SCRIPT</script></body></html>"""
SCRIPT = (STATIC / "predict.js").read_text("utf-8")
WHOLE = PAGE.replace("SCRIPT", SCRIPT)


@pytest.fixture
def page(tmp_path):
    (tmp_path / "index.html").write_text(WHOLE, "utf-8")
    context = browse.browser().new_context()
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(error))
    page.goto((tmp_path / "index.html").as_uri())
    yield page
    assert page.errors == []
    context.close()


def tab_to(page, selector):
    """Press Tab until it has the focus: so the keyboard reaches it."""
    for _ in range(60):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {selector}")


def choose(page, name, guess):
    """Answer a question by keys alone, and commit."""
    page.evaluate("document.activeElement.blur()")
    box = f"#kd-predict-{name}"
    kind = page.locator(box).get_attribute("data-kind")
    if kind == "number":
        tab_to(page, f"{box} input")
        page.keyboard.press("Home")
        low, _ = page.locator(box).get_attribute("data-between").split()
        step = float(page.locator(f"{box} input").get_attribute("step"))
        for _ in range(round((guess - float(low)) / step)):
            page.keyboard.press("ArrowRight")
    elif kind == "choice":
        tab_to(page, f"{box} input")
        page.keyboard.press("Space")
        for _ in range("abcdefghi".index(guess)):
            page.keyboard.press("ArrowDown")
    else:
        for place, letter in enumerate(guess):
            tab_to(page, f"{box} select[id$='{place}']")
            for _ in range("abcdefghi".index(letter) + 1):
                page.keyboard.press("ArrowDown")
    tab_to(page, f"{box} button[type=submit]")
    page.keyboard.press("Enter")


def result(page, name):
    return page.locator(f"#kd-reveal-{name} > output").inner_text()


def closed(page, name):
    return page.evaluate(
        f"document.querySelector('#kd-predict-{name} fieldset').disabled"
    )


@pytest.mark.parametrize("name", KNOWN["said"])
def test_each_guess_is_judged_as_in_python(page, name):
    for guess, wanted in KNOWN["said"][name]:
        choose(page, name, guess)
        assert result(page, name) == wanted
        tab_to(page, f"#kd-predict-{name} button[type=button]")
        page.keyboard.press("Enter")  # take it back
        assert result(page, name) == ""
        page.goto(page.url)


def test_the_score_adds_up_down_the_page_and_outlives_a_reload(page):
    for name, guess in (("which", "c"), ("how-many", 6), ("undecided", "a")):
        choose(page, name, guess)
    for _ in range(2):
        assert result(page, "how-many").endswith("so far: 0 of 1.")
        assert result(page, "which").endswith("so far: 1 of 2.")
        assert "Open" in result(page, "undecided")
        assert result(page, "undecided").endswith("so far: 1 of 2.")
        assert result(page, "first") == ""
        assert closed(page, "which")
        page.reload()
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [
        0, 1,
    ]  # fmt: skip


def test_the_focus_goes_on_and_comes_back(page):
    choose(page, "which", "b")
    focused = "document.activeElement.outerHTML"
    assert "#kd-reveal-which" in page.evaluate(focused)
    page.keyboard.press("Enter")
    assert "kd-reveal-which" in page.evaluate(focused)[:60]
    choose_back = "#kd-predict-which button[type=button]"
    page.locator(choose_back).focus()
    page.keyboard.press("Space")
    assert "kd-guess-which" in page.evaluate(focused)


def test_no_guess_is_asked_for_again(page):
    for name, words in (("which", "Choose one"), ("first", "its own place")):
        tab_to(page, f"#kd-predict-{name} button[type=submit]")
        page.keyboard.press("Enter")
        status = page.locator(f"#kd-predict-{name} form > output")
        assert words in status.inner_text()
        assert not closed(page, name)


def test_parts_have_their_roles_and_names(page):
    group = page.get_by_role("group", name="What of which?")
    assert group.get_by_role("radio", name="middle").count() == 1
    assert page.get_by_role("slider", name="Your guess").count() == 1
    assert page.get_by_role("combobox", name="Place 3").count() == 1
    assert page.get_by_role("status").count() >= 2 * len(KNOWN["said"])


def test_without_the_script_the_questions_stand(page):
    bare = page.context.browser.new_context(java_script_enabled=False)
    other = bare.new_page()
    other.goto(page.url)
    text = other.locator("main").inner_text()
    assert "What of which?" in text and "replace the dots" in text
    assert "Measured: +2.00 points" in text
    bare.close()


def test_a_question_without_its_result_stays_text(page, tmp_path):
    (tmp_path / "alone.html").write_text(
        PAGE.replace(KNOWN["boxes"][3], "").replace("SCRIPT", SCRIPT), "utf-8"
    )
    page.goto((tmp_path / "alone.html").as_uri())
    assert page.locator("#kd-predict-which form").count() == 0
    assert page.locator("#kd-predict-how-many form").count() == 1


@pytest.mark.parametrize("view", browse.VIEWS)
def test_axe_finds_nothing(tmp_path, view):
    (tmp_path / "index.html").write_text(WHOLE, "utf-8")
    job = (tmp_path, tmp_path / "index.html", view, None)
    assert browse.look(job)[1] == []
