"""The rooms as a reader: its contract, and the same pictures from the same seed wherever they are made."""

import json
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from taskaffinity.config import RoomsData
from taskaffinity.data.reader import Batch, Reader
from taskaffinity.data.rooms import RoomsReader
from taskaffinity.data.rooms.classes import OBJECTS, ROOMS, SEMANTIC
from taskaffinity.data.views import Views

SMALL = RoomsReader(scenes=3, views=4, size=32, seed=5)


def same(a: Views, b: Views) -> bool:
    return a.ids == b.ids and all(np.array_equal(a[name], b[name]) for name in a.channels)


def test_it_is_a_reader_that_pickles() -> None:
    assert isinstance(SMALL, Reader)
    assert pickle.loads(pickle.dumps(SMALL)) == SMALL
    assert json.loads(json.dumps(SMALL.identity())) == SMALL.identity()
    assert list(SMALL.units()) == list(SMALL.units()) == [0, 1, 2]


def test_its_kind_can_provide_its_channels(batches: list[Views]) -> None:
    assert RoomsReader.provides == RoomsData.can_provide
    assert all(set(views.channels) == RoomsReader.provides for views in batches)


@pytest.mark.parametrize("change", [{"scenes": 4}, {"views": 5}, {"size": 48}, {"seed": 6}])
def test_whatever_changes_the_views_changes_the_identity(change: dict[str, int]) -> None:
    settings = {"scenes": 3, "views": 4, "size": 32, "seed": 5}
    assert RoomsReader(**{**settings, **change}).identity() != SMALL.identity()


def test_channels_have_the_shapes_and_types_of_the_contract(batches: list[Views]) -> None:
    shapes = {
        "rgb": (3, 64, 64), "depth": (1, 64, 64), "normal": (3, 64, 64), "semantic": (64, 64),
        "instance": (64, 64), "object_class": (), "scene_class": (), "pose": (4, 4), "intrinsics": (3, 3),
        "manhattan": (3, 3), "room": (2, 3),
    }  # fmt: skip
    for views in batches:
        assert {name: views[name].shape for name in shapes} == {n: (8, *s) for n, s in shapes.items()}
        assert views["rgb"].dtype == np.uint8
        floats = ("depth", "normal", "pose", "intrinsics", "manhattan", "room")
        assert all(views[name].dtype == np.float32 and np.isfinite(views[name]).all() for name in floats)


def test_views_are_named_by_room_point_and_view(batches: list[Views]) -> None:
    ids = [view for views in batches for view in views.ids]
    assert len(set(ids)) == len(ids)
    assert [views.ids[0].scene for views in batches[:2]] == ["room-00000", "room-00001"]
    points = [view.point for view in batches[0].ids]
    assert points == [0, 0, 0, 1, 1, 2, 3, 4]


def test_classes_are_in_range(batches: list[Views]) -> None:
    for number, views in enumerate(batches):
        assert (views["scene_class"] == number % len(ROOMS)).all()
        assert views["semantic"].min() >= 1
        assert views["semantic"].max() < len(SEMANTIC)
        assert views["object_class"].min() >= -1
        assert views["object_class"].max() < len(OBJECTS)
    kinds = np.concatenate([views["object_class"] for views in batches])
    assert (kinds >= 0).mean() > 0.8
    assert len(np.unique(kinds)) > 12


def test_reading_again_in_another_order_gives_the_same() -> None:
    forwards = [SMALL.read(unit).views for unit in (0, 1, 2)]
    backwards = [SMALL.read(unit).views for unit in (2, 1, 0)]
    assert all(same(a, b) for a, b in zip(forwards, backwards[::-1], strict=True))
    assert not np.array_equal(forwards[0]["rgb"], forwards[1]["rgb"])


def test_another_process_gives_the_same() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there: Batch = pool.submit(SMALL.read, 1).result()
    assert same(there.views, SMALL.read(1).views)


def test_another_seed_gives_other_rooms() -> None:
    other = RoomsReader(scenes=3, views=4, size=32, seed=6)
    assert not np.array_equal(other.read(0).views["rgb"], SMALL.read(0).views["rgb"])


def test_size_changes_the_resolution_and_not_the_views() -> None:
    small, large = SMALL.read(0).views, RoomsReader(3, 4, 64, 5).read(0).views
    assert np.array_equal(small["pose"], large["pose"])
    shrunk = large["rgb"].reshape(4, 3, 32, 2, 32, 2).mean(axis=(3, 5))
    correlation = np.corrcoef(shrunk.ravel(), small["rgb"].ravel())[0, 1]
    assert correlation > 0.95
