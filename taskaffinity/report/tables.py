"""Findings from tables alone: affinities, and where there are any, gain and quality; no run, no pictures."""

import pandas as pd

from taskaffinity.errors import InputError, TableError
from taskaffinity.plots.labels import REFERENCES
from taskaffinity.report.findings import Findings, join_tables, labels_of

CLUSTERS = 4  # as in the paper's task tree
RANDOM_POLICIES = 1000


def findings_of_tables(
    name: str, affinities: pd.DataFrame, gain: pd.DataFrame | None = None, quality: pd.DataFrame | None = None
) -> Findings:
    """Solve every budget of a table and grow its tree.

    Taxonomies are solved for first order, second order, and the highest of the table.

    Parameters
    ----------
    name
        What the page is called.
    affinities
        Columns ``target``, ``sources``, ``affinity``.
    gain, quality
        Win rates of the same transfers, in columns of that name.

    Raises
    ------
    TaskAffinityError
        The table allows no taxonomy at all; the message says why.
    """
    from taskaffinity.analysis.curve import curve
    from taskaffinity.analysis.plan import PlanOptions, PlanTables

    sets = affinities["sources"].astype(str)
    measured = sets[~sets.isin(REFERENCES)]
    highest = int(measured.str.count(r"\+").max()) + 1
    orders = sorted({1, min(2, highest), highest})
    own = affinities["target"].astype(str)[sets == "self"]
    names = {one for members in measured.unique() for one in members.split("+")} | set(own)
    budgets = range(1, len(names) + 1)
    steps = [PlanOptions(budget=budget, order=order) for order in orders for budget in budgets]
    records = curve(PlanTables(affinities, gain, quality), steps, random=RANDOM_POLICIES)
    return Findings(
        name=name,
        labels=labels_of({}, names | set(affinities["target"].astype(str))),
        transfers=join_tables(
            _plain(affinities),
            gain=None if gain is None else _plain(gain),
            quality=None if quality is None else _plain(quality),
        ),
        curve=records,
        order=highest,
        tree=_tree(affinities),
    )


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with names as text, and of several transfer sizes the largest."""
    table = table.astype({"target": str, "sources": str})
    if "transfer_size" in table:
        table = table.sort_values("transfer_size", na_position="first", kind="stable")
    return table.drop_duplicates(["target", "sources"], keep="last")


def _tree(affinities: pd.DataFrame) -> dict[str, object] | None:
    """Grow the tree; none where the table is too small for one."""
    from taskaffinity.analysis.tree import grow

    try:
        tree = grow(affinities)
        return tree.to_record(min(CLUSTERS, len(tree.leaves)))
    except (TableError, InputError):
        return None
