"""What `taskaffinity estimate` records of a run: ``estimates.csv`` and ``estimates.json``."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd
from pydantic import Field, NonNegativeInt

from taskaffinity.runs.files import to_json
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.record import NonNegative, Number, Record

if TYPE_CHECKING:
    from taskaffinity.analysis.estimates import Agreement, Ranking

TABLE, FILE = "estimates.csv", "estimates.json"
COLUMNS = ("source", "target", "estimate", "value")


class AgreementRecord(Record):
    """How well a ranking agrees with what was measured; `taskaffinity.analysis.estimates.Agreement`."""

    spearman: Number | None = None
    weighted_tau: Number | None = None
    regret: Number | None = None
    lost: Number | None = None


class RankingRecord(Record):
    """One estimate beside both baselines, on the pairs for which it is defined."""

    estimate: str
    title: str
    targets: NonNegativeInt
    pairs: NonNegativeInt
    own: AgreementRecord
    constant: AgreementRecord
    size: AgreementRecord

    @property
    def beats_constant(self) -> bool | None:
        """Whether it ranks better than the constant ranking, at no more regret; None where not known."""
        own, constant = self.own, self.constant
        if own.weighted_tau is None or constant.weighted_tau is None:
            return None
        assert own.regret is not None
        assert constant.regret is not None
        return own.weighted_tau > constant.weighted_tau and own.regret <= constant.regret

    @property
    def verdict(self) -> str:
        """Say in a sentence how it compares with the constant ranking."""
        own, constant = self.own, self.constant
        if self.beats_constant is None:
            return f"{self.title} cannot be compared with the constant ranking."
        numbers = (
            f"weighted τ {own.weighted_tau:.2f} against {constant.weighted_tau:.2f}, "
            f"regret {own.regret:.2f} against {constant.regret:.2f}"
        )
        if self.beats_constant:
            return f"{self.title} beats the constant ranking: {numbers}."
        return f"{self.title} does not beat the constant ranking: {numbers}."


class UndefinedRecord(Record):
    """An estimate that is not defined for some pairs, and why."""

    estimate: str
    reason: str
    targets: tuple[str, ...]
    pairs: NonNegativeInt


class WarningRecord(Record):
    """Pairs whose values say little, and why."""

    estimate: str
    reason: str
    pairs: NonNegativeInt


class EstimatesRecord(Record):
    """The estimates of a run (``estimates.json``); the values are in ``estimates.csv``.

    Attributes
    ----------
    state
        That of ``jobs.json`` when they were made; empty in a folder that has none.
    is_measured
        Whether readouts had been measured, so that the estimates could be ranked.
    sources, targets
        Names.
    rankings
        One per estimate; none where nothing was measured.
    undefined, warnings
        What is not defined, and what says little.
    seconds
        What each estimate took, all pairs together; by name.
    """

    state: str = ""
    is_measured: bool = False
    sources: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    rankings: tuple[RankingRecord, ...] = ()
    undefined: tuple[UndefinedRecord, ...] = ()
    warnings: tuple[WarningRecord, ...] = ()
    seconds: Mapping[str, NonNegative] = Field(default_factory=dict)


def ranking_records(rankings: "Sequence[Ranking]", titles: dict[str, str]) -> tuple[RankingRecord, ...]:
    """Make records of rankings; those without a target are left out."""
    return tuple(
        RankingRecord(
            estimate=one.estimate, title=titles.get(one.estimate, one.estimate), targets=one.targets,
            pairs=one.pairs, own=_record(one.own), constant=_record(one.constant), size=_record(one.size),
        )
        for one in rankings
        if one.targets
    )  # fmt: skip


def _record(agreement: "Agreement") -> AgreementRecord:
    return AgreementRecord(
        spearman=agreement.spearman, weighted_tau=agreement.weighted_tau, regret=agreement.regret,
        lost=agreement.lost,
    )  # fmt: skip


def write_estimates(folder: RunFolder, table: pd.DataFrame, record: EstimatesRecord) -> None:
    """Record estimates; the JSON comes last and makes them whole.

    Parameters
    ----------
    folder
        The run.
    table
        Columns ``source``, ``target``, ``estimate``, ``value``; NaN where not defined.
    record
        The rest.
    """
    folder.remove(FILE)
    folder.write(TABLE, content=table[list(COLUMNS)].to_csv(index=False).encode())
    folder.write(FILE, content=to_json(record.model_dump()))


def read_estimates(folder: RunFolder) -> EstimatesRecord | None:
    """Read the estimates of a run; None where there are none, or where they are of an earlier state.

    Raises
    ------
    RunError
        The file is damaged.
    """
    record = folder.read_record(EstimatesRecord, FILE)
    jobs = folder.jobs()
    if record is not None and jobs is not None and record.state != jobs.state:
        return None
    return record
