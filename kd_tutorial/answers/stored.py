"""Answers as they lie on disk: in chunks of rows, each with its record."""

import functools
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from .cache import fingerprint

_FORMAT = "kd_tutorial answer store 1"
_HALF = 65504.0  # no float16 is larger
MISSING = "is missing"


def packed(logits: np.ndarray, top: int | None) -> dict[str, np.ndarray]:
    """Logits as arrays to keep: all of them, or the likeliest and the rest.

    Args:
        logits: shape `(rows, ..., classes)`.
        top: how many classes a row to keep; `None`: all.

    Returns:
        float16 `"logits"`; or `"classes"`, shape `(rows, ..., top)`, the
        likeliest first, and their float16 `"log_probabilities"`, with one
        more column: the logarithm of all the others' mass.
    """
    if top is None:
        if np.abs(logits).max() > _HALF:
            raise ValueError(
                f"the teacher's output reaches {np.abs(logits).max():g}, and "
                f"float16 {_HALF:g}. Scale it, or subtract each row's mean "
                "from logits, which changes no probability."
            )
        return {"logits": logits.astype("float16")}
    from scipy.special import log_softmax, logsumexp

    log_p = log_softmax(logits.astype("float32"), axis=-1)
    kept = np.argpartition(-log_p, top - 1, axis=-1)[..., :top]
    told = np.take_along_axis(log_p, kept, axis=-1)
    order = np.argsort(-told, axis=-1, kind="stable")
    kept, told = (np.take_along_axis(a, order, -1) for a in (kept, told))
    np.put_along_axis(log_p, kept, -np.inf, axis=-1)
    rest = logsumexp(log_p, axis=-1, keepdims=True)
    told = np.maximum(np.concatenate([told, rest], axis=-1), -_HALF)
    small = "uint16" if logits.shape[-1] <= 2**16 else "uint32"
    return {
        "classes": kept.astype(small),
        "log_probabilities": told.astype("float16"),
    }


def unpacked(arrays: Mapping[str, np.ndarray], classes: int) -> np.ndarray:
    """Float32 logits from what `packed` gave; the rest is shared evenly."""
    if "logits" in arrays:
        return arrays["logits"].astype("float32")
    told = arrays["log_probabilities"].astype("float32")
    kept = arrays["classes"].astype("int64")
    share = told[..., -1:] - np.float32(np.log(classes - kept.shape[-1]))
    logits = np.repeat(share, classes, axis=-1)
    np.put_along_axis(logits, kept, told[..., :-1], axis=-1)
    return logits


class Stored:
    """Logits in a Zarr 3 group, read by row like an array: `stored[rows]`.

    A chunk counts only with its record: digests of the teacher, of the rows
    it was asked about and of the answers, written after them. Where Zarr
    finds no chunk it would give its fill value; here that is an error.

    Args:
        path: the folder.
        top: classes a row to keep, when the store is made.
        chunk_rows: rows a chunk, when the store is made.
    """

    dtype = np.dtype("float32")

    def __init__(self, path, top=None, chunk_rows=None):
        self.path = Path(path)
        self.asked = {"top": top, "chunk_rows": chunk_rows}
        self._held = None, None  # the chunk read last

    def __reduce__(self):  # each process opens the files itself
        return Stored, (self.path, *self.asked.values())

    @functools.cached_property
    def group(self):
        """The open Zarr group."""
        import zarr

        if not (self.path / "answers.zarr").is_dir():
            raise FileNotFoundError(
                f"no answers at {self.path}. Write them first: "
                f"AnswerStore({str(self.path)!r}).ask(teacher, x)."
            )
        group = zarr.open_group(self.path / "answers.zarr", mode="r+")
        about = group.attrs.asdict()
        if about.get("format") != _FORMAT:
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

    def create(self, example: np.ndarray, rows: int, teacher: str) -> None:
        """Make the empty store; it appears whole or not at all.

        Args:
            example: logits of some row, shape `(1, ..., classes)`.
            rows: how many there will be.
            teacher: the teacher's key.
        """
        import zarr
        from zarr.codecs import Crc32cCodec

        top = self.asked["top"]
        chunk_rows = self.asked["chunk_rows"] or 4096
        with TemporaryDirectory(dir=self.path, prefix=".new-") as folder:
            group = zarr.create_group(Path(folder) / "zarr")

            def array(name, like, rows, chunk_rows):
                group.create_array(
                    name,
                    shape=(rows, *like.shape[1:]),
                    chunks=(min(chunk_rows, rows), *like.shape[1:]),
                    dtype=like.dtype,
                    compressors=[Crc32cCodec()],
                    fill_value=np.nan if like.dtype.kind == "f" else 0,
                )

            for name, like in packed(example, top).items():
                array(name, like, rows, chunk_rows)
            record = np.zeros((1, 3, 16), "uint8")
            array("written", record, -(-rows // chunk_rows), 1)
            group.attrs.update({
                "format": _FORMAT, "teacher": teacher, "top": top,
                "chunk_rows": chunk_rows, "shape": [rows, *example.shape[1:]],
            })  # fmt: skip
            (Path(folder) / "zarr").rename(self.path / "answers.zarr")

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
        arrays = packed(logits, self.about["top"])
        for name, array in arrays.items():
            self.group[name][self.rows_of(chunk)] = array
        digests = self.about["teacher"], rows, fingerprint(*arrays.values())
        record = np.frombuffer(bytes.fromhex("".join(digests)), "uint8")
        self.group["written"][chunk] = record.reshape(3, 16)

    def record(self, chunk: int) -> list[str]:
        """Digests of teacher, rows and answers; none of a missing chunk."""
        record = self.group["written"][chunk]
        return [one.tobytes().hex() for one in record if record.any()]

    def read(self, chunk: int, rows: str | None = None, answers=True):
        """A chunk's arrays, and what is wrong with it, or "".

        Args:
            chunk: its number.
            rows: a digest of the rows that it must belong to.
            answers: read them too. Defaults to `True`.
        """
        names = sorted({*self.group.array_keys()} - {"written"})
        try:
            if not (record := self.record(chunk)):
                return None, MISSING
            if record[0] != self.about["teacher"]:
                return None, "was written by another teacher"
            if rows not in (None, record[1]):
                return None, "was written for other rows"
            if not answers:
                return None, ""
            there = self.rows_of(chunk)
            arrays = {name: self.group[name][there] for name in names}
        except Exception as error:  # Zarr's checksum, a file cut short
            return None, f"is damaged ({error})"
        if fingerprint(*arrays.values()) != record[2]:
            return None, "is damaged (not what was written)"
        return arrays, ""

    def __getitem__(self, rows) -> np.ndarray:
        """Logits of some rows in any order, float32."""
        if isinstance(rows, slice):
            rows = np.arange(*rows.indices(len(self)))
        rows = np.asarray(rows)
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        if rows.size and not -len(self) <= rows.min() <= rows.max() < len(
            self
        ):
            raise IndexError(
                f"rows run from {rows.min()} to {rows.max()}, but the answers "
                f"at {self.path} are for {len(self)}."
            )
        numbers = np.atleast_1d(rows.astype("int64")) % len(self)
        logits = np.empty((len(numbers), *self.shape[1:]), "float32")
        of = numbers // self.chunk_rows
        for chunk in np.unique(of):
            held, arrays = self._held
            if held != chunk:
                del arrays  # one chunk at a time
                self._held = None, None
                arrays, fault = self.read(int(chunk))
                if fault:
                    raise ValueError(
                        f"{self.name(chunk)} {fault}. `ask(teacher, x)` "
                        "writes it, and leaves the others."
                    )
                self._held = chunk, arrays
            here = of == chunk
            inside = numbers[here] - chunk * self.chunk_rows
            logits[here] = unpacked(
                {n: a[inside] for n, a in arrays.items()}, self.shape[-1]
            )
        return logits if rows.ndim else logits[0]

    def __array__(self, dtype=None, copy=None):
        return self[:].astype(dtype or "float32", copy=False)
