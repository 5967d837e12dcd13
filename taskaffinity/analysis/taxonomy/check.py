"""Whether a taxonomy keeps the rules, told from the tables alone.

Nothing of the program is used here, so that the solver is checked by something that does not share its
mistakes.
"""

from collections.abc import Collection, Mapping

import pandas as pd

from taskaffinity.analysis.names import RESERVED, SELF, join, split
from taskaffinity.analysis.taxonomy.result import Taxonomy, Transfer


def is_feasible(
    taxonomy: Taxonomy,
    affinities: pd.DataFrame,
    *,
    label_cost: Mapping[str, float] | None = None,
    exclude: Collection[str] = (),
    require: Collection[str] = (),
    novel: Collection[str] = (),
) -> bool:
    """Tell whether a taxonomy keeps every rule; `faults` says which it breaks."""
    return not faults(
        taxonomy, affinities, label_cost=label_cost, exclude=exclude, require=require, novel=novel
    )


def faults(
    taxonomy: Taxonomy,
    affinities: pd.DataFrame,
    *,
    label_cost: Mapping[str, float] | None = None,
    exclude: Collection[str] = (),
    require: Collection[str] = (),
    novel: Collection[str] = (),
) -> list[str]:
    """List the rules that a taxonomy breaks.

    Parameters
    ----------
    taxonomy
        The taxonomy.
    affinities
        The table it was chosen from.
    label_cost, exclude, require, novel
        As they were given to the solver.

    Returns
    -------
    list
        One line per fault; empty where there is none.
    """
    costs = label_cost or {}
    bought = set(taxonomy.sources)
    cost = sum(costs.get(name, 1.0) for name in taxonomy.sources)
    found = []
    if len(bought) < len(taxonomy.sources):
        found.append("a source is bought twice")
    if cost > taxonomy.budget + 1e-6:
        found.append(f"the sources cost {cost:g}, above the budget {taxonomy.budget:g}")
    if abs(cost - taxonomy.cost) > 1e-6:
        found.append(f"the sources cost {cost:g}, not {taxonomy.cost:g}")
    found += [f"{name} cannot be bought" for name in sorted(bought & {*exclude, *novel, *RESERVED})]
    found += [f"{name} is required and not bought" for name in sorted(set(require) - bought)]
    if sorted(t.target for t in taxonomy.transfers) != sorted(set(affinities["target"])):
        found.append("not exactly one transfer into each target")
    known: dict[tuple[str, str], list[float]] = {}
    for row in affinities.itertuples():
        known.setdefault((str(row.target), join(split(str(row.sources)))), []).append(float(row.affinity))  # type: ignore[arg-type]
    for transfer in taxonomy.transfers:
        found += _transfer_faults(transfer, bought, known, taxonomy.order)
    return found


def _transfer_faults(
    transfer: Transfer, bought: set[str], known: dict[tuple[str, str], list[float]], order: int
) -> list[str]:
    target, sources = transfer.target, join(transfer.sources)
    has_own = (target, SELF) in known
    found = [f"{target} needs {name}, which is not bought" for name in transfer.sources if name not in bought]
    if len(transfer.sources) > order:
        found.append(f"{target} takes {len(transfer.sources)} sources, above the order {order}")
    if has_own and target in bought and sources != target:
        found.append(f"{target} is bought and does not use its own network")
    row = (target, SELF if has_own and sources == target else sources)
    if not any(abs(value - transfer.affinity) <= 1e-9 for value in known.get(row, [])):
        found.append(f"{target} from {sources} with affinity {transfer.affinity:g} is not in the table")
    return found


def objective_of(
    taxonomy: Taxonomy,
    *,
    importance: Mapping[str, float] | None = None,
) -> float:
    """Compute the objective of a taxonomy from its transfers."""
    weights = importance or {}
    return sum(
        weights.get(transfer.target, 1.0) * _worth(transfer, taxonomy.objective_kind)
        for transfer in taxonomy.transfers
    )


def _worth(transfer: Transfer, kind: str) -> float:
    """Value of a transfer under an objective."""
    if kind == "sqrt":
        return min(max(transfer.affinity, 0.0) ** 0.5, 1.0) if transfer.affinity > 1e-10 else 1e-5
    value = {"affinity": transfer.affinity, "gain": transfer.gain, "quality": transfer.quality}[kind]
    if value is None:
        raise ValueError(f"{transfer.target} has no {kind}")
    return value
