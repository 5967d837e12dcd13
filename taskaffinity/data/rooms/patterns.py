"""The patterns of the texture bank: each a function of a generator to a square image in [0, 1] that tiles.

The first axis is v (upwards on walls), the second u (along the grain).
"""

from collections.abc import Callable

import numpy as np

SIDE = 256

Rng = np.random.Generator
_V, _U = np.mgrid[:SIDE, :SIDE] / SIDE


def noise(rng: Rng, beta: float, stretch: float = 1.0, low: float = 0.0) -> np.ndarray:
    """Return Gaussian noise of amplitude |k|^-beta, of unit variance, `stretch` times longer along u.

    Natural images have beta near 1 (Field 1987). Wave numbers under `low` are left out.
    """
    k = np.hypot(np.fft.fftfreq(SIDE, 1 / SIDE)[:, None], np.fft.rfftfreq(SIDE, 1 / SIDE) * stretch)
    k[0, 0] = 1
    spectrum = np.fft.rfft2(rng.standard_normal((SIDE, SIDE))) * k**-beta * (k > low)
    spectrum[0, 0] = 0
    field = np.fft.irfft2(spectrum, s=(SIDE, SIDE))
    return field / field.std()


def plaster(rng: Rng) -> np.ndarray:
    """Return cloudy noise."""
    return 0.5 + 0.18 * noise(rng, rng.uniform(0.6, 1.8))


def plain(rng: Rng) -> np.ndarray:
    """Return faint grain."""
    return 0.5 + 0.06 * noise(rng, rng.uniform(0.3, 1.2))


def wood(rng: Rng) -> np.ndarray:
    """Return grain along u: warped rings and fibres."""
    rings = rng.integers(3, 9)
    warp = rng.uniform(0.3, 1.2) * noise(rng, 2.0, stretch=rng.uniform(3, 7))
    grain = np.sin(2 * np.pi * rings * _V + 2 * warp)
    return 0.5 + 0.2 * grain + 0.12 * noise(rng, 0.7, stretch=14)


def planks(rng: Rng) -> np.ndarray:
    """Return floor boards along u with staggered ends."""
    rows, across = 2 ** rng.integers(2, 5), 2 ** rng.integers(0, 2)
    row = (_V * rows).astype(int)
    along = (_U * across + rng.random(rows)[row]) % across
    board = rng.random((rows, across))[row, along.astype(int)]
    gap = (_V * rows % 1 < 0.05) | (along % 1 < 0.008)
    return np.where(gap, 0.05, 0.3 + 0.4 * board + 0.08 * noise(rng, 1.0, stretch=10))


def tiles(rng: Rng) -> np.ndarray:
    """Return square or oblong tiles with joints."""
    rows, columns = 2 ** rng.integers(1, 4), 2 ** rng.integers(1, 4)
    each = rng.random((rows, columns))[(_V * rows).astype(int), (_U * columns).astype(int)]
    joint = rng.uniform(0.012, 0.03)
    gap = (_V % (1 / rows) < joint / 2) | (_U % (1 / columns) < joint / 2)
    return np.where(gap, 0.0, 0.6 + rng.uniform(0.1, 0.5) * (each - 0.5) + 0.05 * noise(rng, 1.0))


def bricks(rng: Rng) -> np.ndarray:
    """Return a running bond with mortar."""
    rows, columns = 2 ** rng.integers(3, 5), 2 ** rng.integers(2, 4)
    row = (_V * rows).astype(int)
    along = (_U * columns + 0.5 * (row % 2)) % columns
    each = rng.random((rows, columns))[row, along.astype(int)]
    gap = (_V * rows % 1 < 0.16) | (along % 1 < 0.07)
    return np.where(gap, 1.0, 0.15 + 0.4 * each + 0.08 * noise(rng, 0.8))


def carpet(rng: Rng) -> np.ndarray:
    """Return a pile: fine speckle over faint clouds."""
    return 0.5 + 0.2 * noise(rng, 0.2) + 0.08 * noise(rng, 1.5)


def weave(rng: Rng) -> np.ndarray:
    """Return over-and-under threads."""
    threads = 2 ** rng.integers(4, 6)
    over = ((_U * threads).astype(int) + (_V * threads).astype(int)) % 2
    thread = np.where(over, np.sin(np.pi * (_U * threads % 1)), np.sin(np.pi * (_V * threads % 1)))
    return 0.2 + 0.5 * thread * (0.7 + 0.3 * over) + 0.08 * noise(rng, 1.0)


def stripes(rng: Rng) -> np.ndarray:
    """Return upright stripes of random widths."""
    edges = np.sort(rng.random(2 * rng.integers(2, 9)))
    band = np.searchsorted(edges, _U)
    return 0.1 + 0.8 * rng.random(len(edges) + 1)[band % len(edges)] + 0.03 * noise(rng, 0.5)


def checks(rng: Rng) -> np.ndarray:
    """Return a chess board, a gingham or a tartan."""
    count = 2 ** rng.integers(1, 5)
    a, b = (_U * count).astype(int), (_V * count).astype(int)
    if rng.random() < 0.4:
        return 0.1 + 0.8 * ((a + b) % 2) + 0.04 * noise(rng, 0.8)
    bands = rng.random(count)
    return 0.05 + 0.45 * (bands[a] + bands[b]) + 0.03 * noise(rng, 0.4)


def wallpaper(rng: Rng) -> np.ndarray:
    """Return a mirrored motif, repeated."""
    repeats = 2 ** rng.integers(2, 5)
    side = SIDE // repeats
    motif = noise(rng, 1.8, low=2)[:side, : side // 2]
    motif = np.concatenate([motif, motif[:, ::-1]], axis=1)
    motif = (motif - motif.mean()) / motif.std()
    sharp = np.tanh(rng.uniform(1, 6) * (np.tile(motif, (repeats, repeats)) - 0.3))
    return 0.5 + 0.38 * sharp + 0.03 * noise(rng, 0.8)


def marble(rng: Rng) -> np.ndarray:
    """Return veins along the zero crossings of noise."""
    veins = np.exp(-np.abs(noise(rng, 1.6)) * rng.uniform(4, 12))
    return 0.75 - 0.6 * veins + 0.08 * noise(rng, 1.2)


def dots(rng: Rng) -> np.ndarray:
    """Return round spots in staggered rows."""
    count, radius = 2 ** rng.integers(2, 5), rng.uniform(0.18, 0.38)
    row = (_V * count).astype(int)
    x, y = (_U * count + 0.5 * (row % 2)) % 1 - 0.5, _V * count % 1 - 0.5
    return 0.15 + 0.7 * (np.hypot(x, y) < radius) + 0.03 * noise(rng, 0.6)


def zigzag(rng: Rng) -> np.ndarray:
    """Return chevrons."""
    count, bands = 2 ** rng.integers(2, 4), 2 ** rng.integers(2, 4)
    fold = np.abs(_U * count % 1 - 0.5) * rng.uniform(0.5, 2)
    return 0.1 + 0.8 * ((_V * bands + fold) % 1 < 0.5) + 0.04 * noise(rng, 0.8)


def printed(rng: Rng) -> np.ndarray:
    """Return lines of print with headings and a block of picture."""
    page = np.full((SIDE, SIDE), 0.95)
    line = rng.integers(8, 20)
    for top in range(line, SIDE - line, line):
        ink = rng.random(SIDE // 4).repeat(4) < rng.uniform(0.5, 0.8)
        ink[rng.integers(SIDE // 2, SIDE) :] = False
        page[top : top + line // 2, 10:-10] -= 0.75 * ink[10:-10]
    x, y = rng.integers(10, 140, 2)
    page[y : y + 80, x : x + 100] = (0.5 + 0.2 * noise(rng, 1.2))[:80, :100]
    return page


def picture(rng: Rng) -> np.ndarray:
    """Return a painting: soft grounds, discs, blocks and strokes over each other."""
    image = 0.5 + rng.uniform(-0.4, 0.4) * (_V - 0.5) + 0.16 * noise(rng, rng.uniform(1.2, 2.2))
    for _ in range(rng.integers(3, 16)):
        x, y, value = rng.random(3)
        w, h = rng.uniform(0.04, 0.35, 2)
        turn = rng.uniform(0, np.pi)
        a = ((_U - x) * np.cos(turn) + (_V - y) * np.sin(turn)) / w
        b = ((_V - y) * np.cos(turn) - (_U - x) * np.sin(turn)) / h
        inside = (np.hypot(a, b) < 1) if rng.random() < 0.5 else (np.maximum(abs(a), abs(b)) < 1)
        image = np.where(inside, value + 0.06 * a + 0.05 * noise(rng, 1.3), image)
    return image


def outside(rng: Rng) -> np.ndarray:
    """Return a view out of a window: ground, trees or houses, and a sky above, lighter upwards in value."""
    skyline = rng.uniform(0.25, 0.6) + 0.06 * noise(rng, 1.6)[:1]
    if rng.random() < 0.5:
        skyline = skyline[:, :: SIDE // 16].repeat(SIDE // 16, axis=1)
    sky = 0.75 + 0.2 * _V + 0.05 * noise(rng, 1.8, stretch=0.4)
    far = 0.3 + 0.12 * noise(rng, 0.9)
    near = 0.12 + 0.08 * noise(rng, 0.8)
    return np.where(skyline < _V, sky, np.where(skyline * rng.uniform(0.3, 0.8) < _V, far, near))


def border(rng: Rng) -> np.ndarray:
    """Return a rug: nested borders around a field with a motif."""
    inset = np.minimum(np.minimum(_U, 1 - _U), np.minimum(_V, 1 - _V))
    bands = rng.random(24)
    rings = bands[(inset * rng.integers(12, 40)).astype(int) % 24]
    field = wallpaper(rng) if rng.random() < 0.6 else plaster(rng)
    return np.where(inset < rng.uniform(0.08, 0.25), rings, field) + 0.05 * noise(rng, 0.4)


PATTERNS: dict[str, Callable[[Rng], np.ndarray]] = {
    pattern.__name__: pattern
    for pattern in (
        plain, plaster, wood, planks, tiles, bricks, carpet, weave, stripes, checks, wallpaper, marble, dots,
        zigzag, printed, picture, outside, border,
    )
}  # fmt: skip
