"""The furniture of each kind of room, and furniture that any room may have."""

from collections.abc import Callable
from typing import NamedTuple

from taskaffinity.data.rooms import bathroom, beds, clutter, hangings, kitchen, seating, storage, tables
from taskaffinity.data.rooms.items import Item, Kit

Maker = Callable[[Kit], Item]


class Wish(NamedTuple):
    """A piece of furniture: its maker, its place (wall, corner, free, middle), how likely, how many."""

    maker: Maker
    where: str
    probability: float = 1.0
    most: int = 1


class RoomProgram(NamedTuple):
    """A kind of room: ranges of its sides in metres, doors and windows, and wishes in order."""

    sides: tuple[tuple[float, float], tuple[float, float]]
    doors: tuple[int, int]
    windows: tuple[int, int]
    wishes: tuple[Wish, ...]


def lounge(kit: Kit) -> Item:
    """Make a sofa with a coffee table before it."""
    couch, table = seating.sofa(kit), tables.coffee_table(kit)
    width, depth, height = couch.size
    reach = table.size[1] + 0.45
    group = Item("", (width, depth + reach, height)).hold(couch, 0, reach / 2)
    return group.hold(
        table,
        kit.size((-0.2, 0.2))[0],
        reach / 2 - depth / 2 - 0.4 - table.size[1] / 2,
        0,
        kit.rng.normal(0, 0.08),
    )


def tv_stand(kit: Kit) -> Item:
    """Make a sideboard with a television on it."""
    base, screen = storage.cabinet(kit), clutter.tv(kit)
    return base.hold(screen, 0, 0, base.size[2], kit.rng.normal(0, 0.08))


def vanity(kit: Kit) -> Item:
    """Make a wash basin under a mirror."""
    basin, glass = bathroom.washbasin(kit), hangings.mirror(kit)
    width, depth, _ = basin.size
    return Item("", (max(width, glass.size[0]), depth, 1.1)).hold(basin).hold(glass, 0, depth / 2 - 0.02)


def tall_plant(kit: Kit) -> Item:
    """Make a plant for the floor."""
    return clutter.plant(kit, tall=True)


def laundry_shelf(kit: Kit) -> Item:
    """Make an open shelf without books."""
    return storage.bookshelf(kit, books=0.05)


_HUNG = (
    Wish(hangings.picture, "wall", 0.85, 4),
    Wish(hangings.wall_clock, "wall", 0.25),
    Wish(hangings.wall_shelf, "wall", 0.25),
)
_HEAT = Wish(bathroom.radiator, "wall", 0.4)
_GREEN = Wish(tall_plant, "corner", 0.4)
_LIGHT = Wish(clutter.floor_lamp, "corner", 0.35)
_BOXES = Wish(storage.carton, "wall", 0.15, 2)

STRAY = (
    Wish(seating.stool, "wall"), Wish(seating.chair, "wall"), Wish(storage.basket, "corner"),
    Wish(storage.carton, "wall", 1.0, 2), Wish(tall_plant, "corner"), Wish(clutter.floor_lamp, "corner"),
    Wish(tables.side_table, "wall"), Wish(storage.cabinet, "wall"), Wish(seating.bench, "wall"),
    Wish(storage.bookshelf, "wall"), Wish(hangings.mirror, "wall"), Wish(hangings.picture, "wall"),
)  # fmt: skip

PROGRAMS: dict[str, RoomProgram] = {
    "bedroom": RoomProgram(((2.9, 4.6), (3.0, 5.0)), (1, 2), (1, 2), (
        Wish(beds.bed_group, "wall"), Wish(storage.wardrobe, "wall", 0.8), Wish(storage.dresser, "wall", 0.6),
        Wish(tables.workplace, "wall", 0.2), Wish(seating.armchair, "corner", 0.25),
        Wish(seating.bench, "wall", 0.2),
        Wish(storage.bookshelf, "wall", 0.2), _GREEN, _LIGHT, Wish(storage.basket, "corner", 0.2),
        Wish(hangings.mirror, "wall", 0.35), _HEAT, *_HUNG)),
    "living room": RoomProgram(((3.6, 5.8), (3.8, 6.5)), (1, 2), (1, 3), (
        Wish(lounge, "wall"), Wish(tv_stand, "wall", 0.85), Wish(seating.sofa, "wall", 0.4),
        Wish(seating.armchair, "free", 0.6, 2), Wish(storage.bookshelf, "wall", 0.45),
        Wish(storage.cabinet, "wall", 0.3), _GREEN, _GREEN, _LIGHT, _LIGHT, _HEAT,
        Wish(hangings.wall_shelf, "wall", 0.3), *_HUNG)),
    "kitchen": RoomProgram(((2.4, 4.2), (3.0, 5.0)), (1, 2), (1, 2), (
        Wish(kitchen.kitchen_run, "wall"), Wish(kitchen.kitchen_run, "wall", 0.35),
        Wish(tables.dining_set, "middle", 0.45), Wish(kitchen.refrigerator, "corner", 0.3),
        Wish(seating.stool, "free", 0.3, 2), Wish(hangings.wall_shelf, "wall", 0.4),
        Wish(storage.cabinet, "wall", 0.25),
        _HEAT, Wish(hangings.wall_clock, "wall", 0.5), Wish(hangings.picture, "wall", 0.5))),
    "bathroom": RoomProgram(((1.9, 3.0), (2.4, 3.6)), (1, 1), (0, 1), (
        Wish(bathroom.toilet, "wall"), Wish(vanity, "wall"), Wish(bathroom.bathtub, "corner", 0.6),
        Wish(bathroom.shower, "corner", 0.55), Wish(bathroom.towel_rail, "wall", 0.6),
        Wish(kitchen.washing_machine, "wall", 0.15), Wish(storage.basket, "corner", 0.4),
        Wish(hangings.wall_shelf, "wall", 0.35), Wish(seating.stool, "wall", 0.2),
        Wish(hangings.picture, "wall", 0.25))),
    "office": RoomProgram(((2.8, 5.0), (3.0, 6.0)), (1, 2), (1, 3), (
        Wish(tables.workplace, "wall"), Wish(tables.workplace, "wall", 0.6, 2),
        Wish(tables.workplace, "middle", 0.3),
        Wish(storage.bookshelf, "wall", 0.6, 2), Wish(storage.cabinet, "wall", 0.5),
        Wish(hangings.whiteboard, "wall", 0.4),
        Wish(seating.chair, "free", 0.3), _GREEN, _BOXES, _HEAT,
        Wish(storage.basket, "corner", 0.4), *_HUNG)),
    "dining room": RoomProgram(((3.2, 4.8), (3.4, 5.6)), (1, 3), (1, 2), (
        Wish(tables.dining_set, "middle"), Wish(storage.cabinet, "wall", 0.7),
        Wish(storage.dresser, "wall", 0.3),
        Wish(tables.side_table, "wall", 0.3),
        Wish(seating.chair, "wall", 0.4, 2), _GREEN, _GREEN, _LIGHT, _HEAT, *_HUNG)),
    "corridor": RoomProgram(((1.3, 2.1), (4.5, 8.5)), (3, 5), (0, 1), (
        Wish(hangings.coat_rack, "wall", 0.7), Wish(tables.side_table, "wall", 0.5),
        Wish(seating.bench, "wall", 0.4),
        Wish(hangings.mirror, "wall", 0.4), Wish(seating.chair, "wall", 0.2), _GREEN, _HEAT, _BOXES, *_HUNG)),
    "library": RoomProgram(((3.0, 5.0), (3.6, 6.5)), (1, 2), (0, 2), (
        *[Wish(storage.bookshelf, "wall")] * 3, Wish(storage.bookshelf, "wall", 0.8, 4),
        Wish(storage.bookshelf, "middle", 0.4),
        Wish(seating.armchair, "free", 0.7, 2), Wish(tables.coffee_table, "free", 0.4),
        Wish(tables.workplace, "wall", 0.4),
        Wish(seating.stool, "free", 0.3), _LIGHT, _GREEN, Wish(hangings.picture, "wall", 0.4))),
    "meeting room": RoomProgram(((3.4, 5.0), (4.2, 6.8)), (1, 2), (0, 3), (
        Wish(tables.meeting_set, "middle"), Wish(hangings.whiteboard, "wall", 0.85),
        Wish(tv_stand, "wall", 0.45),
        Wish(storage.cabinet, "wall", 0.4), _GREEN, _GREEN,
        Wish(hangings.coat_rack, "wall", 0.2), _HEAT, *_HUNG)),
    "laundry": RoomProgram(((2.0, 3.2), (2.4, 4.2)), (1, 2), (0, 1), (
        Wish(kitchen.washing_machine, "wall"), Wish(kitchen.washing_machine, "wall", 0.9, 2),
        Wish(bathroom.washbasin, "wall", 0.55), Wish(laundry_shelf, "wall", 0.8, 2),
        Wish(storage.basket, "wall", 0.8, 3),
        Wish(storage.carton, "wall", 0.5, 3), Wish(storage.wardrobe, "wall", 0.3),
        Wish(hangings.wall_shelf, "wall", 0.5),
        Wish(bathroom.radiator, "wall", 0.3), Wish(hangings.wall_clock, "wall", 0.2))),
}  # fmt: skip
