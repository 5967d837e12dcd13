"""What a run concludes about one of its plans: how sure it is, and what labels are worth."""

from collections.abc import Mapping

from pydantic import Field, NonNegativeInt

from taskaffinity.runs.files import to_json
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.record import NonNegative, Number, Rate, Record

CERTAINTY, PRICES = "certainty.json", "prices.json"


class EdgeCertaintyRecord(Record):
    """An edge; `taskaffinity.analysis.certainty.EdgeCertainty`."""

    target: str
    sources: tuple[str, ...]
    probability: Rate
    runner_up: tuple[str, ...] | None = None
    margin: Number | None = None


class SourceCertaintyRecord(Record):
    """A source; `taskaffinity.analysis.certainty.SourceCertainty`."""

    source: str
    is_used: bool
    probability: Rate
    margin: Number | None = None
    instead: tuple[str, ...] = ()


class EqualPlanRecord(Record):
    """A plan within the noise of the best; `taskaffinity.analysis.certainty.EqualPlan`."""

    sources: tuple[str, ...]
    cost: NonNegative
    compute: NonNegative | None = None
    objective: Number
    better: Rate


class CertaintyRecord(Record):
    """How sure a plan is (``certainty.json``); `taskaffinity.analysis.certainty.Certainty`."""

    budget: NonNegative | None = None
    compute: NonNegative | None = None
    objective: Number
    resamples: NonNegativeInt
    same: Rate
    groups: Mapping[str, Rate] = Field(default_factory=dict)
    sources: tuple[SourceCertaintyRecord, ...] = ()
    edges: tuple[EdgeCertaintyRecord, ...] = ()
    equals: tuple[EqualPlanRecord, ...] = ()
    cheapest: EqualPlanRecord
    flip: SourceCertaintyRecord | None = None


class LabelPriceRecord(Record):
    """The labels of a task; `taskaffinity.analysis.prices.LabelPrice`."""

    task: str
    cost: NonNegative
    bought: Rate
    worth: NonNegative | None = None
    next: NonNegative | None = None
    break_even: NonNegative | None = None


class PricesRecord(Record):
    """What labels are worth (``prices.json``); `taskaffinity.analysis.prices.Prices`."""

    budget: NonNegative
    compute: NonNegative | None = None
    objective: Number
    objective_kind: str = ""
    unit: NonNegative
    more: NonNegative
    less: NonNegative | None = None
    label_next: str | None = None
    labels: tuple[LabelPriceRecord, ...] = ()

    @property
    def ranked(self) -> list[LabelPriceRecord]:
        """Those that are worth most first."""
        return sorted(self.labels, key=lambda price: (-(price.worth or 0.0), price.task))


def write_insights(
    folder: RunFolder, certainty: Mapping[str, object] | None, prices: Mapping[str, object] | None
) -> None:
    """Record both; what is None is removed."""
    for name, record in ((CERTAINTY, certainty), (PRICES, prices)):
        folder.put(name, content=None if record is None else to_json(record))


def read_certainty(folder: RunFolder) -> CertaintyRecord | None:
    """Read how sure the plan at the knee of the curve is; None where that was not recorded."""
    return folder.read_record(CertaintyRecord, CERTAINTY)


def read_prices(folder: RunFolder) -> PricesRecord | None:
    """Read what labels are worth to the plan at the knee of the curve; None where that was not recorded."""
    return folder.read_record(PricesRecord, PRICES)
