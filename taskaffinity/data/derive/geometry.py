"""Labels from depth: points, distance, normals.

Inverse depth is affine over the image of a plane, 1/z = m·K⁻¹(u, v, 1) with m = n/d, which makes its first
differences the plane's normal.
Axis legend: N views, H rows, W columns. Camera axes are x right, y down, z forward.
"""

import numpy as np
from scipy.ndimage import gaussian_filter

from taskaffinity.data.derive.published import REFERENCE_SIDE
from taskaffinity.data.views import Views

JUMP = 0.08  # relative difference of neighbours' inverse depth beyond which they lie on two surfaces
SMOOTHING = 1.0  # σ of the slopes, pixels at the reference side: depth files hold whole 1/512 m

Channels = dict[str, np.ndarray]


def rays(views: Views, shape: tuple[int, int]) -> np.ndarray:
    """Return K⁻¹(u, v, 1) for every pixel: float64 (N, 3, H, W), third component 1."""
    height, width = shape
    v, u = np.mgrid[:height, :width]
    pixels = np.stack([u, v, np.ones_like(u)]).reshape(3, -1)
    inverse = np.linalg.inv(views["intrinsics"].astype(float))
    return (inverse @ pixels).reshape(-1, 3, height, width)


def points(views: Views) -> np.ndarray:
    """Back-project depth: float64 (N, 3, H, W), metres in camera axes."""
    depth = views["depth"]
    return rays(views, depth.shape[-2:]) * depth


def depth_euclidean(views: Views) -> Channels:
    """Measure the distance from the camera's centre, metres, (N, 1, H, W)."""
    distance = np.linalg.norm(points(views), axis=1, keepdims=True)
    return {"depth_euclidean": distance.astype(np.float32), "depth_euclidean_valid": views.valid("depth")}


def normal(views: Views) -> Channels:
    """Derive unit normals towards the camera, (N, 3, H, W), from the gradient of inverse depth."""
    valid = views.valid("depth")[:, 0]
    inverse = np.where(valid, 1 / np.maximum(views["depth"][:, 0].astype(float), 1e-6), np.nan)
    du, dv = _smooth(_slope(inverse, axis=2)), _smooth(_slope(inverse, axis=1))
    k = views["intrinsics"].astype(float)
    height, width = inverse.shape[-2:]
    v, u = np.mgrid[:height, :width]
    fx, fy, cx, cy = (k[:, a, b, None, None] for a, b in ((0, 0), (1, 1), (0, 2), (1, 2)))
    m = np.stack([du * fx, dv * fy, inverse - du * (u - cx) - dv * (v - cy)], axis=1)
    length = np.linalg.norm(m, axis=1, keepdims=True)
    good = np.isfinite(length) & (length > 0)
    with np.errstate(invalid="ignore"):
        unit = np.where(good, -m / length, 0)
    return {"normal": unit.astype(np.float32), "normal_valid": good}


def _slope(field: np.ndarray, axis: int) -> np.ndarray:
    """Difference neighbouring pixels, never across an edge or into a hole.

    The mean of the forward and the backward difference; where one of them is missing or a jump, the other.
    """
    forward = np.full_like(field, np.nan)
    step = np.diff(field, axis=axis)
    level = (
        np.take(field, range(1, field.shape[axis]), axis) + np.take(field, range(field.shape[axis] - 1), axis)
    ) / 2
    step = np.where(np.abs(step) > JUMP * level, np.nan, step)
    backward = forward.copy()
    ahead, behind = [slice(None)] * field.ndim, [slice(None)] * field.ndim
    ahead[axis], behind[axis] = slice(None, -1), slice(1, None)
    forward[tuple(ahead)] = step
    backward[tuple(behind)] = step
    both = (forward + backward) / 2
    return np.where(np.isfinite(both), both, np.where(np.isfinite(forward), forward, backward))


def _smooth(slope: np.ndarray) -> np.ndarray:
    """Average slopes (N, H, W) over a Gaussian neighbourhood; NaN counts for nothing and stays."""
    sigma = SMOOTHING * slope.shape[-1] / REFERENCE_SIDE
    finite = np.isfinite(slope)
    weight = gaussian_filter(finite.astype(float), (0, sigma, sigma))
    total = gaussian_filter(np.where(finite, slope, 0), (0, sigma, sigma))
    return np.where(finite, total / np.maximum(weight, 1e-12), np.nan)
