"""The command line: what it prints, and what it refuses."""

import numpy as np
import pytest

import kd_tutorial as kd
from kd_tutorial.__main__ import main, parser


@pytest.fixture
def small(tmp_path):
    """A data file that trains in a moment."""
    digits = kd.load_data("digits")
    path = tmp_path / "small.npz"
    np.savez(
        path,
        x_train=digits.train.x[:200], y_train=digits.train.y[:200],
        x_test=digits.test.x[:100], y_test=digits.test.y[:100],
    )  # fmt: skip
    return str(path)


def test_the_example_runs_and_says_where(small, capsys):
    status = main(
        ["--dataset", small, "--seeds", "2", "--epochs", "2",
         "--temperature", "3", "--device", "CPU"]
    )  # fmt: skip
    printed = capsys.readouterr().out
    assert status == 0
    assert "180 training, 20 validation and 100 test images" in printed
    assert "device cpu:0" in printed
    assert "teacher: " in printed
    for part in ("all training images", "one labelled image a class"):
        table = printed.split(f"{part}, 2 paired seeds")[1].splitlines()
        assert table[1].startswith("method")
        assert table[2].startswith("hard labels")
        assert "[" in table[3] and table[3].startswith("teacher's answers")


def test_defaults_are_the_articles_example():
    options = parser().parse_args([])
    assert vars(options) == {
        "dataset": "digits", "temperature": 4.0, "seeds": 10, "epochs": 20,
        "device": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--temperature", "0"], "--temperature: must be a number above 0"),
        (["--temperature", "nan"], "--temperature: must be a number above 0"),
        (["--temperature", "hot"], "got 'hot'"),
        (
            ["--seeds", "1"],
            "--seeds: must be a whole number, 2 to 1000, got '1'",
        ),
        (["--seeds", "1001"], "2 to 1000, got '1001'"),
        (["--seeds", "2.5"], "2 to 1000, got '2.5'"),
        (
            ["--epochs", "0"],
            "--epochs: must be a whole number, 1 or more, got '0'",
        ),
        (
            ["--epochs", "1.5"],
            "--epochs: must be a whole number, 1 or more, got '1.5'",
        ),
        (["--dataset", "mnits"], "--dataset: unknown dataset 'mnits'"),
        (["--dataset", "no.npz"], "--dataset: no file no.npz"),
        (["--device", "tpu"], "--device: no device 'tpu' here. Choose from"),
        (["--speed", "9"], "unrecognized arguments"),
    ],
)
def test_wrong_arguments(arguments, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err
