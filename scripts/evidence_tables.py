"""What the stored evidence says: verdicts, tables, the forest plot.

All is computed from the values in book/evidence.json; nothing is typed. A
claim has one verdict for each base seed, and one from all its values, the
one that the tables print.
"""

import json
import re
import textwrap
from collections import Counter
from pathlib import Path

import numpy as np

from kd_tutorial.evidence.intervals import Difference, Interval
from kd_tutorial.evidence.verdicts import (
    VERDICTS,
    distance,
    in_words,
    verdict,
)

ROOT = Path(__file__).resolve().parent.parent
STORED = ROOT / "book" / "evidence.json"
PICTURE = ROOT / "book" / "images" / "forest.svg"
FIRM = ("holds", "does not hold")
LEVEL = 0.05  # of wrong leanings among those that a page prints
BEYOND = 2.1  # combined standard errors; 5 in 100 by chance


ALARM = 0.001  # a build that is right is called wrong less often than that


def load(file: Path = STORED) -> dict:
    """What is stored; with nothing in it where nothing is."""
    if file.exists():
        return json.loads(file.read_text("utf-8"))
    return {"made": {"seconds": 0.0}, "pages": {}, "claims": []}


def intervals(claim: dict) -> dict[str, Interval]:
    """A claim's interval by base seed, and of `"all"` its values.

    Empty for a claim in which nothing is random.
    """
    if any(len(own) < 2 for own in claim["values"].values()):
        return {}
    values = claim["values"]
    values = {**values, "all": [v for own in values.values() for v in own]}
    return {base: Interval(own, claim["unit"]) for base, own in values.items()}


def p_value(interval: Interval, condition: dict) -> float:
    """Two-sided, that the true value is the (nearer) bound."""
    from scipy import stats

    off = abs(distance(interval, **condition))
    return float(2 * stats.t.sf(off, interval.n - 1))


def verdicts(evidence: dict) -> list[dict]:
    """Each claim with its `"verdicts"`, by base seed and of all values.

    A leaning survives only where the page's false discovery rate allows it
    (Benjamini and Hochberg 1995, over the claims of the page); else it is
    open. A firm verdict needs no correction: its bound is so far away that
    it would survive on a page of a hundred.
    """
    from scipy import stats

    rows = []
    for page in dict.fromkeys(c["page"] for c in evidence["claims"]):
        own = [c for c in evidence["claims"] if c["page"] == page]
        random = [(c, i) for c in own if (i := intervals(c))]
        for claim in own:
            if not intervals(claim):
                (number,) = claim["values"]["0"]
                said = verdict(number, **claim["condition"])
                rows.append({**claim, "verdicts": {"all": said}})
        found = [{} for _ in random]
        for base in random[0][1] if random else ():
            ps = [p_value(i[base], c["condition"]) for c, i in random]
            adjusted = stats.false_discovery_control(ps)
            for place, (claim, interval) in enumerate(random):
                said = verdict(interval[base], **claim["condition"])
                if said.startswith("leans") and adjusted[place] > LEVEL:
                    said = "open"
                found[place][base] = said
        rows += [
            {**claim, "verdicts": said, "intervals": interval}
            for (claim, interval), said in zip(random, found, strict=True)
        ]
    return rows


def survival(rows) -> tuple[int, int]:
    """Of verdicts firm under one base seed, how many the other repeats.

    By the other's plain 95 % interval; each order counts once.

    Returns:
        How many are the same, and of how many.
    """
    same = firm = 0
    for row in rows:
        bases = [base for base in row["verdicts"] if base != "all"]
        for one in bases:
            for other in bases:
                said = row["verdicts"][one]
                if one == other or said not in FIRM:
                    continue
                firm += 1
                plain = row["intervals"][other]
                again = verdict(plain, **row["condition"])
                wanted = ("holds", "leans for") if said == "holds" else (
                    "does not hold", "leans against")  # fmt: skip
                same += again in wanted
    return same, firm


def moved(rows) -> tuple[int, int]:
    """How many means differ by more than 2.1 combined standard errors."""
    beyond = 0
    for row in rows:
        one, other = (i for b, i in row["intervals"].items() if b != "all")
        error = np.hypot(one.standard_error, other.standard_error)
        beyond += abs(one.mean - other.mean) > BEYOND * error
    return beyond, len(rows)


def contradictions(found: dict, evidence: dict | None = None) -> list[str]:
    """Where what ran just now says another thing than what is stored.

    Welch's test of the live values against those of the stored seeds that
    are not among the live ones; at a level that all tests of a build share,
    so that a build in which nothing is wrong fails less than once in a
    thousand times. Numbers that no seed changes must give the same verdict.

    Args:
        found: the claims that the notebooks show, by page.
        evidence: defaults to `None`: what is stored.

    Returns:
        A sentence for each contradiction.
    """
    stored = {
        (claim["page"], claim["statement"]): claim
        for claim in (load() if evidence is None else evidence)["claims"]
    }
    pairs = [
        (page, claim, stored[page, claim.statement])
        for page, own in found.items()
        for claim in own
        if (page, claim.statement) in stored
        and stored[page, claim.statement]["condition"] == claim.condition
    ]
    lines = []
    for page, claim, twin in pairs:
        live = np.array(claim.values)
        rest = [v for own in twin["values"].values() for v in own]
        if len(live) > 1:
            rest = _others(live, twin["values"])
        if not _agree(live, np.array(rest), twin, ALARM / len(pairs)):
            lines.append(
                f"{page}: {claim.statement!r} has {claim.evidence} here, and "
                f"{np.mean(rest):.3g} in book/evidence.json (n = "
                f"{len(rest)}). Look for what changed, or `make evidence`."
            )
    return lines


def _others(live, values) -> list[float]:
    """Stored values of other seeds: base seed 0 begins with the live ones."""
    return [*values["0"][len(live) :], *values["1"]]


def _agree(live, stored, twin, level) -> bool:
    from scipy import stats

    if len(live) == 1 or len(stored) < 2:
        said = {verdict(float(v), **twin["condition"]) for v in live}
        return said == {verdict(float(v), **twin["condition"]) for v in stored}
    if np.ptp(live) == np.ptp(stored) == 0:
        return bool(np.isclose(live[0], stored[0], rtol=1e-3, atol=1e-9))
    test = stats.ttest_ind(live, stored, equal_var=False)
    return bool(test.pvalue > level)


def of_kind(rows, kind) -> list[dict]:
    """Rows of one kind, in which something is random unless identities."""
    return [
        row
        for row in rows
        if row["kind"] == kind and (kind == "identity" or "intervals" in row)
    ]


def summary(evidence: dict) -> dict[str, int]:
    """The numbers by which the evidence is judged."""
    rows = verdicts(evidence)
    theirs, ours = of_kind(rows, "published"), of_kind(rows, "own")
    same, firm = survival(theirs)
    beyond, compared = moved(theirs)
    return {
        "published": len(theirs),
        "own": len(ours),
        "identities": len(of_kind(rows, "identity")),
        "seeds": min(
            (len(v) for r in theirs for v in r["values"].values()), default=0
        ),
        "firm": sum(r["verdicts"]["all"] in FIRM for r in theirs),
        "firm by base seed": firm,
        "the same by the other": same,
        "moved": beyond,
        "compared": compared,
        "own, firm": sum(r["verdicts"]["all"] in FIRM for r in ours),
    }


def _share(part, whole) -> str:
    return f"{part} of {whole} ({100 * part / max(whole, 1):.0f} in a hundred)"


def summary_lines(evidence: dict) -> list[str]:
    """The same in sentences."""
    s = summary(evidence)
    return [
        f"{s['published']} published claims, with {s['seeds']} seeds or more "
        f"from each of two base seeds; {s['own']} of the book's own; "
        f"{s['identities']} identities.",
        "",
        f"- Firm, of the published: {_share(s['firm'], s['published'])}.",
        "- Of verdicts that are firm under one base seed, the plain interval "
        "of the other says the same in "
        f"{_share(s['the same by the other'], s['firm by base seed'])}.",
        f"- Means that lie more than {BEYOND} combined standard errors apart "
        f"under two base seeds: {_share(s['moved'], s['compared'])}; by "
        "chance it would be 5.",
    ]


def made_lines(evidence: dict) -> list[str]:
    """When, on what and with which versions; and what is not in it yet."""
    made = evidence["made"]
    if "date" not in made:
        return ["Nothing is stored yet: `make evidence` does it."]
    versions = ", ".join(f"{k} {v}" for k, v in made["versions"].items())
    hours = made["seconds"] / 3600
    lines = [
        f"Made on {made['date']}, {made['machine']}, in {hours:.1f} hours of "
        f"one processor, with {versions}."
    ]
    from evidence import pages

    there = pages()
    known = {page: own["code"] for page, own in evidence["pages"].items()}
    missing = [page for page in there if page not in known]
    older = [p for p, code in there.items() if known.get(p, code) != code]
    for what, some in (
        ("Not run yet", missing), ("Run before their code changed", older)
    ):  # fmt: skip
        if some:
            lines += ["", f"{what}: {', '.join(some)}."]
    return lines


def counted(said) -> str:
    """How many of each verdict, in words."""
    count = Counter(said)
    return ", ".join(f"{count[v]} *{v}*" for v in VERDICTS if count[v])


def table(head, rows) -> list[str]:
    """A Markdown table; cells hold Markdown of their own."""

    def line(cells):
        escaped = (cell.replace("|", "\\|") for cell in cells)
        return "| " + " | ".join(escaped) + " |"

    return [line(head), line(["---"] * len(head)), *map(line, rows)]


def linked(source: str) -> str:
    """A source with its arXiv and DOI numbers as links."""
    source = re.sub(
        r"arXiv:(\d{4}\.\d{4,5})", r"[\g<0>](https://arxiv.org/abs/\1)", source
    )
    return re.sub(r"doi:(10\.\S+)", r"[\g<0>](https://doi.org/\1)", source)


def evidence_text(row: dict) -> str:
    """The interval of all values, signed where it is a difference."""
    kind = Difference if "within" in row["condition"] or any(
        b == 0 for b in row["condition"].values()
    ) else Interval  # fmt: skip
    return str(kind(row["intervals"]["all"].values, row["unit"]))


def link(page: str, here: str) -> str:
    """A link from a page of the folder `here` to another page."""
    return "../" * len(Path(here).parts) + page


def published_lines(evidence: dict, here: str) -> list[str]:
    """The published claims, each beside the paper's own effect."""
    rows = of_kind(verdicts(evidence), "published")
    lines = [
        [
            f"{row['statement']} ({linked(row['source'])})",
            row["paper"],
            f"{evidence_text(row)}; claimed: {in_words(row['condition'])}",
            f"**{row['verdicts']['all']}**",
            "; ".join(v for b, v in row["verdicts"].items() if b != "all"),
            f"[{row['setting']}]({link(row['page'], here)})",
        ]
        for row in rows
    ]
    head = ["claim", "there", "here, 95 % interval", "verdict",
            "by base seed", "tested on"]  # fmt: skip
    said = counted(row["verdicts"]["all"] for row in rows)
    return [f"Of {len(rows)}: {said}.", "", *table(head, lines)]


def identity_lines(evidence: dict, here: str) -> list[str]:
    """What can be proved, and was computed as a check of the code."""
    lines = [
        [
            f"{row['statement']} ({linked(row['source'])})",
            f"{row['values']['0'][0]:.3g}; must be "
            f"{in_words(row['condition'])}",
            f"[{row['setting']}]({link(row['page'], here)})",
        ]
        for row in of_kind(verdicts(evidence), "identity")
    ]
    return table(["statement", "computed", "on"], lines)


def own_lines(evidence: dict, here: str) -> list[str]:
    """The book's own claims and questions, firm or not."""
    rows = of_kind(verdicts(evidence), "own")
    lines = [
        [
            f"[{row['statement']}]({link(row['page'], here)})",
            f"{evidence_text(row)}; {in_words(row['condition'])}",
            row["verdicts"]["all"],
        ]
        for row in rows
    ]
    said = counted(row["verdicts"]["all"] for row in rows)
    head = ["claim", "95 % interval; claimed", "verdict"]
    return [f"Of {len(rows)}: {said}.", "", *table(head, lines)]


def draw(evidence: dict, picture: Path = PICTURE):
    """The forest plot: every published claim, both base seeds."""
    import matplotlib

    matplotlib.use("agg")
    figure = forest(of_kind(verdicts(evidence), "published"))
    with matplotlib.rc_context({"svg.hashsalt": "forest"}):
        figure.savefig(picture, metadata={"Date": None})


def forest(rows):
    """Standard errors from the bound, a line a claim, sorted.

    Distances beyond ten are drawn at ten, as arrows.
    """
    import matplotlib.pyplot as plt

    def off(row, base):
        return distance(row["intervals"][base], **row["condition"])

    rows = sorted(rows, key=lambda row: off(row, "all"))
    figure, axes = plt.subplots(
        figsize=(4.6, 1.4 + 0.36 * len(rows)), layout="constrained"
    )
    # A claim stands above its marks, so that the figure fits a phone.
    places = np.arange(len(rows))
    axes.barh(places - 0.2, 8.8, 0.4, -4.4, color="0.92", zorder=0)
    axes.vlines(0 * places, places - 0.4, places, color="0.3", linewidth=1)
    marks = {"0": ("o", "#0072B2", 0.12), "1": ("s", "#D55E00", 0.28)}
    for base, (mark, color, lower) in marks.items():
        values = np.array([off(row, base) for row in rows])
        near = np.abs(values) <= 10
        axes.plot(
            values[near], places[near] - lower, mark,
            color=color, markersize=3.5, label=f"base seed {base}",
        )  # fmt: skip
        for sign, arrow in ((1, ">"), (-1, "<")):
            far = ~near & (np.sign(values) == sign)
            axes.plot(
                np.full(far.sum(), 10.0 * sign), places[far] - lower, arrow,
                color=color, markersize=4,
            )  # fmt: skip
    for place, row in zip(places, rows, strict=True):
        name = f"{row['statement']} ({row['source'].split(',')[0]})"
        axes.text(
            -10.8, place + 0.04, "\n".join(textwrap.wrap(name, 84)),
            fontsize=6.5, linespacing=1.0, va="bottom",
        )  # fmt: skip
    axes.set_yticks([])
    axes.set(
        xlabel="standard errors from the bound,\nto the right: as claimed",
        xlim=(-10.8, 10.8), ylim=(-0.6, len(rows) - 0.2),
    )  # fmt: skip
    axes.spines[["top", "right", "left"]].set_visible(False)
    figure.legend(loc="outside upper right", ncols=2, frameon=False)
    return figure
