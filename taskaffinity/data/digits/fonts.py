"""Digits drawn from the fonts that matplotlib ships, as Ganin et al. (2016) draw their synthetic numbers.

Position, size, slant, rotation, and the colours of ink and ground vary. Fonts of the last part are not used
in the first, so that a test is on fonts that were never seen.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from taskaffinity.data.digits.packages import package_file

SIDE, FINE = 32, 4  # pixels of an image along a side, and how much larger it is drawn
CLASSES = 10
FONTS = (
    "DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSans-Oblique.ttf", "DejaVuSansMono.ttf",
    "DejaVuSansMono-Bold.ttf", "DejaVuSerif.ttf", "DejaVuSerif-Italic.ttf", "STIXGeneral.ttf",
    "STIXGeneralBolIta.ttf", "cmr10.ttf", "cmss10.ttf", "cmti10.ttf", "DejaVuSerif-Bold.ttf",
    "DejaVuSansMono-Oblique.ttf", "STIXGeneralBol.ttf", "cmtt10.ttf",
)  # fmt: skip
HELD_OUT = 4  # of the fonts, the last ones
LEAST_CONTRAST = 80  # between the mean of the ink and that of the ground


def fonts(each: int = 400, held_out: float = 0.2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return images uint8 (N, 32, 32, 3) and their digits int64 (N,), N = 10·each, sorted by digit.

    Parameters
    ----------
    each
        Images of a digit.
    held_out
        The share of them, the last ones, that is drawn in the fonts that are held out.
    seed
        Seed of the draws.
    """
    rng = np.random.default_rng([seed, each])
    paths = [str(package_file("matplotlib", "mpl-data", "fonts", "ttf", name)) for name in FONTS]
    first, last = paths[:-HELD_OUT], paths[-HELD_OUT:]
    images, classes = [], []
    for digit in range(CLASSES):
        for number in range(each):
            chosen = last if number >= round(each * (1 - held_out)) else first
            images.append(_draw(digit, chosen[rng.integers(len(chosen))], rng))
            classes.append(digit)
    return np.stack(images), np.array(classes, np.int64)


def _draw(digit: int, font: str, rng: np.random.Generator) -> np.ndarray:
    """Draw one digit: uint8 (32, 32, 3)."""
    side = SIDE * FINE
    mask = Image.new("L", (side, side))
    size = int(side * rng.uniform(0.65, 0.95))
    middle = side / 2 + rng.uniform(-0.08, 0.08, 2) * side
    ImageDraw.Draw(mask).text(
        tuple(middle), str(digit), fill=255, font=ImageFont.truetype(font, size), anchor="mm"
    )
    mask = mask.rotate(rng.uniform(-15, 15), Image.Resampling.BILINEAR)
    slant = rng.uniform(-0.2, 0.2)
    mask = mask.transform(
        (side, side), Image.Transform.AFFINE, (1, slant, -slant * side / 2, 0, 1, 0),
        Image.Resampling.BILINEAR,
    )  # fmt: skip
    ink = np.asarray(mask.resize((SIDE, SIDE), Image.Resampling.BOX), np.float32)[..., None] / 255
    paint, ground = _colours(rng)
    return (ink * paint + (1 - ink) * ground).round().astype(np.uint8)


def _colours(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw two colours that differ enough to be read."""
    while True:
        paint, ground = rng.integers(0, 256, (2, 3)).astype(np.float32)
        if abs(paint.mean() - ground.mean()) >= LEAST_CONTRAST:
            return paint, ground
