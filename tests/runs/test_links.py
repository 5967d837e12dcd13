"""A run folder from a stranger: nothing is written through its links, no name leads out of it."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from taskaffinity.config import Config
from taskaffinity.engine.result import Cell, TrainedSource
from taskaffinity.errors import RunError, WriteError
from taskaffinity.logfile import logging_to
from taskaffinity.report import write
from taskaffinity.report.figures import remove_figures
from taskaffinity.runs.conclude import write_plans
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.pictures import keep_only, read_pictures
from taskaffinity.runs.place import FOLDERS

PRECIOUS = b"precious"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder of the reader's with a file of every name that could be overwritten or cleaned away."""
    folder = tmp_path / "outside"
    folder.mkdir()
    for name in ("a.tmp", ".a.tmp", "budget-1.json", "sanity.png", "slide_normal.png", "normal.npz", "file"):
        (folder / name).write_bytes(PRECIOUS)
    return folder


def assert_untouched(outside: Path) -> None:
    assert len(list(outside.iterdir())) == 7
    assert all(file.read_bytes() == PRECIOUS for file in outside.iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    (tmp_path / "run").mkdir()
    return RunFolder(tmp_path / "run")


def cell(target: str = "normal") -> Cell:
    empty = np.zeros(0, np.int64)
    return Cell(target, ("depth",), ["i"], np.ones(1, np.float32), empty, empty, {"identity": "a"})


WRITES: dict[str, Callable[[RunFolder], object]] = {
    "cells": lambda folder: folder.write_cell(cell()),
    "cells/normal": lambda folder: folder.write_cell(cell()),
    "sources": lambda folder: folder.write_source(TrainedSource("normal", {"w": np.ones(1)}, {})),
    "taxonomy": lambda folder: write_plans(folder, []),
    "figures": lambda folder: remove_figures(folder, keep=()),
    "pictures": lambda folder: keep_only(folder, []),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_folder_that_is_a_link_is_refused_and_what_it_leads_to_is_kept(
    folder: RunFolder, outside: Path, name: str
) -> None:
    place = folder.path / name
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(outside)
    with pytest.raises(RunError, match=f"{name} is a link"):
        WRITES[name](folder)
    assert_untouched(outside)


@pytest.mark.parametrize("name", [*FOLDERS, "cells/normal", ".lock"])
def test_a_run_with_links_is_not_worked_on(folder: RunFolder, outside: Path, name: str) -> None:
    place = folder.path / name
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(outside / "file" if name == ".lock" else outside)
    with pytest.raises(RunError, match="is a link"), folder.locked():
        pass
    assert_untouched(outside)


def test_a_file_that_is_a_link_is_replaced_and_what_it_leads_to_is_kept(
    folder: RunFolder, outside: Path
) -> None:
    for name in ("config.yaml", "data.json"):
        (folder.path / name).symlink_to(outside / "file")
    folder.write_config(Config())
    folder.write_json("data.json", {})
    assert not (folder.path / "config.yaml").is_symlink()
    assert folder.read_json("data.json") == {}
    assert_untouched(outside)


def test_the_log_is_not_appended_to_through_a_link(folder: RunFolder, outside: Path) -> None:
    folder.log_file.symlink_to(outside / "file")
    with pytest.raises(WriteError, match=r"run\.log cannot be written"), logging_to(folder.log_file):
        pass
    assert_untouched(outside)


def test_figures_and_report_are_not_written_through_links(
    run_of_tables: RunFolder, outside: Path, unwatched: Callable[[str, int], Callable[[int], None]]
) -> None:
    (run_of_tables.path / "figures").mkdir()
    (run_of_tables.path / "figures" / "sanity.png").symlink_to(outside / "sanity.png")
    run_of_tables.report_file.symlink_to(outside / "file")
    write(run_of_tables, unwatched)
    assert not run_of_tables.report_file.is_symlink()
    assert (run_of_tables.path / "figures" / "sanity.png").read_bytes() != PRECIOUS
    assert_untouched(outside)
    shutil.rmtree(run_of_tables.path / "figures")
    (run_of_tables.path / "figures").symlink_to(outside)
    with pytest.raises(RunError, match="figures is a link"):
        write(run_of_tables, unwatched)
    assert_untouched(outside)


def test_with_a_page_of_its_own_a_report_writes_nothing_else(
    run_of_tables: RunFolder, tmp_path: Path, unwatched: Callable[[str, int], Callable[[int], None]]
) -> None:
    before = sorted(run_of_tables.path.rglob("*"))
    write(run_of_tables, unwatched, page=tmp_path / "page.html")
    assert sorted(run_of_tables.path.rglob("*")) == before
    assert (tmp_path / "page.html").is_file()


@pytest.mark.parametrize("name", ["../evil", "..", "a/b", "", "/etc/passwd", "nul\0"])
def test_a_name_cannot_lead_out_of_the_folder(folder: RunFolder, name: str) -> None:
    with pytest.raises(RunError, match="cannot be the name of a file"):
        folder.write_cell(cell(name))
    for read in (folder.cell, folder.read_cell):
        with pytest.raises(RunError, match="cannot be the name of a file"):
            read(name, "depth")
    if name not in ("", ".."):
        with pytest.raises(RunError, match="cannot be the name of a file"):
            read_pictures(folder, name)


def test_pipes_and_devices_are_not_read(folder: RunFolder) -> None:
    os.mkfifo(folder.path / "jobs.json")
    with pytest.raises(RunError, match=r"jobs\.json is damaged"):
        folder.jobs()
