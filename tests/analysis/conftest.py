"""Losses tables to analyse, and hypothesis without chance."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

settings.register_profile("seeded", derandomize=True, deadline=None, database=None, max_examples=40)
settings.load_profile("seeded")

MakeLosses = Callable[..., pd.DataFrame]

SCALES = {
    "self": 0.7,
    "edges+normal": 0.9,
    "normal": 1.0,
    "edges": 1.4,
    "scratch": 2.0,
    "random": 3.0,
    "constant": 4.0,
}


@pytest.fixture(scope="session")
def make_losses() -> MakeLosses:
    """Make a losses table: exponential losses, so that a beats b on b / (a + b) of the images on average."""

    def make(
        targets: Sequence[str] = ("normal", "edges"),
        scales: Mapping[str, float] = SCALES,
        images: int = 60,
        seeds: Sequence[int] | None = None,
        seed: int = 0,
    ) -> pd.DataFrame:
        rng, parts = np.random.default_rng(seed), []
        for target in targets:
            for training_seed in seeds or [None]:
                for sources, scale in scales.items():
                    part = pd.DataFrame({
                        "target": target, "sources": sources, "image": [f"image-{k}" for k in range(images)],
                        "loss": rng.exponential(scale, images),
                    })  # fmt: skip
                    parts.append(part if training_seed is None else part.assign(seed=training_seed))
        return pd.concat(parts, ignore_index=True)

    return make
