import numpy as np
import pandas as pd
import pytest
from scipy import stats
from support.losses import make_losses

from taskaffinity.analysis.bootstrap import correction, resamples
from taskaffinity.analysis.scenes import scene_codes, scene_of


def views(losses: pd.DataFrame, count: int) -> pd.DataFrame:
    """Give every image `count` identical views in a scene of its own."""
    return pd.concat([losses.assign(image=losses["image"] + f"/0/{view}") for view in range(count)])


@pytest.mark.parametrize(
    ("image", "scene"),
    [("room-2/0/1", "room-2"), ("day/room-2/0/1", "day/room-2"), ("cat.jpg", "cat.jpg"), ("a/b/c", "a/b/c"),
     ("3/4", "3/4"), ("frames/-1/12", "frames")],
)  # fmt: skip
def test_the_scene_is_the_name_without_point_and_view(image: str, scene: str) -> None:
    assert scene_of(image) == scene


def test_images_of_a_single_scene_are_scenes_of_their_own() -> None:
    assert scene_codes(["a/0/1", "a/0/2", "a/1/0"]).tolist() == [0, 1, 2]


def test_more_views_of_the_same_scenes_are_no_more_evidence() -> None:
    """Identical views change no value, no draw and no bound."""
    one, many = (resamples(views(make_losses(images=30), count), 40).affinity for count in (1, 4))
    np.testing.assert_allclose(one.values, many.values, rtol=1e-9)
    np.testing.assert_allclose(one.bounds().to_numpy(), many.bounds().to_numpy(), rtol=1e-9)


def test_one_seed_widens_by_the_number_of_scenes_alone() -> None:
    values = np.random.default_rng(0).random((100, 3))
    widening, share = correction(values, values, scenes=6, seeds=1)
    expected = stats.t.ppf(0.975, 5) / stats.norm.ppf(0.975) * np.sqrt(6 / 5)
    np.testing.assert_allclose(widening, expected)
    assert np.isnan(share).all()


def test_the_share_of_seeds_is_all_where_scenes_change_nothing() -> None:
    values = np.random.default_rng(0).random((100, 2))
    widening, share = correction(values, values, scenes=50, seeds=3)
    np.testing.assert_allclose(share, 1.0)
    np.testing.assert_allclose(widening, stats.t.ppf(0.975, 2) / stats.norm.ppf(0.975) * np.sqrt(3 / 2))


def simulated(random: np.random.Generator, scenes: int, seeds: int, by_seed: float) -> pd.DataFrame:
    """Draw losses of a transfer and of ``scratch``; scenes and seeds shift their difference."""
    rows = []
    scene = random.normal(0, 1, scenes)
    for seed in range(seeds):
        shift = random.normal(0, by_seed)
        for s in range(scenes):
            for view in range(4):
                difference = 0.3 + scene[s] + shift + random.normal(0, 1)
                rows += [
                    ("t", "x", f"s{s}/0/{view}", -difference, seed),
                    ("t", "scratch", f"s{s}/0/{view}", 0.0, seed),
                ]
    return pd.DataFrame(rows, columns=["target", "sources", "image", "loss", "seed"])


@pytest.mark.parametrize(("seeds", "by_seed"), [(1, 0.0), (3, 0.4)])
def test_bounds_cover_what_other_scenes_and_seeds_would_give(seeds: int, by_seed: float) -> None:
    """The truth: the win rate over all scenes and seeds."""
    random, covered, trials = np.random.default_rng(1), 0, 80
    truth = np.mean([
        stats.norm.cdf((0.3 + random.normal(0, by_seed / np.sqrt(seeds))) / np.sqrt(1 + 1 / seeds)) for _ in
        range(20_000)
    ])  # fmt: skip
    for trial in range(trials):
        drawn = resamples(simulated(random, 40, seeds, by_seed), 200, seed=trial).gain
        bounds = drawn.bounds()[(drawn.rows["sources"] == "x").to_numpy()].iloc[0]
        covered += bounds["low"] <= truth <= bounds["high"]
    assert covered >= 0.86 * trials  # 0.95 expected, standard deviation 0.024
