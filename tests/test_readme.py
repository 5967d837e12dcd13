"""The README's blocks: quick ones are run, long ones are checked as far as that is quick; its pictures."""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import program

from taskaffinity.cli.main import main
from taskaffinity.config import load

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(
    r"(?:<!-- (?P<mark>[a-z]+)(?:: (?P<what>\S+))? -->\n)?```(?P<kind>sh|python)\n(?P<text>.*?)```", re.S
)
SETTING_UP = ("cd ", ". .venv/bin/activate", "pip install ")  # what a reader does, and a test cannot


@dataclass(frozen=True)
class Block:
    """One block of the README, and how it is marked: ``long`` is not run, ``needs`` a folder of real data."""

    kind: str
    text: str
    mark: str | None
    what: str | None

    @property
    def lines(self) -> list[str]:
        return [line for line in self.text.splitlines() if line.strip()]


def blocks() -> list[Block]:
    found = BLOCK.finditer((ROOT / "README.md").read_text("utf-8"))
    return [Block(f["kind"], f["text"], f["mark"], f["what"]) for f in found]


QUICK = [block for block in blocks() if block.mark != "long"]
LONG = [line for block in blocks() if block.mark == "long" for line in block.lines]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, frames: Path) -> tuple[Path, dict[str, str]]:
    """A folder with all that the README speaks of, and an environment with the program in it."""
    folder = tmp_path_factory.mktemp("desk")
    for name, target in {
        "results": ROOT / "results",
        "frames": frames,
        "examples": ROOT / "examples",
    }.items():
        (folder / name).symlink_to(target)
    _write_photographs(folder / "photographs")
    _write_task(folder / "my_tasks" / "nearness.py")
    shim = folder / "bin" / "taskaffinity"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m taskaffinity "$@"\n')
    shim.chmod(0o755)
    path = {"PATH": f"{shim.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    return folder, {**os.environ, **path}


def _write_photographs(folder: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(6):
        file = folder / f"kind-{number % 2}" / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (40, 48, 3), np.uint8)).save(file)


def _write_task(file: Path) -> None:
    """Write the task that docs/tasks.md has as its example."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs/tasks.md").read_text("utf-8"), re.S)
    (example,) = (block for block in blocks if f'name="{file.stem}"' in block)
    file.parent.mkdir()
    file.write_text(example)


@pytest.mark.parametrize("block", QUICK, ids=lambda block: block.lines[-1])
def test_a_quick_block_of_the_readme_runs(
    block: Block, desk: tuple[Path, dict[str, str]], request: pytest.FixtureRequest
):
    folder, environment = desk
    if block.mark == "needs":
        real: Path = request.getfixturevalue("real_data")
        if not (folder / str(block.what)).exists():
            (folder / str(block.what)).symlink_to(real / str(block.what))
    command = ["bash", "-euo", "pipefail", "-c"] if block.kind == "sh" else [sys.executable, "-c"]
    done = subprocess.run(
        [*command, block.text], cwd=folder, env=environment, capture_output=True, text=True,
        timeout=program.PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert block.kind == "python" or done.stdout


@pytest.mark.parametrize("line", LONG)
def test_a_line_of_a_long_block_is_understood(line: str, capsys: pytest.CaptureFixture[str]):
    """A long command is not run: its options are parsed, its config is validated, its target is there."""
    words = shlex.split(line)
    if words[0] == "make":
        done = subprocess.run(["make", "--dry-run", *words[1:]], cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == 0
    elif words[0] == "taskaffinity":
        assert main([*words[1:], "--help"]) == 0
        assert "Usage:" in capsys.readouterr().out
        if words[1] == "run":
            files = [ROOT / word for word in words if word.endswith(".yaml")]
            load(
                files[0] if files else None,
                [v for k, v in pairwise(words) if k == "--set"],
            )
    else:
        assert line.startswith(SETTING_UP)


def test_the_readme_has_blocks_of_both_kinds():
    assert len(QUICK) > 5
    assert len(LONG) > 5


@pytest.mark.parametrize("picture", re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text()))
def test_pictures_are_small(picture: str):
    assert (ROOT / picture).stat().st_size < 200_000
