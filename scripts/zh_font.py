"""Cut the font of book/zh.md to the characters that the page has.

    apt-get download fonts-wqy-microhei
    dpkg -x fonts-wqy-microhei_*.deb there
    python scripts/zh_font.py there/usr/share/fonts/truetype/wqy/*.ttc

writes book/_static/zh.woff, for readers and printers whose system has no
Chinese font. WenQuanYi Micro Hei 0.2.0-beta, by Google and the WenQuanYi
authors, is under the Apache License 2.0 or GPL 3 with font exception.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
FONT = ROOT / "book" / "_static" / "zh.woff"


def characters(root: Path = ROOT) -> set[int]:
    """The page's characters that fonts of Latin letters lack."""
    text = (root / "book" / "zh.md").read_text("utf-8")
    return {ord(c) for c in text if ord(c) > 0x2E7F}


def main(arguments=None) -> int:
    """Write the font."""
    (source,) = sys.argv[1:] if arguments is None else arguments
    font = TTFont(source, fontNumber=0)
    options = subset.Options(hinting=False, layout_features=[])
    cut = subset.Subsetter(options)
    cut.populate(unicodes=characters())
    cut.subset(font)
    font.flavor = "woff"
    font.save(FONT)
    missing = characters() - set(font.getBestCmap())
    print(f"{FONT.stat().st_size:,} bytes; missing: {sorted(missing)}")
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main())
