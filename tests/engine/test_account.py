import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.jobs import encoding, load, making, reading

from taskaffinity.engine.account import Account
from taskaffinity.engine.job import Job
from taskaffinity.engine.plan import Plan
from taskaffinity.engine.result import TrainedSource
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.jobs import Progress

NOTHING = Progress(frozenset(), 0, [])
SOURCE = making("a", "1", 10.0)
ENCODE = encoding("a", "x", "1", 2.0)
FIRST = reading("a", "x", "2", 4.0)
SECOND = reading(("a", "b"), "x", "3", 5.0)
PLAN = Plan([SOURCE, ENCODE, FIRST])


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def read(folder: RunFolder) -> dict[str, Any]:
    return json.loads((folder.path / "forecast.json").read_text())


def record(folder: RunFolder, job: Job, seconds: float) -> None:
    facts = {"identity": job.identity, "diverged": False, "seconds": seconds}
    assert job.makes is not None
    folder.write_source(TrainedSource(job.makes, {"w": np.ones(1, np.float32)}, facts))


def test_a_run_in_one_go(folder: RunFolder):
    account = Account(folder)
    assert not account.has(PLAN)
    account.begin(PLAN, NOTHING)
    for job, seconds in ((SOURCE, 11.0), (ENCODE, 1.5), (FIRST, 4.5)):
        account.took(job, seconds)
    account.write()
    found = read(folder)
    assert (found["forecast_seconds"], found["actual_seconds"]) == (16.0, 17.0)
    assert found["by_kind"] == {
        "source": {"jobs": 1, "forecast": 10.0, "actual": 11.0},
        "encode": {"jobs": 1, "forecast": 2.0, "actual": 1.5},
        "transfer": {"jobs": 1, "forecast": 4.0, "actual": 4.5},
    }


def test_a_resumed_run_adds_up_what_is_on_the_disk_and_keeps_its_first_forecast(folder: RunFolder):
    account = Account(folder)
    account.begin(PLAN, NOTHING)
    record(folder, SOURCE, 11.0)
    account.took(SOURCE, 11.0)
    account.took(ENCODE, 1.5)
    account.write()
    resumed = Account(folder)
    assert resumed.has(PLAN)
    dearer = Plan([replace(job, load=load(99.0)) for job in PLAN.jobs])
    resumed.begin(dearer, Progress(frozenset({SOURCE.name, ENCODE.name}), 0, []))
    resumed.took(FIRST, 4.5)
    resumed.write()
    assert (read(folder)["forecast_seconds"], read(folder)["actual_seconds"]) == (16.0, 17.0)


def test_a_killed_run_loses_nothing_that_was_recorded(folder: RunFolder):
    """Killed before the account was written again: the disk's results tell what they took."""
    Account(folder).begin(PLAN, NOTHING)
    record(folder, SOURCE, 11.0)
    resumed = Account(folder)
    resumed.begin(PLAN, Progress(frozenset({SOURCE.name}), 0, []))
    assert read(folder)["actual_seconds"] == 11.0


def test_a_second_wave_adds_only_what_is_new(folder: RunFolder):
    account, second = Account(folder), Plan([*PLAN.jobs, SECOND])
    account.begin(PLAN, NOTHING)
    account.took(FIRST, 4.5)
    account.begin(second, Progress(frozenset({FIRST.name}), 0, []))
    account.took(SECOND, 5.5)
    account.write()
    assert read(folder)["by_kind"]["transfer"] == {"jobs": 2, "forecast": 9.0, "actual": 10.0}
    assert Account(folder).has(PLAN)


def test_another_configuration_begins_anew(folder: RunFolder):
    account = Account(folder)
    account.begin(PLAN, NOTHING)
    account.took(ENCODE, 1.5)
    account.write()
    other = Plan([replace(job, identity="other") for job in PLAN.jobs])
    anew = Account(folder)
    assert not anew.has(other)
    anew.begin(other, NOTHING)
    assert read(folder)["actual_seconds"] == 0.0


def test_a_damaged_account_is_no_account(folder: RunFolder):
    Account(folder).begin(PLAN, NOTHING)
    (folder.path / "forecast.json").write_text('{"forecast_sec')
    assert not Account(folder).has(PLAN)
