"""Which tasks to train together: networks chosen within a budget of computation.

- `Networks` is a table of networks with their costs and losses, `read_networks` reads one.
- `choose` finds the networks to run within each budget, and reports them on another table.
- `from_pairs` predicts large networks from pairs (HOA); early losses (ESA) are another table to choose on;
  `groups_of_affinities` predicts groups from pairwise affinities (TAG), `groups_of_gains` takes measured
  gains.
"""

from taskaffinity.analysis.groups.affinity import groups_of_affinities
from taskaffinity.analysis.groups.choose import NetworkChoice, choose
from taskaffinity.analysis.groups.gains import groups_of_gains
from taskaffinity.analysis.groups.networks import Networks, read_networks
from taskaffinity.analysis.groups.pairs import from_pairs
from taskaffinity.analysis.groups.published import read_gain_tables, read_task_grouping

__all__ = [
    "NetworkChoice", "Networks", "choose", "from_pairs", "groups_of_affinities", "groups_of_gains",
    "read_gain_tables", "read_networks", "read_task_grouping",
]  # fmt: skip
