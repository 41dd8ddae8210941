"""Draw kd_tutorial/data/glyphs.png: the ten digits of 21 fonts, a font a row.

Needs Matplotlib 3.11 or newer for all the fonts. The picture is kept because
the same font is drawn differently by older ones (FreeType 2.6.1 before 3.11).
"""

import sys
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.ft2font import FT2Font
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "kd_tutorial" / "data" / "glyphs.png"
CANVAS = 64
FONTS = (
    *(
        f"DejaVu{family}{style}"
        for family in ("Sans", "SansMono")
        for style in ("", "-Bold", "-Oblique", "-BoldOblique")
    ),
    *(f"DejaVuSerif{s}" for s in ("", "-Bold", "-Italic", "-BoldItalic")),
    *(f"STIXGeneral{s}" for s in ("", "Bol", "Italic", "BolIta")),
    "cmb10", "cmr10", "cmss10", "cmti10", "cmtt10",
)  # fmt: skip


def draw(name: str) -> np.ndarray:
    """A font's digits side by side, each in the middle of its canvas."""
    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    font = FT2Font(str(folder / f"{name}.ttf"))
    font.set_size(54, 72)
    row = np.zeros((CANVAS, 10, CANVAS), "uint8")
    for digit in range(10):
        font.set_text(str(digit))
        font.draw_glyphs_to_bitmap()
        drawn = np.asarray(font.get_image(), "uint8")
        used = np.argwhere(drawn)
        (top, left), (bottom, right) = used.min(0), used.max(0) + 1
        drawn = drawn[top:bottom, left:right]
        high, wide = drawn.shape
        y, x = (CANVAS - high) // 2, (CANVAS - wide) // 2
        row[y : y + high, digit, x : x + wide] = drawn
    return row.reshape(CANVAS, 10 * CANVAS)


def main() -> int:
    """Write the picture."""
    sheet = np.concatenate([draw(name) for name in FONTS])
    Image.fromarray(sheet).save(PICTURE, optimize=True)
    print(f"{PICTURE}: {PICTURE.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
