"""The room's frame and box from a whole sequence: a synthetic room, and a real kitchen with its gravity."""

from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation
from support import box_room

from taskaffinity.data.derive.geometry import normal
from taskaffinity.data.derive.manhattan import manhattan, room
from taskaffinity.data.rgbd import RgbdReader
from taskaffinity.data.views import ViewId, Views

SIZE = 48


def walk(tilt: np.ndarray, count: int = 40) -> Views:
    """Views of the synthetic room in a world turned by `tilt`."""
    world = np.eye(4)
    world[:3, :3] = tilt
    poses = box_room.walk(count, seed=3)
    depth = np.stack([box_room.render(pose, SIZE).depth for pose in poses]).astype(np.float32)
    channels = {
        "depth": depth[:, None], "pose": np.stack([world @ pose for pose in poses]),
        "intrinsics": np.repeat(box_room.intrinsics(SIZE)[None], count, axis=0),
    }  # fmt: skip
    views = Views([ViewId("s", number, 0) for number in range(count)], channels)
    return Views(views.ids, {**channels, **normal(views)})


def test_frame_and_box_of_a_room_are_found_whichever_way_the_world_lies() -> None:
    tilt = Rotation.from_euler("xyz", [20, -35, 50], degrees=True).as_matrix()
    views = walk(tilt)
    frame = manhattan(views)["manhattan"]
    assert frame.shape == (1, 3, 3)
    assert np.linalg.det(frame[0]) > 0.999
    assert np.degrees(np.arccos(np.clip(frame[0, 2] @ tilt[:, 2], -1, 1))) < 0.5  # the third axis is up
    assert np.allclose(np.sort(np.abs(frame[0] @ tilt), axis=1)[:, :2], 0, atol=0.01)  # along the walls
    box = room(Views(views.ids, {**views.channels, "manhattan": np.repeat(frame, len(views), axis=0)}))[
        "room"
    ]
    size = np.sort((box[0, 1] - box[0, 0])[:2])
    truth = np.sort((box_room.ROOM[1] - box_room.ROOM[0])[:2])
    assert np.abs(size - truth).max() < 0.15


def test_the_estimate_is_the_same_each_time() -> None:
    views = walk(np.eye(3), count=12)
    assert np.array_equal(manhattan(views)["manhattan"], manhattan(views)["manhattan"])


def test_up_in_the_kitchen_is_against_gravity(real_data: Path) -> None:
    folder = real_data / "rgbd-kitchen"
    reader = RgbdReader(folder, SIZE, crops=1)
    batches = [reader.read(unit).views for unit in reader.units()[::12]]
    names = ("depth", "depth_valid", "pose", "intrinsics")
    channels = {name: np.concatenate([batch[name] for batch in batches]) for name in names}
    views = Views([view for batch in batches for view in batch.ids], channels)
    frame = manhattan(Views(views.ids, {**channels, **normal(views)}))["manhattan"][0]
    gravity = np.loadtxt(folder / "gravity-direction.txt")
    assert np.degrees(np.arccos(-frame[2] @ gravity / np.linalg.norm(gravity))) < 3
