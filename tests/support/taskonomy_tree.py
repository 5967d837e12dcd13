"""A small tree in Taskonomy's layouts, written from one synthetic room so that its labels agree."""

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from support import box_room

SIZE = 64  # pixels of the files
FIELD_OF_VIEW = np.radians(80)  # of the synthetic camera
LAYOUTS = ("domain/taskonomy/building", "domain/building", "domain", "building/domain")
DOMAINS = (
    "rgb", "depth_zbuffer", "depth_euclidean", "normal", "principal_curvature", "edge_texture",
    "edge_occlusion", "keypoints2d", "keypoints3d", "reshading", "segment_semantic", "segment_unsup2d",
    "segment_unsup25d", "class_object", "class_scene", "point_info",
)  # fmt: skip
SUFFIX = {"segment_semantic": "segmentsemantic", "class_scene": "class_places"}
HOLE = np.s_[:8, :8]  # rows and columns without depth


def folder_of(root: Path, layout: str, domain: str, building: str) -> Path:
    """The folder of a domain and building in a layout."""
    parts = {"domain": domain, "building": building, "taskonomy": "taskonomy"}
    return root.joinpath(*(parts[part] for part in layout.split("/")))


def file_of(root: Path, domain: str, building: str, point: int, view: int, layout: str = LAYOUTS[1]) -> Path:
    """The file of a domain of a view."""
    ending = {"point_info": "json", "class_object": "npy", "class_scene": "npy"}.get(domain, "png")
    name = f"point_{point}_view_{view}_domain_{SUFFIX.get(domain, domain)}.{ending}"
    return folder_of(root, layout, domain, building) / name


def write(
    root: Path, buildings: Sequence[str] = ("ayer", "bonn"), views: int = 3, layout: str = LAYOUTS[1],
    domains: Iterable[str] = DOMAINS,
) -> Path:  # fmt: skip
    """Write `views` views of each building, point 0 to `views` - 1, each as view 1."""
    poses = box_room.walk(len(buildings) * views, seed=5)
    for number, pose in enumerate(poses):
        building, point = buildings[number // views], number % views
        contents = labels_of(pose)
        for domain in domains:
            file = file_of(root, domain, building, point, 1, layout)
            file.parent.mkdir(parents=True, exist_ok=True)
            write_label(file, contents[domain])
    return root


def write_label(file: Path, content: object) -> None:
    """Write one file as its ending says; colours are given as RGB."""
    if file.suffix == ".json":
        file.write_text(json.dumps(content))
    elif file.suffix == ".npy":
        np.save(file, content)  # type: ignore[arg-type]
    else:
        image = np.asarray(content)
        cv2.imwrite(str(file), image[..., ::-1] if image.ndim == 3 else image)


def labels_of(pose: np.ndarray) -> dict[str, object]:
    """The content of every domain's file for a camera."""
    frame = box_room.render(pose, SIZE)
    v, u = np.mgrid[:SIZE, :SIZE]
    ray = np.linalg.inv(box_room.intrinsics(SIZE)) @ np.stack([u, v, np.ones_like(u)]).reshape(3, -1)
    length = np.linalg.norm(ray, axis=0).reshape(SIZE, SIZE)
    known = np.ones((SIZE, SIZE), bool)
    known[HOLE] = False
    ramp = np.tile(np.linspace(0, 1, SIZE), (SIZE, 1))
    logits, places = np.zeros(1000), np.full(365, 1e-6)
    logits[7], places[203] = 9, 0.9  # kitchen
    return {
        "rgb": frame.colour,
        "depth_zbuffer": depth16(frame.depth, known),
        "depth_euclidean": depth16(frame.depth * length, known),
        "normal": np.full((SIZE, SIZE, 3), np.rint((np.array([0.6, 0, -0.8]) + 1) * 127.5), np.uint8),
        "principal_curvature": np.dstack([np.full((SIZE, SIZE), v, np.uint8) for v in (254, 127, 0)]),
        "edge_texture": np.rint(ramp * 0.08 * 65535).astype(np.uint16),
        "edge_occlusion": np.rint(np.ones_like(ramp) * 0.5 * 0.00625 * 65535).astype(np.uint16),
        "keypoints2d": np.rint(ramp * 0.005 * 65535).astype(np.uint16),
        "keypoints3d": np.rint(ramp * 65535).astype(np.uint16),
        "reshading": np.full((SIZE, SIZE, 3), 51, np.uint8),
        "segment_semantic": np.where(ramp < 0.5, 0, 3).astype(np.uint8),
        "segment_unsup2d": np.where(ramp < 0.5, 4, 9).astype(np.uint8),
        "segment_unsup25d": np.where(ramp < 0.5, 4, 9).astype(np.uint8),
        "class_object": logits,
        "class_scene": places,
        "point_info": point_info(pose),
    }


def depth16(metres: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Depth as it is published: 1/512 m, 65535 where unknown."""
    return np.where(known, np.rint(metres * 512), 65535).astype(np.uint16)


def point_info(pose: np.ndarray) -> dict[str, object]:
    """The camera as it is published: Blender's axes, and the box with x and y exchanged."""
    low, high = box_room.ROOM
    ranges = {name: [float(low[i]), float(high[i])] for name, i in (("x", 1), ("y", 0), ("z", 2))}
    turn = Rotation.from_matrix(pose[:3, :3] @ np.diag([1, -1, -1]))
    return {
        "camera_location": pose[:3, 3].tolist(), "camera_rotation_final": turn.as_euler("xyz").tolist(),
        "field_of_view_rads": float(FIELD_OF_VIEW), "resolution": SIZE, "bounding_box_ranges": ranges,
    }  # fmt: skip


def age(root: Path) -> None:
    """Make every folder look as if it had last changed long ago."""
    for folder in (root, *(path for path in root.rglob("*") if path.is_dir())):
        os.utime(folder, (1e9, 1e9))
