from matplotlib.patches import PathPatch

from taskaffinity.plots.taxonomy_graph import Edge, plot_taxonomy_graph, taxonomy_graph_info
from taskaffinity.report.findings import Findings
from taskaffinity.runs.records import PlanRecord

TAXONOMY = PlanRecord.model_validate({
    "budget": 2, "order": 2, "sources": ["normal", "denoising"],
    "transfers": [
        {"target": "normal", "sources": ["normal"], "gain": 0.9},
        {"target": "depth_zbuffer", "sources": ["denoising", "normal"], "gain": 0.8, "share": 0.4},
        {"target": "autoencoding", "sources": ["denoising"], "gain": 0.7, "share": 0.9},
    ],
})  # fmt: skip


def test_edges_lead_from_each_source_and_none_to_itself(findings: Findings) -> None:
    info = taxonomy_graph_info(TAXONOMY, findings.labels)
    assert info.supervised == ["denoising", "normal"]
    assert info.learning == ["autoencoding", "depth_zbuffer"]
    assert Edge("normal", "depth_zbuffer", 0.8, 0.4) in info.edges
    assert len(info.edges) == 3


def test_unsure_edges_are_dashed(findings: Findings) -> None:
    axes = plot_taxonomy_graph(taxonomy_graph_info(TAXONOMY, findings.labels), findings.labels).axes[0]
    lines = [patch.get_linestyle() for patch in axes.patches if isinstance(patch, PathPatch)]
    assert sorted(lines) == ["-", "--", "--"]
    assert {text.get_text() for text in axes.texts} == {
        "Denoising", "Surface normals", "Autoencoding", "Z-buffer depth",
    }  # fmt: skip


def test_everything_supervised_is_a_graph_without_edges(findings: Findings) -> None:
    alone = TAXONOMY.model_copy(update={"transfers": TAXONOMY.transfers[:1]})
    info = taxonomy_graph_info(alone, findings.labels)
    assert (info.learning, info.edges) == ([], [])
    assert plot_taxonomy_graph(info, findings.labels).axes
