"""The benchmark for GPUs runs through on the processor, at small sizes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SMALL = [
    "--device",
    "cpu",
    "--encoder",
    "resnet18",
    "--size",
    "32",
    "--batch",
    "2",
    "--updates",
    "1",
    "--together",
    "2",
    "--workers",
    "1",
]


@pytest.mark.slow
def test_it_measures_all_parts_but_the_run(tmp_path: Path) -> None:
    out = tmp_path / "gpu.json"
    parts = [word for part in ("product", "stages", "readouts", "workers") for word in ("--part", part)]
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "gpu.py", *SMALL, *parts, "--out", out],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    record = json.loads(out.read_text("utf-8"))
    assert record["device"] == "cpu"
    assert [row["stage"] for row in record["stages"]] == ["training", "encoding"]
    assert all(row["share"] > 0 for row in record["stages"])
    assert all(row["share_of_networks"] <= row["share"] for row in record["stages"])
    assert [row["together"] for row in record["readouts"]] == [2]
    assert [row["workers"] for row in record["workers"]] == [1]
