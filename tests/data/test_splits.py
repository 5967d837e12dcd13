"""The four splits."""

import numpy as np
import pytest

from taskaffinity.data.splits import SPLITS, split_rows
from taskaffinity.data.views import ViewId
from taskaffinity.errors import DataError

SHARES = {"source": 0.7, "transfer": 0.1, "validation": 0.08, "test": 0.12}


def ids_of(scenes: int, each: int = 3) -> list[ViewId]:
    return [ViewId(f"s{number % scenes}", number, 0) for number in range(scenes * each)]


@pytest.mark.parametrize("scenes", [4, 5, 17, 200])
@pytest.mark.parametrize("seed", [0, 1])
def test_every_row_is_in_one_split_and_no_scene_in_two(scenes: int, seed: int) -> None:
    ids = ids_of(scenes)
    rows = split_rows(ids, SHARES, seed)
    assert np.array_equal(np.sort(np.concatenate(list(rows.values()))), np.arange(len(ids)))
    owners = [{ids[row].scene for row in rows[name]} for name in SPLITS]
    assert all(owners)
    assert sum(map(len, owners)) == scenes


def test_shares_are_kept_and_the_draw_follows_its_seed() -> None:
    rows = split_rows(ids_of(200), SHARES, 3)
    assert {name: len(r) / 600 for name, r in rows.items()} == pytest.approx(SHARES, abs=0.006)
    assert all(np.array_equal(rows[name], split_rows(ids_of(200), SHARES, 3)[name]) for name in SPLITS)
    assert not np.array_equal(rows["test"], split_rows(ids_of(200), SHARES, 4)["test"])


def test_parts_of_the_data_set_are_kept() -> None:
    given = {f"s{n}": "train" if n < 16 else "val" if n < 18 else "test" for n in range(20)}
    ids = ids_of(20)
    rows = split_rows(ids, SHARES, 0, given)
    scenes = {name: {ids[row].scene for row in rows[name]} for name in SPLITS}
    assert scenes["validation"] == {"s16", "s17"}
    assert scenes["test"] == {"s18", "s19"}
    assert len(scenes["source"]) == 14  # 16 scenes, 0.7 to 0.1
    assert len(scenes["transfer"]) == 2


def test_too_few_scenes_are_said() -> None:
    with pytest.raises(DataError, match="3 scenes cannot make 4"):
        split_rows(ids_of(3), SHARES, 0)
    with pytest.raises(DataError, match="2 train scenes cannot make 3"):
        split_rows(ids_of(3), SHARES, 0, {"s0": "train", "s1": "train", "s2": "test"})
    with pytest.raises(DataError, match="train and val or test are needed"):
        split_rows(ids_of(3), SHARES, 0, {"s0": "val", "s1": "val", "s2": "test"})


@pytest.mark.parametrize(("held_out", "whole"), [("test", {"test"}), ("val", {"validation", "test"})])
def test_where_a_part_is_missing_nothing_held_out_is_trained_on(held_out: str, whole: set[str]) -> None:
    given = {f"s{n}": "train" if n < 12 else held_out for n in range(20)}
    ids = ids_of(20)
    rows = split_rows(ids, SHARES, 0, given)
    scenes = {name: {ids[row].scene for row in rows[name]} for name in SPLITS}
    assert set.union(*(scenes[name] for name in whole)) == {f"s{n}" for n in range(12, 20)}
    assert all(scenes.values())
