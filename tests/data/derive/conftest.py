from collections.abc import Callable

import numpy as np
import pytest

from taskaffinity.data.views import ViewId, Views

Surface = Callable[[np.ndarray, np.ndarray], np.ndarray]


def pinhole(size: int, field_of_view: float = 60.0) -> np.ndarray:
    """A camera whose axis goes through the middle; degrees."""
    focal, centre = size / 2 / np.tan(np.radians(field_of_view) / 2), (size - 1) / 2
    return np.array([[focal, 0, centre], [0, focal, centre], [0, 0, 1]])


@pytest.fixture
def seen() -> Callable[..., Views]:
    """Views of a surface z(x/z, y/z), given as a function of the ray; 0 where there is none."""

    def make(surface: Surface, size: int = 64) -> Views:
        v, u = np.mgrid[:size, :size]
        k = pinhole(size)
        depth = surface((u - k[0, 2]) / k[0, 0], (v - k[1, 2]) / k[1, 1]).astype(np.float32)
        channels = {"depth": depth[None, None], "depth_valid": depth[None, None] > 0, "intrinsics": k[None]}
        return Views([ViewId("s", 0, 0)], channels)

    return make


def ball(x: np.ndarray, y: np.ndarray, radius: float = 0.5, away: float = 2.0) -> np.ndarray:
    """Depth of a ball on the optical axis; 0 beside it."""
    length = x**2 + y**2 + 1
    root = away**2 - length * (away**2 - radius**2)
    return np.where(root > 0, (away - np.sqrt(np.maximum(root, 0))) / length, 0)
