"""Small objects, and how they are placed on furniture."""

from collections.abc import Callable

import numpy as np

from taskaffinity.data.rooms.items import Glow, Item, Kit, Top
from taskaffinity.data.rooms.kitchen import microwave, pot, toaster
from taskaffinity.data.rooms.shapes import ball, box, cushion, cylinder, lathe, leaf, rod, rotation
from taskaffinity.data.rooms.storage import carton


def bottle(kit: Kit) -> Item:
    """Make a bottle."""
    r, h, neck = kit.size((0.03, 0.05), (0.2, 0.34), (0.55, 0.75))
    profile = [(0, 0), (r, 0), (r, neck * h), (0.35 * r, (neck + 0.12) * h), (0.35 * r, h), (0, h)]
    item = Item("bottle", (2 * r, 2 * r, h)).add(
        kit.draw("glass" if kit.chance(0.5) else "enamel"), lathe(profile, segments=20)
    )
    return item.add(kit.draw("print"), cylinder(r * 1.02, 0.4 * neck * h, (0, 0, 0.25 * neck * h), 20))


def vase(kit: Kit) -> Item:
    """Make a vase of a free profile, sometimes with stems."""
    h = kit.size((0.18, 0.4))[0]
    r = h * kit.rng.uniform(0.12, 0.32, 4)
    profile = [
        (0, 0),
        (r[0], 0),
        (r[1] * 1.2, 0.35 * h),
        (r[2], 0.65 * h),
        (r[3] * 0.6, 0.88 * h),
        (r[3] * 0.8, h),
        (0.02, 0.85 * h),
    ]
    item = Item("vase", (0.4 * h, 0.4 * h, h)).add(
        kit.draw("enamel" if kit.chance(0.6) else "stone"), lathe(profile)
    )
    if kit.chance(0.4):
        _foliage(kit, item, int(kit.rng.integers(5, 12)), h, kit.size((0.15, 0.3))[0], 0.08)
    return item


def _foliage(kit: Kit, item: Item, count: int, low: float, spread: float, size: float) -> None:
    """Leaves and stems that rise from a height."""
    green = kit.draw("leaf")
    for _ in range(count):
        turn, lean, rise = kit.size((0, 2 * np.pi), (0.1, 0.9), (0.4, 1.2))
        tip = np.array([np.cos(turn) * lean * spread, np.sin(turn) * lean * spread, low + rise * spread])
        blade = leaf((size * kit.size((1.5, 3.2))[0], size, 0.02))
        tilt = rotation(2, turn) @ rotation(1, -kit.size((-0.6, 1.1))[0])
        item.add(green, blade.turned(tilt).moved(tip))
        if kit.chance(0.4):
            item.add(green, rod((0, 0, low * 0.8), tip, 0.006, 5))


def plant(kit: Kit, tall: bool = False) -> Item:
    """Make a potted plant for a table or, tall, for the floor."""
    r = kit.size((0.13, 0.2) if tall else (0.05, 0.09))[0]
    h = r * kit.size((1.4, 2.0))[0]
    item = Item("plant", (2.6 * r, 2.6 * r, h * 3))
    item.add(
        kit.draw("stone" if kit.chance(0.5) else "enamel"),
        lathe([(0, 0), (0.7 * r, 0), (r, h), (0.9 * r, h), (0, h * 0.9)]),
    )
    if tall and kit.chance(0.5):
        trunk = kit.size((0.4, 0.9))[0]
        item.add(kit.draw("wood"), rod((0, 0, h * 0.9), (0, 0, h + trunk), 0.02))
        h += trunk
    _foliage(
        kit,
        item,
        int(kit.rng.integers(18, 40)) if tall else int(kit.rng.integers(8, 18)),
        h,
        2.6 * r,
        0.55 * r,
    )
    return item


def table_lamp(kit: Kit) -> Item:
    """Make a lamp with a foot and an open shade."""
    h, r = kit.size((0.35, 0.6), (0.11, 0.18))
    item = Item("table lamp", (2 * r, 2 * r, h))
    foot = kit.rng.uniform(0.02, 0.08, 2)
    item.add(
        kit.draw("enamel" if kit.chance(0.5) else "metal"),
        lathe(
            [(0, 0), (0.08, 0), (foot[0], 0.04), (foot[1], h * 0.35), (0.012, h * 0.55), (0.012, h * 0.75)]
        ),
    )
    return _shade(kit, item, r, h * 0.58, h)


def _shade(kit: Kit, item: Item, radius: float, low: float, high: float) -> Item:
    on = kit.chance(0.6)
    cone = lathe([(radius, low), (radius * kit.size((0.55, 1.0))[0], high)])
    item.add(kit.draw("fabric", glow=kit.size((0.5, 1.6))[0] if on else 0.0), cone)
    if on:
        item.lamps.append(Glow(0, 0, (low + high) / 2, kit.size((0.5, 1.4))[0], 0.04))
    return item


def floor_lamp(kit: Kit) -> Item:
    """Make a standing lamp."""
    h, r = kit.size((1.35, 1.75), (0.15, 0.25))
    item = Item("floor lamp", (2 * r, 2 * r, h))
    item.add(kit.draw("metal"), cylinder(0.14, 0.025), rod((0, 0, 0.02), (0, 0, h - 0.15), 0.014))
    return _shade(kit, item, r, h - kit.size((0.22, 0.32))[0], h)


def books(kit: Kit) -> Item:
    """Make a pile of books, each a little askew."""
    w, d = kit.size((0.15, 0.26), (0.12, 0.2))
    item, z = Item("book", (w, d, 0.1)), 0.0
    for _ in range(int(kit.rng.integers(1, 6))):
        thick, turn = kit.size((0.015, 0.045), (-0.35, 0.35))
        item.add(kit.draw("print"), box((w, d, thick)).turned(rotation(2, turn)).moved((0, 0, z)))
        z += thick
    return item


def monitor(kit: Kit, kind: str = "monitor") -> Item:
    """Make a screen on a foot; a television is a wide one."""
    width = kit.size((0.75, 1.3) if kind == "tv" else (0.42, 0.65))[0]
    height, lift = width * 0.58, 0.06 if kind == "tv" else 0.12
    item, case = Item(kind, (width, 0.2, height + lift)), kit.draw("glass")
    item.add(
        case,
        box((width, 0.04, height), (0, 0, lift)),
        box((0.06, 0.05, lift + 0.05)),
        box((width * 0.35, 0.18, 0.015)),
    )
    face = kit.draw("picture", glow=kit.size((0.25, 0.9))[0]) if kit.chance(0.55) else case
    return item.add(face, box((width - 0.04, 0.006, height - 0.04), (0, -0.021, lift + 0.02)))


def tv(kit: Kit) -> Item:
    """Make a television."""
    return monitor(kit, "tv")


def laptop(kit: Kit) -> Item:
    """Make an open laptop."""
    w, d = kit.size((0.3, 0.38), (0.21, 0.26))
    item = Item("monitor", (w, d + 0.08, 0.25)).add(kit.draw("metal"), box((w, d, 0.02)))
    lid = box((w, 0.012, d)).turned(rotation(0, -kit.size((0.1, 0.5))[0])).moved((0, d / 2, 0.02))
    return item.add(
        kit.draw("picture", glow=kit.size((0.2, 0.8))[0]) if kit.chance(0.6) else kit.draw("glass"), lid
    )


def clock(kit: Kit) -> Item:
    """Make a small standing clock."""
    r = kit.size((0.06, 0.1))[0]
    dial = cylinder(r, 0.05).turned(rotation(0, np.pi / 2)).moved((0, 0.03, r))
    item = Item("clock", (2 * r, 0.08, 2 * r)).add(kit.draw("enamel"), dial)
    return item.add(
        kit.draw("glass"),
        box((0.01, 0.01, r * 0.75), (0, -0.024, r)),
        box((r * 0.5, 0.01, 0.01), (r * 0.25, -0.024, r)),
    )


def bowl(kit: Kit) -> Item:
    """Make a bowl, sometimes of fruit."""
    r = kit.size((0.08, 0.15))[0]
    item = Item("bowl", (2 * r, 2 * r, r))
    item.add(
        kit.draw("enamel"),
        lathe(
            [
                (0.4 * r, 0),
                (0.85 * r, 0.3 * r),
                (r, 0.7 * r),
                (0.95 * r, 0.7 * r),
                (0.75 * r, 0.35 * r),
                (0, 0.15 * r),
            ]
        ),
    )
    for _ in range(int(kit.rng.integers(0, 6))):
        x, y = kit.rng.normal(0, 0.35 * r, 2)
        item.add(kit.draw("enamel"), ball(0.035, (x, y, 0.35 * r)))
    return item


def mug(kit: Kit) -> Item:
    """Make a mug or a glass."""
    r, h = kit.size((0.035, 0.05), (0.08, 0.13))
    return Item("bowl", (2 * r, 2 * r, h)).add(
        kit.draw("enamel"),
        lathe([(0, 0), (r * 0.9, 0), (r, h), (r * 0.85, h), (r * 0.8, 0.02), (0, 0.02)], segments=18),
    )


def papers(kit: Kit) -> Item:
    """Make a sheet or two lying flat."""
    return Item("book", (0.3, 0.3, 0.01)).add(
        kit.draw("print"), box((0.21, 0.29, 0.006)).turned(rotation(2, kit.size((-1, 1))[0]))
    )


def towels(kit: Kit) -> Item:
    """Make a stack of folded cloth."""
    item = Item("basket", (0.34, 0.26, 0.3))
    for k in range(int(kit.rng.integers(1, 5))):
        item.add(kit.draw("fabric"), cushion((0.34, 0.26, 0.08), (0, 0, 0.075 * k), 0.3))
    return item


Maker = Callable[[Kit], Item]
THINGS: dict[str, list[Maker]] = {
    "kitchen": [bottle, bottle, mug, bowl, toaster, toaster, microwave, microwave, pot, vase, plant, books,
    carton],
    "table": [vase, bowl, mug, mug, books, bottle, plant, papers, table_lamp],
    "desk": [monitor, monitor, laptop, books, papers, mug, table_lamp, plant, clock, bottle],
    "shelf": [vase, books, books, clock, plant, bowl, bottle, carton, table_lamp, clock],
    "bath": [bottle, bottle, towels, towels, plant, mug, vase],
}  # fmt: skip
_THEME = {
    "counter": "kitchen", "kitchen sink": "kitchen", "dining table": "table", "coffee table": "table",
    "desk": "desk",
    "stool": "bath", "bench": "bath", "washing machine": "bath",
}  # fmt: skip


def dress(kit: Kit, item: Item, density: float) -> None:
    """Put things on all tops of an item and of what it holds, about `density` a square metre."""
    theme = THINGS[_THEME.get(item.kind, "shelf")]
    for top in item.tops:
        _fill(kit, item, top, theme, int(kit.rng.poisson(density * top.width * top.depth + 0.4)))
    done = {id(item)}
    for held in list(item.held):
        if id(held.item) not in done:
            done.add(id(held.item))
            dress(kit, held.item, density)


def _fill(kit: Kit, item: Item, top: Top, theme: list[Maker], count: int) -> None:
    taken: list[tuple[float, float, float]] = []
    for held in item.held:
        if abs(held.z - top.z) < 0.1:
            taken.append((held.x, held.y, float(np.hypot(*held.item.size[:2])) / 2))
    for _ in range(count):
        thing = theme[int(kit.rng.integers(len(theme)))](kit)
        radius = float(np.hypot(*thing.size[:2])) / 2
        room_x, room_y = top.width / 2 - thing.size[0] / 2, top.depth / 2 - thing.size[1] / 2
        if room_x < 0 or room_y < 0 or thing.size[2] > top.clear:
            continue
        x, y = top.x + kit.size((-room_x, room_x))[0], top.y + kit.size((-room_y, room_y))[0]
        if all(np.hypot(x - a, y - b) > 0.9 * (radius + r) for a, b, r in taken):
            taken.append((x, y, radius))
            item.hold(thing, x, y, top.z, kit.rng.normal(0, 0.15))
