"""The determinant of the Hessian in box filters, evaluated at chosen pixels.

scikit-image's ``hessian_matrix_det`` evaluates it at all of them; a label of 64×64 pixels needs a fraction of
those of the 512×512 image that the filter sizes belong to. Where both are evaluated they agree exactly.

Axis legend: R rows, C columns of the chosen grid.
"""

import numpy as np

CROSS_WEIGHT = 0.81  # of the squared mixed derivative: 0.9² (Bay et al. 2008, equation 3)


def box_hessian_det(integral: np.ndarray, rows: np.ndarray, columns: np.ndarray, sigma: float) -> np.ndarray:
    """Evaluate D_xx·D_yy − (0.9 D_xy)² of Bay et al. (2008), "Speeded-up robust features", section 3.

    Parameters
    ----------
    integral
        Integral image, float64 (H, W): entry (i, j) is the sum over rows up to i and columns up to j.
    rows, columns
        int64 (R,) and (C,): the grid of pixels.
    sigma
        Scale of the filter, whose side is 3σ pixels.

    Returns
    -------
    ndarray
        float64 (R, C); negative on saddles.
    """
    side = int(3 * sigma)
    half, third = (side - 1) // 2, side // 3
    lobe = 2 * third - 1

    def box(down: int, right: int, height: int, width: int) -> np.ndarray:
        """Sum over boxes of a size that begin at an offset from each pixel; cut off at the image's border."""
        top, bottom = _within(rows + down, height, integral.shape[0])
        left, end = _within(columns + right, width, integral.shape[1])
        upper, lower = integral[top], integral[bottom]
        return np.maximum(upper[:, left] + lower[:, end] - upper[:, end] - lower[:, left], 0)

    mixed = (
        box(-third, -third, third, third) + box(1, 1, third, third)
        - box(-third, 1, third, third) - box(1, -third, third, third)
    )  # fmt: skip
    across = 3 * box(1 - third, -(third // 2), lobe, third) - box(1 - third, -half, lobe, side)
    down = 3 * box(-(third // 2), 1 - third, third, lobe) - box(-half, 1 - third, side, lobe)
    return (across * down - CROSS_WEIGHT * mixed**2) / side**4


def _within(start: np.ndarray, length: int, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """Clip the first and the last index of runs to an axis."""
    start = np.clip(start, 0, limit - 1)
    return start, np.clip(start + length, 0, limit - 1)
