import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.losses import make_losses

from taskaffinity.analysis import bootstrap
from taskaffinity.analysis.bootstrap import Draws, resamples
from taskaffinity.analysis.measured import analyse
from taskaffinity.errors import InputError

KINDS = ("affinity", "gain", "quality")


def test_every_resample_is_a_tournament_of_its_own() -> None:
    drawn = resamples(make_losses(), 7)
    assert drawn.count == 7
    for k in range(7):
        affinity, gain, quality = drawn.tables(k)
        np.testing.assert_allclose(affinity.groupby("target")["affinity"].sum(), 1.0)
        assert gain["gain"].between(0, 1).all()
        assert (gain.loc[gain["sources"] == "scratch", "gain"] == 0.5).all()
        assert (quality.loc[quality["sources"] == "self", "quality"] == 0.5).all()
    assert not drawn.affinity.rows["sources"].isin(["scratch", "constant"]).any()


def test_a_resample_is_the_analysis_of_the_images_it_drew() -> None:
    losses = make_losses(targets=("normal",), images=20)
    drawn = resamples(losses, 3, seed=5)
    images = sorted(losses["image"].unique())
    weights = bootstrap._generator(5, "images", images).multinomial(20, np.full(20, 1 / 20), size=3)
    for k, counts in enumerate(weights):
        copies = [
            losses[losses["image"] == image].assign(image=f"{image} copy {copy}")
            for image, count in zip(images, counts, strict=True)
            for copy in range(count)
        ]
        again = analyse(pd.concat(copies), resamples=0)
        for table, frame in zip(drawn.tables(k), (again.affinities, again.gain, again.quality), strict=True):
            pd.testing.assert_frame_equal(table, frame[table.columns], rtol=1e-9)


def test_bounds_hold_the_point_estimate_and_shrink_with_more_images() -> None:
    widths = {}
    for images in (50, 800):
        analysis = analyse(make_losses(images=images), resamples=200)
        for name, table in zip(KINDS, (analysis.affinities, analysis.gain, analysis.quality), strict=True):
            inside = (table["low"] <= table[name]) & (table[name] <= table["high"])
            assert inside.mean() >= 0.9, name
            widths[name, images] = (table["high"] - table["low"]).mean()
    for name in KINDS:
        assert widths[name, 800] < widths[name, 50] / 2.5  # 4 in the limit: the square root of 16


def test_bounds_cover_the_true_win_rate() -> None:
    scales, covered = {"x": 1.0, "scratch": 1.5}, 0
    for seed in range(60):
        drawn = resamples(make_losses(("a",), scales, images=80, seed=seed), 200).gain
        bounds = drawn.bounds()[drawn.rows["sources"] == "x"].iloc[0]
        covered += bounds["low"] <= 1.5 / 2.5 <= bounds["high"]
    assert covered >= 51  # 57 of 60 expected, standard deviation 1.7


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1))
def test_nothing_depends_on_the_order_of_rows_or_on_other_targets(seed: int) -> None:
    losses = make_losses(("a", "b"), images=12)
    whole = resamples(losses, 4, seed).affinity
    mixed = resamples(losses.sample(frac=1, random_state=seed), 4, seed).affinity
    np.testing.assert_array_equal(mixed.values, whole.values)
    alone = resamples(losses[losses["target"] == "b"], 4, seed).affinity
    np.testing.assert_array_equal(alone.values, whole.values[:, whole.rows["target"] == "b"])


def test_targets_measured_on_the_same_images_are_resampled_together() -> None:
    one = make_losses(("a",))
    both = pd.concat([one, one.assign(target="b")])
    drawn = resamples(both, 5).affinity
    first = drawn.rows["target"] == "a"
    np.testing.assert_array_equal(drawn.values[:, first], drawn.values[:, ~first])


def test_the_seed_decides() -> None:
    losses = make_losses()
    first, again, other = (resamples(losses, 5, seed).affinity.values for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_training_seeds_that_agree_add_nothing() -> None:
    one = make_losses()
    same = pd.concat([one.assign(seed=seed) for seed in (1, 2, 3)])
    np.testing.assert_allclose(resamples(same, 20).gain.values, resamples(one, 20).gain.values, atol=1e-12)


def test_training_seeds_that_differ_widen_the_bounds() -> None:
    """Shifts of whole trainings, far beyond what images tell apart."""
    one, shifts = make_losses(images=400), np.random.default_rng(0)
    trainings = []
    for seed in range(4):
        shift = {name: shifts.uniform(0, 1.5) for name in sorted(one["sources"].unique())}
        trainings.append(one.assign(seed=seed, loss=one["loss"] + one["sources"].map(shift)))
    several = pd.concat(trainings)
    mean = several.groupby(["target", "sources", "image"], as_index=False)["loss"].mean()
    width = {
        name: (bounds["high"] - bounds["low"]).mean()
        for name, table in (("several", several), ("mean", mean))
        for bounds in [resamples(table, 100).quality.bounds()]
    }
    assert width["several"] > 1.5 * width["mean"]


def test_few_resamples_at_a_time_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    losses = make_losses()
    whole = resamples(losses, 9).affinity.values
    monkeypatch.setattr(bootstrap, "BYTES", 8 * 5 * 5 * 2)
    np.testing.assert_allclose(resamples(losses, 9).affinity.values, whole, rtol=1e-9)


def test_bradley_terry_can_be_resampled_too() -> None:
    values = resamples(make_losses(("a",)), 3, normaliser="bradley-terry").affinity.values
    np.testing.assert_allclose(values.sum(axis=1), 1.0)


def test_a_rate_is_unknown_where_none_of_its_images_was_drawn() -> None:
    rows = [("a", "x", f"i{k}", 1.0) for k in range(40)] + [("a", "scratch", "i0", 2.0)]
    drawn = resamples(pd.DataFrame(rows, columns=["target", "sources", "image", "loss"]), 50).gain
    values = drawn.values[:, drawn.rows["sources"] == "x"].ravel()
    assert set(values[~np.isnan(values)]) == {1.0}
    assert np.isnan(values).any()
    k = int(np.flatnonzero(np.isnan(values))[0])
    assert "x" not in set(drawn.table(k)["sources"])


def test_bounds_are_of_the_resamples_that_know_a_value() -> None:
    values = np.array([[0.2, np.nan, np.nan], [0.4, 0.6, np.nan], [0.3, 0.8, 0.9]])
    rows = pd.DataFrame({"target": "a", "sources": ["x", "y", "z"]})
    bounds = Draws("gain", rows, values).bounds(level=1.0)
    np.testing.assert_array_equal(bounds["low"], [0.2, 0.6, np.nan])
    np.testing.assert_array_equal(bounds["high"], [0.4, 0.8, np.nan])


def test_bounds_of_nothing_are_empty() -> None:
    rows = pd.DataFrame({"target": [], "sources": []})
    assert Draws("gain", rows, np.empty((3, 0))).bounds().empty


@pytest.mark.parametrize(("count", "seed"), [(0, 0), (-1, 0), (5, -1)])
def test_counts_and_seeds_out_of_range_are_refused(count: int, seed: int) -> None:
    with pytest.raises(InputError, match="at least 1 resample"):
        resamples(make_losses(), count, seed)
