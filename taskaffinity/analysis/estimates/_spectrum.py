"""What linear readouts need of encodings: the squared singular values, and where labels fall among them."""

import numpy as np

NOTHING = 1e-10  # of the largest squared singular value: below it, a direction does not vary


def spectrum(encodings: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return σ = S² (r,) and z² = (Uᵀ Y)² (r, K) of encodings F = U S Vᵀ (N, D) and targets Y (N, K).

    Taken from the smaller of Fᵀ F and F Fᵀ; directions that do not vary are left out.
    """
    count, dimensions = encodings.shape
    if dimensions <= count:
        sigma, right = np.linalg.eigh(encodings.T @ encodings)
        kept = sigma > NOTHING * sigma[-1]
        along = right[:, kept].T @ (encodings.T @ targets)
        return sigma[kept], along**2 / sigma[kept, None]
    sigma, left = np.linalg.eigh(encodings @ encodings.T)
    kept = sigma > NOTHING * sigma[-1]
    return sigma[kept], (left[:, kept].T @ targets) ** 2
