"""The stored evidence: how it is made, and what it says."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("jupyter_cache")
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import evidence  # noqa: E402
import evidence_tables as tables  # noqa: E402

from kd_tutorial.evidence.claims import Claim  # noqa: E402
from kd_tutorial.evidence.intervals import Interval  # noqa: E402
from kd_tutorial.evidence.verdicts import verdict  # noqa: E402

NOISE = np.random.default_rng(0).normal(size=(50, 20))
STORED = tables.load()
ROWS = tables.verdicts(STORED)


def claimed(statement="it helps", zero=3.0, one=3.0, page="a.ipynb", **other):
    """A published claim with means so far above its bound."""
    first, second = NOISE[sum(map(ord, statement)) % 49 :][:2]
    return {
        "page": page, "statement": statement, "source": "A 2020",
        "setting": "digits", "paper": "+1", "kind": "published",
        "unit": "points", "condition": {"above": 0.0},
        "values": {"0": list(zero + first - first.mean()),
                   "1": list(one + second - second.mean())},
    } | other  # fmt: skip


def judged(*claims):
    return tables.verdicts({"claims": list(claims)})


# the rule, on made-up evidence


def test_verdicts_by_base_seed_and_of_all():
    (row,) = judged(claimed(zero=3.0, one=0.0))
    assert row["verdicts"]["0"] == "holds"
    assert row["verdicts"]["1"] == "open"
    both = Interval([*row["values"]["0"], *row["values"]["1"]])
    assert row["verdicts"]["all"] == verdict(both, above=0)
    number = claimed(values={"0": [0.5], "1": [0.5]})
    assert judged(number)[0]["verdicts"] == {"all": "holds"}


def test_a_leaning_must_survive_its_page():
    """Alone it leans; among twenty claims that say nothing it is open."""
    error = NOISE.std(axis=1, ddof=1).mean() / np.sqrt(20)
    lean = claimed("it leans", zero=2.6 * error, one=2.6 * error)
    (alone,) = judged(lean)
    assert alone["verdicts"]["0"] == "leans for"
    nothing = [claimed(f"nothing {i}", zero=0.0, one=0.0) for i in range(30)]
    among = judged(lean, *nothing)
    assert among[0]["verdicts"]["0"] == "open"
    sure = judged(claimed("it is sure"), *nothing)
    assert sure[0]["verdicts"]["0"] == "holds"
    elsewhere = [{**c, "page": "b.ipynb"} for c in nothing]
    assert judged(lean, *elsewhere)[0]["verdicts"]["0"] == "leans for"


def test_p_values_are_students():
    from scipy import stats

    values = NOISE[0] + 0.3
    own = Interval(values)
    plain = stats.ttest_1samp(values, 0.0).pvalue
    assert np.isclose(tables.p_value(own, {"above": 0.0}), plain)
    assert np.isclose(tables.p_value(own, {"below": 0.0}), plain)
    upper = stats.ttest_1samp(values, 1.0, alternative="less").pvalue
    lower = stats.ttest_1samp(values, -1.0, alternative="greater").pvalue
    equal = tables.p_value(own, {"within": 1.0})
    assert np.isclose(equal, 2 * max(upper, lower))


def test_what_survives_and_what_moved():
    rows = judged(
        claimed("a"), claimed("b", one=-3.0), claimed("c", zero=0.0, one=0.0)
    )
    assert tables.survival(rows) == (2, 4)
    assert tables.moved(rows) == (1, 3)
    two = [claimed(zero=0.0, one=gap) for gap in (0.1, 2.0)]
    assert tables.moved(judged(two[0])) == (0, 1)
    assert tables.moved(judged(two[1])) == (1, 1)


def test_the_tables_say_it_in_markdown():
    proved = claimed(
        "a | b", kind="identity", values={"0": [1e-9], "1": [1e-9]},
        condition={"below": 1e-6}, source="Zhao 2022, arXiv:2203.08679",
    )  # fmt: skip
    own = claimed("ours", kind="own", source="", page="trends/b.ipynb")
    stored = {"claims": [claimed(), proved, own]}
    text = "\n".join(tables.published_lines(stored, "trends"))
    assert text.startswith("Of 1: 1 *holds*.")
    assert "| it helps (A 2020) | +1 | +3.00 points [" in text
    assert "| **holds** | holds; holds | [digits](../a.ipynb) |" in text
    text = "\n".join(tables.identity_lines(stored, "trends"))
    assert r"a \| b ([arXiv" not in text and r"a \| b (Zhao 2022, [arX" in text
    assert "1e-09; must be below 1e-06" in text
    text = "\n".join(tables.own_lines(stored, "trends"))
    assert "| [ours](../trends/b.ipynb) | +3.00" in text
    assert tables.linked("A 2006, doi:10.1/x").endswith(
        "(https://doi.org/10.1/x)"
    )
    found = tables.summary(stored)
    assert (found["published"], found["own"], found["identities"]) == (1, 1, 1)
    assert found["seeds"] == 20 and found["firm"] == 1
    assert "1 of 1 (100 in a hundred)" in "\n".join(
        tables.summary_lines(stored)
    )


def test_the_forest_shows_every_claim():
    rows = judged(claimed("far"), claimed("near", zero=0.5, one=0.4),
                  claimed("against", zero=-0.6, one=-9.0))  # fmt: skip
    figure = tables.forest(rows)
    (axes,) = figure.axes
    drawn = np.concatenate(
        [np.column_stack(line.get_data()) for line in axes.lines]
    )
    assert len(drawn) == 2 * len(rows)
    assert (np.abs(drawn[:, 0]) <= 10).all()
    assert sorted(np.ceil(drawn[:, 1])) == [0, 0, 1, 1, 2, 2]
    names = [text.get_text() for text in axes.texts]
    assert names == ["against (A 2020)", "near (A 2020)", "far (A 2020)"]


# live against stored


def live(claim, values):
    return Claim(claim["statement"], "+0.00, n = 10", claim["condition"],
                 "open", values=tuple(values))  # fmt: skip


def test_a_build_that_contradicts_is_named():
    stored = claimed(zero=1.0, one=1.0)
    pool = {"claims": [stored]}
    same = stored["values"]["0"][:10]
    assert tables.contradictions({"a.ipynb": [live(stored, same)]}, pool) == []
    (line,) = tables.contradictions(
        {"a.ipynb": [live(stored, np.add(same, 4))]}, pool
    )
    assert "'it helps'" in line and "make evidence" in line
    # Another page's, or one that asks another thing, is not the same claim.
    moved = np.add(same, 4)
    assert not tables.contradictions({"b.ipynb": [live(stored, moved)]}, pool)
    other = {**stored, "condition": {"above": 1.0}}
    assert not tables.contradictions({"a.ipynb": [live(other, moved)]}, pool)
    number = claimed(values={"0": [2.0], "1": [2.1]})
    pool = {"claims": [number]}
    assert not tables.contradictions({"a.ipynb": [live(number, [3.0])]}, pool)
    assert tables.contradictions({"a.ipynb": [live(number, [-3.0])]}, pool)
    same = claimed(values={"0": [2.0] * 20, "1": [2.0] * 20})
    pool = {"claims": [same]}
    assert not tables.contradictions({"a.ipynb": [live(same, [2] * 10)]}, pool)
    assert tables.contradictions({"a.ipynb": [live(same, [3] * 10)]}, pool)


def test_false_alarms_are_rare():
    """Many builds of many true claims: less than one in a hundred is wrong.

    (One in a thousand is promised; that many builds would take long.)
    """
    generator = np.random.default_rng(1)
    alarms = 0
    for _ in range(100):
        claims = []
        for i in range(20):
            draws = generator.normal(1.0, 1.0, size=(2, 20))
            claims.append(claimed(str(i), values={
                "0": list(draws[0]), "1": list(draws[1])}))  # fmt: skip
        found = [live(c, c["values"]["0"][:10]) for c in claims]
        pool = {"claims": claims}
        alarms += bool(tables.contradictions({"a.ipynb": found}, pool))
    assert alarms <= 1


# how it is made


@pytest.fixture
def book(tmp_path):
    """A book of one small notebook."""
    cells = [
        "import kd_tutorial as kd\nSEEDS = kd.seeds(10)\n"
        "values = [seed / 10 for seed in SEEDS]",
        "_ = kd.claim('it is small', kd.Interval(values), below=1)",
        "print('no claim')",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(c) for c in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": ""}},
    )
    (tmp_path / "book").mkdir()
    nbformat.write(notebook, tmp_path / "book" / "a.ipynb")
    return tmp_path


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """What the scripts put there is taken away again."""
    import os

    monkeypatch.setattr(os, "environ", os.environ.copy())


@pytest.mark.long  # another process
def test_a_notebook_runs_with_more_seeds_from_another_base(book):
    runs = {base: evidence.run("a.ipynb", base, 12, book) for base in (0, 1)}
    assert [own["error"] for own in runs.values()] == [None, None]
    (claim,) = evidence.merged("a.ipynb", runs)
    assert claim["values"]["0"] == [seed / 10 for seed in range(12)]
    assert claim["values"]["1"] == [100 + seed / 10 for seed in range(12)]
    assert claim["condition"] == {"below": 1} and claim["kind"] == "own"
    stored = {"pages": {}, "claims": []}
    evidence.add(stored, "a.ipynb", "code", runs)
    evidence.add(stored, "a.ipynb", "code", runs)  # in its own place
    assert len(stored["claims"]) == 1
    assert stored["pages"]["a.ipynb"]["code"] == "code"
    file = book / "evidence.json"
    evidence.store(stored, file)
    assert json.loads(file.read_text()) == stored
    assert not file.with_suffix(".part").exists()


def test_a_notebook_that_fails_says_where(book):
    path = book / "book" / "a.ipynb"
    path.write_text(path.read_text().replace("print('no claim')", "1 / 0"))
    own = evidence.run("a.ipynb", 0, 10, book)
    assert "ZeroDivisionError" in own["error"]


@pytest.mark.long  # another process
def test_what_runs_now_is_compared_with_what_is_stored(book, capsys):
    runs = {base: evidence.run("a.ipynb", base, 20, book) for base in (0, 1)}
    stored = {"claims": evidence.merged("a.ipynb", runs)}
    (claim,) = stored["claims"]
    claim["values"] = {b: 2 * claim["values"]["0"][:10] for b in "01"}
    assert evidence.live(["a.ipynb"], stored, book) == 0
    assert "1 claims compared with what is stored, 0 wrong" in (
        capsys.readouterr().out
    )
    claim["values"] = {b: [v + 9 for v in claim["values"][b]] for b in "01"}
    assert evidence.live(["a.ipynb"], stored, book) == 1
    path = book / "book" / "a.ipynb"
    path.write_text(path.read_text().replace("print('no claim')", "1 / 0"))
    assert evidence.live(["a.ipynb"], {"claims": []}, book) == 1
    assert "ZeroDivisionError" in capsys.readouterr().out


@pytest.mark.long  # another process
def test_two_runs_of_a_page_take_turns(book):
    """What a page writes is not overwritten by its other base seed."""
    from concurrent.futures import ThreadPoolExecutor

    path = book / "book" / "a.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells[0].source += (
        "\nimport pathlib, time\n"
        "file = pathlib.Path('mine.txt')\nfile.touch(exist_ok=False)\n"
        "time.sleep(2)\nfile.unlink()"
    )
    nbformat.write(notebook, path)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(evidence.run, "a.ipynb", 0, 10, book)
                for _ in range(2)]  # fmt: skip
        found = [each.result() for each in runs]
    assert [own["error"] for own in found] == [None, None]
    assert evidence.in_turn(["a", "b", "c"]) == [
        ("a", 0), ("b", 0), ("a", 1), ("b", 1), ("c", 0), ("c", 1),
    ]  # fmt: skip


def test_runs_must_claim_the_same():
    def ran(*claims):
        return {"claims": [{**c, "values": [1.0]} for c in claims]}

    a, b = ({k: v for k, v in claimed(s).items() if k != "page"} for s in "ab")
    assert len(evidence.merged("p", {0: ran(a, b), 1: ran(a, b)})) == 2
    with pytest.raises(ValueError, match="claims twice that 'a'"):
        evidence.merged("p", {0: ran(a, a), 1: ran(a)})
    with pytest.raises(ValueError, match="'b' is not claimed by each seed"):
        evidence.merged("p", {0: ran(a, b), 1: ran(a)})
    with pytest.raises(ValueError, match="another claim by seed"):
        evidence.merged("p", {0: ran(a), 1: ran({**a, "unit": "nats"})})


def test_only_notebooks_that_claim_are_run(book):
    assert list(evidence.pages(book)) == ["a.ipynb"]
    before = evidence.pages(book)["a.ipynb"]
    path = book / "book" / "a.ipynb"
    path.write_text(path.read_text().replace("kd.claim(", "print("))
    assert evidence.pages(book) == {}
    path.write_text(path.read_text().replace("print(", "kd.identity("))
    assert evidence.pages(book)["a.ipynb"] != before


def test_exercises_are_no_part_of_a_study(book):
    """A page's evidence outlives a change of what computes no claim."""
    path = book / "book" / "a.ipynb"
    notebook = nbformat.read(path, 4)
    before = evidence.pages(book)
    for aside in (
        "kd.exercises.check('math.x', ...)", "kd.predict('how many?')",
        "kd.reveal('how many?')", "kd.diagrams.setting()",
    ):  # fmt: skip
        notebook.cells.append(nbformat.v4.new_code_cell(aside))
        nbformat.write(notebook, path)
        assert evidence.pages(book) == before
    notebook.cells.append(nbformat.v4.new_code_cell("x = 1"))
    nbformat.write(notebook, path)
    assert evidence.pages(book) != before


# what is stored


@pytest.mark.parametrize(
    "claim", STORED["claims"],
    ids=lambda c: f"{c['page']}: {c['statement']}",
)  # fmt: skip
def test_no_check_is_one_that_cannot_fail(claim):
    """Mirrored at its bound, what holds fails, and the other way round."""
    ((kind, bound),) = claim["condition"].items()
    for values in claim["values"].values():
        own = np.array(values)
        if kind == "within":  # moved out by the width of what is allowed
            turned = own + np.where(own.mean() < 0, -2, 2) * bound
        else:
            turned = 2 * bound - own
        both = [
            verdict(Interval(v) if len(v) > 1 else v[0], **claim["condition"])
            for v in (own, turned)
        ]
        assert not all(v in ("holds", "leans for") for v in both)


def test_the_numbers_by_which_it_is_judged():
    """Computed here once more, from the values and by SciPy alone."""
    from scipy import stats

    published = [c for c in STORED["claims"] if c["kind"] == "published"]
    firm = same = beyond = whole = 0
    for claim in published:
        ((kind, bound),) = claim["condition"].items()
        sides = {"above": [(bound, 1)], "below": [(bound, -1)]}.get(
            kind, [(-bound, 1), (bound, -1)]
        )
        one, other = (np.array(claim["values"][base]) for base in "01")

        def off(values, sides=sides):
            error = max(stats.sem(values), 1e-12)
            return min((values.mean() - b) * s / error for b, s in sides)

        def far(n):  # standard errors: another draw would say the same
            return stats.t.ppf(0.975, n - 1) + 1.645 * np.sqrt(2)

        for first, second in ((one, other), (other, one)):
            if abs(off(first)) < far(len(first)):
                continue
            firm += 1
            plain = stats.t.ppf(0.975, len(second) - 1)
            same += np.sign(off(first)) * off(second) >= plain
        both = np.concatenate([one, other])
        whole += abs(off(both)) >= far(len(both))
        error = np.hypot(stats.sem(one), stats.sem(other))
        beyond += abs(one.mean() - other.mean()) > 2.1 * error
    found = tables.summary(STORED)
    assert found["published"] == len(published)
    assert found["firm by base seed"] == firm
    assert found["the same by the other"] == same
    assert found["moved"] == beyond and found["firm"] == whole
    assert len(published) >= 80 and found["seeds"] >= 20
    assert same >= 0.95 * firm
    assert beyond <= 0.10 * len(published)
    assert whole >= 0.40 * len(published)
