"""Keep TensorFlow's start-up notices out of the reader's notebook.

TensorFlow 2.21 writes some of them from C++ before it reads
``TF_CPP_MIN_LOG_LEVEL``. So the import of ``tensorflow``, whoever asks for
it, runs with the process's standard error set aside; afterwards the notices
are dropped and every other line is written out.
"""

import contextlib
import ctypes
import gc
import importlib.abc
import importlib.util
import logging
import os
import re
import sys
import tempfile

_NOTICE = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog"
    rb"|[IWE]\d{4} \d\d:\d\d:"  # I0000 00:00:1795523270.585785 ...
    rb"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWE] "
    rb"|To enable the following instructions: "
)
# absl::SetMinLogLevel, as it is called in TensorFlow 2.20.
_SET_LEVEL = "_ZN4absl12lts_2025012714SetMinLogLevelENS0_18LogSeverityAtLeastE"


class _QuietLoader(importlib.abc.Loader):
    """The loader of TensorFlow, run with standard error set aside."""

    def __init__(self, loader):
        self._loader = loader

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self._loader
        with tempfile.TemporaryFile() as notices:
            stderr = os.dup(2)
            os.dup2(notices.fileno(), 2)
            try:
                with _no_collections():
                    self._loader.exec_module(module)
            finally:
                os.dup2(stderr, 2)
                os.close(stderr)
                notices.seek(0)
                rest = b"".join(
                    line for line in notices if not _NOTICE.match(line)
                )
                if rest:
                    os.write(2, rest)
        _pass_the_level_on(os.path.dirname(module.__file__))


@contextlib.contextmanager
def _no_collections():
    """Without a look for garbage, of which an import leaves next to none.

    To look through its hundred thousands of objects again and again took a
    tenth of its time and more.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _pass_the_level_on(folder):
    """Tell absl the level, as TensorFlow 2.21 does and 2.20 does not."""
    level = os.environ["TF_CPP_MIN_LOG_LEVEL"]
    with contextlib.suppress(OSError, AttributeError, ValueError):
        library = ctypes.CDLL(f"{folder}/libtensorflow_framework.so.2")
        library[_SET_LEVEL](int(level))


class _QuietFinder(importlib.abc.MetaPathFinder):
    """Finds `tensorflow` as Python would, and wraps its loader."""

    def find_spec(self, name, path=None, target=None):
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)  # TensorFlow is imported once
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _QuietLoader(spec.loader)
        return spec


def _not_retracing(record):
    return "triggered tf.function retracing" not in record.getMessage()


def quiet_tensorflow():
    """Drop TensorFlow's notices, now and at its import.

    With them goes one warning: a book trains many small models in one
    process, and each rightly traces its own functions.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").addFilter(_not_retracing)
    if "tensorflow" not in sys.modules and not any(
        isinstance(finder, _QuietFinder) for finder in sys.meta_path
    ):
        sys.meta_path.insert(0, _QuietFinder())
