import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from taskaffinity.report import NO_PICTURES, read_findings, write
from taskaffinity.report.answer import default_budget
from taskaffinity.report.embed import LARGEST, data_uri
from taskaffinity.report.page import render
from taskaffinity.runs.folder import RunFolder

FIGURES = {
    "affinity_matrix", "performance_matrix", "taxonomy", "gain_quality", "budget_curve", "task_tree",
    "sanity",
}  # fmt: skip


def test_every_figure_is_written_as_png_and_svg(run: Path) -> None:
    files = {file.name for file in (run / "figures").iterdir()}
    assert files == {f"{name}.{kind}" for name in FIGURES for kind in ("png", "svg")}
    for file in (run / "figures").glob("*.png"):
        with Image.open(file) as image:
            assert min(image.size) > 300


def test_a_bare_run_has_a_report_with_the_figures_it_allows(tmp_path: Path, run: Path) -> None:
    shutil.copy(run / "affinities.csv", tmp_path)
    told: list[tuple[str, int]] = []

    def step(title: str, total: int) -> object:
        told.append((title, total))
        return lambda count: None

    page = write(RunFolder(tmp_path), step)  # type: ignore[arg-type]
    assert page == tmp_path / "report.html"
    assert {file.stem for file in (tmp_path / "figures").iterdir()} == {"affinity_matrix"}
    assert told == [("drawing figures", 1)]


def test_a_second_page_is_the_same(run: Path) -> None:
    findings = read_findings(run)
    budget = default_budget(findings, findings.order)
    page = render(findings, [], findings.order, budget, NO_PICTURES)
    assert page == (run / "report.html").read_text("utf-8")


def test_torch_is_not_imported_for_tables(run: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from taskaffinity.report.findings import read_findings;"
        "from taskaffinity.report.page import render; import taskaffinity.report.figures;"
        f"render(read_findings(Path({str(run)!r})), [], 2, 3); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(("side", "shown"), [(8, 8), (512, LARGEST)])
def test_large_pictures_are_made_smaller(side: int, shown: int) -> None:
    import base64
    import io

    uri = data_uri(np.full((side, 2 * side, 3), 200, np.uint8))
    with Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))) as image:
        assert image.size == (2 * shown, shown)
