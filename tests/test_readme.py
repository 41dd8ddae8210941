"""The README's example does what it says."""

import importlib.util
import re
from pathlib import Path

import pytest

import kd_tutorial as kd

README = Path(__file__).resolve().parent.parent / "README.md"


def test_its_example_runs(capsys):
    (source,) = re.findall(
        "```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL
    )
    if importlib.util.find_spec("onnxruntime") is None:
        pytest.skip("onnxruntime is not installed")
    if not kd.available("mnist-5k", "ocr-model"):
        pytest.skip("a file cannot be had")
    # The same with fewer images, but as many as teach something.
    small = source.replace('load_data("mnist-5k")', "load_data(size=400)")
    small = small.replace("load_data(", 'load_data("mnist-5k", ')
    assert small.count("size=400") == 1
    exec(small, {})
    assert 0.5 < float(capsys.readouterr().out.split()[-1]) < 1
