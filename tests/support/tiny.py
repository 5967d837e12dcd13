"""A run that takes seconds: four tasks on the synthetic room, a few updates of the smallest networks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from taskaffinity.config import parse
from taskaffinity.engine.driver import Tick
from taskaffinity.pipeline import prepare_run, sweep_all
from taskaffinity.runs.folder import RunFolder

TASKS = ("denoising", "depth_zbuffer", "jigsaw", "random_projection")


def content(frames: Path, **sections: dict[str, Any]) -> dict[str, Any]:
    """The tiny configuration as plain values, with some keys of its sections replaced."""
    short = {"batch": 4, "checkpoints": 2, "precision": "fp32"}
    base: dict[str, dict[str, Any]] = {
        "data": {"kind": "rgbd", "path": str(frames), "size": 32, "crops": 1, "stretch": 4, "gap": 0},
        "splits": {"source": 0.4, "transfer": 0.2, "validation": 0.2, "test": 0.2},
        "tasks": {"names": list(TASKS)},
        "model": {"width": 8, "channels": 4, "decoder_width": 8},
        "source": {"updates": 6, **short},
        "scratch": {"updates": 4, **short},
        "transfer": {"updates": 4, **short},
        "executor": {"workers": 2, "device": "cpu"},
        "report": {"examples": 2},
    }
    return {name: {**base.get(name, {}), **sections.get(name, {})} for name in {**base, **sections}}


def write(file: Path, frames: Path, **sections: dict[str, Any]) -> Path:
    """Write the tiny configuration as YAML."""
    file.write_text(yaml.safe_dump(content(frames, **sections)))
    return file


class Silent:
    """Watches a run and keeps what it was told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.ticks: list[Tick] = []

    def step(self, title: str, total: int) -> Callable[[int], None]:
        self.said.append(title)
        return lambda count: None

    def say(self, line: str) -> None:
        self.said.append(line)

    def jobs(self, tick: Tick) -> None:
        self.ticks.append(tick)


def measure(content: dict[str, Any], folder: RunFolder) -> pd.DataFrame:
    """Do the jobs of a run that are left, and return its losses table."""
    plan = sweep_all(prepare_run(parse(content), Silent()), folder, Silent())
    return folder.losses_table(list(plan.cells))
