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
