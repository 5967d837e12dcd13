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

from taskaffinity.schedule.calibration import Calibration
from taskaffinity.schedule.estimate import Estimator, Reading, device_of, record_of, with_assumed_orders
from taskaffinity.schedule.plan import make_plan
from taskaffinity.schedule.workload import Counts

from taskaffinity.cli.forecast import table_of
from taskaffinity.config import Config, parse
from taskaffinity.data.keep import DataSet
from taskaffinity.tasks import Classes, Task, discover
from taskaffinity.training.experiment import Experiment

CLASSES = {"object_class": 1000, "scene_class": 63}  # of the paper's dictionary
VALIDATION, TEST = 2000, 17_000  # images; the paper tests on 17k


def experiment_of(config: Config) -> Experiment:
    """Make an experiment on data that is not there; it can be planned, not run."""
    tasks = {name: task for name, task in discover().items() if task.published}
    channels = frozenset(channel for task in tasks.values() for channel in task.channels) | {"rgb"}
    data = DataSet(Path("none"), "taskonomy", "counts", [], {}, channels, [])
    return Experiment(config, data, {name: _with_classes(task) for name, task in tasks.items()})


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
    experiment = experiment_of(config)
    splits = {"source": given.sources, "transfer": given.transfers, "validation": VALIDATION, "test": TEST}
    trained = {
        task.name: task.output for task in experiment.tasks.values() if task.is_trained and task.output
    }
    size = (given.size, given.size)
    counts = Counts(
        size, given.transfers + VALIDATION + TEST,
        {(name, split): count for name in trained for split, count in splits.items()},
    )  # fmt: skip
    calibration = Calibration(config, size, device_of(config))
    estimator = Estimator(config, experiment.tasks, trained, counts, calibration, Reading())
    plan = with_assumed_orders(make_plan(experiment), experiment)
    return record_of(estimator.by_kind(plan.jobs), estimator.bytes_of(plan), given.workers), estimator


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
