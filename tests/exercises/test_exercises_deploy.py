"""The checks of the exercises on the device name the mistake."""

import numpy as np
import pytest

import kd_tutorial as kd


def rounded(
    weights, bits, *, levels=None, reach=None, scaled=True, to=np.round
):
    reach = np.abs(weights).max(axis=0) if reach is None else reach(weights)
    step = reach / (2 ** (bits - 1) - 1 if levels is None else levels(bits))
    return to(weights / step) * (step if scaled else 1)


def wrong(**options):
    return lambda weights, bits: rounded(weights, bits, **options)


@pytest.mark.parametrize(
    "name, right",
    [
        ("rounded", rounded),
        ("bytes", 7200),
        ("bytes", 6968 + 4 * 58),
        ("common", (32 / 255, 2 / 255)),
        ("common", [0.1255, 0.00784]),
    ],
)
def test_right_answers(name, right):
    assert kd.exercises.check(f"deploy.{name}", right)


@pytest.mark.parametrize(
    "name, wrong, mistake",
    [
        ("rounded", 3, "the function itself"),
        ("rounded", lambda w, b: w[0], "shape must be"),
        ("rounded", lambda w, b: w, "nearest multiple"),
        ("rounded", wrong(scaled=False), "Multiply by the step"),
        ("rounded", wrong(to=np.floor), "not always one way"),
        ("rounded", wrong(to=np.trunc), "not always one way"),
        ("rounded", wrong(reach=lambda w: abs(w).max()), "not one for all"),
        (
            "rounded",
            wrong(reach=lambda w: abs(w).max(axis=1, keepdims=True)),
            "not the rows",
        ),
        ("rounded", wrong(reach=lambda w: w.max(axis=0)), "largest weight in"),
        ("rounded", wrong(levels=lambda b: 2 ** (b - 1)), "not to 128"),
        ("rounded", wrong(levels=lambda b: 2**b - 1), "bit is the sign"),
        ("rounded", wrong(levels=lambda b: 127), "Use `bits`"),
        ("bytes", 7026, "four bytes each"),
        ("bytes", 28_104, "float32"),
        ("bytes", 7258, "count twice"),
        ("bytes", 27_930, "other way round"),
        ("bytes", 57_600, "These are bits"),
        ("bytes", 5, "the 58 biases four"),
        ("common", 32 / 255, "a pair"),
        ("common", (32, 2), "divide by them"),
        ("common", (2 / 255, 32 / 255), "First for both"),
        ("common", (30 / 255, 2 / 255), "the smallest logit of all"),
        ("common", (1, 1), "From −41 to −9"),
        ("common", (32 / 255, 4 / 255), "then lie from −1"),
        ("common", (32 / 255, 5), "Without their means"),
    ],
)
def test_mistakes_are_named(name, wrong, mistake, capsys):
    assert not kd.exercises.check(f"deploy.{name}", wrong)
    assert mistake in capsys.readouterr().out
