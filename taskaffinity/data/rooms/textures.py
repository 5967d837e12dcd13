"""A bank of tileable grey patterns with natural statistics, made once per process.

Each pattern is a square of bytes with its mip levels. What colours it has is the material's affair.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from taskaffinity.data.rooms.patterns import PATTERNS, SIDE

VARIANTS = 8
LEVELS = int(np.log2(SIDE)) + 1


@dataclass(frozen=True)
class Bank:
    """All patterns, of all kinds, at all mip levels.

    Attributes
    ----------
    texels
        uint8, the levels of all patterns one after another.
    start
        int64 (patterns, LEVELS), where each level of each pattern begins.
    kinds
        The first pattern of each kind; `VARIANTS` follow each other.
    """

    texels: np.ndarray
    start: np.ndarray
    kinds: dict[str, int]

    def draw(self, rng: np.random.Generator, kind: str) -> int:
        """Choose a pattern of a kind."""
        return self.kinds[kind] + int(rng.integers(VARIANTS))

    def mean(self, pattern: np.ndarray) -> np.ndarray:
        """Return the mean value of patterns, the last mip level: uint8, 0 to 255."""
        return self.texels[self.start[pattern, LEVELS - 1]]

    def sample(self, pattern: np.ndarray, uv: np.ndarray, footprint: np.ndarray) -> np.ndarray:
        """Look patterns up, bilinearly at the mip level that fits.

        Parameters
        ----------
        pattern
            int (S,), which pattern.
        uv
            float32 (S, 2), in tiles.
        footprint
            float32 (S,), the width of the sample, in tiles.

        Returns
        -------
        numpy.ndarray
            float32 (S,), 0 to 255.
        """
        level = np.log2(np.maximum(footprint * np.float32(SIDE), np.float32(1))).astype(np.int32)
        np.minimum(level, LEVELS - 1, out=level)
        side = np.int32(SIDE) >> level
        at = uv * side[:, None].astype(np.float32) - np.float32(0.5)
        low = np.floor(at)
        part = at - low
        x0, y0 = (low.astype(np.int32) & (side - 1)[:, None]).T
        x1, y1 = (x0 + 1) & (side - 1), (y0 + 1) & (side - 1)
        first = self.start.ravel().take(pattern * LEVELS + level)
        row0, row1 = first + y0 * side, first + y1 * side
        upper = self._mix(row0 + x0, row0 + x1, part[:, 0])
        lower = self._mix(row1 + x0, row1 + x1, part[:, 0])
        return upper + (lower - upper) * part[:, 1]

    def _mix(self, left: np.ndarray, right: np.ndarray, share: np.ndarray) -> np.ndarray:
        a = self.texels.take(left).astype(np.float32)
        return a + (self.texels.take(right) - a) * share


@lru_cache(maxsize=1)
def bank() -> Bank:
    """Return the bank; the same in every process."""
    chunks: list[np.ndarray] = []
    starts: list[np.ndarray] = []
    kinds, offset = {}, 0
    for index, (kind, pattern) in enumerate(PATTERNS.items()):
        kinds[kind] = len(starts)
        for variant in range(VARIANTS):
            levels = _pyramid(pattern, np.random.default_rng([index, variant]))
            starts.append(offset + np.cumsum([0, *(level.size for level in levels[:-1])]))
            offset += sum(level.size for level in levels)
            chunks += [level.ravel() for level in levels]
    return Bank(np.concatenate(chunks), np.array(starts), kinds)


def _pyramid(
    pattern: Callable[[np.random.Generator], np.ndarray], rng: np.random.Generator
) -> list[np.ndarray]:
    image = np.clip(pattern(rng), 0, 1)
    levels = []
    while True:
        levels.append(np.round(255 * image).astype(np.uint8))
        if len(image) == 1:
            return levels
        image = image.reshape(len(image) // 2, 2, -1, 2).mean(axis=(1, 3))
