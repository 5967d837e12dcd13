"""Beds, alone or between nightstands."""

from taskaffinity.data.rooms.items import Item, Kit
from taskaffinity.data.rooms.shapes import box, cushion
from taskaffinity.data.rooms.storage import nightstand


def bed(kit: Kit) -> Item:
    """Make a bed: frame, headboard, mattress, blanket, pillows; its head is at the back."""
    double = kit.chance(0.65)
    width = kit.size((1.35, 1.85) if double else (0.85, 1.1))[0]
    length, deck, head = kit.size((1.95, 2.15), (0.22, 0.36), (0.7, 1.25))
    item = Item("bed", (width, length, head))
    wood = kit.draw("wood" if kit.chance(0.7) else "fabric")
    item.add(
        wood,
        box((width, length, deck - 0.08), (0, 0, 0.08)),
        box((width, 0.06, head), (0, length / 2 - 0.03, 0)),
    )
    if kit.chance(0.4):
        item.add(wood, box((width, 0.05, deck + 0.25), (0, -length / 2 + 0.025, 0)))
    sheet = kit.draw("fabric")
    item.add(sheet, cushion((width - 0.04, length - 0.1, 0.24), (0, -0.02, deck - 0.02), 0.15))
    reach = kit.size((0.55, 0.78))[0] * length
    item.add(
        kit.draw("fabric"),
        cushion((width + 0.06, reach, 0.3), (0, -(length - reach) / 2 + 0.05, deck - 0.02), 0.2),
    )
    pillow = kit.draw("fabric") if kit.chance(0.6) else sheet
    for x in (-width / 4, width / 4) if double else (0.0,):
        wide, tall = kit.size((0.5, 0.68), (0.13, 0.2))
        item.add(
            pillow,
            cushion(
                (min(wide, 0.48 * width if double else wide), 0.4, tall),
                (x, length / 2 - 0.3, deck + 0.2),
                0.6,
            ),
        )
        if kit.chance(0.4):
            item.add(
                kit.draw("fabric"), cushion((0.38, 0.16, 0.34), (x, length / 2 - 0.52, deck + 0.22), 0.6)
            )
    return item


def bed_group(kit: Kit) -> Item:
    """Make a bed with a nightstand at one side or both."""
    centre = bed(kit)
    width, length, height = centre.size
    stand = nightstand(kit)
    both = kit.chance(0.6)
    group = Item("", (width + (2 if both else 1) * (stand.size[0] + 0.1), length, height))
    shift = 0.0 if both else -(stand.size[0] + 0.1) / 2
    group.hold(centre, shift)
    for side in (-1, 1) if both else (1,):
        one = nightstand(kit) if kit.chance(0.1) else stand
        group.hold(
            one, shift + side * (width / 2 + 0.05 + stand.size[0] / 2), (length - one.size[1]) / 2 - 0.03
        )
    return group
