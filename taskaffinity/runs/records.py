"""The typed records of a run: its data and tasks, its sanity, its cost, its tree, and its plans by budget."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, NonNegativeInt, model_validator

from taskaffinity.runs.record import NonNegative, Number, Rate, Record


class TaskRecord(Record):
    """A task as the run used it.

    Attributes
    ----------
    title, group, metric
        What people are shown: its name, the group that colours it, what its loss is called.
    roles
        ``source``, ``target``, or both; None where the run did not say, and both are meant.
    importance
        Weight as a target.
    label_cost
        Cost of its labels as a source.
    """

    title: str | None = None
    group: str = "other"
    metric: str | None = None
    roles: tuple[str, ...] | None = None
    importance: NonNegative = 1.0
    label_cost: NonNegative = 1.0


class DataRecord(Record):
    """What a run was measured on (``data.json``).

    Attributes
    ----------
    name, identity
        Of the data set; the identity is a hash of its content.
    views
        Number of images.
    size
        Rows and columns, pixels.
    splits
        Views in each split.
    left_out_files, left_out_tasks
        One line each.
    tasks
        By name.
    """

    name: str = ""
    identity: str = ""
    views: NonNegativeInt = 0
    size: tuple[int, ...] = ()
    splits: Mapping[str, NonNegativeInt] = Field(default_factory=dict)
    left_out_files: tuple[str, ...] = ()
    left_out_tasks: tuple[str, ...] = ()
    tasks: Mapping[str, TaskRecord] = Field(default_factory=dict)


class SanityMean(Record):
    """Means over the targets; None where nothing was measured."""

    constant: Rate | None = None
    random: Rate | None = None


class SanityRow(SanityMean):
    """Win rates of one target's own network against the best constant and random features."""

    target: str
    images: NonNegativeInt | None = None


class SanityRecord(Record):
    """How often own networks beat references (``sanity.json``)."""

    mean: SanityMean = SanityMean()
    targets: tuple[SanityRow, ...] = ()


class UnknownRecord(Record):
    """Something that the losses do not say, though it was measured.

    Attributes
    ----------
    target
        Of what.
    what
        ``affinity``, ``gain``, ``quality`` or ``part of the comparison``.
    sources
        The transfers that it is unknown of, as source sets.
    why
        The reason, in words.
    """

    target: str
    what: str
    sources: tuple[str, ...] = ()
    why: str = ""


class UnknownsRecord(Record):
    """All that the losses do not say (``unknown.json``)."""

    unknown: tuple[UnknownRecord, ...] = ()


class KindCost(Record):
    """What the jobs of one kind were forecast to take and took, seconds of workers."""

    jobs: NonNegativeInt = 0
    forecast: NonNegative = 0.0
    actual: NonNegative = 0.0


class ForecastRecord(Record):
    """What a run was forecast to take and took, seconds of workers (``forecast.json``)."""

    forecast_seconds: NonNegative | None = None
    actual_seconds: NonNegative | None = None
    by_kind: Mapping[str, KindCost] = Field(default_factory=dict)
    waves: Mapping[str, Any] = Field(default_factory=dict)


class TreeRecord(Record):
    """The task tree (``tree.json``).

    Attributes
    ----------
    leaves
        Names, in the order that `linkage` counts them.
    linkage
        SciPy's matrix: each row joins two nodes, at a distance, to a node of so many leaves.
    clusters
        The tree cut into groups of names, the largest first.
    newick
        The same in Newick's format.
    """

    leaves: tuple[str, ...]
    linkage: tuple[tuple[Number, Number, NonNegative, Number], ...]
    clusters: tuple[tuple[str, ...], ...] = ()
    newick: str = ""

    @model_validator(mode="after")
    def _joins_every_node_once(self) -> Self:
        nodes = [float(node) for row in self.linkage for node in row[:2]]
        if self.linkage and len(self.linkage) != len(self.leaves) - 1:
            raise ValueError(f"linkage must have {len(self.leaves) - 1} rows, got {len(self.linkage)}")
        if sorted(nodes) != list(range(len(nodes))) or any(
            max(row[:2]) >= len(self.leaves) + place for place, row in enumerate(self.linkage)
        ):
            raise ValueError("linkage must join every node once, and later nodes after earlier ones")
        return self


class EdgeRecord(Record):
    """A transfer of a plan: the target itself is its only source where it is bought."""

    target: str
    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    affinity: Number | None = None
    gain: Rate | None = None
    quality: Rate | None = None
    share: Rate | None = None


class Percentiles(Record):
    """Percentiles of random policies."""

    p5: float | None = None
    p50: float | None = None
    p95: float | None = None


class RandomRecord(Record):
    """What random policies of the same budget reach."""

    count: NonNegativeInt = 0
    gain: Percentiles | None = None
    quality: Percentiles | None = None
    objective: Percentiles | None = None


class PlanRecord(Record):
    """What is bought within one budget, and what each target then takes.

    A record of ``taxonomy/budget-N.json``, or of ``curve.json``, which has random policies beside it.

    Attributes
    ----------
    order
        Most sources of one transfer.
    budget, cost
        What the labels may cost, None for no limit, and do cost.
    compute, compute_used
        What running the encoders may cost, None for no limit, and does cost, None where that is not known.
    labels
        The share of the labels of each task that is bought.
    sources
        The sources to have, by name.
    sources_used
        Those that a transfer uses.
    transfers
        One per target.
    mean_gain, mean_quality
        Means over the targets where they are known.
    p_value
        Share of random policies that do at least as well.
    """

    order: Annotated[int, Field(ge=1)] = 1
    budget: int | Number | None = None
    cost: int | Number | None = None
    compute: int | Number | str | None = None
    compute_used: int | Number | None = None
    labels: Mapping[str, Number] = Field(default_factory=dict)
    sources_used: tuple[str, ...] = ()
    status: str = ""
    objective: Number | None = None
    objective_kind: str = ""
    sources: tuple[str, ...] = ()
    transfers: tuple[EdgeRecord, ...] = ()
    mean_gain: Rate | None = None
    mean_quality: Rate | None = None
    random: RandomRecord | None = None
    p_value: Rate | None = None

    @property
    def spent(self) -> int | float:
        """The budget of labels, or what they cost where there is no such limit."""
        return self.budget if self.budget is not None else self.cost or 0

    @property
    def supervised(self) -> tuple[str, ...]:
        """The tasks whose labels are bought; all sources in records that do not tell labels from sources."""
        return tuple(self.labels) if "labels" in self.model_fields_set else self.sources

    @property
    def key(self) -> tuple[int, float]:
        """Order and budget, which together identify a record."""
        return self.order, math.inf if self.budget is None else float(self.budget)

    def percentiles(self, name: str) -> list[float | None]:
        """Return the 5th, 50th and 95th percentile of random policies; None where none were drawn.

        Parameters
        ----------
        name
            ``gain``, ``quality`` or ``objective``.
        """
        drawn = getattr(self.random, name) if self.random else None
        values = (drawn.p5, drawn.p50, drawn.p95) if drawn else (None, None, None)
        return [value if value is None or math.isfinite(value) else None for value in values]


class ComputationRecord(Record):
    """What computation buys (``computation.json``); labels are not limited.

    Attributes
    ----------
    curve
        One plan per budget of multiply-adds, ascending, with random policies beside.
    encoders
        The best plan with one encoder, two, and so on, as long as another one helps.
    without_labels
        The same among the sources that need no labels; none where there are none.
    """

    curve: tuple[PlanRecord, ...] = ()
    encoders: tuple[PlanRecord, ...] = ()
    without_labels: tuple[PlanRecord, ...] = ()
