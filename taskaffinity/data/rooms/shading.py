"""Direct light on surface samples, with shadows and highlights.

Soft shadows come from the four samples of a pixel: each looks at another point of every light. All arrays of
samples therefore hold multiples of four: the first samples of all pixels, then the second ones, and so on.
Axis legend: S samples.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from taskaffinity.data.rooms.casting import SKIN, free
from taskaffinity.data.rooms.lights import PANE, Lights
from taskaffinity.data.rooms.scene import Scene
from taskaffinity.data.rooms.vectors import dot, rows

PHASES = 4
FAINT = 4e-3  # light that is not worth a shadow ray
NEAR = 0.2  # square metres: what the squared distance to a lamp is not under
TETRAHEDRON = np.array(
    [[0.81, 0.31, 0.5], [-0.55, 0.67, -0.5], [-0.45, -0.69, 0.57], [0.19, -0.29, -0.57]], np.float32
)  # four directions well apart, none along an axis
TETRAHEDRON /= np.linalg.norm(TETRAHEDRON, axis=1, keepdims=True)
_CELLS = np.array([[-0.6, -0.3], [0.3, -0.6], [0.6, 0.3], [-0.3, 0.6]], np.float32)


@dataclass(frozen=True)
class Surface:
    """Samples of surfaces as light sees them.

    Attributes
    ----------
    place, normal
        float32 (S, 3), metres; unit, on the side that is seen.
    view
        float32 (S, 3), unit vector towards the viewer; empty where highlights do not matter.
    gloss, polish
        float32 (S,), strength and exponent of the highlight.
    """

    place: np.ndarray
    normal: np.ndarray
    view: np.ndarray
    gloss: np.ndarray
    polish: np.ndarray

    @cached_property
    def start(self) -> np.ndarray:
        """Where rays that leave the surface start, (S, 3)."""
        return self.place + SKIN * self.normal

    @classmethod
    def dull(cls, place: np.ndarray, normal: np.ndarray) -> "Surface":
        """Make samples without highlights."""
        none = np.zeros(0, np.float32)
        return cls(place, normal, none, none, none)


def direct(scene: Scene, lights: Lights, surface: Surface) -> tuple[np.ndarray, np.ndarray]:
    """Return what the lights give: diffuse light and highlights, both float32 (S, 3)."""
    got = np.zeros((3, 2, len(surface.place)), np.float32)
    lamps, sky, sun = got
    for lamp in lights.lamps:
        lamps += _lamp(scene, surface, lamp)
    for window in range(len(lights.windows.half)) if lights.sky.any() else ():
        sky += _window(scene, surface, lights, window)
        if lights.sun.any():
            sun += _sunlight(scene, surface, lights, window)
    colours = np.stack([lights.lamp_colour, lights.sky, lights.sun])
    diffuse, shine = np.einsum("lks,lc->kcs", got, colours)
    return diffuse.T, shine.T


def _lamp(scene: Scene, surface: Surface, lamp: np.ndarray) -> np.ndarray:
    """Light of a small ball: strength · cos / distance²."""
    towards = _spread(lamp[:3] + lamp[4] * TETRAHEDRON, surface.place)
    square = dot(towards, towards)
    strength = lamp[3] / np.maximum(square, np.float32(NEAR))
    return _lit(scene, surface, towards, square, strength)


def _window(scene: Scene, surface: Surface, lights: Lights, which: int) -> np.ndarray:
    """Light of a window of radiance 1: area · cos · cos / (π distance²), unless very near."""
    w = lights.windows
    half = w.half[which]
    points = w.centre[which] + _CELLS[:, :1] * half[0] * w.across[which]
    points = points + _CELLS[:, 1:] * half[1] * np.array([0, 0, 1], np.float32)
    towards = _spread(points, surface.place)
    square = dot(towards, towards)
    area = 4 * half[0] * half[1]
    slope = np.maximum(-towards @ w.inward[which], 0) / np.sqrt(np.maximum(square, np.float32(1e-6)))
    strength = area * slope / (np.pi * square + area)
    return _lit(scene, surface, towards, square, strength.astype(np.float32))


def _sunlight(scene: Scene, surface: Surface, lights: Lights, which: int) -> np.ndarray:
    """Light of a sun of strength 1 where its beam through a window gets past the bars and the furniture."""
    w, sun = lights.windows, lights.towards_sun
    steep = float(sun @ w.inward[which])
    strength = np.zeros(len(surface.place), np.float32)
    if steep > -0.05:
        return np.zeros((2, len(strength)), np.float32)
    gap = (surface.place - w.centre[which]) @ w.inward[which] + PANE
    along = gap / -steep
    at = surface.place + along[:, None] * sun - w.centre[which]
    inside = (np.abs(at @ w.across[which]) < w.half[which, 0]) & (np.abs(at[:, 2]) < w.half[which, 1])
    strength[inside & (gap > 0)] = 1
    towards = along[:, None] * sun
    return _lit(scene, surface, towards, along * along, strength)


def _spread(points: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Vectors from places to the light's point of each place's phase, float32 (S, 3)."""
    points = np.asfortranarray(points, np.float32)[:, None]
    return (points - place.reshape(PHASES, -1, 3)).reshape(-1, 3)


def _lit(
    scene: Scene, surface: Surface, towards: np.ndarray, square: np.ndarray, strength: np.ndarray
) -> np.ndarray:
    """Diffuse light and highlight, (2, S), of a light in a direction where nothing is in between."""
    length = np.sqrt(np.maximum(square, np.float32(1e-9)))
    cosine = dot(towards, surface.normal) / length
    arriving = cosine * strength
    result = np.zeros((2, len(length)), np.float32)
    lit = np.flatnonzero(arriving > FAINT)
    lit = lit[free(scene, rows(surface.start, lit), rows(towards, lit))]
    result[0, lit] = arriving.take(lit)
    if len(surface.view):
        lit = lit[surface.gloss.take(lit) > 0.02]
        direction = rows(towards, lit) / length.take(lit)[:, None]
        result[1, lit] = strength.take(lit) * _highlight(surface, lit, direction)
    return result


def _highlight(surface: Surface, lit: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """Blinn's (1977) highlight, normalised so that a sharper one is brighter: (p + 2)/8 · (n·h)^p."""
    half = towards + rows(surface.view, lit)
    half /= np.sqrt(np.maximum(dot(half, half), np.float32(1e-9)))[:, None]
    polish = surface.polish.take(lit)
    lobe = np.maximum(dot(half, rows(surface.normal, lit)), 0) ** polish
    return surface.gloss.take(lit) * (polish + 2) / 8 * lobe
