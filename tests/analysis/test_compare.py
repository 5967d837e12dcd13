import pandas as pd
import pytest
from support.affinities import published

from taskaffinity.analysis.compare import compare, our_names
from taskaffinity.analysis.tables import read_table
from taskaffinity.errors import InputError


def table(target: str, **affinities: float) -> pd.DataFrame:
    rows = [(target, sources, value) for sources, value in affinities.items()]
    return pd.DataFrame(rows, columns=["target", "sources", "affinity"])


def test_names_are_matched_and_references_left_out() -> None:
    ours = table("normal", reshading=3, denoising=2, edge_texture=1, random=0, normal=9, self=8, scratch=7)
    theirs = table("rgb2sfnorm", reshade=3, denoise=2, edge2d=1, random=0, rgb2sfnorm=1, self=0.5, pixels=9)
    assert compare(ours, theirs) == {"mean": 1.0, "targets": {"normal": 1.0}, "left_out": {}}
    turned = table("rgb2sfnorm", reshade=0, denoise=1, edge2d=2, random=3)
    assert compare(ours, turned)["targets"]["normal"] == -1.0


def test_spearman_by_hand() -> None:
    one, other = table("t", a=1, b=2, c=3, d=4), table("t", a=1, b=3, c=2, d=4)
    assert compare(one, other)["targets"]["t"] == pytest.approx(1 - 6 * 2 / (4 * 15))


def test_every_published_key_is_ours_alone() -> None:
    names = our_names()
    assert names["rgb2sfnorm"] == "normal"
    assert "random" not in names
    assert len(set(names.values())) == len(names)


def test_published_runs() -> None:
    tables = [read_table(published(f"all_affinities{run}.pkl"), "affinity") for run in ("", "_1k")]
    found = compare(*tables)
    assert found["targets"]["denoising"] > 0.9
    assert found["mean"] == pytest.approx(sum(found["targets"].values()) / len(found["targets"]))
    assert compare(tables[0], tables[0])["mean"] == pytest.approx(1.0)


def test_nothing_in_common() -> None:
    with pytest.raises(InputError, match="share no target"):
        compare(table("t", a=1, b=2), table("t", a=1, b=2))
