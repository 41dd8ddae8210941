"""The checks of the exercises on scale name the mistake."""

import numpy as np
import pytest

import kd_tutorial as kd


def gather(read, numbers, size):
    numbers = np.asarray(numbers)
    chunks = {n: np.asarray(read(n)) for n in {*(numbers // size).tolist()}}
    return np.stack([chunks[n // size][n % size] for n in numbers.tolist()])


def each_time(read, numbers, size):
    return np.stack([read(n // size)[n % size] for n in numbers])


def everything(read, numbers, size):
    chunks = [read(n) for n in range(max(numbers) // size + 1)]
    return np.concatenate(chunks)[numbers]


HOURS = 2 * 7e9 * 1e10 / 2e14 / 3600


@pytest.mark.parametrize(
    "name, right",
    [("bytes", (100, 402)), ("gather", gather), ("hours", HOURS)],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"scale.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("bytes", (200, 402), "two bytes, not four"),
        ("bytes", (1, 402), "Rows times classes"),
        ("bytes", (100, 0.402), "in gigabytes"),
        ("bytes", (100, 400), "The rest takes"),
        ("bytes", (100, 202), "indices of the kept"),
        ("bytes", (100, 7), "A hundred numbers"),
        ("gather", each_time, "reads 7 chunks where three"),
        ("gather", lambda r, n, s: gather(r, np.sort(n), s), "back sorted"),
        (
            "gather",
            lambda r, n, s: gather(r, n[np.argsort(n // s, kind="stable")], s),
            "chunk by chunk",
        ),
        ("gather", lambda r, n, s: r(0), "row n % size"),
        ("gather", lambda r, n, s: gather(r, n[::-1], s), "row n % size"),
        ("hours", HOURS / 2, "multiply and add"),
        ("hours", HOURS * 3600, "are seconds"),
        ("hours", HOURS * 60, "are minutes"),
        ("hours", HOURS * 3, "forward only"),
        ("hours", 1, "Tokens times 2P"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"scale.{name}", wrong)
    assert mistake in capsys.readouterr().out


def test_chunks_that_nobody_needs_are_named(capsys):
    assert kd.exercises.check("scale.gather", gather)
    assert "leave it" not in capsys.readouterr().out
    assert kd.exercises.check("scale.gather", everything)
    assert "Chunk 2 holds none of the rows" in capsys.readouterr().out
