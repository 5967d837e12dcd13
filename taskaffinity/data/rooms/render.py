"""The picture of a scene: colour from four samples a pixel.

Axis legend: N views, H rows, W columns, S samples, four to a pixel.
"""

import numpy as np

from taskaffinity.data.rooms.cameras import PlacedCameras
from taskaffinity.data.rooms.casting import Hits, cast, reach
from taskaffinity.data.rooms.lights import Lights
from taskaffinity.data.rooms.scene import Scene
from taskaffinity.data.rooms.shading import PHASES, TETRAHEDRON, Surface, direct
from taskaffinity.data.rooms.textures import bank
from taskaffinity.data.rooms.vectors import dot, rows
from taskaffinity.data.rooms.volume import Volume

OFFSETS = np.array([[-0.375, -0.125], [0.125, -0.375], [0.375, 0.125], [-0.125, 0.375]])  # rotated grid
SAMPLES = 2**15  # in one go
CREVICE = 0.5  # metres within which near surfaces take light away


def render(scene: Scene, lights: Lights, volume: Volume, cameras: PlacedCameras, size: int) -> np.ndarray:
    """Return the radiance of each pixel: float32 (N, H, W, 3)."""
    step = max(1, SAMPLES // (PHASES * size * size))
    parts = []
    for start in range(0, len(cameras), step):
        some = cameras.take(np.arange(start, min(start + step, len(cameras))))
        origins, directions = some.rays(size, OFFSETS)
        width = np.tile(np.repeat(some.tangent, size * size), PHASES) / size
        radiance = _radiance(scene, lights, volume, origins, directions, width)
        parts.append(radiance.reshape(PHASES, len(some), size, size, 3).mean(axis=0))
    return np.ascontiguousarray(np.concatenate(parts))


def _radiance(
    scene: Scene, lights: Lights, volume: Volume, origins: np.ndarray, directions: np.ndarray,
    width: np.ndarray, start: np.ndarray | float = 0.0, mirrors: bool = True,
) -> np.ndarray:  # fmt: skip
    """Return what rays see, (S, 3).

    A ray is `start` wide, metres, and widens by `width` over its unit of length.
    """
    hits = cast(scene, origins, directions)
    view = -directions / np.sqrt(dot(directions, directions))[:, None]
    material = scene.material.take(hits.triangle)
    width = start + width * hits.distance
    albedo = texture(scene, hits, width, dot(view, hits.normal))
    m = scene.materials
    surface = Surface(hits.place, hits.normal, view, m.gloss.take(material), m.polish.take(material))
    diffuse, shine = direct(scene, lights, surface)
    bounced = volume.light(hits.place, hits.normal) + lights.ambient
    bounced *= _openness(scene, surface)[:, None]
    radiance = albedo * (diffuse + bounced + rows(lights.glow, material)) + shine
    if mirrors:
        _reflect(scene, lights, volume, surface, m.mirroring.take(material), width, radiance)
    return radiance


def _reflect(
    scene: Scene, lights: Lights, volume: Volume, surface: Surface, share: np.ndarray, width: np.ndarray,
    radiance: np.ndarray,
) -> None:  # fmt: skip
    """Mix in the mirror image, in place, where surfaces mirror a `share`; images in mirrors have none."""
    mirror = np.flatnonzero(np.tile(share.reshape(PHASES, -1).any(axis=0), PHASES))
    if not len(mirror):
        return
    view, normal, share = rows(surface.view, mirror), rows(surface.normal, mirror), share[mirror, None]
    away = 2 * dot(view, normal)[:, None] * normal - view
    width = width[mirror]
    image = _radiance(
        scene, lights, volume, rows(surface.start, mirror), away, width / 2, width, mirrors=False
    )
    radiance[mirror] = (1 - share) * rows(radiance, mirror) + share * image


def texture(scene: Scene, hits: Hits, width: np.ndarray, facing: np.ndarray) -> np.ndarray:
    """Return the colour of surfaces, float32 (S, 3); `width` is a ray's in metres, `facing` its cosine."""
    m, triangle = scene.materials, hits.triangle
    material = scene.material.take(triangle)
    uv = np.einsum("sc,sck->sk", hits.weights, rows(scene.uv, triangle))
    slant = 1 / np.sqrt(np.maximum(facing, np.float32(0.05)))
    value = bank().sample(m.pattern.take(material), uv, width * slant * scene.density.take(triangle))
    return rows(m.ramps.reshape(-1, 3), material * 256 + np.rint(value).astype(np.int32))


def _openness(scene: Scene, surface: Surface) -> np.ndarray:
    """Return how far a surface is from others: float32 (S,), 1 in the open, less in corners and under things.

    Obscurance (Zhukov et al. 1998): each sample of a pixel looks in another direction; the light that is
    taken away falls off with the distance to what is in the way, which keeps the shading smooth.
    """
    spread = np.float32(1.1) * surface.normal.reshape(PHASES, -1, 3) + TETRAHEDRON[:, None]
    spread /= np.sqrt(dot(spread, spread))[..., None]
    got = reach(scene, surface.start, spread.reshape(-1, 3), CREVICE)
    return np.float32(0.2) + np.float32(0.8) * np.sqrt(np.clip(got / CREVICE, 0, 1))
