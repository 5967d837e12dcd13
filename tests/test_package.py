"""What is built from the checkout works from any folder, tasks and all."""

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel, without the network."""
    pytest.importorskip("hatchling", reason="hatchling builds the wheel; pip install '.[dev]' has it")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (built,) = folder.glob("taskaffinity-*.whl")
    return built


def members(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as file:
        return set(file.namelist())


def test_the_wheel_carries_every_task_and_nothing_that_was_compiled(wheel: Path):
    carried = {name for name in members(wheel) if name.startswith("taskaffinity/_dictionary/")}
    assert carried == {f"taskaffinity/_dictionary/{f.name}" for f in (ROOT / "tasks").glob("*.py")}
    assert not [name for name in members(wheel) if "__pycache__" in name]


def test_the_wheel_carries_every_file_of_the_package(wheel: Path):
    """Templates and scripts of the report among them."""
    tracked = subprocess.run(
        ["git", "ls-files", "taskaffinity"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if tracked.returncode:
        pytest.skip("not a git checkout")
    assert set(tracked.stdout.split()) <= members(wheel)


def test_an_installed_wheel_finds_its_tasks_from_any_folder(wheel: Path, tmp_path: Path):
    """The wheel is laid out as pip does it, and shadows the checkout."""
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path / "site")
    (tmp_path / "elsewhere").mkdir()
    code = """
import sys
import taskaffinity
from taskaffinity.cli.main import main
print(taskaffinity.__file__, file=sys.stderr)
sys.exit(main(["tasks", "list"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "elsewhere", capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == str(tmp_path / "site" / "taskaffinity" / "__init__.py")
    listed = {line.split()[0] for line in done.stdout.splitlines() if line.strip()}
    assert {f.stem for f in (ROOT / "tasks").glob("[!_]*.py")} <= listed


def test_the_program_is_an_entry_point():
    from taskaffinity.cli.main import main

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {"taskaffinity": "taskaffinity.cli.main:main"}
    assert callable(main)


@pytest.mark.parametrize("extra", ["ray", "notebook", "dev"])
def test_extras_are_there(extra: str):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["optional-dependencies"][extra]
