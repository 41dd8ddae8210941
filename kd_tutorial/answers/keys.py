"""Keys of all that decides an answer: data, weights, settings and code.

What cannot be keyed (a socket, a session of a foreign engine) has no key, and
then nothing is remembered: a wrong answer from a cache is worse than none.
"""

import copyreg
import dis
import functools
import hashlib
import importlib.metadata
import io
import itertools
import os
import pickle
import sys
import types
from pathlib import Path

import numpy as np

from ..models.architecture import additions, architecture
from .cache import fingerprint

_BACKENDS = ("keras", "tensorflow")


def key_of(*values) -> str | None:
    """A digest of values and of the code they call; `None` if there is none.

    Arrays count with every byte, Keras models with their architecture,
    weights and the code of their layers, functions with their bytecode and
    all it refers to. Code of an installed package counts by the package's
    version; a module of one's own has no key, nor what pickle knows by its
    name alone. An object may bring a string `cache_key` of its own.
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
            return self.digest(parts)
        finally:
            self.open.pop()

    def reducer_override(self, value):
        """Raise for what has a name alone, which tells nothing of it."""
        reduce = copyreg.dispatch_table.get(type(value))
        name = reduce(value) if reduce else value.__reduce_ex__(4)
        if isinstance(name, str):
            _known(pickle.whichmodule(value, name))
        return NotImplemented

    def digest(self, parts):
        file = io.BytesIO()
        inner = _Keyer(file)
        inner.open = self.open
        inner.dump(parts)
        return hashlib.blake2b(file.getvalue()).hexdigest()

    def parts(self, value):
        """What stands for a value, or `None`: the value as it is."""
        key = getattr(value, "cache_key", None)
        if isinstance(key, str) and not isinstance(value, type):
            return ("key", key)
        if isinstance(value, np.ndarray):
            return ("array", fingerprint(value))
        if isinstance(value, types.ModuleType):
            return ("module", value.__name__, _known(value.__name__))
        if type(value) in (set, frozenset):  # whose order is no one's
            return ("set", sorted(self.digest(each) for each in value))
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
                if not name.startswith("__")
                or isinstance(part, types.FunctionType | property)
                or isinstance(part, classmethod | staticmethod)
                or isinstance(part, int | float | str | tuple)
            }
            own.pop("_abc_impl", None)  # what `abc` has looked up
            own.pop("__firstlineno__", None)
            return ("class", value.__qualname__, value.__bases__, own)
        if isinstance(value, functools._lru_cache_wrapper):
            return ("cache", value.__wrapped__)
        if isinstance(value, functools.cached_property):
            return ("cached", value.func)
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
            for step in dis.get_instructions(code):
                if step.opname == "IMPORT_NAME":
                    _known(step.argval)
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
        if " at 0x" in settings:  # an address, of what has no settings
            raise TypeError(f"{value.name} has settings without a text.")
        own = [_state(layer) for layer in value._flatten_layers()]
        return ("layer", settings, code, value.get_weights(), own)
    home = type(value).__module__.partition(".")[0]
    if isinstance(value, list | dict | set) and home in _BACKENDS:
        plain = value.items() if isinstance(value, dict) else value
        return (type(value).__name__, [*plain])  # as a layer keeps them
    return None


def _state(layer):
    """What a layer knows besides its settings and weights."""
    known = _version(type(layer).__module__) is not None
    state = {} if known else additions(layer)
    if hasattr(layer, "get_vocabulary"):  # of data that it was adapted to
        state["vocabulary"] = [str(word) for word in layer.get_vocabulary()]
        weights = getattr(layer, "idf_weights", None)
        state["idf"] = None if weights is None else np.asarray(weights)
    return state


def _known(module: str) -> str:
    """The version of a module, or an error: then it has no key."""
    version = _version(module)
    if version is None:
        raise TypeError(f"what {module} does cannot be written down.")
    return version


@functools.cache
def _version(module: str) -> str | None:
    """The version of the installed package that holds a module."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return sys.version
    for found in _distributions(top):
        if _holds(found, sys.modules.get(module)):
            return found.version
    return None


def _distributions(top: str):
    """The installed packages that bring a module of that name.

    Those of `importlib.metadata.packages_distributions`, which reads all
    packages' lists of files for that; mostly one of the same name brings it.
    """
    same = importlib.metadata.distributions(name=top)
    for found in itertools.chain(same, importlib.metadata.distributions()):
        named = (found.read_text("top_level.txt") or "").split()
        if top in named or not named and _lists(found, top):
            yield found


def _lists(distribution, top: str) -> bool:
    """Whether a package that does not say so has a module of that name."""
    if top not in _modules(distribution.locate_file("")):
        return False
    files = distribution.files or ()
    return top in {file.parts[0].partition(".")[0] for file in files}


@functools.cache
def _modules(home) -> set[str]:
    """What modules lie in a folder, of all packages in it."""
    return {name.partition(".")[0] for name in os.listdir(home or ".")}


def _holds(distribution, module) -> bool:
    """Whether a module is that package's, and not one of the same name."""
    file = getattr(module, "__file__", None)
    if file is None or "editable" in (
        distribution.read_text("direct_url.json") or ""
    ):
        return True
    home = Path(distribution.locate_file("")).resolve()
    return Path(file).resolve().is_relative_to(home)
