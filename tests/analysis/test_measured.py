import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.losses import SCALES, make_losses

from taskaffinity.analysis.measured import analyse
from taskaffinity.analysis.tables import read_table
from taskaffinity.errors import InputError, TableError

FRAMES = ("performance", "affinities", "gain", "quality", "consistency")


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_affinities_sum_to_one_whatever_the_order_of_rows(seed: int, images: int) -> None:
    losses = make_losses(images=images, seed=seed)
    found = analyse(losses, resamples=0)
    np.testing.assert_allclose(found.affinities.groupby("target")["affinity"].sum(), 1.0)
    mixed = analyse(losses.sample(frac=1, random_state=seed), resamples=0)
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(mixed, name), getattr(found, name))
    assert mixed.sanity == found.sanity


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.floats(0.2, 1.0))
def test_better_losses_are_worth_more(seed: int, factor: float) -> None:
    losses = make_losses(("a",), seed=seed)
    better = losses.assign(loss=losses["loss"].where(losses["sources"] != "edges", losses["loss"] * factor))
    before, after = (analyse(table, resamples=0) for table in (losses, better))
    for name, value in (("affinities", "affinity"), ("gain", "gain"), ("quality", "quality")):
        low, high = (getattr(found, name).set_index("sources")[value]["edges"] for found in (before, after))
        assert high >= low - 1e-12


def test_self_and_random_take_part_scratch_and_constant_do_not() -> None:
    found = analyse(make_losses(("a",)), resamples=0)
    competing = {"self", "random", "normal", "edges", "edges+normal"}
    assert set(found.affinities["sources"]) == competing
    assert set(found.gain["sources"]) == set(found.quality["sources"]) == competing | {"scratch"}
    assert set(found.performance["sources"]) == set(SCALES)
    without = make_losses(("a",)).query("sources not in ('scratch', 'constant')")
    pd.testing.assert_frame_equal(analyse(without, resamples=0).affinities, found.affinities)


def test_order_of_merit_is_that_of_the_losses() -> None:
    found = analyse(make_losses(("a",), images=500), resamples=0)
    best = found.affinities.sort_values("affinity", ascending=False)["sources"].tolist()
    assert best == ["self", "edges+normal", "normal", "edges", "random"]
    assert found.consistency["tau"].iloc[0] == pytest.approx(1.0)
    assert found.consistency["same_best"].iloc[0]
    assert found.consistency["consistency_ratio"].iloc[0] < 0.1


def test_performance_is_the_mean_over_labelled_images() -> None:
    rows = [("a", "x", "i", 1.0), ("a", "x", "j", 3.0), ("a", "x", "k", np.nan), ("a", "y", "i", 2.0),
            ("a", "y", "j", np.inf), ("a", "y", "k", 1.0), ("a", "z", "i", np.nan)]  # fmt: skip
    losses = pd.DataFrame(rows, columns=["target", "sources", "image", "loss"])
    found = analyse(losses, resamples=20)
    expected = pd.DataFrame({
        "target": "a", "sources": ["x", "y", "z"], "loss": [2.0, np.inf, np.nan], "images": [2, 3, 0],
        "diverged": [False, True, False],
    })  # fmt: skip
    pd.testing.assert_frame_equal(found.performance, expected, check_dtype=False)
    assert found.affinities["sources"].tolist() == ["x", "y"]  # z was never measured
    assert found.gain.empty
    assert found.quality.empty


def test_a_diverged_transfer_comes_last_and_stops_nothing() -> None:
    losses = make_losses(("a",))
    losses.loc[losses["sources"] == "normal", "loss"] = np.inf
    found = analyse(losses, resamples=10).affinities.set_index("sources")
    assert found["affinity"].idxmin() == "normal"
    assert np.isfinite(found[["affinity", "low", "high"]]).all(axis=None)


def test_seeds_are_averaged_image_by_image() -> None:
    one = make_losses(("a",))
    shift = np.random.default_rng(0).normal(0, 0.3, len(one))
    several = pd.concat(
        [one.assign(seed=1, loss=one["loss"] + shift), one.assign(seed=2, loss=one["loss"] - shift)]
    )
    for name in ("affinities", "gain", "quality", "performance"):
        pd.testing.assert_frame_equal(
            getattr(analyse(several, resamples=0), name), getattr(analyse(one, resamples=0), name)
        )


def test_two_transfer_sizes_are_two_transfers() -> None:
    little, much = make_losses(("a",), seed=1), make_losses(("a",), seed=2)
    found = analyse(
        pd.concat([little.assign(transfer_size=10), much.assign(transfer_size=100)]), resamples=10
    )
    for frame in (found.affinities, found.gain, found.quality, found.performance):
        assert list(frame.columns[:3]) == ["target", "sources", "transfer_size"]
        assert not frame.duplicated(["target", "sources", "transfer_size"]).any()
    assert found.affinities["affinity"].sum() == pytest.approx(1.0)
    assert len(found.affinities) == 10
    assert "transfer_size" not in analyse(little.assign(transfer_size=10), resamples=0).affinities


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    found = analyse(make_losses(), resamples=20)
    found.write(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"sanity.json", *(f"{name}.csv" for name in FRAMES)}
    for name, value in (("affinities", "affinity"), ("gain", "gain"), ("quality", "quality")):
        table = read_table(tmp_path / f"{name}.csv", value)
        pd.testing.assert_frame_equal(table, getattr(found, name))
        assert list(table.columns) == ["target", "sources", value, "low", "high"]
    performance = pd.read_csv(tmp_path / "performance.csv")
    assert list(performance.columns) == ["target", "sources", "loss", "images", "diverged"]
    assert json.loads((tmp_path / "sanity.json").read_text()) == found.sanity


def test_bounds_are_empty_where_none_were_drawn(tmp_path: Path) -> None:
    found = analyse(make_losses(), resamples=0)
    assert found.resamples is None
    found.write(tmp_path)
    assert (tmp_path / "affinities.csv").read_text().splitlines()[1].endswith(",,")


def test_a_table_without_rows_is_removed_not_kept(tmp_path: Path) -> None:
    analyse(make_losses(), resamples=0).write(tmp_path)
    analyse(make_losses().query("sources != 'scratch'"), resamples=0).write(tmp_path)
    assert not (tmp_path / "gain.csv").exists()
    assert (tmp_path / "quality.csv").exists()


def test_a_target_with_references_alone_has_no_affinities() -> None:
    losses = pd.concat([make_losses(("a",)), make_losses(("b",)).query("sources == 'scratch'")])
    found = analyse(losses, resamples=5)
    assert set(found.affinities["target"]) == {"a"}
    assert set(found.performance["target"]) == {"a", "b"}


def test_bradley_terry_can_take_the_place_of_ahp() -> None:
    ahp, other = (analyse(make_losses(), 5, normaliser=name).affinities for name in ("ahp", "bradley-terry"))
    assert (ahp["affinity"] != other["affinity"]).any()
    np.testing.assert_allclose(other.groupby("target")["affinity"].sum(), 1.0)


def test_losses_of_nothing_are_refused() -> None:
    with pytest.raises(TableError, match="no transfer has a loss"):
        analyse(make_losses().assign(loss=np.nan))
    with pytest.raises(TableError, match="no column 'image'"):
        analyse(make_losses().drop(columns="image"))
    with pytest.raises(InputError, match="unknown normaliser 'elo'"):
        analyse(make_losses(), resamples=0, normaliser="elo")
