"""Fetch what the notebooks read, and ask the slow teachers once.

After this the notebooks run offline. What cannot be had is named, and is no
failure: the pages that need it say so.
"""

import importlib.util
import sys

import kd_tutorial as kd
from kd_tutorial.data import newsgroups
from kd_tutorial.data.mnist5k import images
from kd_tutorial.data.registry import FILES


def ask_the_reader() -> None:
    """Have the answers that `book/code/images.ipynb` asks for on disk."""
    kd.ask(
        kd.OcrReader(threads=2),
        images()[0],
        layers=["output", "best"],
        cache=kd.AnswerCache(kd.data_directory() / "answers"),
    )


def ask_the_encoder() -> None:
    """The same for `book/code/text.ipynb`: every other post."""
    parts = [newsgroups.posts(part).x[::2] for part in ("train", "test")]
    encoder = kd.SentenceEncoder()
    kd.ask(
        encoder,
        encoder.tokens([text for part in parts for text in part]),
        values=True,
        cache=kd.AnswerCache(kd.data_directory() / "answers"),
    )


def main() -> int:
    """Fetch every file; always 0, because each page can do without."""
    here = {name for name in FILES if kd.available(name)}
    if {"mnist-5k", "ocr-model"} <= here:
        if importlib.util.find_spec("onnxruntime"):
            ask_the_reader()
        else:
            print("onnxruntime is not installed: pip install onnxruntime")
    if {n for n in FILES if n.startswith(("minilm-", "20news"))} <= here:
        if all(map(importlib.util.find_spec, ("tokenizers", "safetensors"))):
            ask_the_encoder()
        else:
            print("not installed: pip install tokenizers safetensors")
    return 0


if __name__ == "__main__":
    sys.exit(main())
