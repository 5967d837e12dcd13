"""Which networks to run within a budget of computation: the same program as a plan's.

Networks are sources, what each predicts are its own heads, and every target takes one network that serves it.
The sum of losses over the targets is least.

Standley et al., "Which Tasks Should Be Learned Together in Multi-task Learning?", ICML 2020, section 6.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from taskaffinity.analysis.groups.networks import Networks
from taskaffinity.analysis.plan.items import COMPUTE, Items, incidence
from taskaffinity.analysis.plan.options import Share, read_compute
from taskaffinity.analysis.plan.program import Program
from taskaffinity.analysis.plan.result import Solution
from taskaffinity.analysis.plan.solver import TIME_LIMIT, Solver
from taskaffinity.errors import InfeasibleError, TableError


@dataclass(frozen=True)
class NetworkChoice:
    """The networks to run within one budget.

    Attributes
    ----------
    compute
        The budget.
    cost
        What the networks cost together.
    networks
        Their names, in the order of the table.
    assignment
        The network of each target: of those chosen, the best in the table that they were chosen on.
    loss
        Sum of the losses over the targets in that table.
    report_assignment, report_loss
        The same in another table, where every target takes the best there of the chosen networks, as Standley
        et al. report it; None where there is none.
    status
        ``optimal``, or ``feasible`` where time ran out before a proof.
    bound
        No choice within the budget has a better sum.
    """

    compute: float
    cost: float
    networks: tuple[str, ...]
    assignment: dict[str, str]
    loss: float
    report_assignment: dict[str, str] | None
    report_loss: float | None
    status: str
    bound: float

    @property
    def gap(self) -> float:
        """How far the sum can be from the best, relative to itself; 0 when optimal."""
        return 0.0 if self.status == "optimal" else abs(self.bound - self.loss) / max(abs(self.loss), 1e-12)

    def to_record(self) -> dict[str, Any]:
        """Return plain values, as ``docs/formats.md`` describes them."""
        record: dict[str, Any] = {
            "compute": self.compute, "networks": list(self.networks), "loss": self.loss,
            "report_loss": self.report_loss, "assignment": self.assignment,
            "report_assignment": self.report_assignment, "cost": self.cost, "status": self.status,
        }  # fmt: skip
        return record if self.status == "optimal" else record | {"bound": self.bound, "gap": self.gap}


def choose(
    networks: Networks,
    budgets: Iterable[float | str | Share],
    *,
    report: Networks | None = None,
    solver: str = "highs",
    time_limit: float | None = TIME_LIMIT,
) -> list[NetworkChoice]:
    """Choose networks within each budget.

    Parameters
    ----------
    networks
        What to choose on: validation losses, early losses, or predicted ones.
    budgets
        What the chosen networks may cost together; a `Share` is of the cost of all networks.
    report
        The same networks, measured elsewhere: test losses of what was chosen on validation losses.
    solver, time_limit
        As for `taskaffinity.analysis.plan.solve`; the limit is per budget.

    Raises
    ------
    InfeasibleError
        A budget cannot pay networks for every target.
    TableError
        The other table lacks a network or a target.
    """
    if report is not None:
        report = aligned(report, networks)
    program = program_of(networks)
    engine = Solver(program, solver, time_limit)
    whole = float(networks.cost.sum())
    chosen = []
    for budget in budgets:
        amount = read_compute(budget)
        amount = amount.value * whole if isinstance(amount, Share) else amount
        solution = engine.solve(np.array([np.inf, amount]))
        used = np.flatnonzero(solution.bought)
        chosen.append(_grouping(networks, report, used, amount, solution))
    return chosen


def program_of(networks: Networks) -> Program:
    """Return the program: networks are sources and what is paid for, all from the budget of computation."""
    unserved = np.flatnonzero(~networks.serves.any(axis=0))
    if len(unserved):
        raise InfeasibleError(
            f"no network serves {networks.targets[unserved[0]]!r}; add one, or leave it out"
        )
    sign = 1.0 if networks.higher_is_better else -1.0
    target, network = np.nonzero(networks.serves.T)
    n, E = len(networks.names), len(target)
    value, unknown = sign * networks.loss[network, target], np.full(E, np.nan)
    return Program(
        targets=networks.targets, sources=networks.names,
        items=Items(
            networks.names, networks.cost.astype(float), np.full(n, COMPUTE),
            incidence([[network] for network in range(n)], n),
        ),
        target=target, members=incidence(network[:, None].tolist(), n), own=np.zeros(E, bool), value=value,
        affinity=value, gain=unknown, quality=unknown, row=np.arange(E),
        importance=np.ones(len(networks.targets)), required=np.zeros(n, bool), forces_own=False,
        objective="affinity", order=1,
    ).sorted()  # fmt: skip


def _grouping(
    networks: Networks,
    report: Networks | None,
    used: np.ndarray,
    amount: float,
    solution: Solution,
) -> NetworkChoice:
    assignment, loss = assign(networks, used)
    reported = (None, None) if report is None else assign(report, used)
    return NetworkChoice(
        compute=amount,
        cost=float(networks.cost[used].sum()),
        networks=tuple(networks.names[network] for network in used),
        assignment=assignment,
        loss=loss,
        report_assignment=reported[0],
        report_loss=reported[1],
        status="optimal" if solution.proven else "feasible",
        bound=solution.bound if networks.higher_is_better else -solution.bound,
    )


def assign(networks: Networks, used: np.ndarray) -> tuple[dict[str, str], float]:
    """Give every target the best of some networks, the first of equals.

    Parameters
    ----------
    networks
        The table.
    used
        int (k,), the networks that are run, ascending.

    Returns
    -------
    dict
        The network of each target.
    float
        The sum of their losses.
    """
    sign = -1.0 if networks.higher_is_better else 1.0
    loss = np.where(networks.serves[used], sign * networks.loss[used], np.inf)  # (k, T)
    best = used[loss.argmin(axis=0)]
    names = {target: networks.names[network] for target, network in zip(networks.targets, best, strict=True)}
    return names, float(networks.loss[best, np.arange(len(best))].sum())


def aligned(other: Networks, networks: Networks) -> Networks:
    """Return another table with the networks and targets in the order of the first.

    Raises
    ------
    TableError
        It lacks a network or a target, or does not have the loss of a network on a target.
    """
    for what, mine, theirs in (
        ("network", networks.names, other.names),
        ("target", networks.targets, other.targets),
    ):
        missing = [name for name in mine if name not in set(theirs)]
        if missing:
            raise TableError(f"the table to report lacks {what} {missing[0]!r}; give the same networks")
    rows = [other.names.index(name) for name in networks.names]
    columns = [other.targets.index(name) for name in networks.targets]
    loss = other.loss[np.ix_(rows, columns)]
    lost = np.argwhere(networks.serves & np.isnan(loss))
    if len(lost):
        network, target = lost[0]
        raise TableError(
            f"the table to report lacks the loss of network {networks.names[network]!r} on "
            f"{networks.targets[target]!r}; give the same networks"
        )
    return Networks(networks.names, networks.cost, networks.targets, loss, networks.higher_is_better)
