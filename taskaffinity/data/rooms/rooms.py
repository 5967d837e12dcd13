"""From a room's kind to a furnished plan."""

import numpy as np

from taskaffinity.data.rooms.clutter import dress
from taskaffinity.data.rooms.hangings import rug
from taskaffinity.data.rooms.items import Kit
from taskaffinity.data.rooms.plan import FloorPlan, Placed
from taskaffinity.data.rooms.programs import PROGRAMS, STRAY, Wish
from taskaffinity.data.rooms.shell import Opening, build_shell

CEILING = (2.3, 2.6, 3.1)  # metres: lowest, likeliest, highest


def furnish(kind: str, kit: Kit) -> tuple[FloorPlan, list[Opening]]:
    """Build a room of a kind and everything in it."""
    program = PROGRAMS[kind]
    sides = kit.size(*program.sides)
    if kit.chance(0.5):
        sides.reverse()
    plan = FloorPlan((sides[0], sides[1], float(kit.rng.triangular(*CEILING))), kit.rng)
    doors, windows = (int(kit.rng.integers(low, high + 1)) for low, high in (program.doors, program.windows))
    openings = build_shell(plan, kit, doors, windows)
    _lay_rug(plan, kit)
    density = kit.rng.lognormal(1.8, 0.5)
    stray = kit.rng.choice(len(STRAY), int(kit.rng.integers(0, 2)), replace=False)
    for wish in (*program.wishes, *(STRAY[k] for k in stray)):
        if kit.chance(wish.probability):
            for _ in range(int(kit.rng.integers(1, wish.most + 1))):
                _grant(plan, kit, wish, density)
    return plan, openings


def _grant(plan: FloorPlan, kit: Kit, wish: Wish, density: float) -> None:
    for _ in range(2):
        item = wish.maker(kit)
        dress(kit, item, density)
        if wish.where in ("wall", "corner"):
            done = plan.against_wall(item, corner=wish.where == "corner")
        else:
            done = plan.free_standing(item, middle=wish.where == "middle")
        if done:
            return


def _lay_rug(plan: FloorPlan, kit: Kit) -> None:
    if kit.chance(0.5):
        x, y, _ = plan.size
        width, depth = x * kit.size((0.35, 0.75))[0], y * kit.size((0.35, 0.75))[0]
        yaw = kit.rng.normal(0, 0.05)
        reach = min(x, y) * 0.05
        at = x / 2 + kit.size((-reach, reach))[0], y / 2 + kit.size((-reach, reach))[0]
        plan.placed.append(
            Placed(rug(kit, min(width, 3.2), min(depth, 3.2)), *at, 0.0, float(np.clip(yaw, -0.1, 0.1)))
        )
