import numpy as np
import pytest

from taskaffinity.analysis.groups import Networks, choose, from_pairs
from taskaffinity.analysis.groups.bases import (
    by_interference,
    only_finite,
    random_choices,
    relative,
    result_of,
)

NAN = np.nan
NETWORKS = Networks(
    ("a", "b", "c", "ab", "ac", "bc", "abc"), np.ones(7), ("a", "b", "c"),
    np.array([
        [1.0, NAN, NAN], [NAN, 1.0, NAN], [NAN, NAN, 1.0], [0.8, 0.9, NAN], [1.2, NAN, 1.3], [NAN, 1.2, 1.0],
        [1.0, 1.1, 1.2],
    ]),
)  # fmt: skip


def test_a_basis_that_is_the_test_is_the_best():
    same = result_of(NETWORKS, NETWORKS, [1, 2, 3])
    assert same.rho == pytest.approx(1.0)
    for choice, best in zip(same.choices, choose(NETWORKS, [1, 2, 3]), strict=True):
        assert choice is not None
        assert choice.report_loss == pytest.approx(best.loss)
        random = random_choices(NETWORKS, choice.compute)
        assert min(random) >= best.loss - 1e-9


def test_a_budget_that_serves_nobody_has_no_choice():
    assert result_of(NETWORKS, NETWORKS, [0.5]).choices == [None]
    assert random_choices(NETWORKS, 0.5) == []


def test_pairs_are_judged_by_what_they_predict_alone():
    """Only the network of three is predicted, in the order that was measured."""
    assert result_of(from_pairs(NETWORKS), NETWORKS, [1], fewest=3).rho == pytest.approx(1.0)


def test_what_helps_a_task_is_worth_more_to_it():
    harm = {"a": {"a": 1.0, "b": 0.5, "c": -0.5}, "b": {"a": 0.4, "b": 1.0, "c": 0.0},
            "c": {"a": -0.6, "b": 0.1, "c": 1.0}}  # fmt: skip
    worth = by_interference(NETWORKS, harm)
    assert worth.higher_is_better
    value = dict(zip(worth.names, worth.loss, strict=True))
    np.testing.assert_allclose(value["ab"], [0.4, 0.5, NAN])
    np.testing.assert_allclose(value["ac"], [-0.6, NAN, -0.5])
    np.testing.assert_allclose(value["abc"], [-0.1, 0.3, -0.25])
    assert value["a"][0] < min(value["ab"][0], value["ac"][0])
    assert result_of(worth, NETWORKS, [2]).choices[0] is not None


def test_networks_with_other_tasks_are_left_out():
    worth = by_interference(NETWORKS, {"a": {"b": 0.1}, "b": {"a": 0.2}})
    assert worth.names == ("a", "b", "ab")
    assert worth.targets == ("a", "b")


def test_losses_in_other_units_and_networks_that_diverged():
    scaled = relative(NETWORKS, {"a": 2.0, "b": 1.0, "c": 4.0})
    assert scaled.loss[6].tolist() == [0.5, 1.1, 0.3]
    loss = NETWORKS.loss.copy()
    loss[3, 0] = np.inf
    left = only_finite(Networks(NETWORKS.names, NETWORKS.cost, NETWORKS.targets, loss))
    assert left.names == ("a", "b", "c", "ac", "bc", "abc")
