"""Two small domains of images with three classes: bright shapes on dark ground, and the reverse in colour."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from support import tiny

CLASSES = ("bar", "cross", "disc")
SIDE = 32
EACH = 16  # images of a class


def picture(shape: str, domain: str, rng: np.random.Generator) -> np.ndarray:
    """Draw one image: uint8 (SIDE, SIDE, 3)."""
    rows, columns = np.mgrid[:SIDE, :SIDE] - SIDE // 2 + rng.integers(-4, 5, (2, 1, 1))
    drawn = {
        "bar": np.abs(rows) < 4,
        "cross": (np.abs(rows) < 3) | (np.abs(columns) < 3),
        "disc": rows**2 + columns**2 < 81,
    }[shape][..., None]
    noise = rng.integers(0, 40, (SIDE, SIDE, 3))
    if domain == "night":
        return np.where(drawn, 200 + noise, noise).astype(np.uint8)
    return np.where(drawn, noise, np.array([230, 180, 120]) - noise).astype(np.uint8)


def write(folder: Path, domains: tuple[str, ...] = ("night", "day"), each: int = EACH) -> Path:
    """Write FOLDER/DOMAIN/CLASS/NUMBER.png."""
    for domain in domains:
        for shape in CLASSES:
            rng = np.random.default_rng([len(domain), CLASSES.index(shape)])
            place = folder / domain / shape
            place.mkdir(parents=True)
            for number in range(each):
                Image.fromarray(picture(shape, domain, rng)).save(place / f"{number:02d}.png")
    return folder


def content(root: Path, **sections: dict[str, Any]) -> dict[str, Any]:
    """The tiny configuration on both domains as plain values."""
    base = tiny.content(root, **sections)
    data = {"kind": "domains", "of": {"kind": "images", "path": str(root), "size": SIDE}}
    tasks = {"names": ["object_class", "random_projection"]}
    return base | {"data": sections.get("data", data), "tasks": sections.get("tasks", tasks)}
