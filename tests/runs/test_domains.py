"""``domains.csv`` and ``generalisation.csv`` are read as they were written."""

from pathlib import Path

import pytest

from taskaffinity.errors import InputError, RunError
from taskaffinity.runs.domains import ADAPTATION, AdaptationRow, pooled, read_rows, write_rows
from taskaffinity.runs.folder import RunFolder

ROW = AdaptationRow(
    task="normal", source_domain="rooms", target_domain="frames", method="dann", metric="loss", value=0.25,
    low=0.2, high=0.3, share_of_gap=0.5,
)  # fmt: skip
COLUMNS = "task,source_domain,target_domain,method,metric,value,low,high,share_of_gap"


def test_rows_come_back(tmp_path: Path) -> None:
    rows = (ROW, ROW.model_copy(update={"method": "source_only", "share_of_gap": None}))
    write_rows(RunFolder(tmp_path), ADAPTATION, AdaptationRow, rows)
    assert (tmp_path / ADAPTATION).read_text().splitlines()[0] == COLUMNS
    assert read_rows(RunFolder(tmp_path), ADAPTATION, AdaptationRow) == rows


def test_no_rows_leave_no_file(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    write_rows(folder, ADAPTATION, AdaptationRow, [ROW])
    write_rows(folder, ADAPTATION, AdaptationRow, [])
    assert not (tmp_path / ADAPTATION).exists()
    assert read_rows(folder, ADAPTATION, AdaptationRow) == ()


@pytest.mark.parametrize(
    "content",
    [COLUMNS.replace("value", "worth"), "normal,rooms,frames,dann,loss,much,0.2,0.3,", "", "\0\0"],
)
def test_a_damaged_table_is_an_error_that_names_it(tmp_path: Path, content: str) -> None:
    text = content if content.startswith("task") else f"{COLUMNS}\n{content}"
    if content.startswith("task"):
        text += "\nnormal,rooms,frames,dann,loss,0.1,0.2,0.3,"
    (tmp_path / ADAPTATION).write_text(text if content else "")
    with pytest.raises(RunError, match=r"domains\.csv"):
        read_rows(RunFolder(tmp_path), ADAPTATION, AdaptationRow)


def run_of(source_only: float, dann: float, on_target: float) -> list[AdaptationRow]:
    values = {"source_only": source_only, "dann": dann, "train_on_target": on_target}
    return [ROW.model_copy(update={"method": method, "value": value}) for method, value in values.items()]


def test_runs_of_several_seeds_are_averaged() -> None:
    runs = [run_of(0.5, 0.4, 0.3), run_of(0.52, 0.44, 0.3), run_of(0.48, 0.36, 0.3)]
    by_method = {row.method: row for row in pooled(runs)}
    assert by_method["dann"].value == pytest.approx(0.4)
    assert by_method["dann"].share_of_gap == pytest.approx(0.5)
    half = 4.302653 * 0.04 / 3**0.5  # Student's t of two degrees of freedom
    assert by_method["dann"].high - by_method["dann"].value == pytest.approx(half, rel=1e-5)
    assert by_method["train_on_target"].share_of_gap is None


def test_a_gap_that_seeds_do_not_agree_on_has_no_share() -> None:
    runs = [run_of(0.5, 0.4, 0.3), run_of(0.3, 0.4, 0.5)]
    assert all(row.share_of_gap is None for row in pooled(runs))


def test_runs_of_other_configurations_are_not_averaged() -> None:
    with pytest.raises(InputError, match="one configuration"):
        pooled([run_of(0.5, 0.4, 0.3), run_of(0.5, 0.4, 0.3)[:2]])
