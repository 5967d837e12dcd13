"""The determinant of the Hessian in box filters, evaluated at chosen pixels.

scikit-image's ``hessian_matrix_det`` evaluates it at all of them; a label of 64×64 pixels needs a fraction of
those of the 512×512 image that the filter sizes belong to. Where both are evaluated they agree to rounding.

Axis legend: H, W of the image; S scales; R rows, C columns of the chosen grid.
"""

from collections.abc import Sequence

import numpy as np

CROSS_WEIGHT = 0.81  # of the squared mixed derivative: 0.9² (Bay et al. 2008, equation 3)


class BoxHessian:
    """D_xx·D_yy − (0.9 D_xy)² of Bay et al. (2008), "Speeded-up robust features", section 3.

    Made once for images of one shape, whose determinants it then evaluates in the same memory.

    Parameters
    ----------
    shape
        Height and width of the images.
    rows, columns
        int64 (R,) and (C,), ascending: the grid of pixels. Evenly spaced rows are quickest.
    sigmas
        Scales of the filter, (S,), at least 1; its side is 3σ pixels.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        rows: np.ndarray,
        columns: np.ndarray,
        sigmas: Sequence[float] | np.ndarray,
    ) -> None:
        self.sides = [int(3 * sigma) for sigma in sigmas]
        self.boxes = _Boxes(shape, rows, columns, reach=max(self.sides) // 2 + 1)

    def det(self, integral: np.ndarray) -> np.ndarray:
        """Evaluate the determinant, float64 (S, R, C), negative on saddles.

        Parameters
        ----------
        integral
            Integral image, float64 (H + 1, W + 1), quickest in Fortran's order: entry (i, j) is the sum over
            the first i rows and the first j columns.
        """
        self.boxes.load(integral)
        return np.stack([_det(self.boxes, side) for side in self.sides]).swapaxes(1, 2)


def _det(boxes: "_Boxes", side: int) -> np.ndarray:
    """Evaluate the determinant with the filter of one side, at least 3 pixels: (C, R)."""
    half, third = (side - 1) // 2, side // 3
    lobe = 2 * third - 1
    box = boxes.sum
    mixed = (
        box(-third, -third, third, third) + box(1, 1, third, third)
        - box(-third, 1, third, third) - box(1, -third, third, third)
    )  # fmt: skip
    across = 3 * box(1 - third, -(third // 2), lobe, third) - box(1 - third, -half, lobe, side)
    down = 3 * box(-(third // 2), 1 - third, third, lobe) - box(-half, 1 - third, side, lobe)
    return (across * down - CROSS_WEIGHT * mixed**2) / side**4


class _Boxes:
    """Sums of an image over boxes that begin at an offset from each pixel of a grid.

    A box that would begin before the image begins at its border, as large as the others; one that would end
    behind it is cut off there.

    The integral image is held in lines: each column, continued by `reach` above and below, is split into
    `step` lines, of which line q has the rows q, q + step, q + 2·step, ... Evenly spaced rows, moved by any
    offset, are then one slice of a line, which lies together in memory.
    """

    def __init__(self, shape: tuple[int, int], rows: np.ndarray, columns: np.ndarray, reach: int) -> None:
        self.rows, self.columns, self.reach = rows, columns, reach
        self.last_row, self.last_column = shape[0] - 1, shape[1] - 1
        self.step = max(1, int(np.gcd.reduce(np.diff(rows))))
        places = (rows - rows[0]) // self.step
        self.places = None if np.array_equal(places, np.arange(len(rows))) else places
        length = -(-(shape[0] + 2 * reach) // self.step)
        held = np.arange(length * self.step).reshape(length, self.step).T - reach
        self.held = np.clip(held, 0, self.last_row).ravel()
        self.lines = np.empty((shape[1] * self.step, length))
        self.least = np.zeros((len(columns), len(rows)))  # NumPy's maximum with one number is slower

    def load(self, integral: np.ndarray) -> None:
        """Take over the integral image (H + 1, W + 1) of which boxes are to be summed."""
        self.sums = integral.T[1:]
        np.take(self.sums, self.held + 1, axis=1, out=self.lines.reshape(len(self.sums), -1), mode="clip")

    def sum(self, down: int, right: int, height: int, width: int) -> np.ndarray:
        """Sum over the boxes of a size that begin at an offset from each pixel: (C, R), at least 0."""
        count = len(self.columns)
        left = np.minimum(np.maximum(self.columns + right, 0), self.last_column)
        ends = np.concatenate([left, np.minimum(left + width, self.last_column)])
        upper = self._read(ends, down)
        lower = self._read(ends, down + height)
        early = int(self.rows.searchsorted(-down))  # the rows whose boxes would begin before the image
        if early:
            lower[:, :early] = self.sums[ends, min(height, self.last_row) + 1, None]
        total = upper[:count] + lower[count:]
        total -= upper[count:]
        total -= lower[:count]
        return np.maximum(total, self.least, out=total)

    def _read(self, columns: np.ndarray, down: int) -> np.ndarray:
        """Return the integral image in some columns, at the rows of the grid moved down."""
        first, line = divmod(int(self.rows[0]) + down + self.reach, self.step)
        lines = self.lines.take(columns * self.step + line, axis=0)
        return (
            lines[:, first : first + len(self.rows)] if self.places is None else lines[:, first + self.places]
        )
