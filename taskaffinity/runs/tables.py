"""What a run concluded, read from its folder: tables as frames, the rest as typed records."""

import io
import re
from dataclasses import dataclass

import pandas as pd

from taskaffinity.runs.files import DAMAGED, read_bytes
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.place import damaged
from taskaffinity.runs.record import Record
from taskaffinity.runs.records import (
    ComputationRecord,
    DataRecord,
    ForecastRecord,
    PlanRecord,
    SanityRecord,
    TreeRecord,
    UnknownRecord,
    UnknownsRecord,
)

KEY = ("target", "sources")
SOURCES = (
    "source", "kind", "title", "group", "labels",
    "encoder_operations", "encoder_parameters", "training_operations",
)  # fmt: skip
_PLAN = re.compile(r"budget-.*\.json")


class _Curve(Record):
    records: tuple[PlanRecord, ...]


@dataclass(frozen=True)
class RunTables:
    """Reads one run folder. What is not there is None or empty; what is damaged is a `RunError`.

    Attributes
    ----------
    folder
        The run.
    """

    folder: RunFolder

    def frame(self, name: str, columns: tuple[str, ...]) -> pd.DataFrame | None:
        """Read a CSV that has at least some columns; columns named in `KEY` and `SOURCES` hold text."""
        file = self.folder.file(name)
        if not file.is_file():
            return None
        try:
            frame = pd.read_csv(io.BytesIO(read_bytes(file)), dtype=_TEXT, keep_default_na=True)
        except (*DAMAGED, MemoryError) as error:
            raise damaged(file, error) from None
        if missing := [column for column in columns if column not in frame]:
            raise damaged(file, ValueError(f"it has no column {', '.join(missing)}"))
        return frame

    def performance(self) -> pd.DataFrame | None:
        """Read the mean losses."""
        frame = self.frame("performance.csv", (*KEY, "loss"))
        if frame is not None:
            self._require_numbers(frame, "performance.csv", ("loss",))
        return frame

    def rates(self, value: str) -> pd.DataFrame | None:
        """Read ``affinity``, ``gain`` or ``quality``, checked as any table of affinities is."""
        from taskaffinity.analysis.tables import read_table

        if self.frame(FILES[value], (*KEY, value)) is None:
            return None
        return read_table(self.folder.file(FILES[value]), value)

    def wins_over_random(self) -> pd.DataFrame | None:
        """Read how often readouts on each source beat those on random features."""
        frame = self.frame("wins_over_random.csv", (*KEY, "wins", "images"))
        if frame is not None:
            self._require_numbers(frame, "wins_over_random.csv", ("wins", "images"))
        return frame

    def sources(self) -> pd.DataFrame | None:
        """Read the table of sources; columns that it lacks are empty."""
        frame = self.frame("sources.csv", ("source", "kind"))
        if frame is None:
            return None
        self._require_numbers(frame, "sources.csv", tuple(c for c in SOURCES[5:] if c in frame))
        rest = [column for column in frame.columns if column not in SOURCES]
        return frame.reindex(columns=[*SOURCES, *rest])

    def _require_numbers(self, frame: pd.DataFrame, name: str, columns: tuple[str, ...]) -> None:
        for column in columns:
            if not pd.api.types.is_numeric_dtype(frame[column]):
                raise damaged(self.folder.file(name), ValueError(f"its {column} are not all numbers"))

    def data(self) -> DataRecord | None:
        """Read what the run was measured on."""
        return self.folder.read_record(DataRecord, "data.json")

    def sanity(self) -> SanityRecord | None:
        """Read how often own networks beat references."""
        return self.folder.read_record(SanityRecord, "sanity.json")

    def unknown(self) -> tuple[UnknownRecord, ...]:
        """Read what the losses do not say; nothing where the file is not there."""
        record = self.folder.read_record(UnknownsRecord, "unknown.json")
        return () if record is None else record.unknown

    def forecast(self) -> ForecastRecord | None:
        """Read what the run was forecast to take, and took."""
        return self.folder.read_record(ForecastRecord, "forecast.json")

    def tree(self) -> TreeRecord | None:
        """Read the task tree."""
        return self.folder.read_record(TreeRecord, "tree.json")

    def computation(self) -> ComputationRecord | None:
        """Read what computation buys; None where that was not known."""
        return self.folder.read_record(ComputationRecord, "computation.json")

    def curve(self) -> tuple[PlanRecord, ...]:
        """Read what each budget buys, with random policies beside."""
        content = self.folder.read("curve.json")
        if content is None:
            return ()
        try:
            return _Curve.read(b'{"records": %b}' % content).records
        except ValueError as error:
            raise damaged(self.folder.file("curve.json"), error) from None

    def plans(self) -> tuple[PlanRecord, ...]:
        """Read the plans of the run itself, one a budget, ascending."""
        place = self.folder.path / "taxonomy"
        names = sorted(file.name for file in place.glob("budget-*.json") if _PLAN.fullmatch(file.name))
        read = [self.folder.read_record(PlanRecord, "taxonomy", name) for name in names]
        return tuple(sorted((record for record in read if record is not None), key=lambda record: record.key))

    def config_text(self) -> str | None:
        """Read the configuration as text."""
        content = self.folder.read("config.yaml")
        try:
            return None if content is None else content.decode()
        except UnicodeDecodeError as error:
            raise damaged(self.folder.config_file, error) from None


FILES = {"affinity": "affinities.csv", "gain": "gain.csv", "quality": "quality.csv"}
_TEXT = dict.fromkeys((*KEY, *SOURCES[:5], "heads", "against", "best_transfer", "best_joint"), str)
