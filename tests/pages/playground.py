"""The playground and the calculator, used in Chromium as a reader would.

`make test-pages` runs it. Each page is what its source holds, with nothing
around it; tests/book/test_playground.py compares the numbers with Keras.
"""

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import browse  # noqa: E402

PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>A page</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width">
<style>:root {{ color-scheme: light dark; --pst-color-surface: Canvas;
--pst-color-border: GrayText; --pst-color-text-muted: GrayText;
--pst-color-text-base: CanvasText }}</style></head>
<body><main><h1>A page</h1>{parts}</main>{scripts}</body></html>"""


@pytest.fixture(params=["book/playground.md", "book/calculator.md"])
def page(request, tmp_path):
    text = (ROOT / request.param).read_text("utf-8")
    scripts = re.search("^scripts: (.*)$", text, re.MULTILINE).group(1)
    parts = re.findall(r"```\{raw\} html\n(.*?)```", text, re.DOTALL)
    spans = re.findall("<span data-kd=[^>]*>[^<]*</span>", text)
    (tmp_path / "_static").symlink_to(ROOT / "book" / "_static")
    (tmp_path / "book").mkdir()
    own = tmp_path / "book" / "page.html"
    own.write_text(
        PAGE.format(
            parts="\n".join([*parts, *spans]),
            scripts="".join(
                f'<script defer src="../{s}"></script>'
                for s in scripts.split()
            ),
        ),
        "utf-8",
    )
    context = browse.browser().new_context(has_touch=True)
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(own.as_uri())
    page.wait_for_function("document.body.dataset.ready === 'yes'")
    yield page
    assert page.errors == []
    context.close()


playground = pytest.mark.parametrize(
    "page", ["book/playground.md"], indirect=True
)
calculator = pytest.mark.parametrize(
    "page", ["book/calculator.md"], indirect=True
)


def test_every_number_of_the_text_is_filled_in(page):
    left = page.evaluate(
        """[...document.querySelectorAll("[data-kd]")].filter(
        e => !/[0-9]/.test(e.textContent)).map(e => e.dataset.kd)"""
    )
    assert left == []


def said(page):
    page.wait_for_timeout(300)
    return page.text_content("#kd-said")


def shares(page):
    """What the teacher gives each digit, in per cent."""
    cells = page.locator("#kd-replies tbody tr td:nth-child(2)")
    return [
        float(text.rstrip(" %")) for text in cells.all_text_contents()[:10]
    ]


def slide(page, selector, value):
    page.eval_on_selector(
        selector,
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input')) }",
        value,
    )


@playground
def test_it_replies_as_keras_did(page):
    assert float(page.text_content("[data-kd=difference]")) < 1e-4
    same = page.evaluate(
        """Object.values(kdModels.networks).map(stored => {
        const layers = kdNet.open(stored), said = kdNet.numbers(stored.said);
        return kdNet.images(kdModels.images).test.filter((one, n) =>
          kdNet.argmax(kdNet.reply(layers, one.x)) ===
          kdNet.argmax(said.subarray(10 * n, 10 * n + 10))).length; })"""
    )
    assert same == [200, 200, 200]


@playground
def test_draw_with_the_mouse(page):
    page.click("#kd-clear")
    assert said(page) == "The paper is empty."
    box = page.locator("#kd-pad").bounding_box()
    for x, y, *more in [(0.3, 0.25, (0.7, 0.25), (0.45, 0.8))]:
        at = [(box["x"] + a * box["width"], box["y"] + b * box["height"])
              for a, b in ((x, y), *more)]  # fmt: skip
        page.mouse.move(*at[0])
        page.mouse.down()
        for place in at[1:]:
            page.mouse.move(*place, steps=8)
        page.mouse.up()
    assert "teacher 7, " in said(page)
    first = shares(page)
    slide(page, "#kd-temperature", 4)
    assert "teacher 7, " in said(page)
    hot = shares(page)
    assert max(hot) < max(first) and sum(s > 0 for s in hot) >= 9
    page.click("#kd-undo")
    assert said(page) == "The paper is empty."


@playground
def test_draw_by_the_keyboard(page):
    page.click("#kd-clear")
    page.focus("#kd-pad")
    top = page.evaluate("scrollY")
    for key, times in [
        ("ArrowUp", 7), (" ", 1), ("ArrowDown", 14), (" ", 1),
    ]:  # fmt: skip
        for _ in range(times):
            page.keyboard.press(key)
    assert said(page).startswith("Pen up. Replies: teacher 1, ")
    assert page.evaluate("scrollY") == top  # the page stays where it is
    page.keyboard.press("Backspace")
    assert said(page).endswith("The paper is empty.")


@playground
def test_draw_with_a_finger_and_take_a_test_image(page):
    page.select_option("#kd-ready", "3")
    assert "teacher 3, " in said(page)
    page.locator("#kd-pad").tap()
    assert page.input_value("#kd-ready") == ""  # the drawing took its place
    assert said(page).startswith("Replies: ")
    page.focus("#kd-pad")
    page.keyboard.press("Escape")
    assert said(page).endswith("The paper is empty.")


def train(page, source, count):
    page.check(f"[name=kd-source][value={source}]")
    page.select_option("#kd-count", str(count))
    page.click("#kd-train")
    page.wait_for_function("document.getElementById('kd-stop').disabled")


@playground
def test_train_students(page):
    train(page, "labels", 20)
    train(page, "answers", 400)
    rows = page.locator("#kd-runs tr").all_text_contents()
    tested = page.locator("#kd-runs td:last-child").all_text_contents()
    right = [float(text.partition(" ")[0]) for text in tested]
    assert "20 labels" in rows[0] and "400 answers, T = 4" in rows[1]
    assert right[0] < 65 and right[1] > right[0] + 20
    # Teacher, and two curves of each student; the new one replies, too.
    assert page.locator("#kd-curve path").count() == 5
    assert "400 answers" in page.get_attribute("#kd-curve", "aria-label")
    heads = page.locator("#kd-replies thead th").all_text_contents()
    assert heads[-1] == "your student"
    train(page, "labels", 20)  # the same seed, the same student
    again = page.locator("#kd-runs tr").all_text_contents()
    assert again[2][1:] == rows[0][1:]
    page.click("#kd-forget")
    assert page.locator("#kd-runs tr").count() == 0
    assert page.locator("#kd-replies thead th").count() == 4


def columns(page):
    """The numbers of the table on logits, row by row."""
    rows = page.locator("#kd-gradient tr")
    return [
        [
            float(re.sub("[ %]", "", text).replace("−", "-"))
            for text in row.locator("td").all_text_contents()
        ]
        for row in rows.all()
    ]


@playground
def test_move_logits(page):
    first = columns(page)
    gradient = [row[2] for row in first]
    assert abs(sum(gradient)) < 0.005 and max(map(abs, gradient)) > 0.5
    for row in first:  # T (q - p), here with T = 1 and whole per cent
        assert abs(row[2] - (row[1] - row[0]) / 100) < 0.011
    slide(page, "#kd-logit-temperature", 7)
    hot = columns(page)
    assert [row[3] for row in hot] == [row[3] for row in first]
    for row in hot:  # near its limit, and the probabilities near even
        assert abs(row[2] - row[3]) < 0.05 and abs(row[0] - 25) < 3
    assert float(page.text_content("#kd-entropy-teacher")) > 1.37
    page.uncheck("#kd-squared")
    assert all(abs(row[2]) < 0.001 for row in columns(page))
    page.check("#kd-squared")
    for n, value in enumerate((1, 2, 8, 5)):  # what the teacher says
        slide(page, f"#kd-student-{n}", value)
    assert all(row[2] == 0 for row in columns(page))
    assert page.text_content("#kd-loss") == "0.000"


def cost(page, what):
    row = page.locator("#kd-costs tr", has=page.get_by_text(what, exact=True))
    return row.locator("td").text_content()


@calculator
def test_it_pays_where_labels_are_few_and_not_where_they_are_many(page):
    assert page.text_content("#kd-says") == "It pays: distil."
    need = cost(page, "labels that would do as well")
    assert int(need.partition(" ")[0].replace(",", "")) > 240
    assert page.text_content("#kd-outside") == ""
    page.fill("#kd-labelled", "100000")
    assert page.text_content("#kd-says").startswith("It does not pay")
    assert "Outside, they guess." in page.text_content("#kd-outside")
    page.fill("#kd-labelled", "")
    assert "missing" in page.text_content("#kd-says")
    assert page.get_attribute("#kd-labelled", "aria-invalid") == "true"


@calculator
def test_costs(page):
    page.fill("#kd-labelled", "200")
    page.fill("#kd-unlabelled", "800")
    page.fill("#kd-price", "0.5")
    page.fill("#kd-time", "3000")
    assert cost(page, "price of your labels") == "100"
    assert cost(page, "the teacher's time, for all rows") == "3 s"
    assert cost(page, "its answers, kept") == "40 kB"
    assert cost(page, "the student") == "4,978 parameters, 19.9 kB"
    page.fill("#kd-unlabelled", "0")
    whole = cost(page, "gain by distilling")
    assert whole == cost(page, "gain on the labelled rows alone")
    assert page.is_hidden("#kd-error")
    page.select_option("#kd-teacher", "")
    page.fill("#kd-error", "40")
    assert page.text_content("#kd-says").startswith("It does not pay")
