"""What images can say: unknown stays unknown, and a comparison that falls apart is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from taskaffinity.analysis.ahp import priorities
from taskaffinity.analysis.bootstrap import resamples
from taskaffinity.analysis.bradley_terry import strengths
from taskaffinity.analysis.contests import contests
from taskaffinity.analysis.evidence import unknowns
from taskaffinity.analysis.measured import analyse
from taskaffinity.analysis.tables import checked_losses
from taskaffinity.analysis.win_rates import known_win_rates
from taskaffinity.cli.main import main
from taskaffinity.errors import TableError


def losses(**by_transfer: dict[str, float]) -> pd.DataFrame:
    """One target ``t``: losses by image, by transfer."""
    rows = [("t", name, image, loss) for name, of in by_transfer.items() for image, loss in of.items()]
    return pd.DataFrame(rows, columns=["target", "sources", "image", "loss"])


def on(images: str, loss: float) -> dict[str, float]:
    return {image: loss + 0.01 * place for place, image in enumerate(images)}


def affinity_of(table: pd.DataFrame) -> dict[str, float]:
    return analyse(table, resamples=0).affinities.set_index("sources")["affinity"].to_dict()


@pytest.mark.parametrize(
    "table",
    [
        losses(self=on("abc", 0.1), x=on("def", 0.2), y=on("ghi", 0.3)),
        losses(self=on("abc", 0.1), x=on("abc", 0.2), y=on("ghi", 0.3)),
        losses(self=on("ab", 0.1), x={"a": np.nan, "b": np.nan, "c": 0.2}),
        losses(self=on("ab", 0.1), x=on("bc", 0.2), y=on("de", 0.3), z=on("ef", 0.4)),
    ],
)
def test_a_comparison_that_falls_apart_is_refused_by_name(table: pd.DataFrame, tmp_path: Path) -> None:
    for work in (lambda: analyse(table, resamples=0), lambda: analyse(table), lambda: resamples(table, 3)):
        with pytest.raises(TableError, match=r"target 't'.*share no test image.* on "):
            work()
    table.to_csv(tmp_path / "losses.csv", index=False)
    assert main(["affinity", str(tmp_path / "losses.csv")]) == 2


def test_images_named_otherwise_are_named_in_the_error() -> None:
    table = losses(self={"img0.png": 0.1, "img1.png": 0.1}, x={"img0": 0.2, "img1": 0.2})
    with pytest.raises(TableError, match="share no test image") as caught:
        analyse(table)
    assert "self on img0.png, img1.png" in str(caught.value)
    assert "x on img0, img1" in str(caught.value)


def test_a_pair_without_an_image_is_decided_by_the_others() -> None:
    """x beats y and y beats z, always; x and z share no image, and still x ranks above z."""
    table = losses(x=on("abcd", 0.1), y={**on("abcd", 0.2), **on("efgh", 0.2)}, z=on("efgh", 0.3))
    found = affinity_of(table)
    assert found["x"] > found["y"] > found["z"]


def test_a_consistent_comparison_comes_back_whole_without_one_of_its_pairs() -> None:
    """Harker's method on W'_ij = p_i / p_j gives p, whichever pairs are left out."""
    p = np.array([0.5, 0.3, 0.2])
    shares = p[:, None] / (p[:, None] + p[None, :])
    shares[0, 2] = shares[2, 0] = np.nan
    found = priorities(shares)
    np.testing.assert_allclose(found.affinities, p, atol=1e-9)
    assert found.consistency_index == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(strengths(shares), p, atol=1e-6)


def test_no_interval_is_without_width_for_want_of_evidence() -> None:
    rng = np.random.default_rng(0)
    images = [f"i{k}" for k in range(30)]
    table = losses(
        x=dict(zip(images[:20], rng.exponential(1, 20), strict=True)),
        y=dict(zip(images, rng.exponential(1.2, 30), strict=True)),
        z=dict(zip(images[20:], rng.exponential(1.1, 10), strict=True)),
    )
    affinities = analyse(table).affinities
    assert (affinities["high"] > affinities["low"]).all()


@pytest.mark.parametrize("kind", ["gain", "quality"])
@pytest.mark.parametrize(
    ("reference", "why"), [(on("xyz", 0.5), "no test image in common"), (on("abc", np.inf), "diverged")]
)
def test_a_rate_without_evidence_is_unknown(kind: str, reference: dict[str, float], why: str) -> None:
    name = {"gain": "scratch", "quality": "self"}[kind]
    table = checked_losses(losses(**{"a": on("abc", 0.1), "b": on("abc", 0.2), name: reference}))
    (contest,) = contests(table)
    positions, _ = known_win_rates(contest, kind)
    assert [contest.transfers[k].sources for k in positions] in ([], [name])
    said = [one for one in unknowns(contest) if one.what == kind]
    assert len(said) == 1
    assert {"a", "b"} <= set(said[0].sources)
    assert why in said[0].why


def test_sanity_is_unknown_against_features_that_diverged() -> None:
    table = losses(self=on("abc", 0.1), random=on("abc", np.inf), constant=on("abc", 0.2))
    record = analyse(table, resamples=0).sanity
    assert record["targets"][0]["random"] is None
    assert record["targets"][0]["constant"] == 1.0


def test_the_summary_says_what_is_unknown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = losses(a=on("abc", 0.1), b=on("abc", 0.2), self=on("abc", 0.1), scratch=on("xyz", 0.5))
    table.to_csv(tmp_path / "losses.csv", index=False)
    assert main(["affinity", str(tmp_path / "losses.csv"), "--json"]) == 0
    printed = capsys.readouterr()
    assert "gain unknown of a, b, self" in printed.err
    said = {one["what"]: one["sources"] for one in json.loads(printed.out)["unknown"]}
    assert said["gain"] == ["a", "b", "self"]


def test_where_all_diverged_nothing_is_said_to_be_known() -> None:
    table = losses(a=on("abc", np.inf), b=on("abc", np.inf))
    assert any(one.what == "affinity" for one in analyse(table, resamples=0).unknown)


def test_complete_tables_leave_nothing_unknown() -> None:
    table = losses(a=on("abc", 0.1), self=on("abc", 0.2), scratch=on("abc", 0.3))
    assert analyse(table, resamples=0).unknown == ()
