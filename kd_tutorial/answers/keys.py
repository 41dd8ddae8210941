"""Keys of all that decides an answer: data, weights, settings and code.

What cannot be keyed (a socket, a session of a foreign engine) has no key, and
then nothing is remembered: a wrong answer from a cache is worse than none.
"""

import functools
import hashlib
import importlib.metadata
import io
import pickle
import sys
import types
from pathlib import Path

import numpy as np

from ..models.architecture import architecture
from .cache import fingerprint


def key_of(*values) -> str | None:
    """A digest of values and of the code they call; `None` if there is none.

    Arrays count with every byte, Keras models with their architecture,
    weights and the code of their layers, functions with their bytecode and
    all it refers to. Code of an installed package counts by the package's
    version. An object may bring a string `cache_key` of its own.
    """
    file = io.BytesIO()
    try:
        _Keyer(file).dump(values)
    except Exception:  # whatever cannot be written down cannot be keyed
        return None
    return hashlib.blake2b(file.getvalue(), digest_size=16).hexdigest()


class _Keyer(pickle.Pickler):
    """Writes down values, and in place of code what the code does."""

    def __init__(self, file):
        super().__init__(file, protocol=4)
        self.fast = True  # the same key for equal and for identical parts
        self.open = []  # what is being written: code may refer to itself

    def persistent_id(self, value):
        if any(value is other for other in self.open):
            return ("again", type(value).__name__)
        parts = self.parts(value)
        if parts is None:
            return None
        self.open.append(value)
        try:
            file = io.BytesIO()
            inner = _Keyer(file)
            inner.open = self.open
            inner.dump(parts)
            return hashlib.blake2b(file.getvalue()).hexdigest()
        finally:
            self.open.pop()

    def parts(self, value):
        """What stands for a value, or `None`: the value as it is."""
        key = getattr(value, "cache_key", None)
        if isinstance(key, str) and not isinstance(value, type):
            return ("key", key)
        if isinstance(value, np.ndarray):
            return ("array", fingerprint(value))
        if isinstance(value, types.ModuleType):
            return ("module", value.__name__, _version(value.__name__))
        if isinstance(value, types.FunctionType | type):
            version = _version(value.__module__)
            if version is not None:
                return (value.__module__, value.__qualname__, version)
        if isinstance(value, types.FunctionType):
            return self.function(value)
        if isinstance(value, types.CodeType):
            return (
                value.co_code, value.co_names, value.co_varnames,
                value.co_consts,
            )  # fmt: skip
        if isinstance(value, type):
            own = {
                name: part
                for name, part in vars(value).items()
                if isinstance(part, types.FunctionType | property)
                or isinstance(part, classmethod | staticmethod)
                or isinstance(part, int | float | str | tuple)
            }
            own.pop("__firstlineno__", None)
            return ("class", value.__qualname__, value.__bases__, own)
        if isinstance(value, property):
            return ("property", value.fget, value.fset)
        if isinstance(value, classmethod | staticmethod):
            return (type(value).__name__, value.__func__)
        if isinstance(value, types.MethodType):
            return ("method", value.__func__, value.__self__)
        if isinstance(value, functools.partial):
            return ("partial", value.func, value.args, value.keywords)
        if "keras" in sys.modules:
            return _keras_parts(value)
        return None

    def function(self, value):
        """A function's code, and the values it refers to."""
        names, codes = set(), [value.__code__]
        while codes:
            code = codes.pop()
            names |= {*code.co_names}
            codes += [c for c in code.co_consts if isinstance(c, type(code))]
        used = {
            name: value.__globals__[name]
            for name in sorted(names)
            if name in value.__globals__
        }
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        return (
            "function", value.__code__, value.__defaults__,
            value.__kwdefaults__, cells, used,
        )  # fmt: skip


def _keras_parts(value):
    """A Keras model, layer or variable by its settings and numbers."""
    import keras

    if isinstance(value, keras.Variable):
        return ("variable", np.asarray(value))
    if isinstance(value, keras.Layer):
        settings, code = architecture(value)
        return ("layer", settings, code, value.get_weights())
    return None


@functools.cache
def _version(module: str) -> str | None:
    """The version of the installed package that holds a module."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return sys.version
    for name in _packages().get(top, ()):
        found = importlib.metadata.distribution(name)
        if _holds(found, sys.modules.get(module)):
            return found.version
    return None


def _holds(distribution, module) -> bool:
    """Whether a module is that package's, and not one of the same name."""
    file = getattr(module, "__file__", None)
    if file is None or "editable" in (
        distribution.read_text("direct_url.json") or ""
    ):
        return True
    home = Path(distribution.locate_file("")).resolve()
    return Path(file).resolve().is_relative_to(home)


@functools.cache
def _packages():
    return importlib.metadata.packages_distributions()
