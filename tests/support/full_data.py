"""A small data set that carries every channel: the synthetic room from many sides, with made-up classes."""

from pathlib import Path

import numpy as np

from support import box_room
from taskaffinity.data.derive import DERIVATIONS
from taskaffinity.data.keep import DataSet, open_kept, write_kept
from taskaffinity.data.prepare import derive
from taskaffinity.data.reader import Batch
from taskaffinity.data.views import ViewId, Views

SIZE = 32
SCENES, FRAMES = 6, 10
CLASSES = {
    "object_class": ["chair", "table", "bed"],
    "scene_class": ["kitchen", "office"],
    "semantic": [str(number) for number in range(18)],
}
HOLE = np.s_[2:5, 3:6]  # rows and columns where no depth was measured


def write(folder: Path) -> DataSet:
    """Write the views and derive all channels: `SCENES` scenes of `FRAMES` frames each."""
    poses = box_room.walk(SCENES * FRAMES, seed=1)
    batches = [_scene(scene, poses[scene * FRAMES : (scene + 1) * FRAMES]) for scene in range(SCENES)]
    provides = sorted({name for name in batches[0].views.channels if not name.endswith("_valid")})
    described = {"name": "full", "identity": "0", "classes": CLASSES, "provides": provides}
    write_kept(folder / "full", described, batches, lambda _: None)
    data = open_kept(folder / "full")
    assert data is not None
    derive(data, sorted(set(DERIVATIONS) - set(provides)), 1, lambda title, total: lambda done: None)
    return data


def _scene(scene: int, poses: list[np.ndarray]) -> Batch:
    frames = [box_room.render(pose, SIZE) for pose in poses]
    count = len(frames)
    depth = np.stack([frame.depth for frame in frames])[:, None].astype(np.float32)
    valid = np.ones(depth.shape, bool)
    valid[:, :, *HOLE] = False
    semantic = np.floor(depth[:, 0] * 4).astype(np.int64) % 18  # stripes of distance; 0 is unknown
    channels = {
        "rgb": np.stack([frame.colour.transpose(2, 0, 1) for frame in frames]),
        "depth": np.where(valid, depth, 0),
        "depth_valid": valid,
        "pose": np.stack(poses).astype(np.float32),
        "intrinsics": np.repeat(box_room.intrinsics(SIZE)[None], count, axis=0).astype(np.float32),
        "manhattan": np.repeat(np.eye(3, dtype=np.float32)[None], count, axis=0),
        "room": np.repeat(np.stack(box_room.ROOM)[None], count, axis=0).astype(np.float32),
        "semantic": semantic,
        "instance": semantic,
        "object_class": (np.arange(count) + scene) % 4 - 1,  # -1: nothing is known
        "scene_class": np.full(count, scene % 2),
        "time": np.arange(count) * 2 + 100 * scene,
    }
    return Batch(Views([ViewId(f"scene-{scene}", frame, 0) for frame in range(count)], channels))
