"""The checks of the exercises on trends name the mistake."""

import numpy as np
import pytest

import kd_tutorial as kd

RIGHT = ["leans for", "open", "does not hold"]
DESIGN = {
    "seeds": 20, "trials": (5, 5), "validation": 5, "matters": 1,
    "drawn": {"split", "teacher", "choice", "student"},
}  # fmt: skip


@pytest.mark.parametrize(
    "name, right",
    [
        ("verdicts", RIGHT),
        ("sign", 0.36),
        ("chance", (1, 0.637)),
        ("flaws", "abdeg"),
        ("flaws", ["a", "b", "d", "e", "g"]),
        ("flaws", "(a), (b), (d), (e), (g)"),
        ("flaws", np.array([*"abdeg"])),
        ("flaws", frozenset("abdeg")),
        ("verdicts", ["Leans for.", "open", "*does not hold*"]),
        ("design", DESIGN),
        ("design", DESIGN | {"seeds": 10, "trials": [11, 11]}),
    ],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"trends.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("verdicts", 3, "a list of three"),
        ("verdicts", "holds", "a list of three"),
        ("verdicts", RIGHT[:2], "a list of three"),
        ("verdicts", dict.fromkeys(RIGHT), "a list of three"),
        ("verdicts", {*RIGHT}, "a list of three"),
        ("verdicts", ["holds", "maybe", "holds"], "'maybe' is not one"),
        ("verdicts", ["holds", *RIGHT[1:]], "4.6 are needed"),
        ("verdicts", [RIGHT[0], "holds", RIGHT[2]], "its interval holds 0"),
        ("verdicts", [RIGHT[0], RIGHT[2], RIGHT[2]], "does not exclude"),
        ("verdicts", [*RIGHT[:2], "open"], "that is not open"),
        ("verdicts", [*RIGHT[:2], "leans against"], "that is firm"),
        ("verdicts", ["open", *RIGHT[1:]], "on which side of 0"),
        ("flaws", 3, "Answer with the letters"),
        ("flaws", "", "There are flaws"),
        ("flaws", "abh", "'h' is not a step"),
        ("flaws", "abcdeg", "(c) is sound"),
        ("flaws", "abdefg", "(f) is sound"),
        ("flaws", "bdeg", "What varies from seed to seed"),
        ("flaws", "adeg", "Which set chose"),
        ("flaws", "abeg", "How often"),
        ("flaws", "abdg", "20 epochs are the end"),
        ("flaws", "abde", "the conclusion say more"),
        ("design", "fair", "a dictionary of"),
        ("design", DESIGN | {"trials": (10, 1)}, "gain may be tuning"),
        ("design", DESIGN | {"trials": (1, 1)}, "one trial is none"),
        ("design", DESIGN | {"seeds": 10.5}, "whole numbers"),
        ("design", DESIGN | {"trials": (2.5, 2.5)}, "whole numbers"),
        ("design", DESIGN | {"drawn": {"student"}}, "share one choice"),
        ("design", DESIGN | {"drawn": {"luck"}}, "'luck' is not one"),
        ("design", DESIGN | {"drawn": 4}, "a set of words"),
        ("design", DESIGN | {"seeds": 5}, "know their own spread too roughly"),
        ("design", DESIGN | {"seeds": 30}, "330 networks"),
        ("design", DESIGN | {"validation": 40}, "not more to choose with"),
        ("design", DESIGN | {"matters": 0}, "would matter"),
        ("sign", 36, "from 0 to 1"),
        ("sign", 0.31, "difference spreads more"),
        ("sign", 0.64, "looks better"),
        ("sign", 0.40, "root of 2"),
        ("sign", 0.05, "A normal tail"),
        ("chance", 1, "a pair"),
        ("chance", (2, 0.87), "Half of the 5 %"),
        ("chance", (3, 0.6), "the same probability"),
        ("chance", (1, 0.363), "none of them holds"),
        ("chance", (1, 0.1), "one minus the chance"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"trends.{name}", wrong)
    assert mistake in capsys.readouterr().out
