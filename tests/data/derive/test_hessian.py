"""Box filters at chosen pixels against scikit-image's at all of them."""

import numpy as np
import pytest
from skimage.feature import hessian_matrix_det
from skimage.transform import integral_image

from taskaffinity.data.derive.hessian import BoxHessian

SIGMAS = [1, 2, 3.7, 4.2, 7.4, 10.7, 13.9, 30]  # the last filter is larger than the image


def integral(image: np.ndarray) -> np.ndarray:
    return np.pad(integral_image(image), ((1, 0), (1, 0)))


@pytest.mark.parametrize(
    "rows", [np.arange(0, 61, 3), np.arange(61), np.array([2, 5, 13, 18, 60]), np.array([30])]
)
def test_the_hessian_is_that_of_scikit_image(rows: np.ndarray) -> None:
    image = np.random.default_rng(0).random((61, 80))
    columns = np.arange(1, 80, 5)
    ours = BoxHessian((61, 80), rows, columns, SIGMAS).det(integral(image))
    for sigma, det in zip(SIGMAS, ours, strict=True):
        assert np.allclose(det, hessian_matrix_det(image, sigma)[np.ix_(rows, columns)], atol=1e-15)


def test_an_image_leaves_nothing_behind_for_the_next() -> None:
    first, second = np.random.default_rng(1).random((2, 32, 32))
    grid = np.arange(2, 32, 4)
    hessian = BoxHessian((32, 32), grid, grid, SIGMAS)
    before = hessian.det(integral(first))
    hessian.det(integral(second))
    assert np.array_equal(hessian.det(integral(first)), before)
