from itertools import combinations

import numpy as np
import pytest

from taskaffinity.analysis.groups import Networks, choose, from_pairs
from taskaffinity.analysis.groups.choose import aligned, assign
from taskaffinity.errors import InfeasibleError, InputError, TableError

TASKS = ("a", "b", "c", "d")


def random_networks(seed: int, higher_is_better: bool = False) -> Networks:
    """Draw singles of half cost and some larger networks."""
    generator = np.random.default_rng(seed)
    groups = [(i,) for i in range(4)] + [m for k in (2, 3, 4) for m in combinations(range(4), k)]
    loss = np.full((len(groups), 4), np.nan)
    for row, members in enumerate(groups):
        loss[row, list(members)] = generator.random(len(members)).round(2)
    cost = np.where(np.arange(len(groups)) < 4, 0.5, 1.0)
    names = tuple("+".join(TASKS[i] for i in members) for members in groups)
    return Networks(names, cost, TASKS, loss, higher_is_better)


def best_of_all(networks: Networks, budget: float) -> float:
    """Try every set of networks."""
    sign = -1 if networks.higher_is_better else 1
    loss = np.where(networks.serves, sign * networks.loss, np.inf)
    rows = range(len(loss))
    return sign * min(
        loss[list(chosen)].min(axis=0).sum()
        for size in range(1, 5)
        for chosen in combinations(rows, size)
        if networks.cost[list(chosen)].sum() <= budget
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("higher", [False, True])
def test_equals_trying_every_set_and_its_assignment_adds_up(seed: int, higher: bool) -> None:
    networks = random_networks(seed, higher)
    for grouping in choose(networks, [1, 1.5, 2, 2.5]):
        assert grouping.status == "optimal"
        assert grouping.loss == pytest.approx(best_of_all(networks, grouping.compute))
        rows = [networks.names.index(name) for name in grouping.networks]
        assert grouping.cost == networks.cost[rows].sum() <= grouping.compute
        assert set(grouping.assignment.values()) == set(grouping.networks)
        found = [
            networks.loss[networks.names.index(name), TASKS.index(target)]
            for target, name in grouping.assignment.items()
        ]
        assert grouping.loss == pytest.approx(sum(found))


def test_a_report_takes_the_best_there_of_what_was_chosen() -> None:
    early, late = random_networks(1), random_networks(2)
    (grouping,) = choose(early, [2], report=late)
    rows = [late.names.index(name) for name in grouping.networks]
    assert grouping.report_loss == pytest.approx(np.nanmin(late.loss[rows], axis=0).sum())
    assert grouping.to_record()["report_assignment"] == assign(late, np.array(sorted(rows)))[0]
    shuffled = np.random.default_rng(0).permutation(len(late.names))
    other = Networks(tuple(late.names[i] for i in shuffled), late.cost[shuffled], TASKS, late.loss[shuffled])
    assert choose(early, [2], report=other)[0].report_loss == grouping.report_loss


def test_equal_costs_add_up_to_the_budget_and_ties_take_the_first() -> None:
    loss = np.array([[1.0, np.nan], [np.nan, 1.0], [np.nan, 1.0], [2.0, 2.0]])
    networks = Networks(("a", "b", "again", "both"), np.array([0.5, 0.5, 0.5, 1.0]), ("x", "y"), loss)
    assert [g.networks for g in choose(networks, [1, 2])] == [("a", "b")] * 2
    tenths = Networks(networks.names, np.full(4, 0.1), ("x", "y"), loss)
    assert choose(tenths, [0.2])[0].networks == ("a", "b")
    assert choose(networks, ["40%"])[0].compute == 1.0


def test_what_cannot_be_chosen() -> None:
    networks = random_networks(0)
    with pytest.raises(InfeasibleError, match="least compute budget that does is 1"):
        choose(networks, [0.5])
    with pytest.raises(InputError, match="compute"):
        choose(networks, ["much"])
    bare = Networks(("a",), np.ones(1), ("x", "y"), np.array([[1.0, np.nan]]))
    with pytest.raises(InfeasibleError, match="no network serves 'y'"):
        choose(bare, [1])
    for lacking, message in (
        (Networks(networks.names[1:], networks.cost[1:], TASKS, networks.loss[1:]), "lacks network 'a'"),
        (Networks(networks.names, networks.cost, TASKS[:3], networks.loss[:, :3]), "lacks target 'd'"),
        (Networks(networks.names, networks.cost, TASKS, np.full_like(networks.loss, np.nan)), "'a' on 'a'"),
    ):
        with pytest.raises(TableError, match=message):
            aligned(lacking, networks)


def test_pairs_predict_larger_networks_by_their_mean() -> None:
    networks = random_networks(3)
    predicted = from_pairs(networks)
    of = {
        name: dict(zip(TASKS, row, strict=True))
        for name, row in zip(networks.names, networks.loss, strict=True)
    }
    row = dict(zip(TASKS, predicted.loss[networks.names.index("a+b+d")], strict=True))
    assert row["a"] == pytest.approx((of["a+b"]["a"] + of["a+d"]["a"]) / 2)
    assert row["d"] == pytest.approx((of["a+d"]["d"] + of["b+d"]["d"]) / 2)
    small = networks.serves.sum(axis=1) <= 2
    np.testing.assert_array_equal(predicted.loss[small], networks.loss[small])
    np.testing.assert_array_equal(predicted.serves, networks.serves)


def test_pairs_of_the_same_cost_come_first_and_a_missing_pair_is_named() -> None:
    nan = np.nan
    loss = np.array([[1, 1, nan], [3, 3, nan], [5, nan, 5], [nan, 7, 7], [9, 9, 9]])
    names = ("ab half", "ab", "ac", "bc", "abc")
    networks = Networks(names, np.array([0.5, 1, 1, 1, 1]), ("a", "b", "c"), loss)
    np.testing.assert_allclose(from_pairs(networks).loss[-1], [4, 5, 6])
    dearer = Networks(names, np.array([0.5, 1, 1, 1, 2]), ("a", "b", "c"), loss)
    np.testing.assert_allclose(from_pairs(dearer).loss[-1], [(2 + 5) / 2, (2 + 7) / 2, 6])
    without = Networks(names[:3] + names[4:], np.ones(4), ("a", "b", "c"), loss[[0, 1, 2, 4]])
    with pytest.raises(TableError, match="exactly 'b' and 'c'"):
        from_pairs(without)
