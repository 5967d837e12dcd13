"""Labels from depth: distance, normals, curvature, shading, occlusion edges.

Inverse depth is affine over the image of a plane, 1/z = m·K⁻¹(u, v, 1) with m = n/d, which makes its first
differences the plane's normal and its second differences zero everywhere but on edges and curved surfaces.
Axis legend: N views, H rows, W columns. Camera axes are x right, y down, z forward.
"""

import cv2
import numpy as np

from taskaffinity.data.views import Views

JUMP = 0.08  # relative difference of neighbours' inverse depth beyond which they lie on two surfaces
MAX_CURVATURE = 1 / 0.03  # per metre; what Taskonomy's 8-bit encoding can hold

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
    """Distance from the camera's centre, metres, (N, 1, H, W)."""
    distance = np.linalg.norm(points(views), axis=1, keepdims=True)
    return {"depth_euclidean": distance.astype(np.float32), "depth_euclidean_valid": views.valid("depth")}


def normal(views: Views) -> Channels:
    """Unit normals towards the camera, (N, 3, H, W), from the gradient of inverse depth."""
    valid = views.valid("depth")[:, 0]
    inverse = np.where(valid, 1 / np.maximum(views["depth"][:, 0].astype(float), 1e-6), np.nan)
    du, dv = _slope(inverse, axis=2), _slope(inverse, axis=1)
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
    """First difference per pixel that does not reach across an edge or into a hole.

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


def principal_curvature(views: Views) -> Channels:
    """Principal curvatures κ₁ ≥ κ₂ per metre, (N, 2, H, W), clipped to ±`MAX_CURVATURE`.

    The eigenvalues of the shape operator I⁻¹II, with I_ab = ∂_a P·∂_b P and II_ab = −∂_a n·∂_b P over the
    image axes a, b (do Carmo, Differential Geometry of Curves and Surfaces, section 3.3). Positive towards the
    camera: a ball's visible side has two negative values. Pixels whose neighbours lie on another surface are
    not valid.
    """
    place, n = points(views), views["normal"].astype(float)
    good = views.valid("depth") & views.valid("normal")
    n = np.stack([[cv2.GaussianBlur(c, (3, 3), 0.8) for c in one] for one in n])
    pu, pv = np.gradient(place, axis=3), np.gradient(place, axis=2)
    nu, nv = np.gradient(n, axis=3), np.gradient(n, axis=2)

    def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (a * b).sum(axis=1)

    e, f, g = dot(pu, pu), dot(pu, pv), dot(pv, pv)
    l, m, k = -dot(nu, pu), -(dot(nu, pv) + dot(nv, pu)) / 2, -dot(nv, pv)  # noqa: E741
    area = np.maximum(e * g - f * f, 1e-18)
    mean, gauss = (e * k - 2 * f * m + g * l) / (2 * area), (l * k - m * m) / area
    root = np.sqrt(np.maximum(mean**2 - gauss, 0))
    curvature = np.clip(np.stack([mean + root, mean - root], axis=1), -MAX_CURVATURE, MAX_CURVATURE)
    interior = good & ~_near_jump(views)
    return {
        "principal_curvature": np.where(interior, curvature, 0).astype(np.float32),
        "principal_curvature_valid": interior,
    }


def _near_jump(views: Views) -> np.ndarray:
    """Where a neighbour is missing or on another surface: bool (N, 1, H, W)."""
    valid = views.valid("depth")[:, 0]
    inverse = np.where(valid, 1 / np.maximum(views["depth"][:, 0], 1e-6), 0).astype(np.float32)
    kernel = np.ones((3, 3), np.uint8)
    jumps = [(cv2.dilate(i, kernel) - cv2.erode(i, kernel)) > 2 * JUMP * i for i in inverse]
    return np.stack(jumps)[:, None]


def edge_occlusion(views: Views) -> Channels:
    """Strength of depth edges in [0, 1], (N, 1, H, W).

    |z · Δ(1/z)|, Δ the Laplacian over the eight neighbours: zero on planes however slanted, small on creases,
    large where one surface hides another.
    """
    valid = views.valid("depth")[:, 0]
    inverse = np.where(valid, 1 / np.maximum(views["depth"][:, 0], 1e-6), 0).astype(np.float32)
    kernel = np.array([[1, 1, 1], [1, -8, 1], [1, 1, 1]], np.float32) / 8
    bend = np.stack([cv2.filter2D(i, -1, kernel, borderType=cv2.BORDER_REPLICATE) for i in inverse])
    strength = np.minimum(np.abs(bend) * views["depth"][:, 0], 1)
    blurred = np.stack([cv2.GaussianBlur(s, (0, 0), 0.5 * s.shape[0] / 64) for s in strength])
    whole = np.stack([cv2.erode(v.astype(np.uint8), np.ones((3, 3), np.uint8)) for v in valid]).astype(bool)
    return {"edge_occlusion": blurred[:, None], "edge_occlusion_valid": whole[:, None]}


def reshading(views: Views) -> Channels:
    """Lambertian shading by a light at the camera, in [0, 1], (N, 1, H, W): −n·P/|P|."""
    towards = rays(views, views["normal"].shape[-2:])
    towards = -towards / np.linalg.norm(towards, axis=1, keepdims=True)
    shading = np.clip((views["normal"] * towards).sum(axis=1, keepdims=True), 0, 1)
    return {"reshading": shading.astype(np.float32), "reshading_valid": views.valid("normal")}
