"""Optdigits (Alpaydin and Kaynak, UCI, 1998): 1,797 handwritten digits of 8×8 pixels in 17 greys.

scikit-learn ships them. Each was counted down from a bitmap of 32×32; here they are enlarged to 28×28 and
framed as MNIST is.
"""

import cv2
import numpy as np

from taskaffinity.data.digits.mnist import BORDER, SIDE
from taskaffinity.data.digits.packages import table

COARSE, WHITE = 8, 16  # pixels along a side, and the value of full ink


def optdigits() -> tuple[np.ndarray, np.ndarray]:
    """Return images uint8 (N, 32, 32), white on black, and their digits int64 (N,)."""
    rows = table("sklearn", "datasets", "data", "digits.csv.gz")
    ink = rows[:, :-1].reshape(-1, COARSE, COARSE).astype(np.float32) * (255 / WHITE)
    images = np.stack([cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for one in ink])
    images = images.clip(0, 255).round().astype(np.uint8)
    return np.pad(images, ((0, 0), (BORDER, BORDER), (BORDER, BORDER))), rows[:, -1]
