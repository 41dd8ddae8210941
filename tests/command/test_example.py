"""The command line: what it prints, and what it refuses."""

import numpy as np
import pytest

import kd_tutorial as kd
from kd_tutorial.__main__ import main
from kd_tutorial.command.example import parser

HEAT = "must be a number from 0.01 to 10000"


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
    said = printed.split("learned from all labels: ")[1]
    assert 30 < float(said.split()[0]) <= 100 and "n = 2." in said
    few, every = printed.split("\n\n")[1:3]
    for block, title, first in (
        (few, "Few labels: ", "one label a class"),
        (every, "All images have labels", "all labels"),
    ):
        lines = block.splitlines()
        assert lines[0].startswith(title) and lines[1].startswith("method")
        assert lines[2].startswith(first)
        assert lines[3].startswith("teacher's answers") and "[" in lines[3]
    # The same students in both tables, and the reader is told of whom.
    answers = [block.splitlines()[3].split("  ")[1] for block in (few, every)]
    assert answers[0] == answers[1]
    assert "2 seeds, each with a teacher and students of its own" in printed


@pytest.mark.slow
def test_a_few_logits_are_not_taken_for_probabilities(tmp_path, capsys):
    """Nothing learned, two classes, four images to validate, two to test."""
    random = np.random.default_rng(0)
    path = tmp_path / "tiny.npz"
    np.savez(
        path,
        x_train=random.normal(size=(40, 3)), y_train=np.arange(40) % 2,
        x_test=random.normal(size=(2, 3)), y_test=[0, 1],
    )  # fmt: skip
    assert main(["--dataset", str(path), "--epochs", "1", "--seeds", "2"]) == 0
    printed = capsys.readouterr().out
    assert "4 validation and 2 test images, 2 classes" in printed
    assert "All images have labels" in printed


@pytest.mark.slow
def test_splits_are_drawn_anew_where_they_can_be(capsys):
    assert main(["--seeds", "2", "--epochs", "1"]) == 0
    printed = capsys.readouterr().out
    assert "2 seeds, each with a split, teacher and students" in printed


def test_defaults_are_the_articles_example():
    options = parser().parse_args([])
    assert vars(options) == {
        "dataset": "digits", "temperature": 4.0, "seeds": 10, "epochs": 40,
        "device": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--temperature", "0"], f"--temperature: {HEAT}, got '0'"),
        (["--temperature", "-4"], f"--temperature: {HEAT}, got '-4'"),
        (["--temperature", "nan"], f"--temperature: {HEAT}, got 'nan'"),
        (["--temperature", "inf"], f"--temperature: {HEAT}, got 'inf'"),
        (["--temperature", "1e20"], f"--temperature: {HEAT}, got '1e20'"),
        (["--temperature", "1e-300"], f"--temperature: {HEAT}, got '1e-300'"),
        (["--temperature", "10001"], f"--temperature: {HEAT}, got '10001'"),
        (["--temperature", "hot"], f"--temperature: {HEAT}, got 'hot'"),
        (["--temperature", ""], f"--temperature: {HEAT}, got ''"),
        (["--temperature", "4j"], f"--temperature: {HEAT}, got '4j'"),
        (["--temperature"], "--temperature: expected one argument"),
        (
            ["--seeds", "1"],
            "--seeds: must be a whole number from 2 to 1000, got '1'",
        ),
        (["--seeds", "1001"], "2 to 1000, got '1001'"),
        (["--seeds", "2.5"], "2 to 1000, got '2.5'"),
        (["--seeds", "-3"], "2 to 1000, got '-3'"),
        (["--seeds", "True"], "2 to 1000, got 'True'"),
        (["--seeds", "9" * 5000], "--seeds: must be a whole number from 2"),
        (
            ["--epochs", "0"],
            "--epochs: must be a whole number from 1 to 10000, got '0'",
        ),
        (["--epochs", "1.5"], "--epochs: must be a whole number from 1 to"),
        (["--epochs", "1e3"], "--epochs: must be a whole number from 1 to"),
        (["--epochs", "10001"], "--epochs: must be a whole number from 1 to"),
        (["--dataset", ""], "--dataset: unknown dataset ''"),
        (["--dataset", "\0.npz"], "--dataset: "),
        (["--dataset", "a\nb"], "--dataset: unknown dataset 'a"),
        (["--dataset", "mnits"], "--dataset: unknown dataset 'mnits'"),
        (["--dataset", "no.npz"], "--dataset: no file no.npz"),
        (["--device", "tpu"], "--device: no device 'tpu' here. Choose from"),
        (["--device", "cpu:7"], "--device: no device 'cpu:7' here"),
        (["--device", ":"], "--device: no device ':' here"),
        (["digits"], "unrecognized arguments: digits"),
        (["--speed", "9"], "unrecognized arguments"),
    ],
)
def test_wrong_arguments(arguments, message, capsys):
    refused(arguments, message, capsys)


def refused(arguments, message, capsys):
    """One line that names the argument, and status 2."""
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("python -m kd_tutorial: error: ")
    assert message in told and told.count("\n") == 1


@pytest.mark.parametrize(
    "change, message",
    [
        ({"x_train": np.zeros(20)}, "x_train has shape (20,), one number an"),
        ({"x_train": np.array(3.0)}, "x_train has shape ()"),
        ({"x_train": np.zeros((20, 0))}, "x_train has no examples"),
        ({"x_train": np.zeros((1, 3)), "y_train": [0]}, "one example"),
        ({"x_train": np.full((20, 3), np.nan)}, "NaN or infinite"),
        ({"x_train": np.full((20, 3), "a")}, "must hold numbers"),
        ({"x_train": [{}] * 20}, "cannot be read"),
        ({"x_test": np.zeros((10, 4))}, "They must be alike"),
        ({"y_train": np.zeros(20, int)}, "all labels of y_train are 0"),
        ({"y_train": np.arange(20) % 2 + 1}, "numbered 0 to 1, got 1, 2"),
        ({"y_train": np.arange(20) * 10**6}, "numbered 0 to 19"),
        ({"y_test": np.full(10, 5)}, "y_test has labels that y_train lacks"),
        ({"y_train": np.linspace(0, 1, 20)}, "got dtype float64"),
        ({"y_train": ["a", "b"] * 10}, "got dtype <U1"),
        ({"y_train": np.eye(2)[[0, 1] * 10]}, "argmax"),
        ({"y_train": None}, "lacks y_train"),
    ],
)
def test_files_that_do_not_fit(tmp_path, change, message, capsys):
    arrays = {
        "x_train": np.zeros((20, 3)), "y_train": np.arange(20) % 2,
        "x_test": np.zeros((10, 3)), "y_test": np.arange(10) % 2,
    } | change  # fmt: skip
    path = tmp_path / "own.npz"
    np.savez(path, **{k: v for k, v in arrays.items() if v is not None})
    refused(["--dataset", str(path)], message, capsys)


def test_files_that_cannot_be_read(tmp_path, capsys):
    path = tmp_path / "own.npz"
    refused(["--dataset", str(path)], "--dataset: no file", capsys)
    path.mkdir()
    refused(["--dataset", str(path)], "--dataset: no file", capsys)
    path = tmp_path / "other.npz"
    path.write_bytes(b"PK no zip at all")
    refused(["--dataset", str(path)], "--dataset: " + str(path), capsys)


def test_numbers_that_no_training_survives(tmp_path, capsys):
    generator = np.random.default_rng(0)
    path = tmp_path / "own.npz"
    np.savez(
        path,
        x_train=1e37 * generator.normal(size=(40, 3)),
        y_train=np.arange(40) % 2,
        x_test=1e37 * generator.normal(size=(10, 3)),
        y_test=np.arange(10) % 2,
    )
    message = f"--dataset: {path} does not train so: "
    refused(["--dataset", str(path), "--epochs", "2"], message, capsys)


def test_a_base_seed_that_is_none(monkeypatch, capsys):
    monkeypatch.setenv("KD_SEED", "one")
    refused([], "KD_SEED must be a whole number", capsys)
