from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr, weightedtau

from taskaffinity.analysis.estimates import rank_all
from taskaffinity.analysis.estimates._ranking import constant_ranking, pivoted


def long(values: np.ndarray, name: str) -> pd.DataFrame:
    rows = [(f"s{i}", f"t{j}", values[i, j]) for i in range(values.shape[0]) for j in range(values.shape[1])]
    return pd.DataFrame(rows, columns=["source", "target", name])


@pytest.fixture
def measured(generator: np.random.Generator) -> np.ndarray:
    return generator.normal(size=(6, 4)) + 10


class TestRankAll:
    def rank(self, values: np.ndarray, measured: np.ndarray, sizes: dict[str, float] | None = None):
        table = long(values, "value").assign(estimate="mine")
        return rank_all(table, long(measured, "performance"), sizes)[0]

    def test_the_truth_ranks_perfectly(self, measured: np.ndarray):
        own = self.rank(np.exp(measured), measured).own
        np.testing.assert_allclose(
            [own.spearman, own.weighted_tau, own.regret, own.lost], [1, 1, 0, 0], atol=1e-12
        )

    def test_numbers_are_those_of_their_definition(
        self, measured: np.ndarray, generator: np.random.Generator
    ):
        values = generator.normal(size=measured.shape)
        own = self.rank(values, measured).own
        columns = list(zip(values.T, measured.T, strict=True))
        np.testing.assert_allclose(own.spearman, np.mean([spearmanr(v, m).statistic for v, m in columns]))
        np.testing.assert_allclose(
            own.weighted_tau, np.mean([weightedtau(m, v).statistic for v, m in columns])
        )
        regrets = [(m.max() - m[v.argmax()]) / (m.max() - m.mean()) for v, m in columns]
        np.testing.assert_allclose(own.regret, np.mean(regrets))

    def test_a_blind_ranking_has_a_regret_of_one(self, measured: np.ndarray):
        own = self.rank(np.zeros_like(measured), measured).own
        np.testing.assert_allclose([own.spearman, own.weighted_tau, own.regret], [0, 0, 1])

    def test_baselines_are_held_to_the_same_pairs(self, measured: np.ndarray):
        values = measured.copy()
        values[:, 2:] = np.nan
        values[0, 1] = np.nan
        row = self.rank(values, measured, {f"s{i}": float(i) for i in range(6)})
        assert (row.targets, row.pairs) == (2, 11)
        sizes = [
            spearmanr(np.arange(6), measured[:, 0]).statistic,
            spearmanr(np.arange(1, 6), measured[1:, 1]).statistic,
        ]
        np.testing.assert_allclose(row.size.spearman, np.mean(sizes))

    def test_a_source_of_the_name_of_the_target_is_left_out(self, measured: np.ndarray):
        table = long(measured, "value").assign(estimate="mine").replace({"source": {"s0": "t0"}})
        performance = long(measured, "performance").replace({"source": {"s0": "t0"}})
        assert rank_all(table, performance)[0].pairs == 23

    def test_what_diverged_is_left_out(self, measured: np.ndarray):
        spoiled = measured.copy()
        spoiled[3, 1] = -np.inf
        assert self.rank(measured, spoiled).pairs == 23

    def test_two_sources_are_no_ranking(self):
        row = self.rank(np.eye(2), np.eye(2))
        assert (row.targets, row.own.weighted_tau) == (0, None)

    def test_unknown_sizes_rank_nothing(self, measured: np.ndarray):
        assert self.rank(measured, measured, {"s0": 1.0}).size.weighted_tau is None


def test_the_constant_ranking_does_not_see_its_target(measured: np.ndarray):
    first = constant_ranking(pivoted(long(measured, "performance"), "performance"))
    changed = measured.copy()
    changed[:, 1] = -(changed[:, 1] ** 3)
    second = constant_ranking(pivoted(long(changed, "performance"), "performance"))
    np.testing.assert_allclose(first["t1"], second["t1"])
    assert not np.allclose(first["t0"], second["t0"])


def test_a_published_table_is_ranked(real_data: Path):
    """PARC's accuracies alone: the best network elsewhere is nearly always a good choice here."""
    table = pd.read_csv(real_data / "published" / "model-zoo" / "parc_controlled.csv")
    source = table["Architecture"] + "/" + table["Source Dataset"]
    performance = pd.DataFrame(
        {"source": source, "target": table["Target Dataset"], "performance": table["Oracle"]}
    )
    constant = constant_ranking(pivoted(performance, "performance")).stack().rename("value").reset_index()
    constant.columns = ["source", "target", "value"]
    (row,) = rank_all(constant.assign(estimate="constant"), performance)
    assert (row.targets, row.pairs) == (7, 196)
    assert row.own == row.constant
    assert row.own.weighted_tau > 0.5
    assert 0 <= row.own.lost < 0.1
