"""What a run that measured a part predicts of the rest: ``predicted.csv``, ``measuring.json``."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd
from pydantic import Field, NonNegativeInt

from taskaffinity.runs.files import to_json
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.record import NonNegative, Record
from taskaffinity.runs.tables import RunTables

if TYPE_CHECKING:
    from taskaffinity.analysis import Analysis

TABLE, FILE = "predicted.csv", "measuring.json"
LIKELY = 2  # predicted transfers of each target that a report shows
COLUMNS = ("target", "sources", "affinity", "low", "high")


class WaveRecord(Record):
    """One decision.

    Attributes
    ----------
    measured
        Transfers that had been measured.
    asked
        Transfers that it asked for.
    regret
        The highest expected regret of any budget, relative; None before anything was predicted.
    """

    measured: NonNegativeInt
    asked: NonNegativeInt
    regret: NonNegative | None = None


class MeasuringRecord(Record):
    """How a run chose what to measure (``measuring.json``).

    Attributes
    ----------
    transfers, measured
        How many readouts there are, and how many were trained.
    bound
        The expected regret below which ``auto`` ends.
    waves
        Its decisions.
    budgets, regret
        Of the plans, and the expected regret of each, relative to its objective: how much better the best
        plan may be, had everything been measured.
    held
        The share of a tournament of all transfers into a target that the measured ones hold, by target.
    """

    transfers: NonNegativeInt
    measured: NonNegativeInt
    bound: NonNegative
    waves: tuple[WaveRecord, ...] = ()
    budgets: tuple[NonNegative, ...] = ()
    regret: tuple[NonNegative, ...] = ()
    held: Mapping[str, NonNegative] = Field(default_factory=dict)

    @property
    def share(self) -> float:
        """Readouts that were trained, of all."""
        return self.measured / self.transfers if self.transfers else 1.0


@dataclass(frozen=True)
class Measuring:
    """What a run measured and predicted.

    Attributes
    ----------
    predicted
        Transfers that were not measured: ``target``, ``sources``, ``affinity``, and ``low`` and ``high``,
        which bound it in 95 % of the draws.
    record
        The rest.
    """

    predicted: pd.DataFrame
    record: MeasuringRecord

    @property
    def likely(self) -> list[dict[str, Any]]:
        """The predicted transfers that may be the best into their target, as records: the highest of each."""
        best = self.predicted.sort_values(["affinity", "sources"], ascending=[False, True], kind="stable")
        rows = best.groupby("target", sort=True).head(LIKELY).sort_values("target", kind="stable")
        return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]

    def write(self, folder: RunFolder) -> None:
        """Record it; the JSON comes last."""
        folder.remove(FILE)
        folder.write(TABLE, content=self.predicted[list(COLUMNS)].to_csv(index=False).encode())
        folder.write(FILE, content=to_json(self.record.plain()))


def scaled(analysis: "Analysis", held: Mapping[str, float]) -> "Analysis":
    """Return affinities among the measured transfers as shares of a tournament of all.

    Parameters
    ----------
    analysis
        Of the measured transfers.
    held
        What they hold of a tournament of all transfers, by target.
    """

    def factor(rows: pd.DataFrame) -> pd.Series:
        return rows["target"].map(dict(held)).fillna(1.0)

    table, drawn = analysis.affinities, analysis.resamples
    numbers = table[["affinity", "low", "high"]].mul(factor(table), axis=0)
    if drawn is not None:
        values = drawn.affinity.values * factor(drawn.affinity.rows).to_numpy()
        drawn = replace(drawn, affinity=replace(drawn.affinity, values=values))
    return replace(analysis, affinities=table.assign(**dict(numbers.items())), resamples=drawn)


def remove_measuring(folder: RunFolder) -> None:
    """Remove what an earlier configuration predicted."""
    folder.remove(FILE)
    folder.remove(TABLE)


def read_measuring(folder: RunFolder) -> Measuring | None:
    """Read what a run predicted; None where it measured everything.

    Raises
    ------
    RunError
        A file is damaged.
    """
    record = folder.read_record(MeasuringRecord, FILE)
    predicted = RunTables(folder).frame(TABLE, COLUMNS)
    return None if record is None or predicted is None else Measuring(predicted, record)
