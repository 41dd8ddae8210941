"""Draw book/images/headline.svg from the background chapter's own result.

Runs the notebook's code and draws what it found. The picture carries a digest
of that code, and a test says when it is out of date: `make headline`.
"""

import hashlib
import os
import re
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "book" / "background.ipynb"
PICTURE = ROOT / "book" / "images" / "headline.svg"
# Method in the notebook: label in the picture, colour, marker, filled.
STYLES = {
    "labels": ("labels, smoothing tuned", "#0072B2", "o", True),
    "teacher's answers": ("teacher's answers", "#D55E00", "s", True),
    "answers on mixtures": ("answers on mixtures", "#009E73", "D", True),
    "labels + answers": ("labels and answers", "#D55E00", "s", False),
    "labels, not smoothed": ("labels, not smoothed", "#0072B2", "o", False),
}


def sources(notebook: Path = NOTEBOOK) -> list[str]:
    """The notebook's code, cell by cell."""
    cells = nbformat.read(notebook, 4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def digest(notebook: Path = NOTEBOOK) -> str:
    """A digest of the notebook's code."""
    text = "\n\n".join(sources(notebook)).encode()
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def drawn_from(picture: Path = PICTURE) -> str:
    """The digest that a picture carries."""
    found = re.search("drawn from ([0-9a-f]{32})", picture.read_text("utf-8"))
    return found.group(1) if found else ""


def draw(studies, teacher_accuracy: float):
    """The figure: accuracy by the images given, a mark a method."""
    import matplotlib.pyplot as plt

    # Its letters must be read on a telephone too, so it is no wider.
    figure, axes = plt.subplots(figsize=(5, 4.6), layout="constrained")
    axes.axhline(teacher_accuracy, color="0.6", linestyle="--", zorder=0)
    for name, (label, color, marker, filled) in STYLES.items():
        places, marks = [], []
        for place, study in enumerate(studies.values()):
            drawn = [other for other in STYLES if other in study.outcomes]
            if name in drawn:
                beside = drawn.index(name) - (len(drawn) - 1) / 2
                places.append(place + 0.2 * beside)
                marks.append(study.interval(name))
        axes.errorbar(
            places, [m.mean for m in marks],
            yerr=[[m.mean - m.low for m in marks],
                  [m.high - m.mean for m in marks]],
            fmt=marker, capsize=3, color=color, label=label,
            markerfacecolor=color if filled else "white",
        )  # fmt: skip
    axes.text(
        -0.25, teacher_accuracy + 0.4, "the teacher, of all 990 labels",
        color="0.35",
    )  # fmt: skip
    axes.set_xticks(range(len(studies)), studies)
    axes.set(
        xlabel="training images the student is given\n"
        "(means over seeds with 95 % intervals; 64 units)",
        ylabel="test accuracy (points)",
    )
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(
        title="The teacher's answers help where labels are few",
        title_fontproperties={"weight": "bold", "size": "large"},
        loc="outside upper left", ncols=2, frameon=False, alignment="left",
    )  # fmt: skip
    return figure


def main() -> int:
    """Run the notebook and draw."""
    os.environ["MPLBACKEND"] = "agg"
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    for source in sources():
        result = shell.run_cell(source)
        result.raise_error()
    found = shell.user_ns
    studies = {
        "1 a class\n(10)": found["studies"]["1 a class"],
        "2 a class\n(20)": found["studies"]["2 a class"],
        "10 a class\n(100)": found["studies"]["10 a class"],
        "all\n(990)": found["everything"],
    }
    kd, test = found["kd"], found["data"].test
    told = kd.ask(found["teacher"], test.x).logits
    figure = draw(studies, 100 * kd.accuracy(test.y, told))
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
