"""Reshading: the surfaces in one material under one lamp."""

import numpy as np

from taskaffinity.data.derive.geometry import points
from taskaffinity.data.views import Views

Channels = dict[str, np.ndarray]

HALF_LIFE = 8.0  # Blender's distance of the lamp; light falls off as D / (D + d²), d in metres
ENERGY = 2.0 * 0.8  # of the lamp, times the diffuse share of the material


def reshading(views: Views) -> Channels:
    """Shade the surfaces by a lamp at the camera, in [0, 1], (N, 1, H, W).

    Lambert's cosine times the fall-off of the lamp in ``create_albedo_images.py`` of the Omnidata annotator,
    which made the published files: E · D/(D + d²) · n·l, with l the direction to the camera and d the
    distance from it; cut off at 1.
    """
    place = points(views)
    distance = np.maximum(np.linalg.norm(place, axis=1, keepdims=True), 1e-6)
    cosine = -(views["normal"] * place).sum(axis=1, keepdims=True) / distance
    shading = ENERGY * HALF_LIFE / (HALF_LIFE + distance**2) * np.maximum(cosine, 0)
    valid = views.valid("normal") & views.valid("depth")
    return {
        "reshading": np.where(valid, np.minimum(shading, 1), 0).astype(np.float32),
        "reshading_valid": valid,
    }
