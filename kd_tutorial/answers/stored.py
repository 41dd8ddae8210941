"""Answers as they lie on disk: in chunks of rows, each with its record."""

import functools
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from .cache import fingerprint
from .packing import OFFSETS, packed, unpacked
from .rows import numbers_of

_FORMAT = "kd_tutorial answer store 2"
_OLD = "kd_tutorial answer store 1"  # without offsets, and values in float16
MISSING = "is missing"


class Stored:
    """Logits in a Zarr 3 group, read by row like an array: `stored[rows]`.

    A chunk counts only with its record: digests of the teacher, of the rows
    it was asked about and of the answers, written after them. Where Zarr
    finds no chunk it would give its fill value; here that is an error. The
    chunk read last is held, for as long as its record stays what it was:
    other processes write too.

    Args:
        path: the folder.
        top: classes a row to keep, when the store is made.
        chunk_rows: rows a chunk, when the store is made.
    """

    dtype = np.dtype("float32")

    def __init__(self, path, top=None, chunk_rows=None):
        self.path = Path(path)
        self.asked = {"top": top, "chunk_rows": chunk_rows}
        self.forget()

    def __reduce__(self):  # each process opens the files itself
        return Stored, (self.path, *self.asked.values())

    def forget(self) -> None:
        """Look at the folder anew: it may have been deleted, or replaced."""
        for name in ("group", "about", "arrays"):
            vars(self).pop(name, None)
        self._held = None, None  # a chunk's number and record; its arrays

    @functools.cached_property
    def group(self):
        """The open Zarr group."""
        import zarr

        folder = self.path / "answers.zarr"
        group = self._opened("", zarr.open_group, folder, mode="r+")
        about = group.attrs.asdict()
        if about.get("format") not in (_FORMAT, _OLD):
            raise ValueError(
                f"{self.path} is no store of answers. Use another folder."
            )
        for name, given in self.asked.items():
            if given not in (None, about[name]):
                raise ValueError(
                    f"{name}={given}, but the store at {self.path} has "
                    f"{name}={about[name]}. Leave it out, or use another "
                    "folder."
                )
        return group

    @functools.cached_property
    def about(self) -> dict:
        """The settings of the store, and whose answers it holds."""
        return self.group.attrs.asdict()

    @functools.cached_property
    def arrays(self) -> dict:
        """The open Zarr arrays by name: of the answers, and the records."""
        old = ["classes", "log_probabilities"] if self.top else ["logits"]
        names = self.about.get("arrays", old)
        opened = self.group.__getitem__
        return {n: self._opened(n, opened, n) for n in (*names, "written")}

    def _opened(self, name, opened, *given, **options):
        """What `opened` gives; an error names the file it has to read."""
        if not (self.path / "answers.zarr").is_dir():
            raise FileNotFoundError(
                f"no answers at {self.path}. Write them first: "
                f"AnswerStore({str(self.path)!r}).ask(teacher, x)."
            )
        try:
            return opened(*given, **options)
        except PermissionError:
            raise
        except Exception as error:  # it is not there, or is no JSON
            file = self.path / "answers.zarr" / name / "zarr.json"
            raise ValueError(
                f"{file} cannot be read ({error}). Restore it, or delete "
                f"{self.path} to begin anew."
            ) from error

    @property
    def top(self) -> int | None:
        """How many classes a row are kept; `None`: all."""
        return self.about["top"]

    def check_current(self) -> None:
        """Raise for an old store that would lose what is written to it."""
        if self.about["format"] == _OLD and not self.top:
            raise ValueError(
                f"the store at {self.path} was made by an older kd_tutorial, "
                "which kept no more than float16. It is read, but not gone "
                "on with: use another folder."
            )

    def create(
        self, example: np.ndarray, rows: int, teacher: str, values: bool
    ) -> None:
        """Make the empty store; it appears whole or not at all.

        Args:
            example: logits of some row, shape `(1, ..., classes)`.
            rows: how many there will be.
            teacher: the teacher's key.
            values: the logits are real numbers.

        Raises:
            ValueError: when there are no more classes than are to be kept.
        """
        import zarr
        from zarr.codecs import Crc32cCodec

        top = self.asked["top"]
        if top and top >= example.shape[-1]:
            raise ValueError(
                f"top={top} of {example.shape[-1]} classes leaves no rest. "
                "Pass a smaller one, or None to keep all."
            )
        chunk_rows = self.asked["chunk_rows"] or 4096
        # Zarr needs hard links here, and a drive may have none.
        with (
            TemporaryDirectory() as made,
            TemporaryDirectory(dir=self.path, prefix=".new-") as folder,
        ):
            group = zarr.create_group(Path(made) / "zarr")

            def array(name, like, rows, chunk_rows):
                gaps = like.dtype.kind == "f" and name != OFFSETS
                group.create_array(
                    name,
                    shape=(rows, *like.shape[1:]),
                    chunks=(min(chunk_rows, rows), *like.shape[1:]),
                    dtype=like.dtype,
                    compressors=[Crc32cCodec()],
                    # A chunk of this value alone has no file.
                    fill_value=np.nan if gaps else 0,
                )

            arrays = packed(example, top, values)
            for name, like in arrays.items():
                array(name, like, rows, chunk_rows)
            record = np.zeros((1, 3, 16), "uint8")
            array("written", record, -(-rows // chunk_rows), 1)
            group.attrs.update({
                "format": _FORMAT, "teacher": teacher, "top": top,
                "chunk_rows": chunk_rows, "shape": [rows, *example.shape[1:]],
                "values": bool(values), "arrays": [*arrays],
            })  # fmt: skip
            whole = shutil.copytree(group.store.root, Path(folder) / "zarr")
            whole.rename(self.path / "answers.zarr")

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.about["shape"])

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __len__(self):
        return self.shape[0]

    @property
    def chunk_rows(self) -> int:
        """Rows a chunk; the last may have fewer."""
        return self.about["chunk_rows"]

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return -(-len(self) // self.chunk_rows)

    def rows_of(self, chunk: int) -> slice:
        """The rows that a chunk holds."""
        first = chunk * self.chunk_rows
        return slice(first, min(first + self.chunk_rows, len(self)))

    def name(self, chunk: int) -> str:
        """What to call a chunk in an error."""
        rows = self.rows_of(chunk)
        return (
            f"chunk {chunk} (rows {rows.start} to {rows.stop - 1}) of the "
            f"answers at {self.path}"
        )

    def write(self, chunk: int, logits, rows: str) -> None:
        """Write a chunk, and then its record."""
        arrays = packed(logits, self.top, self.about.get("values", False))
        for name, array in arrays.items():
            self.arrays[name][self.rows_of(chunk)] = array
        digests = self.about["teacher"], rows, fingerprint(*arrays.values())
        record = np.frombuffer(bytes.fromhex("".join(digests)), "uint8")
        self.arrays["written"][chunk] = record.reshape(3, 16)

    def record(self, chunk: int) -> list[str]:
        """Digests of teacher, rows and answers; none of a missing chunk."""
        record = self.arrays["written"][chunk]
        return [one.tobytes().hex() for one in record if record.any()]

    def read(
        self, chunk: int, rows: str | None = None, answers=True, hold=False
    ):
        """A chunk's arrays, and what is wrong with it, or "".

        Args:
            chunk: its number.
            rows: a digest of the rows that it must belong to.
            answers: read them too. Defaults to `True`.
            hold: hold them for the next time, or give what is held. Defaults
                to `False`.
        """
        opened = {n: a for n, a in self.arrays.items() if n != "written"}
        try:
            if not (record := self.record(chunk)):
                return None, MISSING
            if record[0] != self.about["teacher"]:
                return None, "was written by another teacher"
            if rows not in (None, record[1]):
                return None, "was written for other rows"
            if not answers:
                return None, ""
            if hold:
                held, arrays = self._held
                if held == (chunk, record):
                    return arrays, ""
                self._held = arrays = None, None  # one chunk at a time
            there = self.rows_of(chunk)
            arrays = {name: array[there] for name, array in opened.items()}
        except Exception as error:  # Zarr's checksum, a file cut short
            return None, f"is damaged ({error})"
        if fingerprint(*arrays.values()) != record[2]:
            return None, "is damaged (not what was written)"
        if hold:
            self._held = (chunk, record), arrays
        return arrays, ""

    def __getitem__(self, rows) -> np.ndarray:
        """Logits of some rows in any order, float32."""
        rows = numbers_of(rows, len(self), f"the answers at {self.path}")
        numbers = np.atleast_1d(rows) % len(self)
        logits = np.empty((len(numbers), *self.shape[1:]), "float32")
        of = numbers // self.chunk_rows
        for chunk in np.unique(of):
            arrays = None  # one chunk at a time
            arrays, fault = self.read(int(chunk), hold=True)
            if fault:
                raise ValueError(
                    f"{self.name(chunk)} {fault}. `ask(teacher, x)` "
                    "writes it, and leaves the others."
                )
            here = of == chunk
            inside = numbers[here] - chunk * self.chunk_rows
            logits[here] = unpacked(
                {n: a[inside] for n, a in arrays.items()}, self.shape[-1]
            )
        return logits if rows.ndim else logits[0]

    def __array__(self, dtype=None, copy=None):
        return self[:].astype(dtype or "float32", copy=False)
