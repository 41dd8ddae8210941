"""A memory for the teacher's answers, on disk too: whole files or none."""

import hashlib
import json
import os
import uuid
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np

OUTPUT = "output"  # the key of the teacher's last layer, its logits


def fingerprint(*arrays) -> str:
    """A digest of arrays: their shapes, dtypes and every byte."""
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        array = np.ascontiguousarray(array)
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(array.reshape(-1).view("uint8"))
    return digest.hexdigest()


def write(path: Path, outputs, about: Mapping) -> Path:
    """Write arrays and a header; the file appears whole or not at all."""
    header = {
        **about,
        "format": "kd_tutorial answers 1",
        "layers": list(outputs),
        "digest": fingerprint(*outputs.values()),
    }
    text = np.frombuffer(json.dumps(header).encode(), dtype="uint8")
    arrays = {f"layer_{i}": a for i, a in enumerate(outputs.values())}
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".answers-{uuid.uuid4().hex}.tmp"
    file = temporary.open("xb")  # `tempfile` would keep it from all others
    try:
        with file:
            np.savez(file, header=text, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path


def read(path: Path):
    """The arrays and header of a file that `write` made, or an error."""
    try:
        if not path.is_file():
            raise FileNotFoundError(
                f"no answers at {path}. Ask the teacher and `save` its "
                "answers there first."
            )
        opened = path.open("rb")
    except PermissionError as error:
        raise PermissionError(
            f"{path} may not be read ({error}). Let its owner permit it, or "
            "use another folder."
        ) from error
    try:
        with opened, np.load(opened, allow_pickle=False) as file:
            header = json.loads(file["header"].tobytes())
            outputs = {
                name: file[f"layer_{i}"]
                for i, name in enumerate(header["layers"])
            }
            sound = (
                header["format"] == "kd_tutorial answers 1"
                and fingerprint(*outputs.values()) == header["digest"]
            )
    except Exception as error:  # zip, json, numpy: all mean one thing here
        raise ValueError(
            f"{path} is not a whole file of answers ({error}). Delete it and "
            "ask the teacher again."
        ) from error
    if not sound:
        raise ValueError(
            f"{path} was changed after it was written: its digest differs. "
            "Delete it and ask the teacher again."
        )
    return outputs, header


class AnswerCache:
    """Remembers answers by teacher weights, rows and layer.

    In memory always; on disk too when given a directory, where each answer is
    one `.npz` file without pickle, written whole or not at all and checked
    when read. A file that is truncated, altered or belongs to something else
    is never used: the teacher is asked again, with a warning. Answers that
    cannot be written are remembered in memory, with a warning.

    Args:
        directory: where to keep files. Defaults to `None`, memory only.

    Example:

    >>> import numpy as np, kd_tutorial as kd
    >>> cache, x = kd.AnswerCache(), np.zeros((3, 8, 8, 1), "float32")
    >>> teacher = kd.mlp((8, 8, 1), 10)
    >>> first = kd.ask(teacher, x, cache=cache)
    >>> again = kd.ask(teacher, x, cache=cache)
    >>> again.logits is first.logits, cache.hits, cache.misses
    (True, 1, 1)
    """

    def __init__(self, directory=None):
        self.directory = None if directory is None else Path(directory)
        self.hits = 0
        self.misses = 0
        self._memory: dict[str, np.ndarray] = {}

    def __len__(self):
        return len(self._memory)

    def _path(self, key) -> Path:
        name = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
        return self.directory / f"{name}.npz"

    def _remember(self, key, answer):
        answer.setflags(write=False)  # all who ask share this array
        self._memory[key] = answer

    def get(self, key: str):
        """The array remembered under `key`, or `None`."""
        if key not in self._memory and self.directory is not None:
            path = self._path(key)
            try:
                outputs, header = read(path)
                if header.get("key") != key:
                    raise ValueError(
                        f"{path} holds answers to another question."
                    )
                self._remember(key, outputs[OUTPUT])
            except FileNotFoundError:
                pass
            except (ValueError, PermissionError) as error:
                warnings.warn(
                    f"{error} Asking the teacher again.", stacklevel=3
                )
        found = self._memory.get(key)
        self.hits += found is not None
        self.misses += found is None
        return found

    def put(self, key: str, answer: np.ndarray) -> None:
        """Remember `answer` under `key`."""
        answer = np.asarray(answer)
        self._remember(key, answer)
        if self.directory is None:
            return
        try:
            write(self._path(key), {OUTPUT: answer}, {"key": key})
        except OSError as error:  # the teacher has answered: lose nothing
            warnings.warn(
                f"the answers cannot be written to {self.directory} "
                f"({error}). They are remembered in memory, as long as this "
                "cache is: `save` them elsewhere.",
                stacklevel=3,
            )
