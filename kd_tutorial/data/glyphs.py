"""Printed digits, distorted: as many 28×28 images as wanted, no download.

`glyphs.png` shows each digit of 21 fonts, a font a row. An image is one of
these drawings, seen through a random affine map (turn, size, shear, place)
and a random elastic one (Simard et al. 2003), with random contrast and noise
on top.

Images come in blocks of 100, ten of each digit, and each block has a random
generator of its own. So image i is the same however many are drawn.

The drawings are kept, not made here, because releases of Matplotlib draw the
same font differently and bring different fonts. The script
`glyph_drawings.py` made them. The fonts (DejaVu, STIX, BaKoMa's Computer
Modern) are free, and their licences leave pictures of their letters to
whoever draws them.
"""

import functools
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SIDE = 28
BLOCK = 100
_CANVAS = 64  # pixels of a side of a drawing; a digit is about 40 high


@dataclass(frozen=True)
class Level:
    """How strong the distortion is.

    Args:
        turn: standard deviation of the angle, degrees.
        scale: of the logarithm of the size, for each axis.
        shear: of the shear.
        shift: of the place, pixels.
        elastic: of the elastic displacement, pixels.
        noise: of the grey values' noise, which run from 0 to 1.
    """

    turn: float
    scale: float
    shear: float
    shift: float
    elastic: float
    noise: float


LEVELS = {
    "glyphs": Level(8, 0.10, 0.10, 1.0, 0.8, 0.08),
    "glyphs-strong": Level(15, 0.15, 0.20, 1.5, 1.6, 0.15),
}


@functools.cache
def drawings():
    """Every digit in every font, white on black; read-only.

    Returns:
        Float32 from 0 to 1, shape `(fonts, 10, canvas, canvas)`.
    """
    from matplotlib.image import imread

    sheet = imread(Path(__file__).with_name("glyphs.png"))
    sheet = sheet.reshape(-1, _CANVAS, 10, _CANVAS).swapaxes(1, 2).copy()
    sheet.flags.writeable = False  # it is shared
    return sheet


@functools.cache
def _spline():
    """Weights that spread 5 random values smoothly over 28 pixels."""
    from scipy.interpolate import make_interp_spline

    knots = np.linspace(0, SIDE - 1, 5)
    return make_interp_spline(knots, np.eye(5), k=3)(np.arange(SIDE))


def _block(level: Level, generator):
    """One block of images and its labels."""
    from scipy.ndimage import map_coordinates

    digits = generator.permutation(np.repeat(np.arange(10), BLOCK // 10))
    fonts = generator.integers(len(drawings()), size=BLOCK)

    def normal(scale, *shape):
        return scale * generator.standard_normal((BLOCK, *shape))

    turn = np.deg2rad(normal(level.turn))
    sine, cosine = np.sin(turn), np.cos(turn)
    shear = normal(level.shear)
    one = np.ones(BLOCK)
    rotation = np.array([[cosine, -sine], [sine, cosine]])
    bend = np.array([[one, shear], [0 * one, one]])
    size = np.exp(normal(level.scale, 2)).T  # (2, block)
    affine = np.einsum("ijb,jkb,kb->ikb", rotation, bend, size)

    half = (SIDE - 1) / 2
    grid = np.mgrid[:SIDE, :SIDE] - half  # (2, 28, 28)
    spread = _spline()
    elastic = np.einsum(
        "yi,bdij,xj->bdyx", spread, normal(level.elastic, 2, 5, 5), spread
    )
    seen = np.einsum("ijb,jyx->biyx", affine, grid) + elastic
    seen += normal(level.shift, 2)[..., None, None]
    # Two pixels of the drawing are one of the image.
    places = (_CANVAS - 1) / 2 + 2 * seen
    which = np.broadcast_to(
        np.arange(BLOCK)[:, None, None], (BLOCK, SIDE, SIDE)
    )
    images = map_coordinates(
        drawings()[fonts, digits],
        [which, places[:, 0], places[:, 1]],
        order=1,
        prefilter=False,
    )
    contrast = generator.uniform(0.6, 1.0, (BLOCK, 1, 1))
    images = images * contrast + normal(level.noise, SIDE, SIDE)
    return np.clip(images, 0, 1).astype("float32")[..., None], digits


def draw(count: int, *, part: str, level: str, seed: int):
    """Draw images of one part of a data set.

    Args:
        count: how many.
        part: "train", "validation" or "test"; each has its own images.
        level: one of `LEVELS`.
        seed: the same seed gives the same images.

    Returns:
        Images `(count, 28, 28, 1)`, float32 from 0 to 1, and their labels
        `(count,)`, int32.
    """
    key = zlib.crc32(f"{level}/{part}".encode())
    blocks = [
        _block(LEVELS[level], np.random.default_rng([seed, key, number]))
        for number in range(-(-count // BLOCK))
    ]
    images, labels = (np.concatenate(each) for each in zip(*blocks))
    return images[:count], labels[:count].astype("int32")
