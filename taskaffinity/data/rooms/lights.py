"""What lights a room: lamps, the sky in the windows, the sun through them.

Units: a surface of albedo 1 that is lit with 1 has radiance 1. Axis legend: S samples, W windows, L lamps, M
materials.
"""

from dataclasses import dataclass

import numpy as np

from taskaffinity.data.rooms.scene import Scene
from taskaffinity.data.rooms.shell import Opening

PANE = 0.099  # metres behind the wall's face to which sunlight is free but for the bars
Colour = np.ndarray


@dataclass(frozen=True)
class Windows:
    """The windows as light sources.

    Attributes
    ----------
    centre, inward, across
        float32 (W, 3): middle on the wall's face, unit normal into the room, unit vector along the wall.
    half
        float32 (W, 2), half of the width and of the height, metres.
    """

    centre: np.ndarray
    inward: np.ndarray
    across: np.ndarray
    half: np.ndarray


@dataclass(frozen=True)
class Lights:
    """All light of a scene.

    Attributes
    ----------
    lamps, lamp_colour
        float32 (L, 5) as in `Scene`, and linear colour (3,).
    windows, sky
        The windows and the radiance in them, (3,).
    towards_sun, sun
        Unit vector (3,) and what the sun gives a surface that faces it, (3,); zero when there is none.
    ambient
        What every surface gets, (3,).
    glow
        float32 (M, 3), emitted radiance relative to each material's own colour.
    """

    lamps: np.ndarray
    lamp_colour: Colour
    windows: Windows
    sky: Colour
    towards_sun: np.ndarray
    sun: Colour
    ambient: Colour
    glow: np.ndarray


def light(scene: Scene, rng: np.random.Generator) -> Lights:
    """Draw the time of day and the weather."""
    windows = _windows(scene)
    day = len(windows.half) > 0 and (not len(scene.lamps) or rng.random() < 0.75)
    lamp_colour = _warmth(rng.uniform(-0.05, 0.5))
    sky = rng.lognormal(1.9, 0.4) * _warmth(rng.uniform(-0.35, 0.1)) * day
    towards, strength = _sun(windows, rng)
    sunny = day and rng.random() < 0.6
    sun = strength * _warmth(rng.uniform(0, 0.45)) * sunny
    glow = np.repeat(scene.materials.glow[:, None], 3, axis=1)
    shaded = np.isin(scene.materials.finish, ("enamel", "fabric"))
    glow[shaded] *= lamp_colour
    glow[scene.materials.finish == "outside"] *= rng.uniform(0.8, 3.0) if day else rng.uniform(0.01, 0.12)
    ambient = np.full(3, rng.uniform(0.005, 0.03))
    as_float32 = (np.asarray(v, np.float32) for v in (sky, towards, sun, ambient, glow))
    return Lights(scene.lamps.astype(np.float32), lamp_colour, windows, *as_float32)


def _warmth(by: float) -> Colour:
    """Return a light's colour of mean 1: incandescent at 0.5, white at 0, blue sky below."""
    colour = np.array([1 + 0.55 * by, 1.0, 1 - 1.25 * by])
    return (colour / colour.mean()).astype(np.float32)


def _windows(scene: Scene) -> Windows:
    frames = [_frame(scene.size, o) for o in scene.openings if o.kind == "window"]
    centre, inward, across, half = (
        np.array([f[k] for f in frames], np.float32).reshape(-1, width)
        for k, width in enumerate((3, 3, 3, 2))
    )
    return Windows(centre, inward, across, half)


def _frame(size: np.ndarray, hole: Opening) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return centre, inward normal, direction along the wall and half size of an opening."""
    axis, far = hole.wall % 2, hole.wall < 2
    centre, inward, across = np.zeros(3), np.zeros(3), np.zeros(3)
    centre[axis], centre[1 - axis] = size[axis] * far, (hole.left + hole.right) / 2
    centre[2] = (hole.low + hole.high) / 2
    inward[axis], across[1 - axis] = (-1 if far else 1), 1
    return centre, inward, across, np.array([hole.right - hole.left, hole.high - hole.low]) / 2


def _sun(windows: Windows, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Draw a sun that shines into one of the windows, and its strength."""
    turn, height, strength = rng.uniform(-1.0, 1.0), rng.uniform(0.25, 1.0), rng.uniform(1.5, 6.0)
    if not len(windows.half):
        return np.array([0.0, 0.0, 1.0]), strength
    which = int(rng.integers(len(windows.half)))
    level = -np.cos(turn) * windows.inward[which] + np.sin(turn) * windows.across[which]
    return np.cos(height) * level + np.sin(height) * np.array([0, 0, 1]), strength
