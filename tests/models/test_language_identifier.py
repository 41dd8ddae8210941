"""A pretrained naive Bayes over strings of bytes, read as arrays."""

import io
import lzma

import numpy as np
import pytest

import kd_tutorial as kd
from kd_tutorial.models import languages

STRINGS = np.array([[-1.0, -2, -4], [-3, -1, -0.5]], "float16")  # ab, c
BEFORE = np.array([0.25, 0.5, -0.25], "float32")


def model(**changes):
    """An automaton that finds "ab" and "c", for de, en, fr."""
    moves = np.zeros((3, 256), "uint32")
    moves[:, ord("a")], moves[:, ord("c")] = 1, 3
    moves[1, ord("b")] = 2
    arrays = {
        "ptc": STRINGS,
        "pc": BEFORE,
        "classes": np.array(["de", "en", "fr"]),
        "nextmove": moves.ravel(),
        "nextmove_row": np.array([0, 1, 2, 0], "uint16"),
        "out_feat": np.array([-1, -1, 0, 1], "int32"),
        **changes,
    }
    target = io.BytesIO()
    np.savez(target, **arrays)
    return lzma.compress(target.getvalue())


@pytest.fixture
def place(tmp_path, monkeypatch):
    def put(**changes):
        path = tmp_path / "model.npz.xz"
        path.write_bytes(model(**changes))
        monkeypatch.setattr(languages, "fetch", lambda name: path)

    put()
    return put


def test_the_formula_by_hand(place):
    said = kd.LanguageIdentifier(["fr", "de"])(["abxabc", "ab", "zz"])
    found = np.log1p([[2, 1], [1, 0]]) @ STRINGS.astype("float64")
    wanted = (found + BEFORE) / np.sqrt([[6], [2]])
    np.testing.assert_allclose(said[:2], wanted[:, [2, 0]], rtol=1e-6)
    assert (said[2] == 0).all()  # no string of its own: it cannot tell


def test_bytes_are_counted_and_letters_are_composed(place):
    guess = kd.LanguageIdentifier(["de", "en"])
    one = guess(["cé"])  # three bytes
    assert (guess(["ce\u0301"]) == one).all()
    string = STRINGS[1, :2].astype("float64")
    wanted = (np.log(2) * string + BEFORE[:2]) / np.sqrt(3)
    np.testing.assert_allclose(one[0], wanted, rtol=1e-6)


def test_capitals_alone_are_lowered(place):
    guess = kd.LanguageIdentifier(["de", "en"])
    assert (guess(["ABC"]) == guess(["abc"])).all()
    assert not (guess(["ABc"]) == guess(["abc"])).all()


@pytest.mark.parametrize(
    "chosen, reason",
    [
        (["de", "xx"], "does not know.*'xx'"),
        (["de", "de"], "two or more different"),
        (["de"], "two or more different"),
        ([], "two or more different"),
    ],
)
def test_languages_that_cannot_be_asked(place, chosen, reason):
    with pytest.raises(ValueError, match=reason):
        kd.LanguageIdentifier(chosen)


@pytest.mark.parametrize("x", ["abc", b"abc", 3, None, [], np.array("abc")])
def test_texts_are_a_list(place, x):
    with pytest.raises(ValueError, match="x must be one or more strings in a"):
        kd.LanguageIdentifier(["de", "en"])(x)


@pytest.mark.parametrize(
    "x, first",
    [
        ([["abc"]], 0), ([b"abc"], 0), ([1.0], 0), (["abc", None], 1),
        (["abc", float("nan")], 1),
        (np.array(["abc", "ab", None], object), 2),
    ],
)  # fmt: skip
def test_what_is_no_column_of_texts(place, x, first):
    with pytest.raises(ValueError, match=f"x must hold .* at index {first}"):
        kd.LanguageIdentifier(["de", "en"])(x)


def test_a_pickle_in_the_file_is_not_opened(place):
    class Trap:
        def __reduce__(self):
            return exec, ("raise SystemExit('run')",)

    place(classes=np.array([Trap(), "en"], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        kd.LanguageIdentifier(["de", "en"])


def test_it_is_asked_as_a_teacher(place):
    texts = np.array(["abxabc", "ab", "c"])
    teacher = kd.LanguageIdentifier(["de", "en"])
    answers = kd.ask(teacher, texts)
    np.testing.assert_array_equal(answers.logits, teacher(texts))
    other = kd.LanguageIdentifier(["en", "de"])
    assert teacher.cache_key != other.cache_key


# The real model


@pytest.fixture(scope="module")
def identifier():
    if not kd.available("langid-model"):
        pytest.skip("py3langid's wheel cannot be had here")
    return kd.LanguageIdentifier()


def test_it_says_what_its_own_package_says(identifier):
    """As py3langid 0.4.0 with norm_probs=True, set to our languages."""
    texts = ["Diese Seite gibt es nicht.", "Siden finnes ikke.", "???"]
    said = identifier(texts)
    best = said.argmax(axis=1)
    assert [identifier.languages[k] for k in best[:2]] == ["de", "no"]
    p = np.exp(said - said.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(p[2], 1 / 24, atol=1e-7)
    np.testing.assert_allclose(
        [p[0, identifier.languages.index("de")],
         p[1, identifier.languages.index("no")]],
        [0.9997193, 0.8633166], atol=1e-5,
    )  # fmt: skip


def test_it_knows_most_of_the_messages(identifier):
    if not kd.available("translations"):
        pytest.skip("Django's wheel cannot be had here")
    data = kd.load_data("languages")
    right = kd.accuracy(data.test.y, kd.ask(identifier, data.test.x).logits)
    assert 0.88 < right < 0.96
