"""Where cameras stand in a room: views that share a fixated point, and single views.

Candidates are drawn many at a time: places that are free, points that are seen from several of them, and for
each pair a camera, which is judged by a coarse picture. Camera axes are x right, y down, z forward.
Axis legend: P places, C candidates, D directions, N views.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from taskaffinity.data.poses import same_way
from taskaffinity.data.rooms.casting import SKIN, Hits, cast, free, sphere
from taskaffinity.data.rooms.classes import OBJECTS
from taskaffinity.data.rooms.scene import Scene
from taskaffinity.data.rooms.vectors import dot
from taskaffinity.errors import DataError

HEIGHT = (0.9, 1.5, 1.9)  # metres above the floor: lowest, likeliest, highest
FIELD = (45.0, 60.0, 75.0)  # degrees: narrowest, likeliest, widest
PITCH = (-0.85, 0.45)  # radians, downwards negative
DISTANCE = (0.7, 6.0)  # metres to the fixated point
ANGLE = (0.17, 1.5)  # radians between two lines of sight to a point
APART = 0.7  # metres between two points that are looked at
OUTSIDE = 0.1  # of the picture: how much may lie behind doors and windows,
REVEAL = 0.25  # more than so many metres past the walls
FRAMED = 0.9  # of half the side: how far from the middle a point is well inside a picture
CLEARANCE, WALL = 0.22, 0.25  # metres around a camera, and to the walls
PLACES, AROUND, TARGETS, SIGHTS, COARSE = 40, 64, 28, 6, 10
ROUNDS = 12
SELDOM = [
    OBJECTS.index(kind)
    for kind in ("door", "window", "curtain", "rug", "picture", "bottle", "vase", "book", "bowl", "clock")
]


@dataclass(frozen=True)
class PlacedCameras:
    """Pinhole cameras with square images.

    Attributes
    ----------
    pose
        float32 (N, 4, 4), camera to world, metres.
    tangent
        float32 (N,), of half the field of view.
    point
        int (N,), the number of the point looked at; views with the same number share it.
    target
        float32 (N, 3), that point, metres.
    """

    pose: np.ndarray
    tangent: np.ndarray
    point: np.ndarray
    target: np.ndarray

    def __len__(self) -> int:
        return len(self.tangent)

    def take(self, rows: np.ndarray) -> "PlacedCameras":
        """Return some of the cameras."""
        return PlacedCameras(self.pose[rows], self.tangent[rows], self.point[rows], self.target[rows])

    def intrinsics(self, size: int) -> np.ndarray:
        """Return the pinhole matrices for a size of image, pixel centres at whole numbers; (N, 3, 3)."""
        matrix = np.zeros((len(self), 3, 3), np.float32)
        matrix[:, 0, 0] = matrix[:, 1, 1] = size / 2 / self.tangent
        matrix[:, :2, 2] = (size - 1) / 2
        matrix[:, 2, 2] = 1
        return matrix

    def rays(self, size: int, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return origins and directions through the pixels of images, float32 (K·N·size·size, 3).

        `offsets` (K, 2) are right and down from the pixel's centre, pixels. Directions have depth 1, so that
        distances along them are distances along the optical axis.
        """
        v, u = np.mgrid[:size, :size]
        pixel = np.stack([u, v])[:, None] + offsets.T[:, :, None, None] - (size - 1) / 2
        right, down = (pixel * 2 / size).reshape(2, len(offsets), 1, -1).astype(np.float32)
        x, y, z, place = np.ascontiguousarray(self.pose.T)[:, :3, None, :, None]
        directions = z + self.tangent[:, None] * (right * x + down * y)
        origins = np.broadcast_to(place, directions.shape)
        return origins.reshape(3, -1).T, directions.reshape(3, -1).T


def place_cameras(scene: Scene, count: int, rng: np.random.Generator) -> PlacedCameras:
    """Place the cameras of a scene.

    First come views that share a point; each of the rest looks elsewhere, next to what another view shows.

    Parameters
    ----------
    scene
        The room.
    count
        How many views.
    rng
        The scene's generator.

    Returns
    -------
    PlacedCameras
        Views of shared points first, three and two by turns up to five eighths of all, then the rest.

    Raises
    ------
    DataError
        The room is too full for so many views.
    """
    chosen: list[PlacedCameras] = []
    sizes = _group_sizes(count)
    for number in range(ROUNDS):
        strictness = 1 - number / ROUNDS
        candidates = _candidates(scene, rng, strictness)
        while sizes:
            new = candidates.take(np.flatnonzero(_is_apart(candidates, chosen, APART * strictness)))
            group = _group(new, sizes[0], rng) if sizes[0] > 1 else _neighbour(new, chosen, rng)
            if group is None:
                break
            chosen.append(group)
            sizes = sizes[1:]
        if not sizes:
            return _joined(chosen)
    raise DataError(f"no place for {sum(sizes)} of {count} cameras")


def _group_sizes(count: int) -> list[int]:
    sizes: list[int] = []
    remaining = -(-count * 5 // 8)
    while remaining >= 2:
        sizes.append(min(remaining, 3 if len(sizes) % 2 == 0 else 2))
        remaining -= sizes[-1]
    return sizes + [1] * (count - sum(sizes))


def _candidates(scene: Scene, rng: np.random.Generator, strictness: float) -> PlacedCameras:
    """Draw cameras that give acceptable pictures; `point` numbers their targets."""
    places, seen = _places(scene, rng)
    targets = _targets(scene, seen, rng)
    point, place = _lines_of_sight(scene, places, seen, targets, rng)
    cameras = PlacedCameras(
        _look(places[place], seen.place[targets[point]], rng),
        np.tan(np.radians(rng.triangular(*FIELD, len(point))) / 2).astype(np.float32),
        point,
        seen.place[targets[point]],
    )
    fixated = scene.instance.take(seen.triangle.take(targets).take(point))
    return cameras.take(np.flatnonzero(_acceptable(scene, cameras, fixated, strictness)))


def _places(scene: Scene, rng: np.random.Generator) -> tuple[np.ndarray, Hits]:
    """Draw places outside of furniture and clear of everything, and what is seen from them all round.

    They are denser towards the walls, where one steps back to for a picture of a room.
    """
    towards_walls = (1 - np.cos(rng.uniform(0, np.pi, (PLACES, 2)))) / 2
    across = WALL + towards_walls * (scene.size[:2] - 2 * WALL)
    places = np.column_stack([across, rng.triangular(*HEIGHT, PLACES)]).astype(np.float32)
    directions = sphere(AROUND)
    hits = cast(scene, np.repeat(places, AROUND, axis=0), np.tile(directions, (PLACES, 1)))
    near = hits.distance.reshape(PLACES, AROUND).min(axis=1)
    inside = hits.inside.reshape(PLACES, AROUND).mean(axis=1)
    good = (near > CLEARANCE) & (inside < 0.1)
    return places[good], _rows(hits, np.repeat(good, AROUND))


def _rows(hits: Hits, rows: np.ndarray) -> Hits:
    return Hits(**{name: value[rows] for name, value in vars(hits).items()})


def _targets(scene: Scene, seen: Hits, rng: np.random.Generator) -> np.ndarray:
    """Choose points to look at: rows of `seen`. Each class of things in the room is equally likely.

    Cameras look at furniture more often than at small things, things on or in walls, and bare walls.
    """
    kind = scene.object_class[scene.instance.take(seen.triangle)]
    pixels_of_kind = np.bincount(kind + 1, minlength=len(OBJECTS) + 1)
    weight = np.where((kind < 0) | np.isin(kind, SELDOM), 0.2, 1.0) / pixels_of_kind[kind + 1]
    weight *= (seen.place[:, 2] > 0.02) & (seen.place[:, 2] < scene.size[2] - 0.2)
    count = min(TARGETS, int(np.count_nonzero(weight)))
    if not count:
        return np.zeros(0, int)
    return rng.choice(len(weight), count, replace=False, p=weight / weight.sum())


def _lines_of_sight(
    scene: Scene, places: np.ndarray, seen: Hits, targets: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """List up to `SIGHTS` places for each target that see it: rows of targets and of places."""
    normal, at = seen.normal[targets], seen.place[targets]
    towards = at[:, None] - places[None]
    length = np.sqrt(dot(towards, towards))
    facing = -np.einsum("tpk,tk->tp", towards, normal) / length
    pitch = np.arcsin(np.clip(towards[..., 2] / length, -1, 1))
    good = (length > DISTANCE[0]) & (length < DISTANCE[1]) & (facing > 0.2)
    good &= (pitch > PITCH[0]) & (pitch < PITCH[1])
    point, place = np.nonzero(good)
    start = at[point] + SKIN * normal[point]
    clear = free(scene, start, places[place] - start)
    point, place = point[clear], place[clear]
    order = np.lexsort((rng.random(len(point)), point))
    point, place = point[order], place[order]
    rank = np.arange(len(point)) - np.searchsorted(point, point)
    return point[rank < SIGHTS], place[rank < SIGHTS]


def _look(places: np.ndarray, targets: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return poses (C, 4, 4) that look nearly at the targets, with a slight roll."""
    forward = targets - places
    distance = np.sqrt(dot(forward, forward))[:, None]
    forward = forward + distance * rng.normal(0, 0.025, forward.shape)
    forward /= np.sqrt(dot(forward, forward))[:, None]
    right = np.stack([forward[:, 1], -forward[:, 0], np.zeros(len(forward))], axis=1)
    right /= np.sqrt(dot(right, right))[:, None]
    down = np.cross(forward, right)
    roll = rng.normal(0, 0.04, (len(forward), 1))
    pose = np.tile(np.eye(4, dtype=np.float32), (len(forward), 1, 1))
    pose[:, :3, 0] = np.cos(roll) * right + np.sin(roll) * down
    pose[:, :3, 1] = np.cos(roll) * down - np.sin(roll) * right
    pose[:, :3, 2] = forward
    pose[:, :3, 3] = places
    return pose


def _acceptable(scene: Scene, cameras: PlacedCameras, fixated: np.ndarray, strictness: float) -> np.ndarray:
    """Judge coarse pictures: bool (C,).

    Little that is near or outside of the room, nothing that fills the frame, several things; and what is
    looked at, the instances `fixated` (C,), is large enough to be recognised, unless it is the building.
    """
    if not len(cameras):
        return np.zeros(0, bool)
    hits = cast(scene, *cameras.rays(COARSE, np.zeros((1, 2))))
    depth = hits.distance.reshape(len(cameras), -1)
    instance = scene.instance.take(hits.triangle)
    view = np.repeat(np.arange(len(cameras)), COARSE * COARSE)
    share = np.bincount(view * len(scene.semantic) + instance, minlength=len(cameras) * len(scene.semantic))
    share = share.reshape(len(cameras), -1)
    kinds, largest = (share > 0).sum(axis=1), share.max(axis=1)
    good = ((depth < 0.6).mean(axis=1) <= 0.05) & (np.median(depth, axis=1) > 0.6 + 0.6 * strictness)
    good &= largest < COARSE * COARSE * (0.9 - 0.3 * strictness)
    beyond = (np.abs(hits.place - scene.size / 2) > scene.size / 2 + REVEAL).any(axis=1)
    good &= beyond.reshape(depth.shape).mean(axis=1) <= OUTSIDE * (2 - strictness)
    middle = np.arange(COARSE)[3:-3]
    centre = instance.reshape(-1, COARSE, COARSE)[:, middle[:, None], middle]
    shown = (centre == fixated[:, None, None]).mean(axis=(1, 2))
    good &= (shown >= 0.25 * strictness) | (scene.object_class[fixated] < 0)
    return good & (kinds >= 2 + 3 * strictness)


def _is_apart(candidates: PlacedCameras, chosen: list[PlacedCameras], apart: float) -> np.ndarray:
    """Tell which candidates look at a point `apart` from those of the chosen: bool (C,)."""
    good = np.ones(len(candidates), bool)
    for group in chosen:
        good &= np.linalg.norm(candidates.target - group.target[0], axis=1) >= apart
    return good


def _group(candidates: PlacedCameras, size: int, rng: np.random.Generator) -> PlacedCameras | None:
    """Choose `size` candidates that look at one point from different sides."""
    for point in rng.permutation(np.unique(candidates.point)):
        rows = np.flatnonzero(candidates.point == point)
        if len(rows) < size:
            continue
        sight = candidates.target[rows[0]] - candidates.pose[rows, :3, 3]
        sight /= np.linalg.norm(sight, axis=1, keepdims=True)
        angle = np.arccos(np.clip(sight @ sight.T, -1, 1))
        for members in combinations(range(len(rows)), size):
            pairs = [angle[a, b] for a, b in combinations(members, 2)]
            if all(ANGLE[0] < a < ANGLE[1] for a in pairs):
                return candidates.take(rows[list(members)])
    return None


def _neighbour(
    candidates: PlacedCameras, chosen: list[PlacedCameras], rng: np.random.Generator
) -> PlacedCameras | None:
    """Choose a candidate, if possible one that overlaps with one of the chosen.

    Each then shows what the other looks at, and they look the same way.
    """
    if not len(candidates):
        return None
    rows = rng.permutation(len(candidates))
    if not chosen:
        return candidates.take(rows[:1])
    drawn, others = candidates.take(rows), _joined(chosen)
    framed = _frames(drawn, others.target) & _frames(others, drawn.target).T
    overlaps = (framed & same_way(drawn.pose[:, None], others.pose)).any(axis=1)
    return drawn.take(np.argmax(overlaps, keepdims=True))  # the first that does, or else the first


def _frames(cameras: PlacedCameras, points: np.ndarray) -> np.ndarray:
    """Tell which points (K, 3) lie well inside the frames of which cameras, hidden or not: bool (N, K)."""
    offset = points - cameras.pose[:, None, :3, 3]
    x, y, z = np.moveaxis(offset @ cameras.pose[:, :3, :3], -1, 0)
    return (z > 0) & (np.maximum(np.abs(x), np.abs(y)) < FRAMED * z * cameras.tangent[:, None])


def _joined(groups: list[PlacedCameras]) -> PlacedCameras:
    point = np.repeat(np.arange(len(groups)), [len(g) for g in groups])
    pose, tangent, target = (
        np.concatenate([getattr(g, name) for g in groups]) for name in ("pose", "tangent", "target")
    )
    return PlacedCameras(pose, tangent, point, target)
