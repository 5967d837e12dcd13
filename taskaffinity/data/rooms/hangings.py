"""What hangs on walls or from ceilings, and rugs. The origin of an item is on the floor below it."""

import numpy as np

from taskaffinity.data.rooms.items import Glow, Item, Kit, Top
from taskaffinity.data.rooms.shapes import box, cushion, cylinder, lathe, rod, rotation, sheet


def picture(kit: Kit) -> Item:
    """Make a framed picture or a poster."""
    width, height = kit.size((0.25, 1.1), (0.3, 0.9))
    low = kit.size((1.35, 1.75))[0] - height / 2
    item = Item("picture", (width, 0.04, low + height))
    if kit.chance(0.7):
        item.add(kit.draw("wood"), box((width + 0.06, 0.025, height + 0.06), (0, 0.005, low - 0.03)))
    return item.add(kit.draw("picture"), box((width, 0.03, height), (0, 0, low)))


def wall_clock(kit: Kit) -> Item:
    """Make a round clock."""
    r, z = kit.size((0.13, 0.22), (1.6, 2.0))
    turn = rotation(0, np.pi / 2)
    item = Item("clock", (2 * r, 0.05, z + r)).add(
        kit.draw("enamel"), cylinder(r, 0.03).turned(turn).moved((0, 0.02, z))
    )
    item.add(
        kit.draw("metal"),
        lathe([(r, 0), (r + 0.025, 0), (r + 0.02, 0.05), (r, 0.05)]).turned(turn).moved((0, 0.03, z)),
    )
    angle = kit.size((0, 6.28))[0]
    hand = (np.sin(angle), np.cos(angle))
    dark = kit.draw("glass")
    item.add(dark, rod((0, -0.015, z), (0.75 * r * hand[0], -0.015, z + 0.75 * r * hand[1]), 0.007, 6))
    return item.add(dark, rod((0, -0.015, z), (0.5 * r * hand[1], -0.015, z - 0.5 * r * hand[0]), 0.009, 6))


def mirror(kit: Kit) -> Item:
    """Make a mirror in a frame."""
    width, height = kit.size((0.4, 0.9), (0.5, 0.9))
    item = Item("mirror", (width, 0.04, 1.1 + height))
    item.add(kit.draw("metal"), box((width + 0.05, 0.025, height + 0.05), (0, 0.005, 1.075)))
    return item.add(kit.draw("mirror"), box((width, 0.03, height), (0, 0, 1.1)))


def whiteboard(kit: Kit) -> Item:
    """Make a board with writing."""
    width, height = kit.size((1.2, 2.2), (0.9, 1.2))
    item = Item("whiteboard", (width, 0.05, 0.9 + height))
    item.add(kit.draw("metal"), box((width + 0.06, 0.02, height + 0.06), (0, 0.01, 0.87)))
    item.add(kit.draw("print" if kit.chance(0.6) else "enamel"), box((width, 0.03, height), (0, 0, 0.9)))
    return item.add(kit.draw("metal"), box((width * 0.6, 0.08, 0.02), (0, -0.02, 0.86)))


def wall_shelf(kit: Kit) -> Item:
    """Make a board on the wall for things."""
    width, z = kit.size((0.6, 1.3), (1.25, 1.7))
    item = Item("bookshelf", (width, 0.22, z), tops=[Top(0, 0, z, width, 0.2, 0.35)])
    return item.add(kit.draw("wood"), box((width, 0.22, 0.03), (0, 0, z - 0.03)))


def coat_rack(kit: Kit) -> Item:
    """Make a board of hooks with coats."""
    width = kit.size((0.6, 1.2))[0]
    item = Item("coat rack", (width, 0.25, 1.8)).add(
        kit.draw("wood"), box((width, 0.03, 0.12), (0, 0.1, 1.65))
    )
    for x in np.arange(-width / 2 + 0.12, width / 2, 0.2):
        item.add(kit.draw("metal"), rod((x, 0.1, 1.7), (x, 0.02, 1.73), 0.01, 6))
        if kit.chance(0.65):
            drop = kit.size((0.6, 1.0))[0]
            item.add(kit.draw("fabric"), cushion((0.3, 0.2, drop), (x, 0.02, 1.7 - drop), 0.7))
    return item


def curtain(kit: Kit, width: float, low: float, high: float) -> Item:
    """Make a curtain between two heights."""
    item = Item("curtain", (width, 0.12, high))
    waves, deep = width / kit.size((0.09, 0.16))[0], kit.size((0.04, 0.1))[0]
    return item.add(kit.draw("fabric"), sheet(width, high - low, waves, deep, (0, 0, low)))


def rug(kit: Kit, width: float, depth: float) -> Item:
    """Make a rug, oblong or oval."""
    item = Item("rug", (width, depth, 0.012))
    shape = box((width, depth, 0.012))
    if kit.chance(0.25):
        shape = cylinder(0.5, 0.012, segments=40).scaled((width, depth, 1))
    return item.add(kit.draw("rug"), shape)


def ceiling_lamp(kit: Kit, ceiling: float) -> Item:
    """Make a lamp at the ceiling: a pendant, a dome or a panel. Its light hangs just below it."""
    style, strength = kit.rng.integers(3), kit.size((3.0, 9.0))[0]
    item, shine = Item("", (0.4, 0.4, ceiling)), kit.draw("enamel", glow=3.0)
    if style == 0:
        drop, r = kit.size((0.35, 0.7), (0.12, 0.24))
        item.add(kit.draw("metal"), rod((0, 0, ceiling - drop), (0, 0, ceiling), 0.008, 6))
        item.add(
            kit.draw("fabric", glow=0.6),
            lathe([(r, ceiling - drop - 0.2), (r * 0.4, ceiling - drop), (0, ceiling - drop)]),
        )
        item.add(shine, cushion((0.09, 0.09, 0.09), (0, 0, ceiling - drop - 0.1), 1))
        z = ceiling - drop - 0.22
    elif style == 1:
        item.add(shine, lathe([(0, -0.1), (0.12, -0.08), (0.17, -0.03), (0.17, 0)], (0, 0, ceiling)))
        z = ceiling - 0.16
    else:
        item.add(shine, box((0.6, 0.3, 0.03), (0, 0, ceiling - 0.03)))
        z = ceiling - 0.08
    item.lamps.append(Glow(0, 0, z, strength, 0.08))
    return item
