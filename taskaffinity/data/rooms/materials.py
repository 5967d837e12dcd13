"""What things are made of: a pattern, colours for it, its size, gloss and glow.

As in houses, most walls and all ceilings are pale and plain, and most floors are brown. Some kinds of room
have their own floors and walls (`ROOM_FINISHES`). Colours do not depend on the kind of room.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from taskaffinity.data.rooms.textures import bank

FINISHES: dict[str, dict[str, float]] = {
    "wall": {"plain": 5, "plaster": 5, "wallpaper": 0.5, "bricks": 0.3, "tiles": 0.3},
    "floor": {"planks": 5, "tiles": 2, "carpet": 3, "checks": 0.3, "marble": 0.3},
    "ceiling": {"plain": 5, "plaster": 3},
    "wood": {"wood": 7, "plain": 3, "planks": 0.4, "marble": 0.4},
    "fabric": {"weave": 3, "plain": 3, "plaster": 1, "stripes": 1.2, "checks": 1, "wallpaper": 1.2,
    "dots": 0.6,
               "carpet": 1, "zigzag": 0.5},
    "stone": {"marble": 2, "plain": 3, "plaster": 1.5, "wood": 1},
    "enamel": {"plain": 1},
    "metal": {"plain": 1},
    "leaf": {"plaster": 1, "stripes": 0.4},
    "print": {"printed": 2, "picture": 2, "stripes": 1, "plain": 2},
    "picture": {"picture": 4, "printed": 0.6, "outside": 1.0},
    "rug": {"border": 3, "stripes": 1, "checks": 0.7, "wallpaper": 1, "zigzag": 0.7, "carpet": 1},
    "glass": {"plain": 1},
    "mirror": {"plain": 1},
    "outside": {"outside": 1},
}  # fmt: skip

ROOM_FINISHES: dict[str, dict[str, dict[str, float]]] = {
    "bathroom": {
        "wall": {"tiles": 6, "plain": 2, "plaster": 2}, "floor": {"tiles": 6, "checks": 1, "marble": 1},
    },
    "kitchen": {
        "wall": {"plain": 4, "plaster": 4, "tiles": 2}, "floor": {"tiles": 5, "planks": 2, "checks": 1},
    },
    "laundry": {
        "wall": {"plain": 4, "plaster": 4, "bricks": 1, "tiles": 1}, "floor": {"plaster": 5, "tiles": 3},
    },
    "bedroom": {"wall": {"plain": 4, "plaster": 4, "wallpaper": 2}, "floor": {"carpet": 5, "planks": 4}},
    "living room": {"floor": {"planks": 6, "carpet": 2}},
    "dining room": {"floor": {"planks": 6, "tiles": 1}},
    "library": {"floor": {"planks": 5, "carpet": 2}},
    "corridor": {"floor": {"tiles": 3, "planks": 3, "marble": 1}},
    "office": {"floor": {"carpet": 6, "planks": 2}, "ceiling": {"tiles": 4, "plain": 3}},
    "meeting room": {"floor": {"carpet": 6, "planks": 1}, "ceiling": {"tiles": 4, "plain": 3}},
}  # fmt: skip

TILE = {
    "plain": 1.5, "plaster": 2.0, "wood": 0.6, "planks": 1.6, "tiles": 0.9, "bricks": 1.2, "carpet": 0.8,
    "weave": 0.4,
    "stripes": 0.8, "checks": 0.8, "wallpaper": 1.6, "marble": 1.4, "dots": 0.9, "zigzag": 0.9,
}  # fmt: skip

FITTED = frozenset({"print", "picture", "rug", "outside"})
TWO_COLOURED = frozenset({"stripes", "checks", "wallpaper", "dots", "zigzag", "bricks", "border", "tiles"})
GLOSS = {
    "metal": 0.6,
    "enamel": 0.4,
    "glass": 0.7,
    "mirror": 0.5,
    "stone": 0.25,
    "wood": 0.12,
    "floor": 0.1,
    "leaf": 0.1,
}
MIRRORING = {"mirror": 0.9, "metal": 0.35}
POLISH = tuple(np.log([8.0, 150.0]))  # logarithms of the least and greatest exponent of highlights
REFLECTANCE = tuple(np.log([0.03, 0.9]))  # of dark and of light things, logarithms
Stops = list[np.ndarray]


@dataclass(frozen=True)
class Materials:
    """The materials of a finished scene as arrays.

    Axis legend: M materials.

    Attributes
    ----------
    finish
        (M,), what each was drawn as.
    pattern, tile, gloss, polish, glow
        (M,), as in `Palette`.
    mirroring
        float32 (M,), share of what is seen that is the mirror image of what is before it.
    ramps
        float32 (M, 256, 3), linear colour of each pattern value.
    mean
        float32 (M, 3), linear colour of the pattern's mean.
    """

    finish: np.ndarray
    pattern: np.ndarray
    tile: np.ndarray
    gloss: np.ndarray
    polish: np.ndarray
    glow: np.ndarray
    mirroring: np.ndarray
    ramps: np.ndarray
    mean: np.ndarray


@dataclass
class Palette:
    """The materials of a scene, numbered as they are drawn.

    Attributes
    ----------
    rng
        The scene's generator.
    room
        The kind of room, whose own finishes go before the common ones.
    finish
        Per material, what it was drawn as.
    pattern, tile, gloss, polish, glow
        Per material: its pattern in the bank, metres per tile (0: fitted to the part), strength of the
        highlight, exponent of the highlight, emitted radiance relative to a bright wall.
    stops
        Per material: linear colours from the lowest pattern value to the highest.
    """

    rng: np.random.Generator
    room: str = ""
    finish: list[str] = field(default_factory=list)
    pattern: list[int] = field(default_factory=list)
    tile: list[float] = field(default_factory=list)
    gloss: list[float] = field(default_factory=list)
    polish: list[float] = field(default_factory=list)
    glow: list[float] = field(default_factory=list)
    stops: list[Stops] = field(default_factory=list)
    _drawn: dict[str, list[int]] = field(default_factory=dict)

    def draw(self, finish: str, glow: float = 0.0) -> int:
        """Draw a material with a finish; half of the time one that is already in the room."""
        drawn = self._drawn.setdefault(finish, [])
        if drawn and finish not in FITTED and not glow and self.rng.random() < 0.5:
            return drawn[self.rng.integers(len(drawn))]
        kinds = ROOM_FINISHES.get(self.room, {}).get(finish, FINISHES[finish])
        kind = list(kinds)[_weighted(self.rng, *kinds.values())]
        number = self._add(finish, kind, glow)
        if not glow:
            drawn.append(number)
        return number

    def _add(self, finish: str, kind: str, glow: float) -> int:
        rng = self.rng
        self.finish.append(finish)
        self.pattern.append(bank().draw(rng, kind))
        fitted = finish in FITTED and kind not in TILE
        self.tile.append(0.0 if fitted else TILE[kind] * float(np.exp(rng.normal(0, 0.45))))
        self.gloss.append(GLOSS.get(finish, 0.0) * rng.uniform(0.2, 1.5) if rng.random() < 0.8 else 0.0)
        polished = 150.0 if finish == "mirror" else float(np.exp(rng.uniform(*POLISH)))
        self.polish.append(polished)
        self.glow.append(glow)
        self.stops.append(self._stops(finish, kind))
        return len(self.pattern) - 1

    def freeze(self) -> Materials:
        """Return all materials drawn so far as arrays."""
        pattern, ramps = np.array(self.pattern), _ramps(self.stops)
        tile, gloss, polish, glow = (
            np.array(v, np.float32) for v in (self.tile, self.gloss, self.polish, self.glow)
        )
        mean = ramps[np.arange(len(ramps)), bank().mean(pattern)]
        mirroring = np.array([MIRRORING.get(f, 0) for f in self.finish], np.float32) * (polish > 30)
        return Materials(np.array(self.finish), pattern, tile, gloss, polish, glow, mirroring, ramps, mean)

    def _stops(self, finish: str, kind: str) -> Stops:
        """List the colours from the pattern's lowest value to its highest."""
        rng = self.rng
        if kind in {"picture", "border"}:
            return [colour(rng) for _ in range(rng.integers(3, 7))]
        if kind == "outside":
            return [colour(rng) * 0.5, rng.uniform([0.05, 0.12, 0.03], [0.35, 0.4, 0.2]), *_sky(rng)]
        if kind == "printed":
            return [colour(rng) * 0.3, np.full(3, rng.uniform(0.6, 0.85)) * rng.uniform(0.85, 1, 3)]
        base = _base(rng, finish)
        if kind in TWO_COLOURED and rng.random() < 0.65:
            share = rng.uniform(0.2, 1.0)
            return [base, base + share * (colour(rng) - base)]
        calm = 0.5 if finish in {"wall", "ceiling"} and kind in {"plaster", "plain"} else 1.0
        contrast = calm * min(rng.lognormal(-0.9, 0.6), 0.9)
        return [base * (1 - contrast), np.minimum(base * (1 + contrast), 0.9)]


def _weighted(rng: np.random.Generator, *weights: float) -> int:
    """Draw a number with probabilities in proportion to weights; one draw of the generator."""
    return bisect_right(_cumulative(weights), rng.random())


@lru_cache
def _cumulative(weights: tuple[float, ...]) -> list[float]:
    total = np.cumsum(np.divide(weights, np.sum(weights)))
    return (total / total[-1]).tolist()


def _base(rng: np.random.Generator, finish: str) -> np.ndarray:
    chance = rng.random()
    if finish == "enamel":
        return np.full(3, rng.uniform(0.55, 0.85)) if chance < 0.6 else colour(rng)
    if finish in {"metal", "glass", "mirror"}:
        return np.full(3, rng.uniform(0.03, 0.3 if finish == "glass" else 0.6)) * rng.uniform(0.9, 1, 3)
    if finish == "leaf":
        return rng.uniform([0.03, 0.12, 0.02], [0.2, 0.4, 0.12])
    if finish in {"wood", "floor"} and chance < 0.9:
        return _brown(rng)
    if finish == "ceiling":
        return rng.uniform(0.55, 0.85) * rng.uniform([0.92, 0.9, 0.84], [1, 1, 1])
    if finish == "wall" and chance < 0.8:
        return rng.uniform(0.55, 0.85) * rng.uniform([0.93, 0.9, 0.8], [1, 0.99, 0.98])
    if finish == "wall" and chance < 0.95:
        return 0.55 * rng.uniform(0.5, 0.9) + 0.45 * colour(rng)
    return colour(rng)


def colour(rng: np.random.Generator) -> np.ndarray:
    """Draw a linear colour: neutrals often, browns and saturated ones at times."""
    mood = rng.random()
    if mood < 0.4:
        return _value(rng) * rng.uniform([0.9, 0.88, 0.8], [1, 0.98, 0.98])
    if mood < 0.6:
        return _brown(rng)
    hues = 0.39, 0.5, 0.2, 0.85, rng.random()
    hue = hues[_weighted(rng, 0.4, 0.14, 0.15, 0.22, 0.09)]
    angle = 2 * np.pi * (hue + rng.normal(0, 0.045) + np.arange(3) / 3)
    return _value(rng) * (1 - rng.uniform(0.25, 0.95) * (0.5 + 0.5 * np.cos(angle)))


def _value(rng: np.random.Generator) -> float:
    """Draw a reflectance; dark things are as common as light ones."""
    return float(np.exp(rng.uniform(*REFLECTANCE)) if rng.random() < 0.6 else rng.uniform(0.1, 0.85))


def _brown(rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(0.06, 0.6) * np.array([1, rng.uniform(0.55, 0.85), rng.uniform(0.25, 0.7)])


def _sky(rng: np.random.Generator) -> Stops:
    tint = rng.uniform([0.55, 0.7, 0.85], [0.95, 0.95, 1.0])
    return [tint * 0.8, tint, np.ones(3)]


def _ramps(stops: list[Stops]) -> np.ndarray:
    """Interpolate linearly between the colours of each material: float32 (M, 256, 3), by columns."""
    count, x = np.array([len(s) for s in stops]), np.linspace(0, 1, 256)
    ramps = np.empty((3, len(stops), 256), np.float32)
    for n in np.unique(count):
        which = np.flatnonzero(count == n)
        at, colours = np.linspace(0, 1, n), np.array([stops[k] for k in which]).transpose(2, 0, 1)
        slope = np.diff(colours) / np.diff(at)
        left = np.minimum(np.searchsorted(at, x, "right") - 1, n - 2)
        ramps[:, which] = slope[..., left] * (x - at[left]) + colours[..., left]
        ramps[:, which, -1] = colours[..., -1]
    return ramps.transpose(1, 2, 0)
