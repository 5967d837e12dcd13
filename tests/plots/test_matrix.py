import numpy as np
import pandas as pd
import pytest

from taskaffinity.plots.affinity_matrix import affinity_matrix_info, plot_affinity_matrix
from taskaffinity.plots.matrix import MatrixInfo, clustered, leaf_order, matrix_info
from taskaffinity.plots.performance_matrix import performance_matrix_info, plot_performance_matrix
from taskaffinity.report.findings import Findings


def test_only_first_order_transfers_of_tasks_are_laid_out(findings: Findings) -> None:
    info = matrix_info(findings.transfers, "affinity", findings.labels)
    assert info.sources == [
        "autoencoding",
        "denoising",
        "normal",
        "depth_zbuffer",
        "jigsaw",
        "segment_semantic",
    ]
    assert info.targets == ["autoencoding", "denoising", "normal", "depth_zbuffer", "segment_semantic"]
    row = findings.transfers.query("target == 'normal' and sources == 'jigsaw'").iloc[0]
    assert info.values[info.sources.index("jigsaw"), info.targets.index("normal")] == row["affinity"]


def test_what_was_not_measured_is_nan() -> None:
    table = pd.DataFrame({"target": ["a", "b"], "sources": ["a", "b"], "affinity": [0.5, 0.25]})
    info = matrix_info(table, "affinity", {})
    np.testing.assert_array_equal(np.isnan(info.values), [[False, True], [True, False]])
    np.testing.assert_array_equal(info.relative.values[[0, 1], [0, 1]], 1)


def test_clustering_keeps_every_value_in_its_place(findings: Findings) -> None:
    info = matrix_info(findings.transfers, "affinity", findings.labels)
    near = clustered(info)
    assert sorted(near.sources) == sorted(info.sources)
    back = near.ordered(info.sources, info.targets)
    np.testing.assert_array_equal(back.values, info.values)


def test_tasks_that_serve_the_same_targets_are_neighbours() -> None:
    two_d, three_d = [9.0, 9, 1, 1], [1.0, 1, 9, 9]
    values = np.array([two_d, three_d, two_d, three_d]) + np.arange(16).reshape(4, 4) / 50
    near = clustered(MatrixInfo(list("abcd"), list("wxyz"), values)).sources
    assert {frozenset(near[:2]), frozenset(near[2:])} == {frozenset("ac"), frozenset("bd")}


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_to_cluster_stay_as_they_are(count: int) -> None:
    assert leaf_order(np.ones((count, 3))) == list(range(count))


def test_a_diverged_loss_has_no_colour() -> None:
    info = MatrixInfo(["a"], ["t", "u"], np.array([[np.inf, 0.1]]))
    np.testing.assert_allclose(info.logarithms, [[np.nan, -1]])


def test_both_matrices_name_axes_and_unit(findings: Findings) -> None:
    for figure in (
        plot_affinity_matrix(affinity_matrix_info(findings.transfers, findings.labels), findings.labels),
        plot_performance_matrix(
            performance_matrix_info(findings.transfers, findings.labels), findings.labels
        ),
    ):
        axes, bar = figure.axes
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("target", "source")
        assert "log₁₀" in bar.get_ylabel()
        assert "Surface normals" in [tick.get_text() for tick in axes.get_yticklabels()]
