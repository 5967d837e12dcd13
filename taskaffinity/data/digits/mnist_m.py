"""MNIST-M, made as its authors make it: |patch of a photograph − digit|, channel by channel.

Ganin et al. (JMLR 2016), section 5.2.4: digits of MNIST, taken as black and white, are blended over patches
drawn at random from photographs. Theirs are from BSDS500, which no package ships. Ours are from the
photographs that scikit-image ships, so that these images are not those of the publication.
"""

import numpy as np

from taskaffinity.data.digits.mnist import mnist
from taskaffinity.data.digits.packages import package_file
from taskaffinity.data.pixels import read_colour

PHOTOGRAPHS = (
    "astronaut.png", "brick.png", "camera.png", "chelsea.png", "coffee.png", "coins.png", "grass.png",
    "gravel.png", "motorcycle_left.png", "rocket.jpg",
)  # fmt: skip


def mnist_m(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return images uint8 (N, 32, 32, 3) and their digits int64 (N,); those of `mnist`, in its order."""
    digits, classes = mnist()
    photographs = [read_colour(package_file("skimage", "data", name)) for name in PHOTOGRAPHS]
    rng = np.random.default_rng([seed, len(digits)])
    patches = np.stack([_patch(photographs, digits.shape[1], rng) for _ in digits])
    ink = np.where(digits > 0, 255, 0)[..., None]
    return np.abs(patches.astype(np.int16) - ink).astype(np.uint8), classes


def _patch(photographs: list[np.ndarray], side: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a square of a photograph: uint8 (side, side, 3)."""
    photograph = photographs[rng.integers(len(photographs))]
    top, left = (rng.integers(length - side + 1) for length in photograph.shape[:2])
    return photograph[top : top + side, left : left + side]
