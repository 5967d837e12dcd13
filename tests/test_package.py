"""What is built from the checkout, sdist and wheel, works in an empty environment and from any folder."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from email.parser import BytesParser
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import taskaffinity

ROOT = Path(__file__).parents[1]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]

pytestmark = pytest.mark.xdist_group("package")


def build(kind: str, checkout: Path, folder: Path) -> Path:
    """Build a wheel or an sdist, without the network."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)],
        cwd=checkout, check=True, capture_output=True,
    )  # fmt: skip
    (built,) = (file for file in folder.iterdir() if file.name.endswith((".whl", ".tar.gz")))
    return built


@pytest.fixture(scope="module")
def unpacked_sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the sdist of the checkout holds."""
    pytest.importorskip("hatchling", reason="hatchling builds the wheel; pip install '.[dev]' has it")
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(build("sdist", ROOT, folder)) as file:
        file.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    return unpacked


@pytest.fixture(scope="module")
def wheel(unpacked_sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that is built from the sdist."""
    return build("wheel", unpacked_sdist, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an empty environment with the wheel. It sees the dependencies, and not the checkout."""
    pytest.importorskip("pip", reason="pip installs the wheel")
    folder = tmp_path_factory.mktemp("empty") / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (site,) = folder.glob("lib/python3*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    install(folder / "bin", str(wheel), "--no-deps", "--force-reinstall")
    return folder / "bin"


def install(programs: Path, *words: str) -> str:
    """Let pip install something into an environment, without the network."""
    python = ["--python", str(programs / "python"), "--disable-pip-version-check"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", *python, "install", "--no-index", *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(programs: Path, folder: Path, *words: str) -> str:
    """Run the installed program in a folder."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(programs / "taskaffinity"), *words], cwd=folder, capture_output=True, text=True, check=False,
        env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


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


def test_an_installed_wheel_works_in_an_empty_folder(installed: Path, tmp_path: Path):
    """Tasks and examples are found, and the analysis runs; the whole flow is in the slow test below."""
    assert run(installed, tmp_path, "--version") == f"taskaffinity {taskaffinity.__version__}\n"
    listed = {
        line.split()[0] for line in run(installed, tmp_path, "tasks", "list").splitlines() if line.strip()
    }
    assert {file.stem for file in (ROOT / "tasks").glob("[!_]*.py")} <= listed
    run(installed, tmp_path, "examples", "examples")
    assert (tmp_path / "examples" / "tiny.yaml").read_bytes() == (ROOT / "examples/tiny.yaml").read_bytes()
    shutil.copy(ROOT / "results" / "reference" / "affinities.csv", tmp_path)
    assert json.loads(run(installed, tmp_path, "solve", "affinities.csv", "--budget", "2", "--json"))


@pytest.mark.slow
def test_an_installed_wheel_does_the_tiny_run(installed: Path, tmp_path: Path):
    run(installed, tmp_path, "examples", "examples")
    run(installed, tmp_path, "run", "examples/tiny.yaml")
    assert (tmp_path / "results" / "tiny" / "report.html").is_file()


def test_types_are_shipped(wheel: Path):
    assert "taskaffinity/py.typed" in members(wheel)


def test_the_sdist_holds_what_the_tests_and_the_site_need(unpacked_sdist: Path):
    for name in (
        "tests/conftest.py",
        "docs/method.md",
        "notebooks",
        "benchmarks",
        "mkdocs.yml",
        "CITATION.cff",
    ):
        assert (unpacked_sdist / name).exists()


def test_citation_and_changelog_are_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == taskaffinity.__version__
    assert re.search(
        rf"^## {re.escape(taskaffinity.__version__)}\b", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M
    )


def test_the_program_is_an_entry_point():
    from taskaffinity.cli.main import main

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {"taskaffinity": "taskaffinity.cli.main:main"}
    assert callable(main)


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_asks_for_packages_that_fit_together(extra: str, wheel: Path, installed: Path):
    """The wheel names its packages; where all of them are here, they fit together."""
    with zipfile.ZipFile(wheel) as file:
        (name,) = (member for member in file.namelist() if member.endswith(".dist-info/METADATA"))
        metadata = BytesParser().parsebytes(file.read(name))
    assert extra in metadata.get_all("Provides-Extra")
    asked = [Requirement(text) for text in metadata.get_all("Requires-Dist")]
    asked = [one for one in asked if one.marker and one.marker.evaluate({"extra": extra})]
    asked = [one for one in asked if not (one.marker and one.marker.evaluate({"extra": ""}))]
    assert asked
    if all(is_here(one.name) for one in asked):
        assert "already satisfied" in install(installed, "--dry-run", f"{wheel}[{extra}]")


def is_here(package: str) -> bool:
    """Whether a package is installed."""
    try:
        return bool(distribution(package))
    except PackageNotFoundError:
        return False
