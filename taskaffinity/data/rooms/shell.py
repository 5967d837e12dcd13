"""The building: floor, ceiling, walls with their openings, skirting, pillars and beams."""

from typing import NamedTuple

import numpy as np

from taskaffinity.data.rooms.hangings import ceiling_lamp, curtain
from taskaffinity.data.rooms.items import Item, Kit
from taskaffinity.data.rooms.plan import Block, FloorPlan, Placed
from taskaffinity.data.rooms.shapes import ball, box

THICK = 0.14


class Opening(NamedTuple):
    """A hole in a wall: which wall, from where to where along it and upwards, metres, and what fills it."""

    wall: int
    left: float
    right: float
    low: float
    high: float
    kind: str


def build_shell(plan: FloorPlan, kit: Kit, doors: int, windows: int) -> list[Opening]:
    """Add the building to a plan, and say where the openings are."""
    x, y, z = plan.size
    openings = _openings(plan, kit, doors, windows)
    slab = (
        x + 2 * THICK,
        y + 2 * THICK,
        0.1,
    )  # as far as the walls' outer faces, for the thresholds of doors
    for finish, height in (("floor", -0.1), ("ceiling", z)):
        item = Item("", plan.size).add(kit.draw(finish), box(slab, (0, 0, height)))
        plan.placed.append(Placed(item, x / 2, y / 2, 0, 0))
    paper, trim = kit.draw("wall"), kit.draw("wood" if kit.chance(0.5) else "enamel")
    skirting = kit.size((0.05, 0.14))[0] if kit.chance(0.8) else 0.0
    for wall in range(4):
        cover = kit.draw("wall") if kit.chance(0.2) else paper
        mine = [o for o in openings if o.wall == wall]
        _wall(plan, wall, mine, cover, trim, skirting)
        for opening in mine:
            _fill(plan, kit, opening, trim)
    _bumps(plan, kit, paper)
    _lamps(plan, kit)
    return openings


def _openings(plan: FloorPlan, kit: Kit, doors: int, windows: int) -> list[Opening]:
    openings: list[Opening] = []
    for kind in ["door"] * doors + ["window"] * windows:
        for _ in range(12):
            wall = int(kit.rng.integers(4))
            width = kit.size((0.75, 0.95) if kind == "door" else (0.7, 2.2))[0]
            room = plan.length(wall) - width - 0.3
            if room <= 0:
                continue
            left = 0.15 + kit.size((0, room))[0]
            low = 0.0 if kind == "door" else kit.size((0.3, 1.1))[0]
            high = (
                kit.size((1.95, 2.1))[0]
                if kind == "door"
                else min(plan.size[2] - 0.15, low + kit.size((0.8, 1.7))[0])
            )
            block = _clearance(plan, wall, left, left + width, low, high, 0.7 if kind == "door" else 0.25)
            if not any(block.meets(other) for other in plan.blocks):
                plan.blocks.append(block)
                name = "doorway" if kind == "door" and kit.chance(0.35) else kind
                openings.append(Opening(wall, left, left + width, low, high, name))
                break
    return openings


def _clearance(
    plan: FloorPlan, wall: int, left: float, right: float, low: float, high: float, out: float
) -> Block:
    x, y, yaw = plan.on_wall(wall, (left + right) / 2, out / 2)
    return Block(x, y, (right - left) / 2 + 0.08, out / 2, yaw, low, high)


def _wall(
    plan: FloorPlan, wall: int, openings: list[Opening], cover: int, trim: int, skirting: float
) -> None:
    """Build a wall around its openings, in a frame with its middle at x = 0 and its face at y = 0."""
    length, height = plan.length(wall), plan.size[2]
    item, middle, at = Item("", (length, THICK, height)), length / 2, 0.0
    for hole in sorted(openings, key=lambda o: o.left):
        _panel(item, cover, at - middle, hole.left - middle, 0, height)
        _panel(item, cover, hole.left - middle, hole.right - middle, 0, hole.low)
        _panel(item, cover, hole.left - middle, hole.right - middle, hole.high, height)
        at = hole.right
    _panel(item, cover, at - middle, length - middle, 0, height)
    if skirting:
        edges = [
            0.0,
            *(e for o in sorted(openings, key=lambda o: o.left) if o.low == 0 for e in (o.left, o.right)),
            length,
        ]
        for left, right in zip(edges[::2], edges[1::2], strict=True):
            item.add(trim, box((right - left, 0.02, skirting), ((left + right) / 2 - middle, -0.01, 0)))
    place = plan.on_wall(wall, length / 2, 0)
    plan.placed.append(Placed(_facing(item, wall), place[0], place[1], 0, place[2]))


def _facing(item: Item, wall: int) -> Item:
    """Mirror along the wall where its frame runs against the plan's."""
    if wall in (1, 2):
        return item
    item.parts = [(soup.moved(-2 * soup.corners.mean(axis=(0, 1)) * [1, 0, 0]), m) for soup, m in item.parts]
    return item


def _panel(item: Item, cover: int, left: float, right: float, low: float, high: float) -> None:
    if right - left > 1e-3 and high - low > 1e-3:
        item.add(cover, box((right - left, THICK, high - low), ((left + right) / 2, THICK / 2, low)))


def _fill(plan: FloorPlan, kit: Kit, hole: Opening, trim: int) -> None:
    width, height = hole.right - hole.left, hole.high - hole.low
    x, y, yaw = plan.on_wall(hole.wall, (hole.left + hole.right) / 2, 0)
    makers = {"door": _door, "doorway": _doorway, "window": _window}
    item = makers[hole.kind](kit, width, height, trim)
    plan.placed.append(Placed(item, x, y, hole.low, yaw))
    if hole.kind == "window" and kit.chance(0.45):
        _hang_curtains(plan, kit, hole)


def _casing(width: float, height: float, trim: float, sill: bool) -> list:
    parts = [box((trim, 0.03, height + trim), (s * (width + trim) / 2, -0.005, 0)) for s in (-1, 1)]
    parts.append(box((width, 0.03, trim), (0, -0.005, height)))
    return parts + ([box((width + 0.12, 0.16, 0.03), (0, 0.0, -0.03))] if sill else [])


def _door(kit: Kit, width: float, height: float, trim: int) -> Item:
    item = Item("door", (width, THICK, height)).add(
        trim, *_casing(width, height, kit.size((0.05, 0.1))[0], False)
    )
    leaf = kit.draw("wood" if kit.chance(0.6) else "enamel")
    item.add(leaf, box((width, 0.04, height), (0, 0.06, 0)))
    rows = int(kit.rng.integers(0, 4))
    for k in range(rows):
        rise = (height - 0.2) / rows
        item.add(leaf, box((width - 0.24, 0.02, rise - 0.14), (0, 0.035, 0.14 + k * rise)))
    return item.add(
        kit.draw("metal"),
        ball(0.03, (width / 2 - 0.08, 0.01, 1.0)),
        box((0.04, 0.02, 0.2), (width / 2 - 0.08, 0.04, 0.92)),
    )


def _doorway(kit: Kit, width: float, height: float, trim: int) -> Item:
    """Make an open door with a piece of passage behind it."""
    item = Item("", (width, THICK, height)).add(
        trim, *_casing(width, height, kit.size((0.05, 0.1))[0], False)
    )
    deep, paper = kit.size((1.0, 2.8))[0], kit.draw("wall")
    side = width / 2 + 0.3
    for s in (-1, 1):
        item.add(paper, box((0.05, deep, height + 0.3), (s * side, deep / 2 + THICK, 0)))
    item.add(paper, box((2 * side, 0.05, height + 0.3), (0, deep + THICK, 0)))
    item.add(kit.draw("ceiling"), box((2 * side, deep, 0.05), (0, deep / 2 + THICK, height + 0.25)))
    return item.add(kit.draw("floor"), box((2 * side, deep, 0.05), (0, deep / 2 + THICK, -0.05)))


def _window(kit: Kit, width: float, height: float, trim: int) -> Item:
    item = Item("window", (width, THICK, height)).add(
        trim, *_casing(width, height, kit.size((0.04, 0.09))[0], True)
    )
    item.add(kit.draw("outside", glow=kit.size((1.0, 3.0))[0]), box((width, 0.02, height), (0, 0.11, 0)))
    bars = [box((0.05, 0.04, height), (s * (width / 2 - 0.025), 0.08, 0)) for s in (-1, 1)]
    bars += [box((width, 0.04, 0.05), (0, 0.08, z)) for z in (0, height - 0.05)]
    across, up = int(kit.rng.integers(0, 3)), int(kit.rng.integers(0, 3))
    bars += [
        box((0.035, 0.04, height), (width * ((k + 1) / (across + 1) - 0.5), 0.08, 0)) for k in range(across)
    ]
    bars += [box((width, 0.04, 0.035), (0, 0.08, height * (k + 1) / (up + 1))) for k in range(up)]
    return item.add(trim, *bars)


def _hang_curtains(plan: FloorPlan, kit: Kit, hole: Opening) -> None:
    low = kit.size((0.03, 0.3))[0] if kit.chance(0.5) else hole.low - 0.1
    width = kit.size((0.2, 0.45))[0] * (hole.right - hole.left)
    cloth = curtain(kit, width, max(low, 0.02), hole.high + 0.08)
    for along in (hole.left + 0.2 * width, hole.right - 0.2 * width):
        x, y, yaw = plan.on_wall(hole.wall, along, 0.14)
        if width / 2 < along < plan.length(hole.wall) - width / 2:
            plan.placed.append(Placed(cloth, x, y, 0, yaw))
            plan.blocks.append(Block(x, y, width / 2, 0.12, yaw, low, hole.high + 0.1))


def _bumps(plan: FloorPlan, kit: Kit, paper: int) -> None:
    """Chimney breasts, pillars, beams."""
    for _ in range(int(kit.rng.choice([0, 0, 1, 2]))):
        width, depth = kit.size((0.25, 1.4), (0.12, 0.45))
        item = Item("", (width, depth, plan.size[2])).add(
            kit.draw("wall") if kit.chance(0.3) else paper, box((width, depth, plan.size[2]))
        )
        item.size = (width, depth + 0.06, plan.size[2])
        plan.against_wall(item, corner=kit.chance(0.5))
    if kit.chance(0.2):
        wood, (thick, every) = kit.draw("wood"), kit.size((0.1, 0.2), (0.6, 1.2))
        x, y, z = plan.size
        beams = [box((x, thick, thick), (0, b - y / 2, z - thick)) for b in np.arange(every / 2, y, every)]
        plan.placed.append(Placed(Item("", plan.size).add(wood, *beams), x / 2, y / 2, 0, 0))


def _lamps(plan: FloorPlan, kit: Kit) -> None:
    x, y, z = plan.size
    count = 1 + int(x * y > 14) + int(max(x, y) > 2.2 * min(x, y))
    lamp = ceiling_lamp(kit, z)
    for k in range(count):
        share = (k + 0.5) / count + kit.rng.normal(0, 0.04)
        at = (
            (x * share, y * (0.5 + kit.rng.normal(0, 0.04)))
            if x > y
            else (x * (0.5 + kit.rng.normal(0, 0.04)), y * share)
        )
        plan.placed.append(Placed(lamp, *at, 0, kit.rng.integers(2) * np.pi / 2))
