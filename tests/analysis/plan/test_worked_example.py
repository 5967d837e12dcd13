"""The worked example of docs/method.md."""

import pandas as pd
import pytest

from taskaffinity.analysis.plan import PlanOptions, PlanTables, SourceRecord, best_objective, faults, solve

SOURCES = (
    SourceRecord("depth", {"depth": 1.0}, encoder_operations=2),
    SourceRecord("normal", {"normal": 1.0}, encoder_operations=2),
    SourceRecord("both", {"depth": 1.0, "normal": 1.0}, encoder_operations=3),
    SourceRecord("few", {"depth": 0.1}, encoder_operations=2),
    SourceRecord("pretrained", {}, encoder_operations=4),
)
AFFINITIES = {
    "depth": {"self": 0.50, "normal": 0.20, "both": 0.40, "few": 0.30, "pretrained": 0.25},
    "normal": {"depth": 0.20, "self": 0.50, "both": 0.45, "few": 0.10, "pretrained": 0.25},
    "edges": {"depth": 0.20, "normal": 0.37, "both": 0.40, "pretrained": 0.35, "depth+normal": 0.45},
}
TABLES = PlanTables(
    pd.DataFrame(
        [(target, sources, value) for target, row in AFFINITIES.items() for sources, value in row.items()],
        columns=["target", "sources", "affinity"],
    ),
    sources=SOURCES,
)


@pytest.mark.parametrize(
    ("budget", "compute", "labels", "sources", "affinities"),
    [
        (1, None, {"normal": 1}, ("normal", "pretrained"), (0.25, 0.50, 0.37)),
        (1.1, None, {"depth": 0.1, "normal": 1}, ("few", "normal"), (0.30, 0.50, 0.37)),
        (2, None, {"depth": 1, "normal": 1}, ("depth", "normal"), (0.50, 0.50, 0.45)),
        (None, 3, {"depth": 1, "normal": 1}, ("both",), (0.40, 0.45, 0.40)),
        (None, 4, {"depth": 1, "normal": 1}, ("depth", "normal"), (0.50, 0.50, 0.45)),
        (1, 4, {"normal": 1}, ("normal",), (0.20, 0.50, 0.37)),
        (1.1, 4, {"depth": 0.1, "normal": 1}, ("few", "normal"), (0.30, 0.50, 0.37)),
    ],
)
def test_worked_example(
    budget: float | None,
    compute: float | None,
    labels: dict[str, float],
    sources: tuple[str, ...],
    affinities: tuple[float, ...],
) -> None:
    options = PlanOptions(budget=budget, compute=compute)
    taxonomy = solve(TABLES, options)
    assert dict(taxonomy.labels) == labels
    assert taxonomy.sources == sources
    chosen = {transfer.target: transfer.affinity for transfer in taxonomy.transfers}
    assert tuple(chosen[target] for target in ("depth", "normal", "edges")) == affinities
    assert taxonomy.objective == pytest.approx(sum(affinities))
    assert taxonomy.objective == pytest.approx(best_objective(TABLES, options))
    assert faults(taxonomy, TABLES, options) == []
