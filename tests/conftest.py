"""Settings for all tests."""

import gc
import os
import random
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

import kd_tutorial  # noqa: F401  first, so that TensorFlow starts quietly

sys.path.insert(0, str(Path(__file__).parent))

# A shared machine is slow now and then; that is not a failure. Few examples
# of each property, because each one runs a model or a loss; the same ones
# every time, as what is green here has to be green elsewhere.
settings.register_profile(
    "shared",
    deadline=None,
    derandomize=True,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("shared")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """What the package refuses by name on PyTorch is not tried there."""
    report = yield
    why = call.excinfo and call.excinfo.value
    if (
        report.failed
        and os.environ.get("KERAS_BACKEND") == "torch"
        and isinstance(why, NotImplementedError)
        and "TensorFlow and JAX, got Keras on torch" in str(why)
    ):
        report.outcome = "skipped"
        report.longrepr = str(item.path), item.location[1], f"Skipped: {why}"
    return report


def pytest_collection_finish():
    """What was imported stays: no collection need look through it again."""
    gc.collect()
    gc.freeze()


_collections = 0


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """What Keras draws is the same every time: its seeds are Python's.

    And what outlived a whole collection is not looked through again: of the
    compiled programs, which stay, there are millions of objects, and to look
    through them each time took a tenth of all tests' time.
    """
    global _collections
    random.seed(0)
    np.random.seed(0)
    if _collections < (now := gc.get_stats()[2]["collections"]):
        _collections = now
        gc.freeze()
