"""Light that has bounced, as a volume of probes (Greger et al. 1998, The irradiance volume).

Each probe holds the radiance around it as its mean and its first moment, the first two orders of spherical
harmonics, from which the light on a surface of any slope follows (Ramamoorthi and Hanrahan 2001).
Axis legend: P probes, S samples, R rays of a probe.
"""

from dataclasses import dataclass

import numpy as np

from taskaffinity.data.rooms.casting import Hits, cast, sphere
from taskaffinity.data.rooms.lights import Lights
from taskaffinity.data.rooms.scene import Scene
from taskaffinity.data.rooms.shading import PHASES, Surface, direct
from taskaffinity.data.rooms.vectors import dot, rows

SPACING = 0.6  # metres between probes
FINER = 5  # times finer the grid that is looked up
RAYS = 48
BOUNCES = 3
_SHIFT = (np.array([[-1, -1, 1], [1, -1, -1], [-1, 1, -1], [1, 1, 1]]) / 4).astype(np.float32)


@dataclass(frozen=True)
class Volume:
    """Bounced light on a fine grid.

    Attributes
    ----------
    size
        The room's inner size, metres, (3,).
    grid
        float32 (X, Y, Z, 3 colours, 4): mean radiance, then its first moment along x, y, z.
    """

    size: np.ndarray
    grid: np.ndarray

    def light(self, place: np.ndarray, normal: np.ndarray) -> np.ndarray:
        """Return the light on surfaces, float32 (S, 3); S is a multiple of `PHASES`.

        The four samples of a pixel look up points a quarter of a cell apart, which hides the grid's steps.
        """
        shape = np.array(self.grid.shape[:3], np.int32)
        cell = (place * (shape / self.size).astype(np.float32)).reshape(PHASES, -1, 3) + _SHIFT[:, None]
        index = np.clip(cell.reshape(-1, 3).astype(np.int32), 0, shape - 1)
        flat = (index[:, 0] * shape[1] + index[:, 1]) * shape[2] + index[:, 2]
        probe = rows(self.grid.reshape(-1, 3, 4), flat)
        mean = probe[..., 0]
        moment = np.einsum("sck,sk->sc", probe[..., 1:], normal)
        return np.maximum(mean + 2 * moment, np.float32(0.15) * mean)


def gather(scene: Scene, lights: Lights) -> Volume:
    """Fill a volume with the light of a scene after `BOUNCES` bounces."""
    shape = np.maximum(np.rint(scene.size / SPACING).astype(int), 2)
    centres = np.stack(np.meshgrid(*((np.arange(n) + 0.5) / n for n in shape), indexing="ij"), -1)
    places = (centres.reshape(-1, 3) * scene.size).astype(np.float32)
    hits = cast(scene, *_rays(places))
    spread = _spreading(places, hits.inside.reshape(PHASES, len(places), -1).mean(axis=(0, 2)) < 0.2)
    material = scene.material.take(hits.triangle)
    albedo = rows(scene.materials.mean, material)
    emitted = (
        rows(np.where((scene.materials.finish == "outside")[:, None], 0, lights.glow), material) * albedo
    )
    first = direct(scene, lights, Surface.dull(hits.place, hits.normal))[0] + lights.ambient
    return _bounce(scene, shape, spread, hits, albedo, emitted, first)


def _rays(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return origins and directions all around each place, the `PHASES` first: (PHASES·P·RAYS/PHASES, 3)."""
    directions = sphere(RAYS).reshape(-1, PHASES, 3).transpose(2, 1, 0)[:, :, None]
    origins = places.T[:, None, :, None]
    every = np.broadcast_arrays(origins, directions)
    return every[0].reshape(3, -1).T, every[1].reshape(3, -1).T


def _bounce(
    scene: Scene, shape: np.ndarray, spread: np.ndarray, hits: Hits, albedo: np.ndarray, emitted: np.ndarray,
    first: np.ndarray,
) -> Volume:  # fmt: skip
    """Bounce light: surfaces receive what the probes near them hold, and probes what surfaces send."""
    basis = np.concatenate([np.ones((RAYS, 1)), sphere(RAYS)], axis=1).astype(np.float32) / RAYS
    got = first
    for _ in range(BOUNCES):
        radiance = (emitted + albedo * got).reshape(PHASES, len(spread), -1, 3)
        radiance = radiance.transpose(1, 2, 0, 3).reshape(-1, RAYS, 3)
        probes = np.einsum("prc,rk->pck", radiance, basis)
        probes = (spread @ probes.reshape(len(spread), -1)).reshape(*shape, 3, 4)
        got = first + Volume(scene.size, probes).light(hits.place, hits.normal)
    return Volume(scene.size, _refine(probes))


def _refine(probes: np.ndarray) -> np.ndarray:
    """Interpolate linearly to a grid `FINER` times as fine, (X, Y, Z, 3, 4), stored by columns."""
    x, y, z = (_finer(count) for count in probes.shape[:3])
    probes = np.einsum("Zz,xyzck->xyZck", z, probes)
    probes = np.einsum("Yy,xyZck->xYZck", y, probes)
    columns = np.ascontiguousarray(probes.transpose(4, 3, 0, 1, 2))
    return np.einsum("Xx,kcxYZ->kcXYZ", x, columns).transpose(2, 3, 4, 1, 0)


def _finer(count: int) -> np.ndarray:
    """Weights of linear interpolation between cell centres, level beyond the outer ones."""
    at = np.clip((np.arange(count * FINER) + 0.5) / FINER - 0.5, 0, count - 1)
    return np.maximum(1 - np.abs(at[:, None] - np.arange(count)), 0).astype(np.float32)


def _spreading(places: np.ndarray, good: np.ndarray) -> np.ndarray:
    """Weights (P, P) by which probes stuck in furniture take the values of free ones near them."""
    gap = places[:, None] - places[None]
    weights = np.exp(-dot(gap, gap) / (2 * (0.35 * SPACING) ** 2)) * np.where(good, 1, 1e-6)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
