"""Camera motion between views."""

import numpy as np
from scipy.spatial.transform import Rotation

from taskaffinity.data.views import Views

MIRROR = (1, -1, -1, -1, 1, 1)  # signs of a relative pose between mirrored views


def relative_pose(first: Views, second: Views, metres: float = 1.0) -> np.ndarray:
    """Write the second camera's pose in the first one's axes.

    Parameters
    ----------
    first, second
        Batches of N views with ``pose``.
    metres
        The unit of length.

    Returns
    -------
    ndarray
        float64 (N, 6): rotation vector, radians; translation, units of `metres`. The identity is zero.
    """
    relative = np.linalg.inv(first["pose"].astype(float)) @ second["pose"].astype(float)
    rotation = Rotation.from_matrix(relative[:, :3, :3]).as_rotvec()
    return np.concatenate([rotation, relative[:, :3, 3] / metres], axis=1)


def same_way(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Tell whether cameras look the same way, by less than a right angle apart.

    Those that look at each other show nothing from the same side.

    Parameters
    ----------
    first, second
        (..., 4, 4), camera to world; they broadcast.

    Returns
    -------
    ndarray
        bool (...).
    """
    return np.asarray((first[..., :3, 2] * second[..., :3, 2]).sum(axis=-1) > 0)
