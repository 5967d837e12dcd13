import json
from pathlib import Path

import networkx as nx
import pytest
from support.affinities import random_table, rates

from taskaffinity.analysis.plan import PlanOptions, PlanTables, Taxonomy, solve


@pytest.fixture
def taxonomy() -> Taxonomy:
    table = random_table(7)
    tables = PlanTables(table, gain=rates(table, "gain", 1), quality=rates(table, "quality", 2))
    return solve(tables, PlanOptions(budget=3))


def test_record_is_the_documented_one(taxonomy: Taxonomy) -> None:
    record = json.loads(json.dumps(taxonomy.to_record(), allow_nan=False))
    assert list(record) == [
        "status", "objective_kind", "objective", "budget", "cost", "compute", "compute_used", "order",
        "sources", "sources_used", "labels", "transfers", "mean_gain", "mean_quality",
    ]  # fmt: skip
    assert list(record["transfers"][0]) == ["target", "sources", "affinity", "gain", "quality", "share"]
    assert record["budget"] == 3
    assert isinstance(record["cost"], int)
    assert (record["compute"], record["compute_used"]) == (None, None)
    assert record["labels"] == dict.fromkeys(record["sources"], 1.0)
    assert record["sources_used"] == record["sources"]
    assert record["objective"] == pytest.approx(sum(t["affinity"] for t in record["transfers"]))
    assert record["mean_gain"] == pytest.approx(sum(t["gain"] for t in record["transfers"]) / 5)


def test_shares_stand_beside_their_edges(taxonomy: Taxonomy) -> None:
    first = taxonomy.transfers[0]
    shared = taxonomy.with_shares({(first.target, "+".join(first.sources)): 0.25})
    assert [t.share for t in shared.transfers] == [0.25, 0.0, 0.0, 0.0, 0.0]


def test_graph_has_the_transfers_as_edges(taxonomy: Taxonomy, tmp_path: Path) -> None:
    taxonomy.write_graphml(tmp_path / "taxonomy" / "budget-3.graphml")
    graph = nx.read_graphml(tmp_path / "taxonomy" / "budget-3.graphml")
    edges = {(s, t.target) for t in taxonomy.transfers if t.sources != (t.target,) for s in t.sources}
    assert set(graph.edges) == edges
    assert {n for n, bought in graph.nodes(data="bought") if bought} == set(taxonomy.sources)
