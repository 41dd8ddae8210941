"""A pretrained model that tells which language a text is in."""

import io
import lzma
import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np

from ..data.languages import LANGUAGES
from ..data.packages import fetch
from ..data.registry import FILES
from .texts import as_texts


class LanguageIdentifier:
    """Which of some languages is it? Asked for texts, gives logits.

    It is py3langid's model: naive Bayes over 100,053 short strings of bytes,
    trained on 139 languages. It was never told which of them may occur. Asked
    as a teacher, it gives for each of `languages`

        (log P(language) + sum_f log(1 + n_f) log P(f | language)) / sqrt(b),

    where f occurs n_f times among the text's b bytes: the package's own
    scores and temperature. Call it with texts `(batch,)`.

    The model is read as arrays; nothing of the package is run.

    Args:
        languages: their codes, the classes in their order. Defaults to those
            of `load_data("languages")`.

    Raises:
        FileNotFoundError: when the model cannot be had, see `fetch`.
        ValueError: for a language that it does not know, or that comes twice;
            when called, for no texts, or what is no string among them.

    Example:

    >>> import kd_tutorial as kd
    >>> if kd.available("langid-model"):
    ...     guess = kd.LanguageIdentifier(["de", "en"])
    ...     said = guess(["Guten Tag, wie geht es dir?", "How are you?"])
    ...     assert said.argmax(axis=1).tolist() == [0, 1]
    """

    def __init__(self, languages: Sequence[str] = LANGUAGES):
        languages = list(languages)
        with lzma.open(fetch("langid-model")) as file:
            content = io.BytesIO(file.read())
        with np.load(content, allow_pickle=False) as arrays:
            known = arrays["classes"].tolist()
            unknown = sorted({*languages} - {*known})
            if unknown or len({*languages}) < max(2, len(languages)):
                raise ValueError(
                    "languages must be two or more different ones that the "
                    f"model knows, got {languages}"
                    + (f"; it does not know {unknown}." if unknown else ".")
                )
            # A language in two scripts has two columns; the first is Latin's
            # or the more frequent one's, and here all are Latin.
            columns = [known.index(code) for code in languages]
            self._strings = arrays["ptc"][:, columns].astype("float32")
            self._before = arrays["pc"][columns]
            # A finite automaton: from state s and byte c it goes to
            # next[256 row[s] + c], where it may have found a string.
            self._next = memoryview(arrays["nextmove"])
            self._row = memoryview(arrays["nextmove_row"])
            self._found = memoryview(arrays["out_feat"])
        self.languages = tuple(languages)
        self.cache_key = (
            f"LanguageIdentifier 1/{FILES['langid-model'].sha256}/"
            f"{','.join(languages)}"
        )

    def __call__(self, x) -> np.ndarray:
        return np.stack([self._scores(text) for text in as_texts("x", x)])

    def _scores(self, text):
        text = text.lower() if text.isupper() else text
        bytes_ = unicodedata.normalize("NFC", text).encode("utf-8")
        found = Counter(self._walk(bytes_))
        if not found:
            return np.zeros(len(self.languages), "float32")  # it cannot tell
        counts = np.fromiter(found.values(), "float32", len(found))
        said = np.log1p(counts) @ self._strings[[*found]] + self._before
        return said / np.sqrt(np.float32(len(bytes_)))

    def _walk(self, bytes_):
        """The strings of the model that occur, one after another."""
        state = 0
        for byte in bytes_:
            state = self._next[256 * self._row[state] + byte]
            if self._found[state] >= 0:
                yield self._found[state]
