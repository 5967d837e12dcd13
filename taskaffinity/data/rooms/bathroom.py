"""Bathroom fittings."""

import numpy as np

from taskaffinity.data.rooms.items import Item, Kit
from taskaffinity.data.rooms.shapes import Soup, ball, box, cushion, cylinder, lathe, rod
from taskaffinity.data.rooms.storage import fronts


def toilet(kit: Kit) -> Item:
    """Make a toilet: a bowl, a seat, a cistern."""
    width, depth, height = kit.size((0.36, 0.42), (0.62, 0.72), (0.72, 0.85))
    item, white = Item("toilet", (width, depth, height)), kit.draw("enamel")
    bowl = lathe(
        [
            (0, 0),
            (0.12, 0),
            (0.1, 0.15),
            (0.15, 0.28),
            (0.185, 0.38),
            (0.19, 0.4),
            (0.14, 0.4),
            (0.1, 0.25),
            (0, 0.22),
        ]
    )
    item.add(white, bowl.scaled((width / 0.38, 1.3, 1)).moved((0, -depth / 2 + 0.25, 0)))
    rim = lathe([(0.12, 0), (0.2, 0), (0.2, 0.02), (0.19, 0.03), (0.12, 0.03)]).scaled((width / 0.4, 1.25, 1))
    seat = kit.draw("enamel")
    item.add(seat, rim.moved((0, -depth / 2 + 0.25, 0.4)))
    if kit.chance(0.6):
        lid = cylinder(0.2, 0.02).scaled((width / 0.4, 1.25, 1))
        item.add(seat, lid.moved((0, -depth / 2 + 0.25, 0.43)))
    else:
        item.add(seat, cushion((width, 0.04, 0.42), (0, depth / 2 - 0.2, 0.42), 0.5))
    item.add(white, cushion((width, 0.18, height - 0.36), (0, depth / 2 - 0.09, 0.36), 0.2))
    return item.add(kit.draw("metal"), cylinder(0.025, 0.015, (0, depth / 2 - 0.09, height)))


def washbasin(kit: Kit) -> Item:
    """Make a wash basin on a cupboard or a pillar, with a tap."""
    width, depth, height = kit.size((0.5, 0.9), (0.42, 0.52), (0.8, 0.88))
    item, white = Item("washbasin", (width, depth, height)), kit.draw("enamel")
    if kit.chance(0.55):
        item.add(kit.draw("wood"), box((width * 0.95, depth * 0.9, height - 0.22), (0, 0.02, 0.1)))
        fronts(kit, item, width * 0.95, depth * 0.86, 0.1, height - 0.12, 2 if width > 0.6 else 1, 1)
    else:
        item.add(white, lathe([(0.11, 0), (0.07, 0.1), (0.08, height - 0.12)], (0, 0.06, 0)))
    bowl = lathe(
        [(0.06, -0.12), (0.2, -0.06), (0.25, 0), (0.23, 0.01), (0.17, -0.06), (0.03, -0.1), (0, -0.1)]
    )
    item.add(white, bowl.scaled((width / 0.5, depth / 0.5, 1.2)).moved((0, 0, height)))
    tap = [
        rod((0, 0.19, height), (0, 0.19, height + 0.16), 0.014),
        rod((0, 0.19, height + 0.15), (0, 0.06, height + 0.12), 0.012),
    ]
    return item.add(kit.draw("metal"), *tap)


def _trough(width: float, depth: float, height: float, wall: float) -> list[Soup]:
    """Return a tub: a floor and four soft walls."""
    soups = [box((width, depth, 0.15))]
    for s in (-1, 1):
        soups.append(cushion((width, wall, height), (0, s * (depth - wall) / 2, 0), 0.15))
        soups.append(cushion((wall, depth, height), (s * (width - wall) / 2, 0, 0), 0.15))
    return soups


def bathtub(kit: Kit) -> Item:
    """Make a bath with a tap at one end, sometimes with a curtain."""
    width, depth, height = kit.size((1.5, 1.8), (0.7, 0.82), (0.5, 0.62))
    item = Item("bathtub", (width, depth, height))
    item.add(kit.draw("enamel"), *_trough(width, depth, height, 0.09))
    x = width / 2 - 0.06
    return item.add(
        kit.draw("metal"),
        rod((x, 0, height), (x, 0, height + 0.15), 0.02),
        rod((x, 0, height + 0.13), (x - 0.16, 0, height + 0.1), 0.016),
    )


def shower(kit: Kit) -> Item:
    """Make a shower: a tray, a framed screen of frosted glass on one side, a riser with its head."""
    side, height = kit.size((0.8, 1.0), (1.9, 2.1))
    item, metal = Item("shower", (side, side, height)), kit.draw("metal")
    item.add(kit.draw("enamel"), *_trough(side, side, 0.14, 0.07))
    item.add(metal, rod((0, side / 2 - 0.05, 0.9), (0, side / 2 - 0.05, height), 0.012))
    item.add(metal, rod((0, side / 2 - 0.05, height - 0.02), (0, side / 2 - 0.35, height - 0.02), 0.012))
    item.add(metal, lathe([(0, 0.05), (0.02, 0.05), (0.1, 0.0), (0, 0)], (0, side / 2 - 0.35, height - 0.06)))
    item.add(metal, ball(0.04, (0, side / 2 - 0.06, 1.0)))
    x = float(kit.rng.choice([-1, 1])) * (side / 2 - 0.02)
    item.add(
        kit.draw("fabric" if kit.chance(0.5) else "enamel"),
        box((0.015, side - 0.06, height - 0.2), (x, 0, 0.14)),
    )
    return item.add(metal, *(box((0.03, 0.03, height), (x, s * (side / 2 - 0.02), 0)) for s in (-1, 1)))


def towel_rail(kit: Kit) -> Item:
    """Make a radiator of bars with a towel over it."""
    width, low, count = 0.5, 0.5, 9
    item, metal = Item("radiator", (width, 0.1, 1.7)), kit.draw("metal" if kit.chance(0.5) else "enamel")
    for s in (-1, 1):
        item.add(metal, rod((s * width / 2, 0, low), (s * width / 2, 0, 1.7), 0.016))
    for k in range(count):
        z = low + 0.05 + k * 1.1 / (count - 1)
        item.add(metal, rod((-width / 2, 0, z), (width / 2, 0, z), 0.012, 8))
    drop = kit.size((0.4, 0.7))[0]
    return item.add(kit.draw("fabric"), cushion((0.42, 0.07, drop), (0, -0.01, 1.62 - drop), 0.25))


def radiator(kit: Kit) -> Item:
    """Make a ribbed radiator."""
    width, height = kit.size((0.6, 1.3), (0.5, 0.65))
    item, paint = Item("radiator", (width, 0.12, height)), kit.draw("enamel")
    for x in np.arange(-width / 2 + 0.04, width / 2, 0.08):
        item.add(paint, cushion((0.06, 0.1, height - 0.12), (x, 0, 0.12), 0.4))
    return item.add(
        paint, box((width, 0.04, 0.04), (0, 0, 0.16)), box((width, 0.04, 0.04), (0, 0, height - 0.1))
    )
