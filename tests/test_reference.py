"""The committed reference run: its conclusions follow from its losses table."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from taskaffinity.analysis import analyse, read_losses
from taskaffinity.analysis.tree import grow
from taskaffinity.config import load
from taskaffinity.runs.opening import load_run

REFERENCE = Path(__file__).parents[1] / "results" / "reference"


@pytest.fixture(scope="module")
def again() -> dict[str, pd.DataFrame]:
    analysis = analyse(read_losses(REFERENCE / "losses.parquet"))
    return {name: getattr(analysis, name) for name in ("performance", "affinities", "gain", "quality")}


@pytest.mark.parametrize("name", ["performance", "affinities", "gain", "quality"])
def test_tables_follow_from_the_losses(again: dict[str, pd.DataFrame], name: str) -> None:
    written = pd.read_csv(REFERENCE / f"{name}.csv")
    pd.testing.assert_frame_equal(
        again[name][list(written.columns)].reset_index(drop=True), written, check_dtype=False, rtol=1e-6
    )


def test_taxonomies_follow_from_the_tables() -> None:
    run = load_run(REFERENCE)
    for budget in (1, 3, 8):
        record = json.loads((REFERENCE / "taxonomy" / f"budget-{budget}.json").read_text())
        solved = run.solve(budget).to_record()
        assert solved["status"] == "optimal"
        assert solved["objective"] == pytest.approx(record["objective"])
        assert solved["sources"] == record["sources"]


def test_tree_follows_from_the_tables() -> None:
    record = json.loads((REFERENCE / "tree.json").read_text())
    tree = grow(load_run(REFERENCE).affinities)
    assert tree.to_record(4)["clusters"] == record["clusters"]
    np.testing.assert_allclose(tree.to_record(4)["linkage"], record["linkage"])


def test_it_is_the_default_run() -> None:
    made, default = load(REFERENCE / "config.yaml").dump(), load().dump()
    for config in (made, default):
        del config["executor"]  # where jobs run changes no result
    assert made == default
