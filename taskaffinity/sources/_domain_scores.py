"""Scores of networks across domains, at the end of a run, from their recorded weights."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import torch

from taskaffinity.analysis.domains import (
    ON_TARGET,
    SELECTIONS,
    Candidate,
    Metric,
    compare_methods,
    interval,
    select,
)
from taskaffinity.models.networks import TaskNetwork
from taskaffinity.outputs import Classes
from taskaffinity.runs.domains import (
    ADAPTATION,
    GENERALISATION,
    AdaptationRow,
    GeneralisationRow,
    write_rows,
)
from taskaffinity.runs.folder import RunFolder
from taskaffinity.tasks import Task
from taskaffinity.training.bench import Bench
from taskaffinity.training.examples import FIXED, chunks
from taskaffinity.training.loop import autocast

if TYPE_CHECKING:
    from taskaffinity.sources.adapted import AdaptedSource

log = logging.getLogger(__name__)


@dataclass
class DomainScores:
    """Scores the adapted networks of a run, and the own networks of their targets.

    Attributes
    ----------
    bench
        Where it runs.
    folder
        The run; all its sources are there.
    """

    bench: Bench
    folder: RunFolder
    _own: dict[str, np.ndarray] = field(default_factory=dict)

    def metric(self, task: Task) -> Metric:
        """Return what a task is scored by: accuracy where it has classes of images, else its loss."""
        return "accuracy" if isinstance(self.bench.experiment.output(task), Classes) else "loss"

    def of(self, source: "AdaptedSource", task: Task, split: str) -> np.ndarray:
        """Score the network of a source on a task: float (N,), NaN without a label or where it diverged."""
        facts = self.folder.source_facts(source.name) or {}
        if facts.get("diverged"):
            return np.full(len(self.bench.examples(task, split)), np.nan)
        network = source.network(self.bench, self.folder.source_weights(source.name))
        return self._scores(network, task, split)

    def of_own(self, task: Task) -> np.ndarray:
        """Score the own network of a task on its test images."""
        if task.name not in self._own:
            network = self.bench.recorded_network(task, self.folder.source_weights(task.name))
            self._own[task.name] = self._scores(network, task, "test")
        return self._own[task.name]

    def _scores(self, network: TaskNetwork, task: Task, split: str) -> np.ndarray:
        examples, precision = self.bench.examples(task, split), self.bench.experiment.config.source.precision
        if self.metric(task) == "loss":
            losses = self.bench.own_losses(task, network, examples, precision)
            return losses.double().cpu().numpy()
        right = []
        with torch.inference_mode():
            for index in chunks(len(examples), self.bench.evaluation_batch(task)):
                images, truth = examples.batch(index, FIXED)
                with autocast(precision, self.bench.device):
                    classes = network.predict(self.bench.to_device(images)).argmax(1).cpu()
                hits = (classes == truth.value).double()
                right.append(torch.where(truth.valid, hits, torch.nan))
        return torch.cat(right).numpy()


def adaptation_rows(scores: DomainScores, sources: "Sequence[AdaptedSource]") -> list[AdaptationRow]:
    """Compare the methods of every pair of domains, train on target beside them."""
    rows = []
    pairs = [source for source in sources if len(source.labelled) == 1 and source.heads]
    pairs = [source for source in pairs if source.is_adaptation]

    def key(source: "AdaptedSource") -> tuple[str, str]:
        return source.labelled[0].name, source.targets[0].name

    for _, same_pair in groupby(sorted(pairs, key=key), key):
        members = list(same_pair)
        first, target = members[0], members[0].targets[0]
        values = {source.method: scores.of(source, target, "test") for source in _in_order(members)}
        values[ON_TARGET] = scores.of_own(target)
        metric = scores.metric(target)
        for one in compare_methods(values, metric):
            if np.isfinite([one.value, one.low, one.high]).all():
                rows.append(
                    AdaptationRow(
                        task=target.base_name, source_domain=first.labelled[0].domain,
                        target_domain=target.domain, metric=metric, **vars(one),
                    )
                )  # fmt: skip
    return rows


def _in_order(members: "Sequence[AdaptedSource]") -> "list[AdaptedSource]":
    """Sort the networks of one pair as the configuration names their methods."""
    order: list[str] = list(members[0].run.config.adaptation.methods)
    return sorted(members, key=lambda source: order.index(source.method))


def generalisation_rows(scores: DomainScores, sources: "Sequence[AdaptedSource]") -> list[GeneralisationRow]:
    """Choose among the networks that left one domain out, in each of the three ways."""
    left_out = [source for source in sources if not source.is_adaptation]
    alone: dict[tuple[str, str, str], list[AdaptedSource]] = defaultdict(list)
    in_turn: dict[tuple[str, str, float], list[AdaptedSource]] = defaultdict(list)
    for source in left_out:
        task = source.targets[0]
        if len(source.targets) == 1:
            alone[task.base_name, task.domain, source.method].append(source)
        else:
            in_turn[task.base_name, source.method, source.strength].append(source)
    rows = []
    for (name, domain, method), members in alone.items():
        task = members[0].targets[0]
        candidates = [
            _candidate(scores, source, task, in_turn[name, method, source.strength]) for source in members
        ]
        rows += _chosen(candidates, task, domain, method, scores.metric(task))
    return rows


def _candidate(
    scores: DomainScores, source: "AdaptedSource", task: Task, in_turn: "Sequence[AdaptedSource]"
) -> Candidate:
    """Score a network that left `task` out, and those that left one training domain out as well."""
    others = [
        np.nanmean(scores.of(one, left, "validation"))
        for one in in_turn
        for left in one.targets
        if task in one.targets and left != task
    ]
    return Candidate(
        source.strength,
        float(np.mean([np.nanmean(scores.of(source, one, "validation")) for one in source.labelled])),
        float(np.mean(others)) if others else float("nan"),
        float(np.nanmean(scores.of(source, task, "validation"))),
        scores.of(source, task, "test"),
    )


def _chosen(
    candidates: Sequence[Candidate], task: Task, domain: str, method: str, metric: Metric
) -> list[GeneralisationRow]:
    rows = []
    for selection in SELECTIONS:
        chosen = select(candidates, selection, metric)
        if chosen is None:
            continue
        value, low, high = interval(chosen.test)
        rows.append(
            GeneralisationRow(
                task=task.base_name, target_domain=domain, method=method, selection=selection,
                strength=chosen.strength, metric=metric, value=value, low=low, high=high,
            )
        )  # fmt: skip
    return rows


def write_domains(bench: Bench, sources: "Sequence[AdaptedSource]", folder: RunFolder) -> None:
    """Record the tables of a run over domains; they are removed where it adapted nothing."""
    scores = DomainScores(bench, folder)
    rows = adaptation_rows(scores, sources)
    for row in rows:
        if row.share_of_gap is None and row.method not in ("source_only", ON_TARGET):
            log.info(
                "domains: %s from %s to %s: the share of the gap of %s is not defined, as train on target is "
                "not surely better than source only (or source only was not measured)",
                row.task, row.source_domain, row.target_domain, row.method,
            )  # fmt: skip
    write_rows(folder, ADAPTATION, AdaptationRow, rows)
    write_rows(folder, GENERALISATION, GeneralisationRow, generalisation_rows(scores, sources))
