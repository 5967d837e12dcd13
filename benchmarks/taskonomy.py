"""What a full Taskonomy would take here: the published size, from counts alone, no data is needed.

    python benchmarks/taskonomy.py [--sources N] [--transfers N] [--size N] [--encoder NAME] [--batch N]
        [--orders 1 2 3 4] [--source-epochs N] [--transfer-epochs N] [--workers N] [--out FILE]

Prints one table and one line of JSON. The tasks are those that Taskonomy published: 25 trained networks and
the random projection. Networks are timed on this machine, a few updates each, on random tensors; reading
images is not in it. Hours are for ``--workers`` devices like this one.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from taskaffinity.cli.forecast import table_of
from taskaffinity.config import Config, parse
from taskaffinity.engine.forecast import by_kind, record_of
from taskaffinity.jobs.base import Setup
from taskaffinity.jobs.estimate import Estimator, ReadingTimes, with_assumed_orders
from taskaffinity.jobs.plan import Planner
from taskaffinity.sources import sources_of
from taskaffinity.tasks import Classes, Task, discover
from taskaffinity.training.calibration import Calibration
from taskaffinity.training.devices import device_of
from taskaffinity.training.experiment import Outline
from taskaffinity.training.workload import Counts

CLASSES = {"object_class": 1000, "scene_class": 63}  # of the paper's dictionary
VALIDATION, TEST = 2000, 17_000  # images; the paper tests on 17k


def outline_of(config: Config, side: int) -> Outline:
    """Outline a run on data that is not there; it can be planned, not done."""
    tasks = {name: task for name, task in discover().items() if task.published}
    channels = frozenset(channel for task in tasks.values() for channel in task.channels) | {"rgb"}
    tasks = {name: _with_classes(task) for name, task in tasks.items()}
    return Outline(config, tasks, (side, side), channels, "counts")


def _with_classes(task: Task) -> Task:
    if isinstance(task.output, Classes) and task.output.classes is None:
        return replace(task, output=Classes(CLASSES[task.name]))
    return task


def estimate(given: argparse.Namespace) -> tuple[dict[str, Any], Estimator]:
    """Weigh the run that the options describe."""

    def schedule(images: int, epochs: int) -> dict[str, int]:
        return {"updates": max(1, images * epochs // given.batch), "batch": given.batch}

    config = parse({
        "model": {"encoder": given.encoder},
        "source": schedule(given.sources, given.source_epochs),
        "scratch": schedule(given.transfers, given.transfer_epochs),
        "transfer": schedule(given.transfers, given.transfer_epochs) | {"orders": given.orders},
    })  # fmt: skip
    run = outline_of(config, given.size)
    splits = {"source": given.sources, "transfer": given.transfers, "validation": VALIDATION, "test": TEST}
    trained = {task.name: task.output for task in run.tasks.values() if task.is_trained and task.output}
    counts = Counts(
        run.size, given.transfers + VALIDATION + TEST,
        {(name, split): count for name in trained for split, count in splits.items()},
        trained,
    )  # fmt: skip
    sources = sources_of(run)
    planner = Planner(run, sources, [task for task in run.tasks.values() if "target" in task.roles])
    setup = Setup(config, run.tasks, sources, counts)
    estimator = Estimator(setup, Calibration(config, device_of(config)), ReadingTimes())
    plan = estimator.weighed(with_assumed_orders(planner.first_order, planner))
    return record_of(by_kind(plan.jobs), estimator.bytes_of(plan), given.workers), estimator


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    whole = {
        "sources": 120_000, "transfers": 16_000, "size": 256, "batch": 32, "source-epochs": 20,
        "transfer-epochs": 20, "workers": 1,
    }  # fmt: skip
    for name, default in whole.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--encoder", default="resnet50", choices=("small", "resnet18", "resnet50"))
    parser.add_argument("--orders", type=int, nargs="+", default=[1, 2, 3, 4])
    parser.add_argument("--out", type=Path, help="write the JSON here as well")
    given = parser.parse_args()
    record, estimator = estimate(given)
    print(table_of(record, f"{given.workers} workers ({estimator.calibration.device.type})"))
    text = json.dumps({"options": {k: v for k, v in vars(given).items() if k != "out"}, **record})
    print(text)
    if given.out:
        given.out.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
