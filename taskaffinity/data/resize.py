"""Cutting and shrinking pictures and maps."""

import cv2
import numpy as np

SMOOTH = 0.05  # relative spread of inverse depth within a pixel of one surface


def square_windows(height: int, width: int, count: int) -> list[tuple[int, int, int]]:
    """Place square windows of the full shorter side along the longer one: (top, left, side) each.

    One window is the centre; several are spread evenly from end to end. A square image has one place only.
    """
    side = min(height, width)
    spare = max(height, width) - side
    offsets = np.linspace(0, spare, count) if count > 1 else np.array([spare / 2])
    places = dict.fromkeys(round(offset) for offset in offsets.tolist())
    return [(offset, 0, side) if height > width else (0, offset, side) for offset in places]


def shrink(image: np.ndarray, size: int) -> np.ndarray:
    """Resize (H, W[, C]) to `size` squared; by area when it gets smaller."""
    method = cv2.INTER_AREA if image.shape[0] >= size else cv2.INTER_LINEAR
    return cv2.resize(image, (size, size), interpolation=method)


def shrink_depth(metres: np.ndarray, valid: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Resize a depth map without inventing surfaces between near and far.

    Inverse depth is affine over the image of a plane, so its mean over a pixel's area is exact there. Where
    it varies by more than `SMOOTH` within that area, the pixel lies on an edge and takes its nearest sample.

    Parameters
    ----------
    metres, valid
        float and bool (H, W).
    size
        Side of the result.

    Returns
    -------
    tuple
        Metres float32 (size, size), 0 where invalid, and the validity, bool (size, size): at least half of
        the pixel's area has depth.
    """
    inverse = np.where(valid, 1 / np.maximum(metres, 1e-6), 0).astype(np.float32)
    share = shrink(valid.astype(np.float32), size)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = shrink(inverse, size) / share
        spread = np.sqrt(np.maximum(shrink(inverse**2, size) / share - mean**2, 0)) / mean
        smooth = 1 / mean
    measured = np.where(valid, metres, 0).astype(np.float32)
    nearest = cv2.resize(measured, (size, size), interpolation=cv2.INTER_NEAREST_EXACT)
    depth = np.where(spread < SMOOTH, smooth, nearest)
    good = (share >= 0.5) & np.isfinite(depth) & (depth > 0)
    return np.where(good, depth, 0).astype(np.float32), good


def nearest(image: np.ndarray, size: int) -> np.ndarray:
    """Resize (H, W) of names that have no order, such as segments: each pixel takes the one at its centre."""
    return cv2.resize(image, (size, size), interpolation=cv2.INTER_NEAREST_EXACT)
