"""Keypoints of geometry."""

import numpy as np
from scipy.ndimage import gaussian_filter

from taskaffinity.data.views import Views

Channels = dict[str, np.ndarray]

SUPPORT = 8 / 512  # σ of the neighbourhood, share of the image's side


def keypoints3d(views: Views) -> Channels:
    """Measure how well a surface point can be told from its neighbours, in [0, 1], (N, 1, H, W).

    Harris' criterion on normals: the smaller eigenvalue of M = Σ ∇n ∇nᵀ over the neighbourhood, its square
    root in turns of the normal per σ. Zero on planes and along straight creases, large at corners.
    """
    valid = views.valid("normal")
    n = np.where(valid, views["normal"].astype(float), 0)
    sigma = max(1.0, SUPPORT * n.shape[-1])
    n = gaussian_filter(n, (0, 0, 0.5, 0.5))
    du, dv = np.gradient(n, axis=3), np.gradient(n, axis=2)
    a, b, c = (
        gaussian_filter((p * q).sum(axis=1), (0, sigma, sigma)) for p, q in ((du, du), (du, dv), (dv, dv))
    )
    smaller = (a + c) / 2 - np.sqrt(((a - c) / 2) ** 2 + b**2)
    response = np.minimum(np.sqrt(np.maximum(smaller, 0)) * sigma, 1)
    return {
        "keypoints3d": np.where(valid, response[:, None], 0).astype(np.float32),
        "keypoints3d_valid": valid,
    }
