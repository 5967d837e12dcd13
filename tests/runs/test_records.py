"""Every record of a run folder is checked when it is read: a damaged or foreign file is one clear error."""

import io
import json
from pathlib import Path

import numpy as np
import pytest

from taskaffinity.errors import RunError, TableError
from taskaffinity.runs.files import read_arrays
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.opening import run_of
from taskaffinity.runs.records import DataRecord, ForecastRecord, PlanRecord, SanityRecord, TreeRecord
from taskaffinity.runs.tables import RunTables

JSON_FILES = [
    "data.json",
    "sanity.json",
    "forecast.json",
    "tree.json",
    "curve.json",
    "taxonomy/budget-1.json",
]
CSV_FILES = ["performance.csv", "affinities.csv", "gain.csv", "quality.csv"]


def everything(folder: RunFolder) -> None:
    """Read all that a run concluded."""
    run_of(folder)
    RunTables(folder).forecast()


def test_the_made_up_run_can_be_read_whole(run_of_tables: RunFolder) -> None:
    everything(run_of_tables)


@pytest.mark.parametrize("name", JSON_FILES)
@pytest.mark.parametrize(
    "content",
    [b"", b'{"mean": 0.', b"\xff\xfe", b"3", b'"text"', b"[[1]]", b"[" * 100_000, b'{"a": "' + b"x" * 99],
    ids=["empty", "cut", "no text", "number", "string", "list", "deep", "open"],
)
def test_a_damaged_record_is_one_error_that_names_its_file(
    run_of_tables: RunFolder, name: str, content: bytes
) -> None:
    (run_of_tables.path / name).write_bytes(content)
    with pytest.raises(RunError) as caught:
        everything(run_of_tables)
    said = str(caught.value)
    assert name in said
    assert "is damaged" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("name", CSV_FILES)
@pytest.mark.parametrize(
    "content", ["", "a,b\n1,2\n", "target,sources\n", "\0\0\0", '"', "target,sources,x\n1"]
)
def test_a_damaged_table_is_one_error_that_names_its_file(
    run_of_tables: RunFolder, name: str, content: str
) -> None:
    (run_of_tables.path / name).write_text(content)
    with pytest.raises((RunError, TableError)) as caught:
        everything(run_of_tables)
    assert name in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_what_is_missing_is_not_done_yet(run_of_tables: RunFolder) -> None:
    for name in (*JSON_FILES, "performance.csv", "gain.csv", "quality.csv"):
        (run_of_tables.path / name).unlink()
    for file in (run_of_tables.path / "taxonomy").iterdir():
        file.unlink()
    run = run_of(run_of_tables)
    assert (run.gain, run.quality, run.performance, run.sanity, run.tree_record) == (None,) * 5
    assert run.plans == ()


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        (SanityRecord, {"mean": {"constant": 1.5}}),
        (SanityRecord, {"targets": [{"constant": 0.5}]}),
        (DataRecord, {"views": -1}),
        (DataRecord, {"tasks": {"a": {"importance": "much"}}}),
        (ForecastRecord, {"by_kind": {"source": {"actual": -3}}}),
        (PlanRecord, {"budget": 1, "transfers": [{"target": "a", "sources": []}]}),
        (PlanRecord, {"budget": 1, "order": 0}),
        (TreeRecord, {"leaves": ["a", "b"], "linkage": [[0, 5, 1.0, 2]]}),
        (TreeRecord, {"leaves": ["a", "b", "c"], "linkage": [[0, 1, 1.0, 2]]}),
        (TreeRecord, {"leaves": ["a", "b", "c"], "linkage": [[0, 1, 1.0, 2], [0, 1, 2.0, 3]]}),
    ],
)
def test_values_out_of_range_are_refused(kind: type[SanityRecord], fault: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        kind.read(json.dumps(fault).encode())


def test_what_a_later_version_adds_is_kept() -> None:
    record = DataRecord.read(b'{"name": "x", "weather": {"rain": true}}')
    assert record.plain() == {"name": "x", "weather": {"rain": True}}


class TestArrays:
    def test_of_objects_are_refused(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "a.npz", facts=np.array([{}], object))
        with pytest.raises(ValueError, match="does not hold"):
            read_arrays(tmp_path / "a.npz", ["facts"])

    def test_whose_header_promises_more_than_there_is_take_no_memory(self, tmp_path: Path) -> None:
        import zipfile

        header = io.BytesIO()
        large = {"descr": "<f8", "fortran_order": False, "shape": (10**12,)}
        np.lib.format.write_array_header_1_0(header, large)
        with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
            archive.writestr("losses.npy", header.getvalue() + bytes(8))
        with pytest.raises(ValueError, match="does not hold"):
            read_arrays(tmp_path / "a.npz", ["losses"])

    def test_that_unpack_to_more_than_is_allowed_are_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        np.savez_compressed(tmp_path / "a.npz", losses=np.zeros(100_000))
        monkeypatch.setattr("taskaffinity.runs.files.LARGEST_ARRAYS", 1000)
        with pytest.raises(ValueError, match="larger"):
            read_arrays(tmp_path / "a.npz", ["losses"])
