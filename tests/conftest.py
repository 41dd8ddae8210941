"""Settings for all tests."""

import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

import kd_tutorial  # noqa: F401  first, so that TensorFlow starts quietly

sys.path.insert(0, str(Path(__file__).parent))

# A shared machine is slow now and then; that is not a failure. Few examples
# of each property, because each one runs a model or a loss.
settings.register_profile(
    "shared",
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("shared")
