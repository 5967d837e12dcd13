"""Examples of several views: what is drawn is what the name says, from one scene, the same every time."""

import numpy as np
import pytest
from support import full_data

from taskaffinity.data import grouping
from taskaffinity.data.grouping import CENTRAL, DIFFERENT, SAME, SHARED, group_rows
from taskaffinity.data.keep import DataSet, open_kept, write_kept
from taskaffinity.data.overlap import Cameras, centre_offset, moved, overlap
from taskaffinity.data.reader import Batch
from taskaffinity.data.views import ViewId, Views
from taskaffinity.errors import DataError
from taskaffinity.groupings import GROUPINGS

GEOMETRIC = ("fixated", "nonfixated", "matching", "triplet")
SEVERAL = (*GEOMETRIC, "temporal")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    return full_data.write(tmp_path_factory.mktemp("grouping"))


def draw(data: DataSet, name: str, seed: int = 5, rows: np.ndarray | None = None) -> np.ndarray:
    return group_rows(data, np.arange(len(data)) if rows is None else rows, name, seed)


def measured(data: DataSet, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return offset there and back, overlap there and back, and motion of each pair."""
    needs = GROUPINGS["fixated"].needs
    cameras = Cameras.of(data.read(first, needs), data.read(second, needs))
    a, b = np.arange(len(first)), np.arange(len(first), 2 * len(first))
    return (
        centre_offset(cameras, a, b), centre_offset(cameras, b, a),
        overlap(cameras, a, b), overlap(cameras, b, a), moved(cameras, a, b),
    )  # fmt: skip


def test_single_is_every_row(full: DataSet) -> None:
    rows = np.array([3, 7, 11])
    np.testing.assert_array_equal(draw(full, "single", rows=rows), rows[:, None])


def test_unknown_names_are_refused(full: DataSet) -> None:
    with pytest.raises(DataError, match="unknown grouping 'quartet'; there are single, fixated"):
        draw(full, "quartet")


@pytest.mark.parametrize("name", SEVERAL)
def test_one_scene_an_example_and_each_view_first_once(full: DataSet, name: str) -> None:
    examples = draw(full, name)
    assert examples.dtype == np.int64
    assert examples.shape[1] == GROUPINGS[name].images
    assert len(examples) >= len(full) / 3
    assert len(np.unique(examples[:, 0])) == len(examples)
    for example in examples:
        assert len({full.ids[row].scene for row in example}) == 1
        assert len(set(example)) == len(example)


@pytest.mark.parametrize("name", SEVERAL)
def test_same_seed_same_examples(full: DataSet, name: str) -> None:
    np.testing.assert_array_equal(draw(full, name), draw(full, name))
    assert not np.array_equal(draw(full, name), draw(full, name, seed=6))


@pytest.mark.parametrize("name", SEVERAL)
def test_scenes_are_drawn_by_themselves(full: DataSet, name: str) -> None:
    half = np.array([row for row, view in enumerate(full.ids) if view.scene in ("scene-1", "scene-4")])
    whole = draw(full, name)
    np.testing.assert_array_equal(draw(full, name, rows=half), whole[np.isin(whole[:, 0], half)])


@pytest.mark.parametrize("name", SEVERAL)
def test_rounds_draw_other_partners(full: DataSet, name: str) -> None:
    rows = np.arange(len(full))
    one, four = (group_rows(full, rows, name, 5, rounds=rounds) for rounds in (1, 4))
    assert len(four) >= 3.5 * len(one)
    assert len(np.unique(four, axis=0)) > 1.5 * len(one)


def test_single_views_come_once_however_many_rounds(full: DataSet) -> None:
    assert len(group_rows(full, np.arange(6), "single", 5, rounds=4)) == 6


def test_fixated_pairs_look_at_one_point(full: DataSet) -> None:
    there, _, _, _, has_moved = measured(full, *draw(full, "fixated").T)
    assert there.max() < CENTRAL
    assert has_moved.all()


def test_nonfixated_pairs_overlap_and_look_elsewhere(full: DataSet) -> None:
    there, back, share, share_back, has_moved = measured(full, *draw(full, "nonfixated").T)
    assert min(there.min(), back.min()) >= CENTRAL
    assert min(share.min(), share_back.min()) >= SHARED
    assert has_moved.all()


def test_matching_pairs_match_in_half_of_the_examples(full: DataSet) -> None:
    there, back, _, _, has_moved = measured(full, *draw(full, "matching").T)
    same = np.maximum(there, back) < SAME
    np.testing.assert_array_equal(~same, np.minimum(there, back) > DIFFERENT)
    assert same.mean() == 0.5
    assert has_moved.all()


def test_triplets_are_chains(full: DataSet) -> None:
    first, second, third = draw(full, "triplet").T
    for pair in ((first, second), (second, third)):
        _, _, share, share_back, _ = measured(full, *pair)
        assert min(share.min(), share_back.min()) >= SHARED
    for pair in ((first, second), (second, third), (third, first)):
        assert measured(full, *pair)[-1].all()


def test_temporal_triplets_are_of_one_track(full: DataSet) -> None:
    examples = draw(full, "temporal")
    time = full.read(np.arange(len(full)), ["time"])["time"][examples]
    between = (time[:, 1] - time[:, 0]) * (time[:, 2] - time[:, 1]) > 0
    assert 0.3 < between.mean() < 0.7
    assert len(examples) == len(full)


def test_windows_of_one_frame_are_never_paired(
    tmp_path_factory: pytest.TempPathFactory, full: DataSet
) -> None:
    """Two windows of each frame, alike but for their number: as close as views can be, from one pose."""
    rows = np.repeat(np.arange(20), 2)
    views = full.read(rows, ["rgb", "depth", "pose", "intrinsics", "time"])
    ids = [ViewId(full.ids[row].scene, full.ids[row].point, number % 2) for number, row in enumerate(rows)]
    folder = tmp_path_factory.mktemp("windows") / "data"
    described = {"name": "windows", "identity": "1", "classes": {}, "provides": sorted(views.channels)}
    write_kept(folder, described, [Batch(Views(ids, views.channels))], lambda _: None)
    windows = open_kept(folder)
    assert windows is not None
    for name in SEVERAL:
        examples = draw(windows, name)
        frames = rows[examples]
        assert len(examples) > 10
        assert (np.sort(frames, axis=1)[:, 1:] != np.sort(frames, axis=1)[:, :-1]).all()
    tracks = np.array([view.view for view in ids])[draw(windows, "temporal")]
    assert (tracks == tracks[:, :1]).all()


@pytest.mark.parametrize("name", SEVERAL)
def test_large_scenes_are_searched_in_parts(
    full: DataSet, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "NEIGHBOURHOOD", 5)
    examples = draw(full, name)
    assert len(examples) > 0
    part = (examples % full_data.FRAMES) // 5
    assert (part == part[:, :1]).all()


@pytest.mark.parametrize("name", SEVERAL)
def test_lonely_views_make_no_example(full: DataSet, name: str) -> None:
    lonely = np.arange(0, len(full), full_data.FRAMES)  # one of each scene
    assert draw(full, name, rows=lonely).shape == (0, GROUPINGS[name].images)
