"""Settings for all tests."""

import gc
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


def kept(phase, info):
    """What outlived a whole collection is not looked through again.

    Modules and compiled programs stay until the end, millions of objects: to
    look through them each time took a tenth of all tests' time.
    """
    if phase == "stop" and info["generation"] == 2:
        gc.freeze()


def pytest_collection_finish():
    gc.callbacks.append(kept)
    gc.collect()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """What Keras draws is the same every time: its seeds are Python's."""
    random.seed(0)
    np.random.seed(0)
