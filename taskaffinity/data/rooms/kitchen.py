"""Kitchen fittings: counters with sink and oven, the fridge, small appliances, the washing machine."""

import numpy as np

from taskaffinity.data.rooms.items import Item, Kit, Top
from taskaffinity.data.rooms.shapes import Soup, ball, box, cushion, cylinder, lathe, rod, rotation
from taskaffinity.data.rooms.storage import fronts, wall_cabinet

DEPTH, HEIGHT = 0.6, 0.9


def kitchen_run(kit: Kit) -> Item:
    """Make a run of units under one worktop: cupboards, a sink, an oven with a hob, cupboards above."""
    units = ["sink", "oven", *["counter"] * int(kit.rng.integers(1, 4))]
    kit.rng.shuffle(units)
    if kit.chance(0.75):
        units.insert(0 if kit.chance(0.5) else len(units), "fridge")
    widths = [0.6 if u == "oven" else kit.size((0.5, 0.85))[0] for u in units]
    total = sum(widths)
    run = Item("", (total, DEPTH + 0.04, 2.1))
    wood, stone, above = kit.draw("wood"), kit.draw("stone"), kit.chance(0.75)
    x, low = -total / 2, kit.size((1.38, 1.55))[0]
    for unit, width in zip(units, widths, strict=True):
        x += width / 2
        run.hold(_unit(kit, unit, width, wood, stone), x)
        if unit == "oven" and kit.chance(0.8):
            run.hold(_hood(kit, width), x, 0.1)
        elif unit != "fridge" and above and kit.chance(0.85):
            run.hold(wall_cabinet(kit, width, low, 0.65), x, 0.13)
        x += width / 2
    return run


def _unit(kit: Kit, unit: str, width: float, wood: int, stone: int) -> Item:
    if unit == "fridge":
        return refrigerator(kit, width)
    if unit == "oven":
        return oven(kit, width)
    item = Item("counter", (width, DEPTH, HEIGHT))
    item.add(
        wood,
        box((width, DEPTH - 0.06, HEIGHT - 0.14), (0, 0.03, 0.1)),
        box((width, DEPTH - 0.12, 0.1), (0, 0.06, 0)),
    )
    fronts(
        kit,
        item,
        width,
        DEPTH - 0.06,
        0.1,
        HEIGHT - 0.05,
        1 if width < 0.6 else 2,
        int(kit.rng.choice([1, 1, 3])),
    )
    item.parts[2:] = [(soup.moved((0, 0.03, 0)), m) for soup, m in item.parts[2:]]
    if unit == "sink":
        return item.hold(_basin(kit, width, stone))
    item.add(stone, box((width, DEPTH + 0.02, 0.04), (0, 0, HEIGHT - 0.04)))
    item.tops.append(Top(0, 0, HEIGHT, width, DEPTH, 0.45))
    return item


def _basin(kit: Kit, width: float, stone: int) -> Item:
    """Make the worktop with a hole, the bowl in it, and the tap."""
    item, steel = (
        Item("kitchen sink", (width, DEPTH, HEIGHT)),
        kit.draw("metal" if kit.chance(0.7) else "enamel"),
    )
    wide, deep, floor = width - 0.14, DEPTH - 0.2, HEIGHT - 0.2
    for s in (-1, 1):
        item.add(stone, box((0.07, DEPTH + 0.02, 0.04), (s * (width - 0.07) / 2, 0, HEIGHT - 0.04)))
        item.add(stone, box((wide, 0.1, 0.04), (0, s * (DEPTH - 0.1) / 2, HEIGHT - 0.04)))
        item.add(
            steel,
            box((0.012, deep, 0.205), (s * wide / 2, 0, floor)),
            box((wide, 0.012, 0.205), (0, s * deep / 2, floor)),
        )
    item.add(steel, box((wide, deep, 0.01), (0, 0, floor)))
    return item.add(kit.draw("metal"), *_tap(HEIGHT, DEPTH / 2 - 0.06))


def _tap(z: float, y: float) -> list[Soup]:
    return [
        rod((0, y, z), (0, y, z + 0.24), 0.016),
        rod((0, y, z + 0.23), (0, y - 0.18, z + 0.2), 0.013),
        ball(0.025, (0.06, y, z)),
    ]


def oven(kit: Kit, width: float = 0.6) -> Item:
    """Make a cooker: a door with a window, knobs, four plates, sometimes a pot."""
    item = Item("oven", (width, DEPTH, HEIGHT))
    body, dark = kit.draw("enamel" if kit.chance(0.6) else "metal"), kit.draw("glass")
    item.add(body, box((width - 0.01, DEPTH - 0.02, HEIGHT - 0.02), (0, 0.01, 0)))
    item.add(
        dark,
        box((width, DEPTH + 0.01, 0.02), (0, 0, HEIGHT - 0.02)),
        box((width - 0.12, 0.02, 0.36), (0, -DEPTH / 2, 0.22)),
    )
    metal = kit.draw("metal")
    item.add(
        metal,
        rod((-width / 2 + 0.06, -DEPTH / 2 - 0.05, 0.64), (width / 2 - 0.06, -DEPTH / 2 - 0.05, 0.64), 0.012),
    )
    turn = rotation(0, np.pi / 2)
    for k in range(5):
        item.add(
            metal,
            cylinder(0.02, 0.03, segments=12)
            .turned(turn)
            .moved(((k - 2) * width / 6, -DEPTH / 2 + 0.01, 0.77)),
        )
    for x in (-0.14, 0.14):
        for y in (-0.13, 0.14):
            item.add(metal, cylinder(0.08, 0.012, (x, y, HEIGHT)))
    if kit.chance(0.6):
        item.hold(pot(kit), 0.14, 0.14, HEIGHT + 0.012)
    return item


def pot(kit: Kit) -> Item:
    """Make a cooking pot."""
    r, h = kit.size((0.08, 0.13), (0.08, 0.18))
    profile = [
        (0, 0),
        (r, 0),
        (r, h),
        (r * 0.95, h + 0.02),
        (0.03, h + 0.03),
        (0.02, h + 0.06),
        (0, h + 0.06),
    ]
    return Item("bowl", (2 * r, 2 * r, h)).add(
        kit.draw("metal" if kit.chance(0.6) else "enamel"), lathe(profile, segments=24)
    )


def _hood(kit: Kit, width: float) -> Item:
    item, metal = Item("", (width, 0.4, 2.4)), kit.draw("metal")
    return item.add(metal, box((width, 0.4, 0.1), (0, 0, 1.6)), box((0.24, 0.24, 0.75), (0, 0.06, 1.7)))


def refrigerator(kit: Kit, width: float = 0.62) -> Item:
    """Make a fridge of one or two doors."""
    height, split = kit.size((1.4, 2.0), (0.3, 0.7))
    item = Item("refrigerator", (width, DEPTH + 0.04, height))
    body, metal = kit.draw("enamel" if kit.chance(0.7) else "metal"), kit.draw("metal")
    item.add(body, box((width - 0.02, DEPTH - 0.05, height - 0.04), (0, 0.04, 0.04)))
    for low, high in ((0.06, split * height), (split * height + 0.012, height - 0.01)):
        item.add(body, box((width - 0.02, 0.06, high - low), (0, -DEPTH / 2 + 0.02, low)))
        middle = low + 0.15 if low > 0.5 else high - 0.45
        item.add(metal, box((0.025, 0.04, 0.3), (width / 2 - 0.07, -DEPTH / 2 - 0.03, middle)))
    if kit.chance(0.4):
        item.add(kit.draw("print"), box((0.2, 0.004, 0.26), (-0.08, -DEPTH / 2 - 0.012, 0.75 * height)))
    return item


def microwave(kit: Kit) -> Item:
    """Make a microwave oven."""
    width, depth, height = kit.size((0.44, 0.54), (0.32, 0.4), (0.26, 0.32))
    item = Item("microwave", (width, depth, height))
    item.add(kit.draw("enamel" if kit.chance(0.6) else "metal"), box((width, depth, height)))
    item.add(
        kit.draw("glass"),
        box((width * 0.66, 0.012, height * 0.72), (-width * 0.13, -depth / 2, height * 0.14)),
    )
    item.add(
        kit.draw("metal"), box((0.02, 0.04, height * 0.7), (width * 0.24, -depth / 2 - 0.02, height * 0.15))
    )
    return item.add(kit.draw("metal"), ball(0.025, (width * 0.38, -depth / 2 - 0.01, height * 0.25)))


def toaster(kit: Kit) -> Item:
    """Make a toaster."""
    width, depth, height = kit.size((0.26, 0.34), (0.16, 0.2), (0.18, 0.22))
    slot, item = kit.draw("glass"), Item("toaster", (width, depth, height))
    item.add(
        kit.draw("metal" if kit.chance(0.6) else "enamel"), cushion((width, depth, height), roundness=0.3)
    )
    return item.add(
        slot, *(box((width * 0.66, 0.03, 0.006), (0, y, height - 0.004)) for y in (-0.035, 0.035))
    )


def washing_machine(kit: Kit) -> Item:
    """Make a washing machine or a dryer with its round door."""
    side, depth, height = 0.6, 0.58, 0.86
    item = Item("washing machine", (side, depth, height), tops=[Top(0, 0, height, side, depth, 0.6)])
    item.add(kit.draw("enamel"), box((side, depth, height)))
    turn = rotation(0, np.pi / 2)
    ring, lens = kit.draw("metal"), kit.draw("glass")
    radius = kit.size((0.17, 0.22))[0]
    item.add(
        ring,
        lathe([(radius, 0), (radius + 0.04, 0.0), (radius + 0.03, 0.04), (radius, 0.03)])
        .turned(turn)
        .moved((0, -depth / 2, 0.42)),
    )
    item.add(
        lens,
        lathe([(radius, 0.01), (radius * 0.8, 0.05), (radius * 0.4, 0.075), (0, 0.08)])
        .turned(turn)
        .moved((0, -depth / 2, 0.42)),
    )
    item.add(kit.draw("enamel"), box((side - 0.02, 0.012, 0.12), (0, -depth / 2, height - 0.14)))
    return item.add(ring, ball(0.03, (0.15, -depth / 2 - 0.01, height - 0.11)))
