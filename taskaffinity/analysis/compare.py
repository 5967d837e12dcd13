"""Whether two measurements rank the sources of a target in the same order."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from taskaffinity.analysis.tables import matrix
from taskaffinity.errors import InputError
from taskaffinity.names import RANDOM, RESERVED

LEAST = 3  # sources that a rank correlation needs to say anything


def compare(first: pd.DataFrame, second: pd.DataFrame) -> dict[str, Any]:
    """Correlate the ranks of first-order sources per target.

    Parameters
    ----------
    first, second
        Columns ``target``, ``sources``, ``affinity``. Names are ours or Taskonomy's, matched through the
        dictionary.

    Returns
    -------
    dict
        ``mean`` and ``targets``: Spearman's ρ in [−1, 1], over the sources both sides have. `self`, `t→t` and
        `scratch` are left out; `random` counts. ``left_out``: the targets that both sides have and on which
        nothing can be said, with the reason.

    Raises
    ------
    InputError
        No target can be compared.
    """
    names = our_names()
    one, other = (_ours(matrix(table, "affinity"), names) for table in (first, second))
    ranked: dict[str, float] = {}
    left_out: dict[str, str] = {}
    for target in sorted(set(one.index) & set(other.index)):
        shared = [name for name in one.columns if name in other.columns and name != target]
        pair = pd.DataFrame({"one": one.loc[target, shared], "other": other.loc[target, shared]}).dropna()
        if len(pair) < LEAST:
            left_out[str(target)] = f"{len(pair)} sources in common, {LEAST} are needed"
        elif pair.nunique().min() < 2:
            left_out[str(target)] = "one side ranks all sources alike"
        else:
            ranked[str(target)] = float(stats.spearmanr(pair["one"], pair["other"]).statistic)
    if not ranked:
        raise InputError(
            f"the two sides share no target with at least {LEAST} first-order sources; "
            "names are matched through the dictionary (`taskaffinity tasks list --json` has them)"
        )
    return {"mean": float(np.mean(list(ranked.values()))), "targets": ranked, "left_out": left_out}


def our_names() -> dict[str, str]:
    """Return our name of each published key; `random` stays, being the same on both sides."""
    from taskaffinity.tasks import discover

    keys = {task.published: task.name for task in discover().values() if task.published}
    return {key: name for key, name in keys.items() if key != RANDOM}


def _ours(wide: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Rename a matrix to our names, without the reserved ones but `random`."""
    kept = wide[[name for name in wide.columns if name not in RESERVED or name == RANDOM]]
    return kept.rename(index=names, columns=names)
