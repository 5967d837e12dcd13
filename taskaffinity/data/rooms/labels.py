"""Labels of every pixel and of every view, from rays through the pixels' centres.

Axis legend: N views, H rows, W columns.
"""

import numpy as np

from taskaffinity.data.rooms.cameras import PlacedCameras
from taskaffinity.data.rooms.casting import cast
from taskaffinity.data.rooms.scene import Scene

CENTRAL = 0.16  # standard deviation of the weight of pixels for the object at the centre, in image sides
SHARE = 0.15  # of that weight that an object must have


def label(scene: Scene, cameras: PlacedCameras, size: int) -> dict[str, np.ndarray]:
    """Return the channels of the views but for their colour, as `taskaffinity.data.views` says."""
    count = len(cameras)
    hits = cast(scene, *cameras.rays(size, np.zeros((1, 2))))
    normal = np.ascontiguousarray(hits.normal).reshape(count, -1, 3) @ cameras.pose[:, :3, :3]
    instance = scene.instance[hits.triangle].reshape(count, size, size)
    return {
        "depth": hits.distance.reshape(count, 1, size, size),
        "normal": np.ascontiguousarray(normal.transpose(0, 2, 1).reshape(count, 3, size, size)),
        "semantic": scene.semantic[instance].astype(np.uint8),
        "instance": instance.astype(np.int16),
        "object_class": object_at_centre(instance, scene.object_class),
        "scene_class": np.full(count, scene.kind, np.int16),
        "pose": cameras.pose,
        "intrinsics": cameras.intrinsics(size),
        "manhattan": np.tile(np.eye(3, dtype=np.float32), (count, 1, 1)),
        "room": np.tile(np.stack([np.zeros(3), scene.size]).astype(np.float32), (count, 1, 1)),
    }


def object_at_centre(instance: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return the class of the thing that weighs most about each image's centre: int16 (N,), -1 for none.

    Pixels weigh by a Gaussian of `CENTRAL` image sides. The building weighs nothing.
    """
    size = instance.shape[-1]
    line = np.exp(-(((np.arange(size) - (size - 1) / 2) / (CENTRAL * size)) ** 2) / 2)
    weight = np.outer(line, line).ravel() / line.sum() ** 2
    shown = np.full(len(instance), -1, np.int16)
    for view, image in enumerate(instance):
        mass = np.bincount(image.ravel(), weight, minlength=len(classes)) * (classes >= 0)
        if mass.max() > SHARE:
            shown[view] = classes[mass.argmax()]
    return shown
