"""Texts as models that read them take them: strings, and nothing else."""

import numpy as np


def as_texts(name: str, texts) -> list[str]:
    """Texts as a list of strings.

    Args:
        name: what to call them in an error.
        texts: a sequence of strings.

    Raises:
        ValueError: for no texts, or for anything else among them: a gap that
            is written out, `"nan"`, would be read like a word.
    """
    several = np.iterable(texts) and hasattr(texts, "__len__")
    if not several or isinstance(texts, str | bytes) or not len(texts):
        raise ValueError(
            f"{name} must be one or more strings in a list, got {texts!r}."
        )
    for place, each in enumerate(texts):
        if not isinstance(each, str):
            raise ValueError(
                f"{name} must hold strings, got {each!r} at index {place}. "
                "Drop or fill rows with gaps; decode bytes."
            )
    return [str(each) for each in texts]  # NumPy's are strings of its own
