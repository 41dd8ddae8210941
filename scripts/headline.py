"""Draw book/images/headline.svg from what `code/images.ipynb` finds.

Runs the notebook's code and draws what it found. The picture carries a digest
of that code, and a test says when it is out of date: `make headline`.
"""

import hashlib
import os
import re
import sys
from pathlib import Path

import nbformat
import numpy as np
from evidence import ASIDES

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "book" / "code" / "images.ipynb"
PICTURE = ROOT / "book" / "images" / "headline.svg"
BLUE, RED, GREY = "#0072B2", "#D55E00", "0.35"


def sources(notebook: Path = NOTEBOOK) -> list[str]:
    """The notebook's code, cell by cell."""
    cells = nbformat.read(notebook, 4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def digest(notebook: Path = NOTEBOOK) -> str:
    """A digest of the notebook's code, but for exercises and guesses."""
    text = "\n\n".join(
        source
        for source in sources(notebook)
        if not any(aside in source for aside in ASIDES)
    )
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def drawn_from(picture: Path = PICTURE) -> str:
    """The digest that a picture carries."""
    found = re.search("drawn from ([0-9a-f]{32})", picture.read_text("utf-8"))
    return found.group(1) if found else ""


def draw(by_labels, levels):
    """The figure: accuracy over the labels given, and without any.

    Args:
        by_labels: an `Interval` for each number of labelled images a digit.
        levels: `(what, its Interval, bytes, milliseconds an image)` of the
            teacher and of the student without labels, in this order.
    """
    import matplotlib.pyplot as plt

    # Its letters must be read on a telephone too, so it is no wider.
    figure, axes = plt.subplots(figsize=(5, 4.4), layout="constrained")
    counts, found = list(by_labels), list(by_labels.values())
    axes.errorbar(
        counts, [i.mean for i in found],
        yerr=[
            [i.mean - i.low for i in found],
            [i.high - i.mean for i in found],
        ],
        fmt="o-", capsize=3, color=BLUE,
    )  # fmt: skip
    axes.annotate(
        "the same network,\nfrom labels", (counts[1], found[1].mean),
        xytext=(12, -6), textcoords="offset points", va="top", color=BLUE,
    )  # fmt: skip
    looks = ((GREY, "--", 3, "bottom"), (RED, "-", -5, "top"))
    for level, (color, style, aside, side) in zip(levels, looks, strict=True):
        what, interval, size, time = level
        axes.axhline(interval.mean, color=color, linestyle=style, zorder=0)
        axes.axhspan(
            interval.low, interval.high, color=color, alpha=0.25, lw=0
        )
        axes.annotate(
            f"{what}\n{_bytes(size)}, {time:.2g} ms an image",
            (counts[0], interval.mean), xytext=(-27, aside), fontsize=9,
            textcoords="offset points", va=side, color=color,
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xlim(0.5 * counts[0], None)  # room for the words
    axes.set_xticks(counts, counts)
    axes.minorticks_off()
    axes.set(
        xlabel="labelled images of each digit\n"
        "(means over seeds with 95 % intervals)",
        ylabel="test accuracy (points)",
        ylim=(None, 107),
    )
    axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(
        "A large model's answers in place of labels",
        x=0.02, ha="left", weight="bold",
    )  # fmt: skip
    return figure


def _bytes(size):
    unit = "MB" if size >= 1e6 else "kB"
    return f"{size / (1e6 if unit == 'MB' else 1e3):.0f} {unit}"


def main() -> int:
    """Run the notebook and draw."""
    os.environ["MPLBACKEND"] = "agg"
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    for source in sources():
        result = shell.run_cell(source)
        result.raise_error()
    kd, found = shell.user_ns["kd"], shell.user_ns
    study, times = found["study"], found["times"]
    names = [*(f"{n} labels a digit" for n in found["FEW"]), "all labels"]
    teacher, student = zip(*times)
    size = found["bytes_"]
    levels = [
        (
            "the teacher", kd.Interval(found["taught"], "points"),
            size["teacher"], np.median([t.median for t in teacher]),
        ),
        (
            "the student without labels", study.interval("no labels"),
            size["student"], np.median([t.median for t in student]),
        ),
    ]  # fmt: skip
    by_labels = dict(zip(found["counts"], map(study.interval, names)))
    figure = draw(by_labels, levels)
    assert not kd.plots.hidden(figure), kd.plots.hidden(figure)
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": "headline"}):
        figure.savefig(
            PICTURE,
            metadata={"Date": None, "Description": f"drawn from {digest()}"},
        )
    print(f"written: {PICTURE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
