"""Shares of the gap, their intervals, and the three ways of choosing a model."""

import numpy as np
import pytest

from taskaffinity.analysis.domains import (
    ON_TARGET,
    SELECTIONS,
    SOURCE_ONLY,
    Candidate,
    compare_methods,
    interval,
    select,
    share_of_gap,
)
from taskaffinity.verify.domains import ACCURACIES, ERRATA, METHODS, PRINTED


@pytest.mark.parametrize("pair", ACCURACIES)
def test_published_shares_follow_from_the_published_accuracies(pair: str) -> None:
    """Ganin et al., 2016, table 2: all but the two that the table itself contradicts."""
    source_only, *values, on_target = ACCURACIES[pair]
    for method, value, printed in zip(METHODS, values, PRINTED[pair], strict=True):
        share = 100 * share_of_gap(value, source_only, on_target)
        assert (abs(share - float(printed)) < 0.051) == ((pair, method) not in ERRATA)


def test_the_share_of_a_method_on_mnist_m() -> None:
    shares = [round(100 * share_of_gap(value, 0.5225, 0.9596), 1) for value in (0.5690, 0.7666)]
    assert shares == [10.6, 55.8]


def hits(accuracy: float, count: int = 400) -> np.ndarray:
    return (np.arange(count) < accuracy * count).astype(float)


def test_means_shares_and_intervals_of_methods() -> None:
    scores = {SOURCE_ONLY: hits(0.5), "dann": hits(0.7), ON_TARGET: hits(0.9)}
    by_method = {one.method: one for one in compare_methods(scores, "accuracy")}
    assert by_method["dann"].value == pytest.approx(0.7)
    assert by_method["dann"].share_of_gap == pytest.approx(0.5)
    assert by_method[SOURCE_ONLY].share_of_gap is None
    half = 1.96 * np.sqrt(0.7 * 0.3 / 400)
    assert by_method["dann"].low == pytest.approx(0.7 - half, abs=0.01)
    assert by_method["dann"].high == pytest.approx(0.7 + half, abs=0.01)


def test_a_loss_has_the_same_shares() -> None:
    scores = {SOURCE_ONLY: 1 - hits(0.5), "dann": 1 - hits(0.7), ON_TARGET: 1 - hits(0.9)}
    (_, dann, _) = compare_methods(scores, "loss")
    assert dann.share_of_gap == pytest.approx(0.5)


@pytest.mark.parametrize("on_target", [0.45, 0.5, 0.51])
def test_without_a_sure_gap_there_is_no_share(on_target: float) -> None:
    rng = np.random.default_rng(0)
    scores = {SOURCE_ONLY: hits(0.5), "dann": hits(0.7), ON_TARGET: rng.permutation(hits(on_target))}
    assert all(one.share_of_gap is None for one in compare_methods(scores, "accuracy"))


def test_without_train_on_target_there_is_no_share() -> None:
    assert compare_methods({SOURCE_ONLY: hits(0.5), "dann": hits(0.7)}, "accuracy")[1].share_of_gap is None


def test_images_without_a_label_do_not_count() -> None:
    values = hits(0.5)
    values[::2] = np.nan
    assert interval(values)[0] == pytest.approx(0.5)


def candidate(strength: float, training: float, left_out: float, test: float) -> Candidate:
    return Candidate(strength, training, left_out, test, np.zeros(3))


def test_each_selection_looks_at_its_own_score() -> None:
    candidates = [candidate(1, 0.9, 0.2, 0.3), candidate(2, 0.5, 0.8, 0.4), candidate(3, 0.6, 0.3, 0.9)]
    chosen = [select(candidates, selection, "accuracy") for selection in SELECTIONS]
    assert [one.strength for one in chosen if one] == [1, 2, 3]
    worst = select(candidates, "training-domain validation", "loss")
    assert worst is not None
    assert worst.strength == 2


def test_a_selection_that_was_not_measured_chooses_nothing() -> None:
    candidates = [candidate(1, 0.9, float("nan"), 0.3), candidate(2, 0.5, 0.8, 0.4)]
    assert select(candidates, "leave-one-domain-out", "accuracy") is None
