"""What two views of one scene share, by reprojection of posed depth maps.

Axis legend: M views, K pairs of them, P pixels of a view, H rows, W columns. Pixel centres lie at whole
numbers.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from taskaffinity.data.views import Views

DEPTH_TOLERANCE = 0.1  # relative; beyond it a point is hidden by something nearer
SAMPLES = 8  # pixels along each side that stand for the whole image
MOVED_METRES, MOVED_RADIANS = 0.02, np.radians(1.0)


@dataclass(frozen=True)
class Cameras:
    """Posed depth maps.

    Attributes
    ----------
    depth
        float32 (M, H, W), metres along the optical axis.
    valid
        bool (M, H, W).
    pose
        float64 (M, 4, 4), camera to world.
    intrinsics
        float64 (M, 3, 3).
    """

    depth: np.ndarray
    valid: np.ndarray
    pose: np.ndarray
    intrinsics: np.ndarray

    @classmethod
    def of(cls, *batches: Views) -> "Cameras":
        """Take what is needed from batches of views, one after the other."""

        def join(arrays: list[np.ndarray]) -> np.ndarray:
            return np.concatenate(arrays)

        return cls(
            join([views["depth"][:, 0] for views in batches]),
            join([views.valid("depth")[:, 0] for views in batches]),
            join([views["pose"].astype(float) for views in batches]),
            join([views["intrinsics"].astype(float) for views in batches]),
        )

    def __len__(self) -> int:
        return len(self.depth)

    @property
    def size(self) -> tuple[int, int]:
        """H and W."""
        height, width = self.depth.shape[-2:]
        return height, width

    @cached_property
    def _world_to_camera(self) -> np.ndarray:
        return np.linalg.inv(self.pose)

    def points(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Back-project P pixels of every view: homogeneous world coordinates (M, P, 4)."""
        pixels = np.stack([columns, rows, np.ones_like(rows)]).astype(float)
        rays = (np.linalg.inv(self.intrinsics) @ pixels).transpose(0, 2, 1)
        local = rays * self.depth[:, rows, columns, None]
        return np.concatenate([local, np.ones((*local.shape[:2], 1))], axis=2) @ self.pose.transpose(0, 2, 1)

    def project(self, points: np.ndarray, into: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Project world points into views.

        Parameters
        ----------
        points
            (K, P, 4), homogeneous.
        into
            int64 (K,): the view that each row of points is projected into.

        Returns
        -------
        tuple
            Columns and rows of the image, float64 (K, P, 2), and whether the point is seen there, bool (K,
            P): in front of the camera, inside the image, and at the depth that was measured.
        """
        local = (points @ self._world_to_camera[into].transpose(0, 2, 1))[..., :3]
        flat = local @ self.intrinsics[into].transpose(0, 2, 1)
        ahead = flat[..., 2:] > 1e-6
        place = np.where(ahead, flat[..., :2] / np.where(ahead, flat[..., 2:], 1), -1e6)
        nearest = np.rint(np.clip(place, -1e6, 1e6)).astype(np.int64)
        inside = ahead[..., 0] & ((nearest >= 0) & (nearest < self.size[::-1])).all(axis=2)
        column, row = np.where(inside[..., None], nearest, 0).transpose(2, 0, 1)
        shown = self.depth[into[:, None], row, column]
        near = np.abs(shown - local[..., 2]) < DEPTH_TOLERANCE * shown
        return place, inside & near & self.valid[into[:, None], row, column]


def centre_offset(cameras: Cameras, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Tell how far from the centre of one view the point at the centre of another appears.

    Parameters
    ----------
    cameras
        Both views of every pair.
    first, second
        int64 (K,), positions in `cameras`.

    Returns
    -------
    ndarray
        float64 (K,): the larger of the horizontal and vertical distance, in shares of the image's side;
        infinite where the point is not seen, NaN where nothing was measured at the first view's centre.
    """
    height, width = cameras.size
    row, column = np.array([height // 2]), np.array([width // 2])
    place, seen = cameras.project(cameras.points(row, column)[first], second)
    offset = np.abs(place[:, 0] - (column[0], row[0])) / (width, height)
    offset = np.where(seen[:, 0], offset.max(axis=1), np.inf)
    return np.where(cameras.valid[first, row[0], column[0]], offset, np.nan)


def overlap(cameras: Cameras, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the share of the first view's image that the second one sees too: float64 (K,), in [0, 1].

    Pixels are sampled on a regular grid; those where nothing was measured do not count as shared.
    """
    height, width = cameras.size
    step = (np.arange(SAMPLES) + 0.5) / SAMPLES
    rows, columns = (g.ravel() for g in np.meshgrid((step * height).astype(int), (step * width).astype(int)))
    _, seen = cameras.project(cameras.points(rows, columns)[first], second)
    return (seen & cameras.valid[:, rows, columns][first]).mean(axis=1)


def moved(cameras: Cameras, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Tell whether the camera moved or turned between two views by more than tracking errors: bool (K,)."""
    a, b = cameras.pose[first], cameras.pose[second]
    shift = np.linalg.norm(a[:, :3, 3] - b[:, :3, 3], axis=1)
    cosine = (np.einsum("kij,kij->k", a[:, :3, :3], b[:, :3, :3]) - 1) / 2
    return (shift > MOVED_METRES) | (np.arccos(np.clip(cosine, -1, 1)) > MOVED_RADIANS)
