import re

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.cluster import hierarchy
from support.affinities import published, random_table

from taskaffinity.analysis.tables import read_table
from taskaffinity.analysis.tree import agreement, grow
from taskaffinity.errors import InputError, TableError

GROUPS = {
    "3D": {"curvature", "edge3d", "keypoint3d", "reshade", "rgb2depth", "rgb2mist", "rgb2sfnorm",
           "segment25d"},
    "2D": {"autoencoder", "colorization", "denoise", "edge2d", "impainting_whole", "keypoint2d", "segment2d"},
    "geometric": {"ego_motion", "fix_pose", "jigsaw", "non_fixated_pose", "point_match", "room_layout",
                  "vanishing_point_well_defined"},
    "semantic": {"class_1000", "class_selected", "class_places", "segmentsemantic_rb"},
}  # fmt: skip


@pytest.mark.parametrize("name", ["all_affinities.pkl", "all_affinities_1k.pkl"])
def test_the_four_groups_of_the_paper(name: str) -> None:
    clusters = grow(read_table(published(name), "affinity")).clusters(4)
    assert len(clusters) == 4
    for cluster in clusters:
        assert any(set(cluster) == group & {n for c in clusters for n in c} for group in GROUPS.values())


@pytest.mark.parametrize("count", [1, 2, 4, 7])
def test_clusters_part_the_leaves(count: int) -> None:
    tree = grow(random_table(1, share=2))
    clusters = tree.clusters(count)
    assert len(clusters) == count
    assert sorted(name for cluster in clusters for name in cluster) == list(tree.leaves)


def test_newick_says_how_far_apart_leaves_are() -> None:
    tree = grow(random_table(1, share=2))
    graph = nx.Graph()
    text = tree.newick()
    for number in range(text.count("(")):  # fold the innermost pair into a node until one is left
        pair = re.search(r"\(([^(),]+):([\d.e-]+),([^(),]+):([\d.e-]+)\)", text)
        assert pair is not None
        graph.add_edge(pair[1], f"n{number}", weight=float(pair[2]))
        graph.add_edge(pair[3], f"n{number}", weight=float(pair[4]))
        text = text.replace(pair[0], f"n{number}")
    assert text == f"n{len(tree.leaves) - 2};"
    lengths = dict(nx.all_pairs_dijkstra_path_length(graph))
    for i, one in enumerate(tree.leaves):
        for j, other in enumerate(tree.leaves[:i]):
            assert lengths[one][other] == pytest.approx(2 * tree.heights()[i, j], abs=1e-4)


def test_linkage_is_scipys() -> None:
    tree = grow(random_table(2, share=2))
    assert hierarchy.is_valid_linkage(tree.linkage)
    np.testing.assert_array_equal(tree.to_record(2)["linkage"], tree.linkage)


def test_a_tree_agrees_with_itself_in_any_order_and_less_with_another() -> None:
    table = random_table(3, tasks=6, share=2)
    shuffled = table.sample(frac=1.0, random_state=0)
    assert agreement(grow(table), grow(shuffled)) == pytest.approx(1.0)
    assert agreement(grow(table), grow(random_table(4, tasks=6, share=2))) < 0.99


def test_a_missing_transfer_is_the_mean() -> None:
    table = random_table(5, share=2)
    assert len(grow(table[~((table["target"] == "t0") & (table["sources"] == "t1"))]).leaves) == 7


def test_bad_input() -> None:
    tree = grow(random_table(1, share=2))
    for count in (0, 8):
        with pytest.raises(InputError, match="clusters cannot be cut"):
            tree.clusters(count)
    alone = pd.DataFrame([("a", "b", 0.5)], columns=["target", "sources", "affinity"])
    with pytest.raises(TableError, match="at least two tasks"):
        grow(alone)


@pytest.mark.parametrize("name", ["depth (z)", "it's", "a:b", "a,b", "a;b", "[a]", "''", "ä b"])
def test_names_come_back_from_newick(name: str) -> None:
    tree = grow(pd.DataFrame({
        "target": ["t", "t", "u", "u", "t", "u"], "sources": [name, "y", name, "y", "z", "z"],
        "affinity": [0.1, 0.4, 0.3, 0.2, 0.5, 0.6],
    }))  # fmt: skip
    labels = re.findall(r"'((?:[^']|'')*)'", tree.newick())
    assert [label.replace("''", "'") for label in labels] == [name]


def test_plain_names_are_not_quoted() -> None:
    tree = grow(pd.DataFrame({
        "target": ["t", "t", "u", "u"], "sources": ["depth_zbuffer", "y.1", "depth_zbuffer", "y.1"],
        "affinity": [0.1, 0.4, 0.3, 0.2],
    }))  # fmt: skip
    assert "'" not in tree.newick()
