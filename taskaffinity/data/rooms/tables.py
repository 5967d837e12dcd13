"""Tables, desks, and the groups that stand around them."""

import numpy as np

from taskaffinity.data.rooms.items import Item, Kit, Top
from taskaffinity.data.rooms.seating import chair, legs, office_chair
from taskaffinity.data.rooms.shapes import box, cylinder, lathe


def _table(kit: Kit, kind: str, size: tuple[float, float, float]) -> Item:
    width, depth, height = size
    material, thick = kit.draw("wood" if kit.chance(0.8) else "stone"), kit.size((0.025, 0.06))[0]
    item = Item(kind, size, tops=[Top(0, 0, height, width, depth, 0.8)])
    item.add(material, box((width, depth, thick), (0, 0, height - thick)))
    leg = material if kit.chance(0.6) else kit.draw("metal")
    if kit.chance(0.8):
        item.add(leg, *legs(kit, width - 0.04, depth - 0.04, height - thick, kit.size((0.04, 0.09))[0]))
    else:
        item.add(
            leg, *(box((0.04, depth * 0.9, height - thick), (s * (width / 2 - 0.08), 0, 0)) for s in (-1, 1))
        )
    return item


def _round_table(kit: Kit, kind: str, radius: float, height: float) -> Item:
    item = Item(
        kind, (2 * radius, 2 * radius, height), tops=[Top(0, 0, height, 1.4 * radius, 1.4 * radius, 0.8)]
    )
    item.add(kit.draw("wood"), cylinder(radius, 0.04, (0, 0, height - 0.04), 40))
    stem, foot = kit.size((0.03, 0.07), (0.4, 0.7))
    profile = [(0, 0), (foot * radius, 0), (foot * radius * 0.8, 0.03), (stem, 0.1), (stem, height - 0.04)]
    return item.add(kit.draw("wood" if kit.chance(0.6) else "metal"), lathe(profile))


def dining_table(kit: Kit) -> Item:
    """Make a dining table, oblong or round, without its chairs."""
    height = kit.size((0.7, 0.78))[0]
    if kit.chance(0.3):
        return _round_table(kit, "dining table", kit.size((0.45, 0.7))[0], height)
    width, depth = kit.size((1.1, 2.2), (0.75, 1.05))
    return _table(kit, "dining table", (width, depth, height))


def dining_set(kit: Kit, ends: bool = True) -> Item:
    """Make a dining table with chairs on its sides; its footprint is the whole group's."""
    return _surround(kit, dining_table(kit), chair(kit), ends)


def meeting_set(kit: Kit) -> Item:
    """Make a long table with office chairs."""
    width, depth = kit.size((1.8, 2.8), (0.9, 1.3))
    seat = office_chair(kit) if kit.chance(0.7) else chair(kit)
    return _surround(kit, _table(kit, "desk", (width, depth, 0.74)), seat, True)


def _surround(kit: Kit, table: Item, seat: Item, ends: bool) -> Item:
    width, depth, height = table.size
    group = Item("", (width + 0.9, depth + 1.0, height)).hold(table)
    places = [
        (x, s * (depth / 2), 0.0 if s > 0 else np.pi) for s in (-1, 1) for x in _spread(width, seat.size[0])
    ]
    if ends and width > 1.3:
        places += [(s * (width / 2), 0.0, -s * np.pi / 2) for s in (-1, 1)]
    for x, y, yaw in places:
        if kit.chance(0.12):
            continue
        out, slant = kit.size((-0.12, 0.3), (-0.25, 0.25))
        dx, dy = -np.sin(yaw), np.cos(yaw)
        group.hold(seat, x + out * dx, y + out * dy, 0, yaw + slant)
    return group


def _spread(width: float, each: float) -> list[float]:
    count = max(1, int(width / (each + 0.12)))
    return [(k - (count - 1) / 2) * width / count for k in range(count)]


def coffee_table(kit: Kit) -> Item:
    """Make a low table."""
    if kit.chance(0.35):
        return _round_table(kit, "coffee table", *kit.size((0.3, 0.5), (0.36, 0.5)))
    width, depth, height = kit.size((0.7, 1.3), (0.45, 0.7), (0.34, 0.48))
    return _table(kit, "coffee table", (width, depth, height))


def side_table(kit: Kit) -> Item:
    """Make a narrow table for a wall."""
    width, depth, height = kit.size((0.7, 1.3), (0.3, 0.42), (0.72, 0.9))
    return _table(kit, "coffee table", (width, depth, height))


def desk(kit: Kit) -> Item:
    """Make a desk with drawers at one side."""
    width, depth, height = kit.size((1.1, 1.7), (0.6, 0.8), (0.7, 0.77))
    item = _table(kit, "desk", (width, depth, height))
    if kit.chance(0.7):
        body, side = kit.draw("wood"), kit.rng.choice([-1, 1])
        x = side * (width / 2 - 0.24)
        item.add(body, box((0.4, depth - 0.1, height - 0.1), (x, 0.02, 0.03)))
        for k in range(3):
            z = 0.06 + k * (height - 0.14) / 3
            item.add(body, box((0.37, 0.02, (height - 0.2) / 3), (x, -depth / 2 + 0.06, z)))
            item.add(kit.draw("metal"), box((0.12, 0.03, 0.02), (x, -depth / 2 + 0.04, z + 0.1)))
    return item


def workplace(kit: Kit) -> Item:
    """Make a desk with an office chair before it; the footprint is the desk's and the chair's."""
    table = desk(kit)
    width, depth, height = table.size
    group = Item("", (width, depth + 0.7, height)).hold(table, 0, 0.35)
    x, out, slant = kit.size((-0.2, 0.2), (0.0, 0.25), (-0.6, 0.6))
    seat = office_chair(kit) if kit.chance(0.75) else chair(kit)
    return group.hold(seat, x, 0.35 - depth / 2 - out, 0, np.pi + slant)
