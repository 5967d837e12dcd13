from pathlib import Path

import pandas as pd
import pytest

from taskaffinity.errors import RunError
from taskaffinity.runs.estimates import (
    AgreementRecord,
    EstimatesRecord,
    RankingRecord,
    read_estimates,
    write_estimates,
)
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.jobs import record_jobs

TABLE = pd.DataFrame(
    [("a", "t", "logme", 0.5), ("a", "t", "leep", float("nan"))],
    columns=["source", "target", "estimate", "value"],
)


def ranking(tau: float | None, regret: float, constant: float | None = 0.5) -> RankingRecord:
    sides = [
        AgreementRecord(spearman=t, weighted_tau=t, regret=r, lost=r)
        for t, r in ((tau, regret), (constant, 0.3))
    ]
    return RankingRecord(
        estimate="logme", title="LogME", targets=2, pairs=8,
        own=sides[0], constant=sides[1], size=AgreementRecord(),
    )  # fmt: skip


def test_what_is_written_is_read(tmp_path: Path) -> None:
    folder, record = (
        RunFolder(tmp_path),
        EstimatesRecord(sources=("a",), targets=("t",), seconds={"logme": 0.1}),
    )
    write_estimates(folder, TABLE, record)
    assert read_estimates(folder) == record
    kept = pd.read_csv(tmp_path / "estimates.csv")
    pd.testing.assert_frame_equal(kept, TABLE)


def test_a_value_that_is_not_defined_is_empty_and_not_zero(tmp_path: Path) -> None:
    write_estimates(RunFolder(tmp_path), TABLE, EstimatesRecord())
    assert "a,t,leep,\n" in (tmp_path / "estimates.csv").read_text()


def test_estimates_of_an_earlier_state_are_not_shown(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_jobs(record_jobs([], {"a": 1}))
    jobs = folder.jobs()
    assert jobs is not None
    write_estimates(folder, TABLE, EstimatesRecord(state=jobs.state))
    assert read_estimates(folder) is not None
    folder.write_jobs(record_jobs([], {"a": 2}))
    assert read_estimates(folder) is None


def test_no_file_is_no_record_and_a_damaged_one_is_an_error(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert read_estimates(folder) is None
    (tmp_path / "estimates.json").write_text('{"rankings": [{"estimate": 3}]}')
    with pytest.raises(RunError, match="is damaged"):
        read_estimates(folder)


class TestVerdict:
    def test_it_says_what_does_not_beat_the_constant_ranking(self) -> None:
        assert ranking(0.4, 0.1).beats_constant is False
        assert "does not beat the constant ranking" in ranking(0.4, 0.1).verdict

    def test_a_better_order_at_more_regret_is_no_win(self) -> None:
        assert ranking(0.6, 0.4).beats_constant is False

    def test_a_better_order_at_no_more_regret_is_one(self) -> None:
        assert ranking(0.6, 0.3).beats_constant is True
        assert "does not" not in ranking(0.6, 0.3).verdict

    def test_without_a_baseline_nothing_is_claimed(self) -> None:
        assert ranking(0.6, 0.3, constant=None).beats_constant is None
        assert "cannot be compared" in ranking(0.6, 0.3, constant=None).verdict
