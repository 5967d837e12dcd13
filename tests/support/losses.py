"""Losses tables to analyse, made up from a seed."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

SCALES = {
    "self": 0.7,
    "edges+normal": 0.9,
    "normal": 1.0,
    "edges": 1.4,
    "scratch": 2.0,
    "random": 3.0,
    "constant": 4.0,
}


def make_losses(
    targets: Sequence[str] = ("edges", "normal"),
    scales: Mapping[str, float] = SCALES,
    images: int = 60,
    seed: int = 0,
) -> pd.DataFrame:
    """Draw exponential losses: scale a beats scale b on b / (a + b) of the images on average."""
    rng = np.random.default_rng(seed)
    names = [f"image-{k}" for k in range(images)]
    parts = [
        pd.DataFrame(
            {"target": target, "sources": sources, "image": names, "loss": rng.exponential(scale, images)}
        )
        for target in targets
        for sources, scale in scales.items()
    ]
    return pd.concat(parts, ignore_index=True)
