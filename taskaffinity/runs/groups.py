"""Which networks of a run to use within budgets of computation, by every basis that the run allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from taskaffinity.analysis.groups.bases import (
    LARGE,
    BasisResult,
    by_interference,
    random_choices,
    result_of,
)
from taskaffinity.analysis.groups.networks import Networks
from taskaffinity.analysis.groups.pairs import from_pairs
from taskaffinity.analysis.plan.options import Share, read_compute
from taskaffinity.errors import InfeasibleError, InputError, TableError
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.networks import RunNetworks, networks_of_run

MEASURED, PAIRS, EARLY, GRADIENTS = "all", "pairs", "early", "gradients"
LOOKAHEAD = "lookahead"  # what tasks do to each other as a step shows it; `gradients` is linear


@dataclass(frozen=True)
class GroupsOfRun:
    """Choices of networks.

    Attributes
    ----------
    budgets
        What the networks may cost together; a task's own network costs 1.
    basis
        What was asked for.
    bases
        Every basis that the run allows, by name.
    random
        The mean sum of test losses of random networks within each budget; None where none serves all targets.
    best
        The least sum of test losses within each budget; None where no choice serves all targets.
    """

    budgets: list[float]
    basis: str
    bases: dict[str, BasisResult]
    random: list[float | None]
    best: list[float | None]

    @property
    def chosen(self) -> BasisResult:
        """The choices by the basis that was asked for."""
        return self.bases[self.basis]

    def records(self) -> list[dict[str, Any]]:
        """Return plain values: one record a budget that can be met, as ``docs/formats.md`` describes them."""
        records = []
        for position, choice in enumerate(self.chosen.choices):
            if choice is None:
                continue
            others = {
                name: {"networks": list(one.networks), "report_loss": one.report_loss}
                for name, result in self.bases.items()
                if (one := result.choices[position]) is not None
            }
            beside = {
                "from": self.basis, "bases": others, "random_loss": self.random[position],
                "best_loss": self.best[position],
            }  # fmt: skip
            records.append(choice.to_record() | beside)
        return records


def groups_of_run(
    path: Path, budgets: Sequence[float | str | Share] | None = None, basis: str = MEASURED,
    time_limit: float | None = 600.0,
) -> GroupsOfRun:  # fmt: skip
    """Choose networks of a run within budgets of computation.

    Parameters
    ----------
    path
        The run.
    budgets
        What the networks may cost together; 1 to the number of targets when left out.
    basis
        ``all`` (measured validation losses), ``pairs``, ``early`` or ``gradients``.
    time_limit
        Seconds for each budget and basis.

    Raises
    ------
    RunError
        The run is not finished, or has no network of several tasks.
    InputError
        The run does not allow the basis.
    InfeasibleError
        No budget can pay networks for every target.
    """
    networks = networks_of_run(RunFolder(path))
    whole = float(networks.test.cost.sum())
    amounts = [_amount(budget, whole) for budget in budgets or range(1, len(networks.test.targets) + 1)]
    tables, reasons = _bases(networks)
    if basis not in tables:
        raise InputError(f"--from {basis}: {reasons[basis]}")
    bases = {
        name: result_of(table, networks.test, amounts, LARGE if name == PAIRS else 2, time_limit)
        for name, table in tables.items()
    }
    if all(choice is None for choice in bases[basis].choices):
        raise InfeasibleError(
            f"no networks within a computation of {max(amounts):g} predict all targets; raise --compute"
        )
    best = result_of(networks.test, networks.test, amounts, time_limit=time_limit).choices
    return GroupsOfRun(
        amounts, basis, bases, [_random(networks, amount) for amount in amounts],
        [None if one is None else one.report_loss for one in best],
    )  # fmt: skip


def _bases(networks: RunNetworks) -> tuple[dict[str, Networks], dict[str, str]]:
    """Return what can be chosen on, and why the rest cannot."""
    tables, reasons = {MEASURED: networks.validation}, {}
    try:
        tables[PAIRS] = from_pairs(networks.validation)
    except TableError as error:
        reasons[PAIRS] = str(error)
    if networks.early is None:
        reasons[EARLY] = "some networks of the run have no recorded loss at an early checkpoint"
    else:
        tables[EARLY] = networks.early
    interference = networks.interference.get(LOOKAHEAD, {})
    lacking = [name for name in networks.test.targets if name not in interference]
    if lacking:
        reasons[GRADIENTS] = (
            f"no joint network with {lacking[0]} was trained with `interference`; declare one of all targets"
        )
    else:
        tables[GRADIENTS] = by_interference(networks.test, interference)
    return tables, reasons


def _amount(budget: float | str | Share, whole: float) -> float:
    amount = read_compute(budget)
    return amount.value * whole if isinstance(amount, Share) else float(amount)


def _random(networks: RunNetworks, budget: float) -> float | None:
    sums = random_choices(networks.test, budget)
    return float(np.mean(sums)) if sums else None
