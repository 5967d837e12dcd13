"""Examining data of several domains: how their images and labels differ, on a sample of each."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from taskaffinity.data.domains import DomainsReader, DomainStatistics, compare, statistics_of
from taskaffinity.data.faults import printable
from taskaffinity.data.offer import is_offered
from taskaffinity.data.reader import Reader
from taskaffinity.data.views import Views
from taskaffinity.errors import DataError
from taskaffinity.tasks import discover

SAMPLE = 64  # units of reading, such as images or rooms, of each domain
CLASSES_SHOWN = 12

Advance = Callable[[int], None]


@dataclass(frozen=True)
class DomainsFindings:
    """What the domains of a data set hold.

    Attributes
    ----------
    units
        How many units of reading, such as images, frames or rooms, each domain has.
    statistics
        Of a sample of each.
    tasks
        The domains that carry each task, of the tasks that two or more of them carry.
    warnings, faults
        One line each: what differs between domains, and files of the sample that cannot be used.
    """

    units: Mapping[str, int]
    statistics: Mapping[str, DomainStatistics]
    tasks: Mapping[str, Sequence[str]]
    warnings: Sequence[str]
    faults: Sequence[str]

    def record(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "layout": "domains",
            "units": dict(self.units),
            "statistics": {name: one.record() for name, one in self.statistics.items()},
            "tasks": {name: list(domains) for name, domains in self.tasks.items()},
            "warnings": list(self.warnings),
            "faults": list(self.faults),
        }

    def lines(self) -> list[str]:
        """Say it for people."""
        lines = [f"domains: {len(self.units)}, compared on a sample of each"]
        for name, one in self.statistics.items():
            lines.append(f"{name}: {self.units[name]} units; in the sample {one.line()}")
            for channel, shares in one.classes.items():
                said = ", ".join(
                    f"{label} {share:.0%}" for label, share in list(shares.items())[:CLASSES_SHOWN]
                )
                lines.append(f"  {channel}, {len(shares)} classes: {said}")
            if one.labels:
                said = ", ".join(f"{channel} {value:.3g}" for channel, value in one.labels.items())
                lines.append(f"  90th percentile of absolute values: {said}")
        lines += [f"warning: {line}" for line in self.warnings]
        lines += [f"left out: {line}" for line in self.faults]
        lines.append(f"{len(self.tasks)} tasks are common to two or more domains: {', '.join(self.tasks)}")
        return [printable(line) for line in lines]


def examine_domains(
    reader: "DomainsReader | Reader", progress: Callable[[str, int], Advance]
) -> DomainsFindings:
    """Read a sample of every domain and compare them.

    Raises
    ------
    DataError
        A domain has nothing that can be used, or its colours have another range.
    """
    assert isinstance(reader, DomainsReader)
    statistics, units, faults = {}, {}, []
    for name, part in reader.parts.items():
        units[name] = len(part.units())
        statistics[name], said = _sampled(name, part, progress)
        faults += [f"{name}: {fault}" for fault in said]
    return DomainsFindings(units, statistics, _common_tasks(reader), compare(statistics), faults)


def _sampled(
    name: str, part: Reader, progress: Callable[[str, int], Advance]
) -> tuple[DomainStatistics, list[str]]:
    every = part.units()
    picked = np.unique(np.linspace(0, max(0, len(every) - 1), SAMPLE).round().astype(int))
    chosen = [every[int(place)] for place in picked] if len(every) else []
    advance = progress(f"reading {name}", len(chosen))
    batches, faults = [], []
    for unit in chosen:
        batch = part.read(unit)
        faults += list(batch.faults)
        batches += [batch.views] if len(batch.views) else []
        advance(1)
    if not batches:
        raise DataError(f"data.domains: nothing in {name} can be used ({'; '.join(faults[:3])})")
    views = _joined(batches)
    return statistics_of(views, len(views), part.classes), faults


def _joined(batches: Sequence[Views]) -> Views:
    """Join views; colour comes as uint8 from readers."""
    channels = {
        name: np.concatenate([views.channels[name] for views in batches])
        for name in batches[0].channels
        if all(name in views.channels for views in batches)
    }
    channels["rgb"] = channels["rgb"].astype(np.float32) / 255
    return Views([view for views in batches for view in views.ids], channels)


def _common_tasks(reader: DomainsReader) -> dict[str, list[str]]:
    carried: dict[str, list[str]] = defaultdict(list)
    for name, task in discover().items():
        for domain, part in reader.parts.items():
            if "target" in task.roles and is_offered(task, part.provides, part.classes):
                carried[name].append(domain)
    return {name: domains for name, domains in carried.items() if len(domains) > 1}
