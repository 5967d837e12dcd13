"""How time and memory grow: with the number of tasks, and with the number of transfer images.

    python benchmarks/growth.py [--tasks N...] [--images N...] [--size N] [--updates N] [--out FILE]

Prints one table and one line of JSON. Each row is a sweep in a process of its own, with one worker, on random
images and labels, so that nothing has to be rendered: sources, references, encodings and transfers. Memory is
the largest resident set of any of its processes; the mapped pages of the data set and of the encodings count
in it, and are given back when others need the memory. By tasks: 1,000 transfer images. By images: 4 tasks.
Validation and test have an eighth of the transfer images each.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from table import Silent, show

BATCH = 500  # views written at a time
TASK = """
from taskaffinity.tasks import Dense, Task
task = Task(
    name="made_up_{number:02d}", title="Made up", group="3D", target="normal", output=Dense(3), loss="l1"
)
"""


def views(count: int, size: int) -> Iterator[Any]:
    """Draw views with random colours and normals, twenty to a scene."""
    from taskaffinity.data.reader import Batch
    from taskaffinity.data.views import ViewId, Views

    rng = np.random.default_rng(0)
    for start in range(0, count, BATCH):
        rows = range(start, min(start + BATCH, count))
        shape = len(rows), 3, size, size
        rgb = rng.integers(0, 256, shape, dtype=np.uint8)
        normal = rng.standard_normal(shape, dtype=np.float32).astype(np.float16)
        ids = [ViewId(f"s{row // 20}", row % 20, 0) for row in rows]
        yield Batch(Views(ids, {"rgb": rgb, "normal": normal}))


def one(tasks: int, images: int, size: int, updates: int, folder: Path) -> dict[str, Any]:
    """Do one sweep in this process and its worker."""
    from taskaffinity.config import parse
    from taskaffinity.data.keep import open_kept, write_kept
    from taskaffinity.pipeline import Prepared, sweep_all
    from taskaffinity.runs.folder import RunFolder
    from taskaffinity.tasks import discover, select
    from taskaffinity.training.experiment import Experiment

    (folder / "tasks").mkdir()
    names = [f"made_up_{number:02d}" for number in range(tasks)]
    for number, name in enumerate(names):
        (folder / "tasks" / f"{name}.py").write_text(TASK.format(number=number))
    parts = {"source": 1000, "transfer": images, "validation": images // 8, "test": images // 8}
    total = sum(parts.values())
    described = {
        "name": "growth",
        "identity": f"{total}-{size}",
        "classes": {},
        "provides": ["rgb", "normal"],
    }
    write_kept(folder / "data", described, views(total, size), lambda count: None)
    short = {"updates": updates, "checkpoints": 2}
    config = parse({
        "splits": {name: count / total for name, count in parts.items()},
        "tasks": {"names": names, "folders": [str(folder / "tasks")]},
        "source": short, "scratch": short, "transfer": short,
        "executor": {"workers": 1, "device": "cpu"},
    })  # fmt: skip
    data = open_kept(folder / "data")
    assert data is not None
    prepared = Prepared(Experiment(config, data, select(discover(config.tasks.folders), names)), [])
    began = time.perf_counter()
    run = RunFolder(folder / "run")
    plan = sweep_all(prepared, run, Silent())
    seconds = time.perf_counter() - began
    spent = run.read_json("forecast.json")["by_kind"]
    by_kind = {f"{kind}_s": spent[kind]["actual"] for kind in ("source", "encode", "transfer")}
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "tasks": tasks, "transfer images": images, "transfers": tasks * tasks, "jobs": len(plan.jobs),
        "seconds": seconds, **by_kind,
        "peak_mib": peak / 1024, "encodings_mib": size_of(run.features), "data_mib": size_of(folder / "data"),
    }  # fmt: skip


def size_of(folder: Path) -> float:
    """Return the size of the files in a folder, MiB."""
    return sum(file.stat().st_size for file in folder.iterdir() if file.is_file()) / 2**20


def apart(tasks: int, images: int, given: argparse.Namespace) -> dict[str, Any]:
    """Do one sweep in a process of its own, whose memory is then its own."""
    with tempfile.TemporaryDirectory() as folder:
        words = [
            "--one",
            str(tasks),
            str(images),
            folder,
            "--size",
            str(given.size),
            "--updates",
            str(given.updates),
        ]
        done = subprocess.run(
            [sys.executable, __file__, *words], stdout=subprocess.PIPE, text=True, check=True
        )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tasks", type=int, nargs="*", default=[8, 16, 32])
    parser.add_argument("--images", type=int, nargs="*", default=[1000, 4000, 16000])
    parser.add_argument("--size", type=int, default=64, help="side of the images, pixels")
    parser.add_argument("--updates", type=int, default=20, help="of every network")
    parser.add_argument("--out", type=Path, help="write the JSON here as well")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        tasks, images, folder = given.one
        print(json.dumps(one(int(tasks), int(images), given.size, given.updates, Path(folder))))
        return
    rows = [apart(tasks, 1000, given) for tasks in given.tasks]
    rows += [apart(4, images, given) for images in given.images]
    show(rows, given.out, options={name: value for name, value in vars(given).items() if name != "out"})


if __name__ == "__main__":
    main()
