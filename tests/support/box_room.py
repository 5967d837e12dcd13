"""A synthetic room in the RGB-D layout: a textured box with two crates, ray cast with exact depth and poses.

Everything follows from closed forms (ray against axis-aligned box): tests have a truth to compare with, and
no renderer and no real data are needed.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

ROOM = (np.array([0.0, 0.0, 0.0]), np.array([5.0, 4.0, 2.6]))  # opposite corners, metres; z is up
CRATES = (
    (np.array([1.0, 2.6, 0.0]), np.array([1.8, 3.4, 0.9])),
    (np.array([3.2, 0.8, 0.0]), np.array([4.0, 1.7, 1.3])),
)
PATTERN = np.array([[4.1, 1.3, 2.2], [0.9, 5.2, 1.7], [2.6, 1.1, 6.3]])  # waves per metre, one row a channel


@dataclass(frozen=True)
class Frame:
    """One picture: colour uint8 (H, W, 3), depth along the axis in metres (H, W), camera-to-world (4, 4)."""

    colour: np.ndarray
    depth: np.ndarray
    pose: np.ndarray


def intrinsics(size: int) -> np.ndarray:
    """A pinhole of 80 degrees whose axis goes through the middle; pixel centres lie at whole numbers."""
    focal = size / 2 / np.tan(np.radians(40))
    return np.array([[focal, 0, (size - 1) / 2], [0, focal, (size - 1) / 2], [0, 0, 1]])


def look(eye: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Camera-to-world of a camera at `eye` that looks at `target`: x right, y down, z forward."""
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    pose[:3, 3] = eye
    return pose


def render(pose: np.ndarray, size: int) -> Frame:
    """Cast one ray per pixel."""
    v, u = np.mgrid[:size, :size]
    rays = np.stack([u, v, np.ones_like(u)], axis=-1) @ np.linalg.inv(intrinsics(size)).T
    directions, eye = rays @ pose[:3, :3].T, pose[:3, 3]
    depth, normal = _inside(eye, directions)
    for crate in CRATES:
        reached, facing = _outside(eye, directions, *crate)
        nearer = reached < depth
        depth = np.where(nearer, reached, depth)
        normal = np.where(nearer[..., None], facing, normal)
    points = eye + directions * depth[..., None]
    return Frame(_paint(points, normal), depth, pose)


def _slabs(eye: np.ndarray, directions: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Distances to the two planes of each axis: (2, H, W, 3), sorted."""
    with np.errstate(divide="ignore"):
        return np.sort(np.stack([(low - eye) / directions, (high - eye) / directions]), axis=0)


def _inside(eye: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    far = _slabs(eye, directions, *ROOM)[1]
    axis = far.argmin(-1)
    return far.min(-1), np.eye(3)[axis]


def _outside(
    eye: np.ndarray, directions: np.ndarray, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    near, far = _slabs(eye, directions, low, high)
    entered, left = near.max(-1), far.min(-1)
    hit = (entered < left) & (entered > 0)
    return np.where(hit, entered, np.inf), np.eye(3)[near.argmax(-1)]


def _paint(points: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Colour a point by waves over its place, a check, and a shade by the way its surface faces."""
    waves = 0.5 + 0.25 * np.sin(points @ PATTERN.T)
    check = (np.floor((points + 0.13) * 2).sum(-1) % 2)[..., None] * 0.2
    shade = 0.7 + normal @ np.array([0.0, 0.12, 0.3])
    return np.clip((waves + check) * shade[..., None] * 255, 0, 255).astype(np.uint8)


def walk(frames: int, seed: int = 0) -> list[np.ndarray]:
    """Poses of a camera that goes round the room and looks across it, with some unrest."""
    rng = np.random.default_rng(seed)
    poses = []
    for angle in np.linspace(0, 2 * np.pi, frames, endpoint=False):
        place = np.array([2.5 + 0.5 * np.cos(angle), 2.1 + 0.4 * np.sin(angle), 1.5])
        aim = np.array([2.5 - 2.3 * np.cos(angle), 2.0 - 1.8 * np.sin(angle), 0.9])
        poses.append(look(place + rng.normal(0, 0.05, 3), aim + rng.normal(0, 0.15, 3)))
    return poses


def write(folder: Path, frames: int = 40, size: int = 96, seed: int = 0) -> Path:
    """Write a sequence: colour, depth in millimetres, poses and intrinsics."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savetxt(folder / "camera-intrinsics.txt", intrinsics(size))
    for number, pose in enumerate(walk(frames, seed)):
        frame = render(pose, size)
        stem = folder / f"frame-{number:06d}"
        cv2.imwrite(f"{stem}.color.png", frame.colour[..., ::-1])
        cv2.imwrite(f"{stem}.depth.png", np.rint(frame.depth * 1000).astype(np.uint16))
        np.savetxt(f"{stem}.pose.txt", pose)
    return folder
