"""Whether two measurements rank the sources of a target alike."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from taskaffinity.analysis.names import RANDOM, RESERVED
from taskaffinity.analysis.tables import matrix
from taskaffinity.errors import InputError

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
        `scratch` are left out; `random` counts. A target with fewer than three such sources, or on which one
        side ranks all alike, is left out.

    Raises
    ------
    InputError
        No target can be compared.
    """
    names = our_names()
    one, other = (_ours(matrix(table, "affinity"), names) for table in (first, second))
    found = {}
    for target in sorted(set(one.index) & set(other.index)):
        shared = [name for name in one.columns if name in other.columns and name != target]
        pair = pd.DataFrame({"one": one.loc[target, shared], "other": other.loc[target, shared]}).dropna()
        if len(pair) >= LEAST and pair.nunique().min() > 1:
            found[str(target)] = float(stats.spearmanr(pair["one"], pair["other"]).statistic)
    if not found:
        raise InputError(
            f"the two sides share no target with at least {LEAST} first-order sources; "
            "names are matched through the dictionary (`taskaffinity tasks list --json` has them)"
        )
    return {"mean": float(np.mean(list(found.values()))), "targets": found}


def our_names() -> dict[str, str]:
    """Return our name of each published key; `random` stays, being the same on both sides."""
    from taskaffinity.tasks import discover

    keys = {task.published: task.name for task in discover().values() if task.published}
    return {key: name for key, name in keys.items() if key != RANDOM}


def _ours(wide: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Rename a matrix to our names, without the reserved ones but `random`."""
    kept = wide[[name for name in wide.columns if name not in RESERVED or name == RANDOM]]
    return kept.rename(index=names, columns=names)
