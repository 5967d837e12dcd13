"""From a reader to channels on disk."""

from pathlib import Path

import numpy as np
import pytest
from support import box_room

from taskaffinity.data.derive import DERIVATIONS, can_provide, in_order
from taskaffinity.data.keep import DataSet
from taskaffinity.data.prepare import derive, prepare
from taskaffinity.data.rgbd import RgbdReader
from taskaffinity.errors import DataError

GEOMETRY = ("normal", "reshading", "room_layout", "vanishing_point", "segment_unsup25d")


def kept(frames: Path, root: Path, workers: int = 1) -> DataSet:
    data = prepare(RgbdReader(frames, 32, 1, 5, 0), workers, lambda *_: lambda _: None, root)
    derive(data, GEOMETRY, workers, lambda *_: lambda _: None)
    return data


def test_workers_make_the_same_data(frames: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = kept(frames, tmp_path / "one")
    monkeypatch.setattr("taskaffinity.data.prepare.SMALL", 0)  # use a pool in any case
    monkeypatch.setattr("taskaffinity.data.prepare.CHUNK", 4)
    two = kept(frames, tmp_path / "two", workers=2)
    assert one.ids == two.ids
    rows = np.arange(len(one))
    for channel in ("rgb", "depth", *GEOMETRY):
        assert np.array_equal(one.read(rows, [channel])[channel], two.read(rows, [channel])[channel]), channel


def test_a_value_of_the_whole_sequence_is_every_views(frames: Path, tmp_path: Path) -> None:
    data = kept(frames, tmp_path)
    views = data.read(np.arange(len(data)), ["manhattan", "room"])
    assert (views["manhattan"] == views["manhattan"][0]).all()
    size = views["room"][0, 1] - views["room"][0, 0]
    truth = box_room.ROOM[1] - box_room.ROOM[0]
    assert np.abs(np.sort(size[:2]) - np.sort(truth[:2])).max() < 0.2


def test_what_is_on_disk_is_not_made_again(frames: Path, tmp_path: Path) -> None:
    data = kept(frames, tmp_path)
    steps: list[str] = []

    def note(title: str, _total: int) -> "object":
        steps.append(title)
        return lambda _: None

    again = prepare(RgbdReader(frames, 32, 1, 5, 0), 1, note, tmp_path)  # type: ignore[arg-type]
    derive(again, GEOMETRY, 1, note)  # type: ignore[arg-type]
    assert steps == []
    assert again.folder == data.folder


@pytest.mark.parametrize("channel", DERIVATIONS)
def test_every_derivation_has_its_function_and_needs_that_end(channel: str) -> None:
    assert callable(DERIVATIONS[channel].function(channel))
    everything = {"rgb", "depth", "pose", "intrinsics"}
    assert can_provide(channel, everything)
    order = in_order([channel], everything)
    for position, name in enumerate(order):
        assert set(DERIVATIONS[name].needs) <= everything | set(order[:position])


def test_what_cannot_be_derived_is_said() -> None:
    assert not can_provide("normal", {"rgb"})
    with pytest.raises(DataError, match="'normal' is neither"):
        in_order(["normal"], {"rgb"})
