import numpy as np
import pytest

from taskaffinity.plots.task_tree import TreeInfo, breaks, cluster_of, plot_task_tree, task_tree_info
from taskaffinity.report.findings import Findings
from taskaffinity.runs.records import TreeRecord


def test_branches_join_at_the_distances_of_the_linkage(findings: Findings) -> None:
    assert findings.tree is not None
    info = task_tree_info(findings.tree)
    assert sorted(info.leaves) == sorted(findings.tree.leaves)
    heights = sorted(max(y for _, y in branch) for branch in info.branches)
    np.testing.assert_allclose(heights, [row[2] for row in findings.tree.linkage])


def test_leaves_stand_at_whole_positions(findings: Findings) -> None:
    assert findings.tree is not None
    info = task_tree_info(findings.tree)
    ends = {x for branch in info.branches for x, y in branch if y == 0}
    assert ends == set(range(len(info.leaves)))


def test_a_single_leaf_is_a_tree_without_branches() -> None:
    assert task_tree_info(TreeRecord(leaves=("a",), linkage=(), clusters=(("a",),))) == TreeInfo(
        ["a"], [], [["a"]]
    )


@pytest.fixture
def small() -> TreeInfo:
    return TreeInfo(["a", "b", "c"], [], [["a"], ["b", "c"]])


def test_breaks_lie_between_clusters(small: TreeInfo) -> None:
    assert breaks(small) == [0.5]


def test_a_task_in_no_cluster_is_alone(small: TreeInfo) -> None:
    assert cluster_of(small, "c", {}) == ["b", "c"]
    assert cluster_of(small, "z", {}) == ["z"]


def test_the_figure_names_the_leaves(findings: Findings) -> None:
    assert findings.tree is not None
    axes = plot_task_tree(task_tree_info(findings.tree), findings.labels).axes[0]
    assert {tick.get_text() for tick in axes.get_yticklabels()} == {
        label.title for label in findings.labels.values()
    }
    assert axes.get_title(loc="left") == "Task tree, 3 clusters"


def test_the_legend_covers_no_branch(findings: Findings) -> None:
    assert findings.tree is not None
    figure = plot_task_tree(task_tree_info(findings.tree), findings.labels)
    figure.canvas.draw()
    (legend,) = figure.legends
    assert not legend.get_window_extent().overlaps(figure.axes[0].get_window_extent())
