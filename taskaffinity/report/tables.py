"""Findings from tables alone: affinities, and where there are any, gain and quality; no run, no pictures."""

from taskaffinity.errors import InputError, TableError
from taskaffinity.report.findings import Findings, joined, labels_of
from taskaffinity.runs.affinities import Affinities
from taskaffinity.runs.computation import computation_of
from taskaffinity.runs.records import TreeRecord
from taskaffinity.text import one_line

CLUSTERS = 4  # as in the paper's task tree
RANDOM_POLICIES = 1000


def findings_of_tables(name: str, found: Affinities) -> Findings:
    """Solve every budget of a table and grow its tree.

    Plans are solved for first order, second order, and the highest of the table.

    Parameters
    ----------
    name
        What the page is called.
    found
        The tables.

    Raises
    ------
    TaskAffinityError
        The table allows no plan at all; the message says why.
    """
    highest = found.highest_order
    orders = sorted({1, min(2, highest), highest})
    return Findings(
        name=one_line(name),
        labels=labels_of(found),
        transfers=joined(found),
        curve=found.solved_curve(orders=orders, random=RANDOM_POLICIES),
        order=highest,
        sanity=found.sanity_record,
        tree=_tree(found),
        unknown=found.unknown,
        computation=computation_of(found),
        sources=found.sources_table,
    )


def _tree(found: Affinities) -> TreeRecord | None:
    """Grow the tree; none where the table is too small for one."""
    try:
        tree = found.tree()
        return TreeRecord.model_validate(tree.to_record(min(CLUSTERS, len(tree.leaves))))
    except (TableError, InputError):
        return None
