"""How fast the rooms are made: views a second on one core, and the share of each stage.

    python benchmarks/rooms.py [--scenes N] [--views N] [--size N] [--seed N] [--caster NAME] [--sheet FILE]
        [--out FILE]

Prints one table and one line of JSON; ``--sheet`` writes the pictures, a scene a row, to look at. Times are
of this process's processor, without the making of the textures, which happens once per process.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from taskaffinity.data.rooms import scene as scene_module
from taskaffinity.data.rooms.cameras import place_cameras
from taskaffinity.data.rooms.classes import ROOMS
from taskaffinity.data.rooms.film import develop
from taskaffinity.data.rooms.labels import label
from taskaffinity.data.rooms.lights import light
from taskaffinity.data.rooms.rays import EmbreeCaster, NumpyCaster
from taskaffinity.data.rooms.render import render
from taskaffinity.data.rooms.scene import build
from taskaffinity.data.rooms.textures import bank
from taskaffinity.data.rooms.volume import gather


class Clock:
    """Seconds of processor time by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what is done within."""
        start = time.process_time()
        yield
        self.seconds[name] += time.process_time() - start


def make(scene_number: int, views: int, size: int, seed: int, clock: Clock) -> np.ndarray:
    """Make one scene as the reader does, stage by stage; return its pictures (N, 3, H, W)."""
    rng = np.random.default_rng([seed, scene_number])
    with clock.stage("build"):
        scene = build(ROOMS[scene_number % len(ROOMS)], rng)
    with clock.stage("cameras"):
        cameras = place_cameras(scene, views, rng)
    with clock.stage("bounced light"):
        lights = light(scene, rng)
        volume = gather(scene, lights)
    with clock.stage("render"):
        radiance = render(scene, lights, volume, cameras, size)
    with clock.stage("film"):
        pictures = develop(radiance, rng)
    with clock.stage("labels"):
        label(scene, cameras, size)
    return pictures


def use_caster(name: str) -> None:
    """Follow rays by Embree, or in NumPy as on machines that Embree cannot be installed on."""
    scene_module.make_caster = {"embree": EmbreeCaster, "numpy": NumpyCaster}[name]


def measure(scenes: int, views: int, size: int, seed: int) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Make scenes; return what was measured and the pictures."""
    with (textures := Clock()).stage("textures"):
        bank()
    clock = Clock()
    make(0, views, size, seed, Clock())
    pictures = [make(number, views, size, seed, clock) for number in range(scenes)]
    total = sum(clock.seconds.values())
    return {
        "scenes": scenes, "views": views, "size": size,
        "views_per_second": round(scenes * views / total, 1),
        "milliseconds_per_scene": round(1000 * total / scenes, 1),
        "textures_seconds": round(textures.seconds["textures"], 2),
        "shares": {name: round(seconds / total, 3) for name, seconds in clock.seconds.items()},
    }, pictures  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name, default in (("scenes", 40), ("views", 8), ("size", 64), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--caster", choices=("embree", "numpy"), default="embree", help="what follows rays")
    parser.add_argument("--sheet", type=Path, help="write the pictures here, PNG")
    parser.add_argument("--out", type=Path, help="write the JSON here as well")
    given = parser.parse_args()
    use_caster(given.caster)
    record, pictures = measure(given.scenes, given.views, given.size, given.seed)
    for name, share in record["shares"].items():
        print(f"{name:15} {share:6.1%} {share * record['milliseconds_per_scene']:8.1f} ms a scene")
    print(f"{'all':15} {1:6.1%} {record['milliseconds_per_scene']:8.1f} ms a scene")
    print(json.dumps(record))
    if given.out:
        given.out.write_text(json.dumps(record) + "\n", "utf-8")
    if given.sheet:
        rows = [np.concatenate(list(row), axis=2) for row in pictures]
        Image.fromarray(np.concatenate(rows, axis=1).transpose(1, 2, 0)).save(given.sheet)


if __name__ == "__main__":
    main()
