"""Principal curvatures of the surfaces seen.

Axis legend: N views, H rows, W columns. Camera axes are x right, y down, z forward.
"""

import cv2
import numpy as np

from taskaffinity.data.derive.geometry import JUMP, points
from taskaffinity.data.derive.published import MIN_CURVATURE_RADIUS
from taskaffinity.data.views import Views

Channels = dict[str, np.ndarray]

KERNEL = np.ones((3, 3), np.uint8)


def principal_curvature(views: Views) -> Channels:
    """Derive the principal curvatures, |κ₁| ≥ |κ₂|, per metre, (N, 2, H, W).

    The eigenvalues of the shape operator I⁻¹II, with I_ab = ∂_a P·∂_b P and II_ab = ∂_a n·∂_b P over the
    image axes a, b (do Carmo, Differential Geometry of Curves and Surfaces, section 3.3). Order and sign are
    those of the published files: a ball has two positive values, a dent two negative ones. Cut off at the
    curvature of a ball of `MIN_CURVATURE_RADIUS`. Pixels whose neighbours lie on another surface are not
    valid.
    """
    mean, gauss = mean_and_gauss(points(views), views["normal"].astype(float))
    root = np.sqrt(np.maximum(mean**2 - gauss, 0))
    lean = np.where(mean < 0, -1, 1)
    both = np.stack([mean + lean * root, mean - lean * root], axis=1)
    interior = views.valid("depth") & views.valid("normal") & ~near_jump(views)
    limit = 1 / MIN_CURVATURE_RADIUS
    return {
        "principal_curvature": np.where(interior, np.clip(both, -limit, limit), 0).astype(np.float32),
        "principal_curvature_valid": interior,
    }


def mean_and_gauss(place: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and Gaussian curvature (N, H, W) of points and normals, both (N, 3, H, W)."""
    n = np.stack([[cv2.GaussianBlur(c, (3, 3), 0.8) for c in one] for one in n])
    pu, pv = np.gradient(place, axis=3), np.gradient(place, axis=2)
    nu, nv = np.gradient(n, axis=3), np.gradient(n, axis=2)
    e, f, g = _dot(pu, pu), _dot(pu, pv), _dot(pv, pv)
    l, m, k = _dot(nu, pu), (_dot(nu, pv) + _dot(nv, pu)) / 2, _dot(nv, pv)  # noqa: E741
    area = np.maximum(e * g - f * f, 1e-18)
    return (e * k - 2 * f * m + g * l) / (2 * area), (l * k - m * m) / area


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(axis=1)


def near_jump(views: Views) -> np.ndarray:
    """Tell where a neighbour is missing or on another surface: bool (N, 1, H, W)."""
    valid = views.valid("depth")[:, 0]
    inverse = np.where(valid, 1 / np.maximum(views["depth"][:, 0], 1e-6), 0).astype(np.float32)
    jumps = [(cv2.dilate(i, KERNEL) - cv2.erode(i, KERNEL)) > 2 * JUMP * i for i in inverse]
    return np.stack(jumps)[:, None]
