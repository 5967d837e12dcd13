"""Chairs, stools, benches, sofas."""

from taskaffinity.data.rooms.items import Item, Kit, Top
from taskaffinity.data.rooms.shapes import Soup, box, cushion, cylinder, lathe, rod


def legs(kit: Kit, width: float, depth: float, height: float, thick: float) -> list[Soup]:
    """Return four legs under a rectangle, square, round or splayed."""
    style = kit.rng.integers(3)
    soups = []
    for sx in (-1, 1):
        for sy in (-1, 1):
            x, y = sx * (width - thick) / 2, sy * (depth - thick) / 2
            if style == 0:
                soups.append(box((thick, thick, height), (x, y, 0)))
            elif style == 1:
                soups.append(cylinder(thick / 2, height, (x, y, 0), segments=12))
            else:
                soups.append(rod((x, y, 0), (0.8 * x, 0.8 * y, height), thick / 2.2))
    return soups


def chair(kit: Kit) -> Item:
    """Make a chair with legs, a seat and a back of a panel, slats or a frame."""
    width, depth, seat, height = kit.size((0.4, 0.5), (0.4, 0.52), (0.42, 0.48), (0.78, 1.05))
    frame = kit.draw("wood" if kit.chance(0.7) else "metal")
    item = Item("chair", (width, depth, height))
    item.add(frame, *legs(kit, width, depth, seat - 0.04, kit.size((0.025, 0.05))[0]))
    soft = kit.chance(0.5)
    item.add(
        kit.draw("fabric") if soft else frame,
        cushion((width, depth, 0.09), (0, 0, seat - 0.06), 0.3)
        if soft
        else box((width, depth, 0.04), (0, 0, seat - 0.04)),
    )
    back = depth / 2 - 0.02
    style = kit.rng.integers(3)
    if style == 0:
        item.add(frame, box((width, 0.03, height - seat - 0.1), (0, back, seat + 0.1)))
    for x in (-width / 2 + 0.02, width / 2 - 0.02):
        item.add(frame, box((0.035, 0.035, height - seat), (x, back, seat)))
    if style == 1:
        count = int(kit.rng.integers(2, 5))
        rise = (height - seat) / (count + 1)
        item.add(
            frame, *(box((width, 0.02, 0.5 * rise), (0, back, seat + rise * (k + 0.8))) for k in range(count))
        )
    if style == 2:
        item.add(
            kit.draw("fabric"),
            cushion((width, 0.07, 0.6 * (height - seat)), (0, back, height - 0.62 * (height - seat)), 0.3),
        )
    return item


def office_chair(kit: Kit) -> Item:
    """Make a swivel chair on a star of wheels."""
    width, depth, seat, height = kit.size((0.46, 0.56), (0.46, 0.56), (0.44, 0.54), (0.9, 1.2))
    item = Item("office chair", (width + 0.1, depth + 0.1, height))
    metal, cloth = kit.draw("metal"), kit.draw("fabric")
    item.add(metal, cylinder(0.03, seat - 0.1, (0, 0, 0.06), 12))
    for dx, dy in ((1, 0), (0.31, 0.95), (-0.81, 0.59), (-0.81, -0.59), (0.31, -0.95)):
        item.add(
            metal,
            rod((0, 0, 0.1), (0.27 * dx, 0.27 * dy, 0.06), 0.02),
            cushion((0.06, 0.06, 0.06), (0.27 * dx, 0.27 * dy, 0), 1),
        )
    item.add(cloth, cushion((width, depth, 0.12), (0, 0, seat - 0.08), 0.35))
    item.add(cloth, cushion((0.9 * width, 0.1, height - seat - 0.1), (0, depth / 2, seat + 0.1), 0.4))
    if kit.chance(0.6):
        for x in (-width / 2 - 0.02, width / 2 + 0.02):
            item.add(
                metal,
                box((0.05, 0.28, 0.03), (x, 0, seat + 0.2)),
                rod((x, 0.1, seat), (x, 0.1, seat + 0.2), 0.015),
            )
    return item


def stool(kit: Kit) -> Item:
    """Make a round stool."""
    radius, height = kit.size((0.15, 0.22), (0.4, 0.75))
    item = Item("stool", (2 * radius, 2 * radius, height), tops=[Top(0, 0, height, radius, radius, 0.5)])
    item.add(kit.draw("wood"), *legs(kit, 1.6 * radius, 1.6 * radius, height - 0.04, 0.03))
    rim = [(0, 0), (radius * 0.95, 0), (radius, 0.02), (radius * 0.95, 0.045), (0, 0.05)]
    return item.add(kit.draw("fabric" if kit.chance(0.5) else "wood"), lathe(rim, (0, 0, height - 0.05)))


def bench(kit: Kit) -> Item:
    """Make a bench without a back."""
    width, depth, height = kit.size((0.8, 1.4), (0.32, 0.45), (0.4, 0.5))
    item = Item("bench", (width, depth, height), tops=[Top(0, 0, height, width, depth, 0.8)])
    item.add(
        kit.draw("wood"),
        *legs(kit, width, depth, height - 0.05, 0.05),
        box((width, depth, 0.05), (0, 0, height - 0.05)),
    )
    return item


def sofa(kit: Kit, kind: str = "sofa") -> Item:
    """Make a sofa: base, back, arms and a cushion a seat; an armchair has one seat."""
    seats = 1 if kind == "armchair" else int(kit.rng.integers(2, 4))
    each, depth, seat, height = kit.size((0.55, 0.72), (0.8, 0.98), (0.38, 0.46), (0.72, 0.95))
    arm, arm_height = kit.size((0.1, 0.24), (0.52, 0.66))
    width = seats * each + 2 * arm
    item = Item(kind, (width, depth, height))
    cloth, soft = kit.draw("fabric"), kit.size((0.12, 0.4))[0]
    item.add(cloth, box((width - 0.04, depth - 0.06, seat - 0.18), (0, 0, 0.08)))
    item.add(cloth, cushion((width, 0.24, height - 0.1), (0, depth / 2 - 0.12, 0.08), soft))
    for x in (-(width - arm) / 2, (width - arm) / 2):
        item.add(cloth, cushion((arm, depth, arm_height - 0.06), (x, 0, 0.06), soft))
    cover = cloth if kit.chance(0.6) else kit.draw("fabric")
    for k in range(seats):
        x = (k - (seats - 1) / 2) * each
        item.add(cover, cushion((each, depth - 0.26, 0.18), (x, -0.1, seat - 0.16), 0.3))
        item.add(cover, cushion((each, 0.2, height - seat), (x, depth / 2 - 0.28, seat), 0.4))
        if kit.chance(0.5):
            _throw(kit, item, x, depth / 2 - 0.42, seat)
    return item


def _throw(kit: Kit, item: Item, x: float, y: float, z: float) -> None:
    side = kit.size((0.32, 0.45))[0]
    item.add(kit.draw("fabric"), cushion((side, 0.14, side), (x + kit.size((-0.1, 0.1))[0], y, z), 0.6))


def armchair(kit: Kit) -> Item:
    """Make an armchair."""
    return sofa(kit, "armchair")
