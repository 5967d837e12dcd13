"""The task tree groups tasks with similar transfers to others (paper, section 4, "task similarity tree").

The recipe, which gives the paper's four groups back on its published affinities: the logarithm of the
first-order affinities, `t→t` kept; standardised per target; one vector a source over the targets; correlation
distance; average linkage.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from taskaffinity.analysis.tables import matrix
from taskaffinity.errors import InputError, TableError
from taskaffinity.names import RESERVED, shown

_UNQUOTED = re.compile(r"[\w.+/-]+")

LEAST = 1e-12  # an affinity of zero has no logarithm


@dataclass(frozen=True)
class Tree:
    """A dendrogram of source tasks.

    Attributes
    ----------
    leaves
        Names of the S sources, sorted.
    linkage
        SciPy's linkage matrix, float64 (S − 1, 4).
    """

    leaves: tuple[str, ...]
    linkage: np.ndarray

    def clusters(self, count: int) -> list[list[str]]:
        """Cut the tree into `count` clusters, the largest first, names sorted.

        Raises
        ------
        InputError
            `count` is below 1 or above the number of leaves, or equal heights leave no such cut.
        """
        if not 1 <= count <= len(self.leaves):
            raise InputError(
                f"{count} clusters cannot be cut from {len(self.leaves)} tasks; give 1 to that many"
            )
        labels = hierarchy.cut_tree(self.linkage, n_clusters=count)[:, 0]
        groups = [
            [leaf for leaf, of in zip(self.leaves, labels, strict=True) if of == k] for k in set(labels)
        ]
        return sorted(groups, key=lambda group: (-len(group), group))

    def newick(self) -> str:
        """Return the tree as text in Newick's format; a branch is as long as the distance it spans.

        Names of other characters than letters, digits, ``_``, ``.``, ``-``, ``+`` and ``/`` are quoted.
        """

        def write(node: Any, above: float) -> str:
            length = f":{max(above - node.dist, 0.0):.6g}"
            if node.is_leaf():
                return f"{_label(self.leaves[node.id])}{length}"
            return f"({write(node.left, node.dist)},{write(node.right, node.dist)}){length}"

        root = hierarchy.to_tree(self.linkage)
        return f"({write(root.left, root.dist)},{write(root.right, root.dist)});"

    def to_record(self, clusters: int) -> dict[str, Any]:
        """Return plain values, as ``docs/formats.md`` describes ``tree.json``."""
        return {
            "clusters": self.clusters(clusters), "newick": self.newick(), "linkage": self.linkage.tolist(),
            "leaves": list(self.leaves),
        }  # fmt: skip

    def heights(self) -> np.ndarray:
        """Return the height at which two leaves meet: float64 (S, S)."""
        return squareform(hierarchy.cophenet(self.linkage))


def grow(affinities: pd.DataFrame) -> Tree:
    """Grow the tree of a table of affinities.

    Parameters
    ----------
    affinities
        Columns ``target``, ``sources``, ``affinity``; higher orders and reserved names are left out. Where a
        source has no transfer into a target, the target's mean stands in.

    Returns
    -------
    Tree
        Of the sources.

    Raises
    ------
    TableError
        There are fewer than two sources, or one transfers the same everywhere.
    """
    wide = matrix(affinities, "affinity")
    wide = wide[[name for name in wide.columns if name not in RESERVED]]
    if wide.shape[1] < 2:
        raise TableError("a tree needs first-order transfers from at least two tasks; give more")
    logarithms = np.log(wide.to_numpy(float).clip(LEAST))  # (T, S)
    spread = np.nanstd(logarithms, axis=1, keepdims=True)
    scores = (logarithms - np.nanmean(logarithms, axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0)
    vectors = np.nan_to_num(scores).T  # (S, T)
    flat = np.ptp(vectors, axis=1) == 0
    if flat.any():
        name = wide.columns[flat][0]
        raise TableError(
            f"source {shown(name)!r} stands the same to every target, so nothing tells where it belongs; "
            "a tree needs transfers into at least two targets that differ"
        )
    return Tree(tuple(wide.columns), hierarchy.linkage(vectors, "average", metric="correlation"))


def agreement(first: Tree, second: Tree) -> float:
    """Return how far two trees agree on the leaves they share: Pearson's r of the heights where pairs meet.

    Sokal and Rohlf (1962), "The comparison of dendrograms by objective methods".

    Returns
    -------
    float
        In [−1, 1]; 1 where all pairs meet at proportional heights.

    Raises
    ------
    InputError
        They share fewer than three leaves, or one of the trees is a star.
    """
    shared = [leaf for leaf in first.leaves if leaf in second.leaves]
    if len(shared) < 3:
        raise InputError(f"the two trees share {len(shared)} tasks; agreement needs three")
    one, other = (_pair_heights(tree, shared) for tree in (first, second))
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        raise InputError("one of the trees has all its pairs meet at one height; there is nothing to compare")
    return float(np.corrcoef(one, other)[0, 1])


def _label(name: str) -> str:
    """Quote a name where Newick's format asks for it; a quote within is doubled."""
    return name if _UNQUOTED.fullmatch(name) else "'" + name.replace("'", "''") + "'"


def _pair_heights(tree: Tree, leaves: Sequence[str]) -> np.ndarray:
    index = [tree.leaves.index(leaf) for leaf in leaves]
    return tree.heights()[np.ix_(index, index)][np.triu_indices(len(index), 1)]
