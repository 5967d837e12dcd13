"""Camera motion between views."""

import numpy as np
from scipy.spatial.transform import Rotation

from taskaffinity.data.views import Views


def relative_pose(first: Views, second: Views) -> np.ndarray:
    """Write the second camera's pose in the first one's axes.

    Returns
    -------
    ndarray
        float64 (N, 6): rotation vector, radians; translation, metres. The identity is zero.
    """
    relative = np.linalg.inv(first["pose"].astype(float)) @ second["pose"].astype(float)
    rotation = Rotation.from_matrix(relative[:, :3, :3]).as_rotvec()
    return np.concatenate([rotation, relative[:, :3, 3]], axis=1)
