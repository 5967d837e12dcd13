"""Following rays through triangles: by Embree where it can be installed, else in NumPy.

Embree's Python wheels are for x86-64 alone. `BoxTree` does the same work on any machine, and finds the same
hits to the accuracy of float32; it takes far longer (`benchmarks/rooms.py --caster numpy` measures how long).

Axis legend: S rays, T triangles. Directions need not be of unit length; distances are in units of them.
"""

from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np

from taskaffinity.data.rooms.boxtree import BoxTree

REACH = 1 - 1e-3  # of a vector's length: what is nearer than this blocks it


@dataclass(frozen=True)
class Closest:
    """The first triangle on each ray.

    Attributes
    ----------
    triangle
        int (S,); -1 where a ray meets none.
    distance
        float32 (S,), in units of the rays' directions.
    u, v
        float32 (S,), the weights of the triangle's second and third corner.
    """

    triangle: np.ndarray
    distance: np.ndarray
    u: np.ndarray
    v: np.ndarray


class Caster(Protocol):
    """Triangles, ready for following rays; origins and directions are float32 (S, 3)."""

    def closest(self, origins: np.ndarray, directions: np.ndarray) -> Closest:
        """Find the first triangle on each ray."""
        ...

    def blocked(self, origins: np.ndarray, vectors: np.ndarray) -> np.ndarray:
        """Tell whether a triangle is in the way along each vector, up to `REACH` of it: bool (S,)."""
        ...

    def distance(self, origins: np.ndarray, directions: np.ndarray, most: float) -> np.ndarray:
        """Return how far each ray gets, at most `most`: float32 (S,)."""
        ...


class EmbreeCaster:
    """Triangles in an Embree scene."""

    def __init__(self, corners: np.ndarray) -> None:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene

        self._scene = EmbreeScene(robust=True)
        TriangleMesh(self._scene, corners.astype(float))  # read one by one, doubles a little quicker

    def closest(self, origins: np.ndarray, directions: np.ndarray) -> Closest:
        """Find the first triangle on each ray."""
        hits = self._scene.run(origins, directions, output=1)
        return Closest(hits["primID"].astype(np.intp), hits["tfar"], hits["u"], hits["v"])

    def blocked(self, origins: np.ndarray, vectors: np.ndarray) -> np.ndarray:
        """Tell whether a triangle is in the way along each vector."""
        reach = np.full(len(origins), REACH, np.float32)
        return np.asarray(self._scene.run(origins, vectors, reach, query="OCCLUDED") >= 0)

    def distance(self, origins: np.ndarray, directions: np.ndarray, most: float) -> np.ndarray:
        """Return how far each ray gets, at most `most`."""
        limit = np.full(len(origins), most, np.float32)
        return np.asarray(self._scene.run(origins, directions, limit, query="DISTANCE"))


class NumpyCaster:
    """Triangles in a tree of boxes."""

    def __init__(self, corners: np.ndarray) -> None:
        self._tree = BoxTree(corners)

    def closest(self, origins: np.ndarray, directions: np.ndarray) -> Closest:
        """Find the first triangle on each ray."""
        triangle, distance, u, v = self._tree.first(origins, directions, np.inf)
        return Closest(triangle, *(value.astype(np.float32) for value in (distance, u, v)))

    def blocked(self, origins: np.ndarray, vectors: np.ndarray) -> np.ndarray:
        """Tell whether a triangle is in the way along each vector."""
        return self._tree.first(origins, vectors, REACH, any_will_do=True)[0] >= 0

    def distance(self, origins: np.ndarray, directions: np.ndarray, most: float) -> np.ndarray:
        """Return how far each ray gets, at most `most`."""
        return self._tree.first(origins, directions, most)[1].astype(np.float32)


@cache
def has_embree() -> bool:
    """Tell whether Embree can be imported."""
    try:
        import embreex.rtcore_scene  # noqa: F401
    except ImportError:
        return False
    return True


def make_caster(corners: np.ndarray) -> Caster:
    """Make triangles (T, 3, 3) ready for following rays."""
    return EmbreeCaster(corners) if has_embree() else NumpyCaster(corners)
