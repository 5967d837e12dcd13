"""Tables and figures belong to one state of a run, and are shown only in that state."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import taskaffinity
from taskaffinity.cli.main import main
from taskaffinity.errors import RunError
from taskaffinity.report import read_findings
from taskaffinity.runs import state
from taskaffinity.runs.conclude import remove_drawings
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.jobs import JobsRecord

READERS: dict[str, Callable[[Path], object]] = {
    "load_run": taskaffinity.load_run,
    "open": taskaffinity.open,
    "report": read_findings,
}


@pytest.fixture
def folder(run_of_tables: RunFolder) -> RunFolder:
    run_of_tables.write_jobs(JobsRecord(state="one", jobs=()))
    state.end(run_of_tables)
    return run_of_tables


@pytest.mark.parametrize("read", READERS)
def test_tables_of_another_state_are_refused_until_they_are_made_again(folder: RunFolder, read: str) -> None:
    READERS[read](folder.path)
    folder.write_jobs(JobsRecord(state="two", jobs=()))
    with pytest.raises(RunError, match="earlier configuration"):
        READERS[read](folder.path)
    state.begin(folder)
    with pytest.raises(RunError, match="earlier configuration"):
        READERS[read](folder.path)
    state.end(folder)
    READERS[read](folder.path)


@pytest.mark.parametrize(
    "words",
    [["solve", "--budget", "2"], ["curve"], ["tree"], ["affinity"], ["report"], ["report", "--no-pictures"]],
    ids=" ".join,
)
def test_no_command_shows_what_is_out_of_date(
    folder: RunFolder, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (folder.path / "losses.parquet").touch()
    folder.write_jobs(JobsRecord(state="two", jobs=()))
    assert main([words[0], str(folder.path), *words[1:]]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "earlier configuration" in said.err
    assert len(said.err.splitlines()) == 1
    assert not folder.report_file.exists()


def test_a_run_that_does_not_record_its_jobs_is_taken_at_its_word(run_of_tables: RunFolder) -> None:
    assert state.is_current(run_of_tables)
    read_findings(run_of_tables.path)


def test_drawings_of_another_state_are_removed_and_files_of_others_are_kept(folder: RunFolder) -> None:
    drawn = ["report.html", "figures/sanity.png", "figures/slide_left_the_run.svg"]
    mine = ["figures/holiday.png", "figures/slide_notes.txt"]
    for name in [*drawn, *mine]:
        (folder.path / name).parent.mkdir(exist_ok=True)
        (folder.path / name).write_text("x")
    remove_drawings(folder)
    assert [name for name in drawn if (folder.path / name).exists()] == []
    assert [name for name in mine if not (folder.path / name).exists()] == []


def test_the_state_covers_identities_and_what_is_concluded(folder: RunFolder) -> None:
    record = folder.jobs()
    assert record is not None
    assert json.loads((folder.path / "concluded.json").read_text()) == {"state": record.state}
