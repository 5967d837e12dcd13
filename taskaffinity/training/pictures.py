"""What is kept of a prediction for the report: small arrays that a plot can draw."""

import numpy as np
import torch
from torch import Tensor

from taskaffinity.outputs import Dense, Embedding, Output, PixelClasses


def keep(output: Output, prediction: Tensor) -> np.ndarray:
    """Reduce predictions of a few examples to what a picture needs.

    Returns
    -------
    ndarray
        Dense: float16 (N, C, H, W). Classes per pixel: int16 (N, H, W), the likeliest. Embedding: uint8
        (N, 3, H, W), its three principal components as colours. Vectors and logits: float32 (N, D).
    """
    match output:
        case Dense():
            return prediction.float().numpy().astype(np.float16)
        case PixelClasses():
            return prediction.argmax(1).numpy().astype(np.int16)
        case Embedding():
            return np.stack([_colours(one) for one in prediction.float()])
    return prediction.float().numpy()


def _colours(embedding: Tensor) -> np.ndarray:
    """Project (D, H, W) to its three principal components, each stretched to 0 … 255: uint8 (3, H, W)."""
    flat = torch.nan_to_num(embedding.flatten(1))
    flat = flat - flat.mean(1, keepdim=True)
    basis = torch.linalg.eigh(flat @ flat.T).eigenvectors[:, -3:].flip(1)
    basis = basis * torch.where(basis.sum(0) < 0, -1.0, 1.0)  # an eigenvector's sign means nothing
    low, high = (basis.T @ flat).aminmax(dim=1, keepdim=True)
    scaled = (basis.T @ flat - low) / (high - low).clamp(min=1e-9) * 255
    return scaled.reshape(3, *embedding.shape[1:]).to(torch.uint8).numpy()
