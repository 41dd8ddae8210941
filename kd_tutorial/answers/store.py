"""Answers larger than memory: in a Zarr store, written by many at once."""

import warnings
from collections.abc import Iterable
from pathlib import Path

from ..checks import check_whole
from .answers import Answers
from .asking import ask
from .cache import OUTPUT
from .keys import key_of
from .rows import as_rows, count, inputs_of, rows_fingerprint, take
from .stored import MISSING, Stored
from .teachers import is_keras


class AnswerStore(Answers):
    """A teacher's answers in a folder, larger than memory if need be.

    It stands wherever `Answers` do. `distill` reads it chunk by chunk: it
    shuffles the chunks, and the rows within each, so write rows to disk in
    random order. Its `logits` are read by row, `store.logits[rows]`. What
    asks for whole arrays, `train_replicas` for one, loads them whole. The
    folder holds a Zarr 3 group of float16 arrays, whose chunks carry
    Zarr's CRC-32C; and for each chunk digests of the teacher, of the rows
    and of the answers. A chunk that is missing, damaged or of another
    teacher or other rows is never used: reading it is an error that names it.

    A logit is off by at most 1/2048 of itself, and of the span of its row:
    where all of a row lie on one side of 0, the one nearest to 0 is kept in
    float32, and the others relative to it. Values are float32.

    With `top` only the likeliest classes are kept, and the mass of all the
    others in one number. Read back, that mass is shared evenly among them, as
    `Answers.from_probabilities` does: `p_j = rest / (classes - top)`.

    Args:
        path: the folder; it need not exist.
        top: classes a row to keep. Defaults to `None`: all of them, or as
            the store at `path` has it.
        chunk_rows: rows a chunk, the unit of work, of damage and of memory.
            Defaults to `None`: 4096, or as the store has it.

    Raises:
        ValueError: for settings that are no whole numbers, or when first
            used, other ones than the store has.
        FileNotFoundError: when read before anything was written.

    Example:

    >>> import kd_tutorial as kd, numpy as np, tempfile
    >>> x = np.random.default_rng(0).normal(size=(100, 8)).astype("float32")
    >>> teacher = kd.mlp((8,), 10)
    >>> store = kd.AnswerStore(tempfile.mkdtemp(), top=3, chunk_rows=40)
    >>> _ = store.ask(teacher, x)
    >>> store.logits[[99, 0, 41]].shape
    (3, 10)
    """

    def __init__(
        self,
        path,
        *,
        top: int | None = None,
        chunk_rows: int | None = None,
    ):
        if top is not None:
            top = check_whole("top", top)
        if chunk_rows is not None:
            chunk_rows = check_whole("chunk_rows", chunk_rows)
        super().__init__({OUTPUT: Stored(path, top, chunk_rows)}, rows="")

    @property
    def _stored(self) -> Stored:
        return self.outputs[OUTPUT]

    @property
    def path(self) -> Path:
        """The folder."""
        return self._stored.path

    @property
    def top(self) -> int | None:
        """How many classes a row are kept; `None`: all."""
        return self._stored.top

    @property
    def cache_key(self) -> str:
        """Tells these answers from all others."""
        records = [self._stored.record(n) for n in range(self._stored.chunks)]
        return f"AnswerStore/{records}"

    def ask(
        self,
        teacher,
        x,
        *,
        chunks: Iterable[int] | None = None,
        batch_size: int = 256,
        values: bool = False,
        verbose: bool | None = None,
    ) -> "AnswerStore":
        """Ask the teacher about each chunk that is not there, and write it.

        Any number of processes may do so at once: each takes chunks that no
        other has taken. A lock file says which; the system releases it when a
        process dies, so a job that was killed is started again by the same
        line. Every chunk that is there is checked, and a damaged or foreign
        one is named by a warning and written anew.

        Args:
            teacher: whatever `kd.ask` takes, if it can be keyed (see
                `AnswerCache`).
            x: all rows, shape `(examples, ...)`, memory-mapped if need be.
            chunks: numbers of the chunks to see to, for workers that are
                assigned theirs. Defaults to `None`, all.
            batch_size: rows the teacher is asked about at a time. Defaults to
                256. It never sees rows of two chunks at once.
            values: the output is real numbers, not logits. Defaults to
                `False`.
            verbose: as in `kd.ask`.

        Returns:
            This store. All the chunks are there then, by whomever written.

        Raises:
            ValueError: for a teacher that has no key or is another than the
                store's, another number of rows, chunks that do not exist, or
                what `kd.ask` refuses.
        """
        from tqdm import tqdm

        stored = self._stored
        check_whole("batch_size", batch_size)
        # `ask` looks for NaN, chunk by chunk.
        x = as_rows(x, inputs_of(teacher), finite=False)
        self._prepare(teacher, x, values)
        chosen = range(stored.chunks) if chunks is None else chunks
        most = stored.chunks - 1
        left = [check_whole("each of chunks", n, 0, most) for n in chosen]
        options = {"batch_size": batch_size, "values": values}
        with tqdm(
            total=len(left), desc="asking the teacher", unit="chunk",
            leave=False, delay=0 if verbose else 2,
            disable=None if verbose is None else not verbose,
        ) as bar:  # fmt: skip
            for wait in (False, True):  # for what others have taken
                todo, left = left, []
                for chunk in todo:
                    if self._see_to(chunk, teacher, x, wait, options):
                        bar.update()
                    else:
                        left.append(chunk)
        return self

    def _prepare(self, teacher, x, values):
        """Make the store, or check that it is this teacher's."""
        stored = self._stored
        if is_keras(teacher) and not teacher.built:
            teacher(take(x, slice(1)))  # its weights are part of the key
        key = key_of(teacher, *(["values"] if values else []))
        if key is None:
            raise ValueError(
                f"this teacher, a {type(teacher).__name__}, has no key: what "
                "decides its answers cannot be written down, and a store "
                "could not tell whose they are. Give it a string `cache_key` "
                "that changes whenever they would."
            )
        stored.forget()
        # What is there needs no lock, nor the right to write one.
        if not (self.path / "answers.zarr").is_dir():
            with self._lock("store"):
                if not (self.path / "answers.zarr").is_dir():
                    _check_top(stored.asked["top"], values)
                    few = take(x, slice(8))
                    told = ask(teacher, few, values=values, verbose=False)
                    stored.create(told.logits[:1], count(x), key, values)
        _check_top(stored.top, values)
        self._check_count(x)
        if key != stored.about["teacher"]:
            raise ValueError(
                f"the store at {self.path} belongs to another teacher. Use "
                "another folder, or delete that one to begin anew."
            )

    def _see_to(self, chunk, teacher, x, wait, options) -> bool:
        """Whether a chunk is there now, and no other process busy with it."""
        from filelock import Timeout

        stored = self._stored
        some = take(x, stored.rows_of(chunk))
        rows = rows_fingerprint(some)
        if not stored.read(chunk, rows)[1]:
            return True
        stored.check_current()
        try:
            with self._lock(str(chunk), -1 if wait else 0):
                _, fault = stored.read(chunk, rows)  # others write too
                if fault and fault != MISSING:
                    warnings.warn(
                        f"{stored.name(chunk)} {fault}. The teacher is asked "
                        "about its rows again.",
                        stacklevel=3,
                    )
                if fault:
                    told = ask(teacher, some, verbose=False, **options)
                    stored.write(chunk, told.logits, rows)
        except Timeout:
            return False
        return True

    def _lock(self, name, timeout=-1):
        from filelock import FileLock

        folder = self.path / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / f"{name}.lock", timeout=timeout)

    def _check_count(self, x):
        if count(x) != len(self):
            raise ValueError(
                f"x has {count(x)} rows, and the answers at {self.path} are "
                f"for {len(self)}. Pass the x that was asked about."
            )

    def faults(self, x=None) -> dict[int, str]:
        """What is wrong, by chunk; empty when all answers are there.

        Args:
            x: the rows that they should belong to. Defaults to `None`, not
                compared.

        Returns:
            Numbers of chunks, and what is wrong with each in words.

        Raises:
            ValueError: for an `x` of another length.
        """
        if x is not None:
            x = as_rows(x, None)
            self._check_count(x)
        return self._faults(x)

    def check_rows(self, x) -> None:
        """Raise unless all chunks were written, and for the rows of `x`.

        The answers themselves are checked as they are read.
        """
        x = as_rows(x, None, finite=False)
        self._check_count(x)
        faults = self._faults(x, answers=False)
        if faults:
            first = min(faults)
            raise ValueError(
                f"{self._stored.name(first)} {faults[first]}; "
                f"{len(faults)} of {self._stored.chunks} chunks are not "
                "right. `ask(teacher, x)` writes these, and leaves the others."
            )

    def _faults(self, x, answers=True):
        found = {}
        for chunk in range(self._stored.chunks):
            rows = None
            if x is not None:
                rows = rows_fingerprint(take(x, self._stored.rows_of(chunk)))
            if fault := self._stored.read(chunk, rows, answers)[1]:
                found[chunk] = fault
        return found

    @classmethod
    def of(cls, *given, **options):
        """Not for a store, which asks a teacher: make one of the answers."""
        raise TypeError(
            "a store is written by AnswerStore(path).ask(teacher, x). Of "
            "answers from anywhere the teacher is "
            "Written(x, Answers.of(x, logits))."
        )

    @classmethod
    def load(cls, path):
        """Not for a store, which is open where it lies."""
        raise TypeError(
            f"a store is opened by AnswerStore({str(path)!r}). A file that "
            "`save` wrote is read by Answers.load."
        )

    def save(self, path) -> Path:
        """Not for a store, which is on disk: copy its folder."""
        raise TypeError(f"these answers are kept: copy {self.path}.")


def _check_top(top, values):
    if top and values:
        raise ValueError(
            f"top={top} keeps the likeliest classes, and values=True says "
            "that the output is none. Leave top out, to keep all values."
        )
