"""The room's axes and box, estimated from a whole sequence of posed depth maps.

Axis legend: N views, P points.
"""

import numpy as np

from taskaffinity.data.derive.geometry import points
from taskaffinity.data.views import Views

Channels = dict[str, np.ndarray]

STRIDE = 4  # of the pixels that are looked at, in both directions
ROUNDS = 50
TRIMMED = 1.0  # percent of the points beyond each side of the box


def manhattan(views: Views) -> Channels:
    """Find the dominant orthogonal frame of the surface normals, (1, 3, 3): rows are axes, the third up.

    Maximises Σ |R n|₄⁴ over rotations R, which is largest where normals lie along the axes, by the fixed
    point R ← polar(Σ (R n)³ nᵀ) (Zhai et al., "Complete dictionary learning via ℓ4-norm maximization over
    the orthogonal group", JMLR 2020, algorithm 2), from four starts about the cameras' mean up.
    """
    valid = views.valid("normal")[:, 0, ::STRIDE, ::STRIDE]
    normals = views["normal"][:, :, ::STRIDE, ::STRIDE].astype(float)
    pose = views["pose"].astype(float)
    n = np.einsum("nij,njhw->nhwi", pose[:, :3, :3], normals)[valid]
    up = -pose[:, :3, 1].mean(axis=0)
    best = max((_fit(n, start) for start in _starts(up)), key=lambda frame: ((n @ frame.T) ** 4).sum())
    return {"manhattan": _upright(best, up)[None].astype(np.float32)}


def _fit(n: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Climb from one start; n is (P, 3), a frame's rows are its axes."""
    for _ in range(ROUNDS):
        u, _, v = np.linalg.svd(((n @ frame.T) ** 3).T @ n)
        frame = u @ v
    return frame


def _starts(up: np.ndarray) -> list[np.ndarray]:
    """Frames upright about a direction, at four angles of the quarter turn after which they repeat."""
    z = up / np.linalg.norm(up)
    x = np.cross(z, np.eye(3)[np.abs(z).argmin()])
    x /= np.linalg.norm(x)
    y = np.cross(z, x)
    angles = np.arange(4) * np.pi / 8
    return [np.stack([np.cos(a) * x + np.sin(a) * y, np.cos(a) * y - np.sin(a) * x, z]) for a in angles]


def _upright(frame: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Order and sign a frame: the axis nearest to up comes third, and the frame is right-handed."""
    third = int(np.abs(frame @ up).argmax())
    z = frame[third] * np.sign(frame[third] @ up)
    x = frame[(third + 1) % 3]
    return np.stack([x, np.cross(z, x), z])


def room(views: Views) -> Channels:
    """Find the box of the points seen, (1, 2, 3): least and greatest corner, metres along `manhattan`.

    `TRIMMED` percent of the points may lie beyond each side, so that stray depths and what is seen through
    a window do not make the room.
    """
    valid = views.valid("depth")[:, 0, ::STRIDE, ::STRIDE]
    place = points(views)[:, :, ::STRIDE, ::STRIDE]
    pose = views["pose"].astype(float)
    world = np.einsum("nij,njhw->nhwi", pose[:, :3, :3], place) + pose[:, None, None, :3, 3]
    inside = world[valid] @ views["manhattan"][0].astype(float).T
    return {"room": np.percentile(inside, [TRIMMED, 100 - TRIMMED], axis=0)[None].astype(np.float32)}
