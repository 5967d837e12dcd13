"""The networks of a run that predict targets themselves: their costs, and their losses at several stages."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from taskaffinity.analysis.groups.bases import only_finite, relative
from taskaffinity.analysis.groups.heads import OwnHead, own_heads, targets_of
from taskaffinity.analysis.groups.networks import Networks
from taskaffinity.errors import RunError
from taskaffinity.names import SELF
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.opening import load_run

Interference = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class RunNetworks:
    """Networks of a run, each serving the targets that it predicts itself.

    Costs are those of one encoder, relative to a task's own network. Losses are relative to those of the
    target's own network, so that targets in different units can be added up.

    Attributes
    ----------
    validation, test
        Losses on the two splits; `validation` are those of the checkpoints that were kept.
    early
        Validation losses at the first checkpoint; None where some are not recorded.
    interference
        What tasks do to each other's losses, by the way it was measured, in the network of most tasks where
        that was recorded.
    """

    validation: Networks
    test: Networks
    early: Networks | None = None
    interference: Mapping[str, Interference] = field(default_factory=dict)


def networks_of_run(folder: RunFolder) -> RunNetworks:
    """Read the networks of a finished run.

    Raises
    ------
    RunError
        The run is not finished, has no network of several targets, or does not know what encoders cost.
    """
    run = load_run(folder.path)
    sources, performance = run.sources_table, run.performance
    if sources is None or performance is None or sources["encoder_operations"].isna().all():
        raise RunError(f"{folder.path} does not record what its networks cost; run it again")
    loss = dict(zip(zip(performance["target"], performance["sources"], strict=True), performance["loss"],
                    strict=True))  # fmt: skip
    heads = [head for head in own_heads(sources) if (head.target, head.cell) in loss]
    if all(len(targets) < 2 for targets in targets_of(heads).values()):
        raise RunError(f"{folder.path} has no network of several tasks; declare some of kind joint")
    cost = _costs(sources)
    test = only_finite(_gathered(heads, cost, lambda head: float(loss[head.target, head.cell])))
    heads = [head for head in heads if head.source in test.names]
    validation = _gathered(heads, cost, lambda head: _validation(folder, head))
    early = _gathered(heads, cost, lambda head: _early(folder, head))
    return RunNetworks(
        _relative(validation), _relative(test), None if np.isnan(early.loss[test.serves]).any()
        else _relative(early), _interference(folder, heads),
    )  # fmt: skip


def _costs(sources: pd.DataFrame) -> dict[str, float]:
    """Return the cost of each encoder, relative to the dearest of the tasks' own networks."""
    own = sources.loc[sources["kind"] == "task", "encoder_operations"]
    unit = float(own.max()) if len(own) else 1.0
    return dict(zip(sources["source"], sources["encoder_operations"].astype(float) / unit, strict=True))


def _gathered(
    heads: list[OwnHead], cost: Mapping[str, float], loss_of: Callable[[OwnHead], float]
) -> Networks:
    names = tuple(targets_of(heads))
    targets = tuple(sorted({head.target for head in heads}))
    loss = np.full((len(names), len(targets)), np.nan)
    for head in heads:
        loss[names.index(head.source), targets.index(head.target)] = loss_of(head)
    return Networks(names, np.array([cost[name] for name in names]), targets, loss)


def _relative(networks: Networks) -> Networks:
    """Divide by the losses of own networks, or by the least where a target has none."""
    reference = {}
    for column, target in enumerate(networks.targets):
        own = networks.names.index(target) if target in networks.names else None
        value = networks.loss[own, column] if own is not None else np.nan
        reference[target] = float(value if value > 0 else np.nanmin(networks.loss[:, column]))
    return relative(networks, reference)


def _validation(folder: RunFolder, head: OwnHead) -> float:
    facts = folder.cell(head.target, head.cell)
    if facts is None or facts.validation is None:
        raise RunError(f"{folder.path}: the cell {head.cell} of {head.target} has no validation loss")
    return facts.validation


def _early(folder: RunFolder, head: OwnHead) -> float:
    """Return the validation loss of a head at the first checkpoint; NaN where that is not recorded."""
    facts = folder.source(head.source)
    if facts is None:
        return math.nan
    course = facts.course if head.cell == SELF else facts.courses.get(head.target, ())
    return math.nan if not course or course[0] is None else float(course[0])


def _interference(folder: RunFolder, heads: list[OwnHead]) -> Mapping[str, Interference]:
    by_size = sorted(targets_of(heads).items(), key=lambda item: (-len(item[1]), item[0]))
    for source, _ in by_size:
        facts = folder.source(source)
        if facts is not None and facts.interference:
            return facts.interference
    return {}
