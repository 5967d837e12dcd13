"""Shelves, cabinets, wardrobes, dressers."""

from taskaffinity.data.rooms.items import Item, Kit, Top
from taskaffinity.data.rooms.shapes import ball, box, cylinder


def fronts(
    kit: Kit, item: Item, width: float, depth: float, low: float, high: float, columns: int, rows: int
) -> None:
    """Put a grid of doors or drawers with handles on an item's front, between two heights."""
    panel, metal = kit.draw("wood" if kit.chance(0.6) else "enamel"), kit.draw("metal")
    knob = kit.chance(0.5)
    each, rise = width / columns, (high - low) / rows
    for c in range(columns):
        for r in range(rows):
            x, z = -width / 2 + (c + 0.5) * each, low + r * rise
            item.add(panel, box((each - 0.02, 0.02, rise - 0.02), (x, -depth / 2 - 0.01, z + 0.01)))
            tall = rise > 1.2 * each
            hx = x + (0.36 * each * (1 if c % 2 == 0 else -1) if tall else 0)
            hz = z + (0.5 if tall else 0.65) * rise
            if knob:
                item.add(metal, ball(0.018, (hx, -depth / 2 - 0.035, hz)))
            else:
                size = (0.015, 0.03, 0.14) if tall else (0.14, 0.03, 0.015)
                item.add(metal, box(size, (hx, -depth / 2 - 0.03, hz)))


def _body(kit: Kit, kind: str, size: tuple[float, float, float], columns: int, rows: int) -> Item:
    width, depth, height = size
    item = Item(kind, size, tops=[Top(0, 0, height, width, depth, 0.7)] if height < 1.6 else [])
    foot = kit.size((0.0, 0.12))[0]
    item.add(kit.draw("wood"), box((width, depth, height - foot), (0, 0, foot)))
    if foot > 0.02:
        item.add(kit.draw("wood"), box((width * 0.94, depth * 0.9, foot), (0, 0, 0)))
    fronts(kit, item, width, depth, foot, height, columns, rows)
    return item


def wardrobe(kit: Kit) -> Item:
    """Make a tall cupboard with doors."""
    width, depth, height = kit.size((0.9, 1.9), (0.5, 0.62), (1.8, 2.2))
    return _body(kit, "wardrobe", (width, depth, height), max(2, round(width / 0.5)), 1)


def dresser(kit: Kit) -> Item:
    """Make a chest of drawers."""
    width, depth, height = kit.size((0.7, 1.4), (0.4, 0.52), (0.7, 1.15))
    return _body(kit, "dresser", (width, depth, height), 1 if width < 1 else 2, int(kit.rng.integers(3, 5)))


def nightstand(kit: Kit) -> Item:
    """Make a small chest."""
    width, depth, height = kit.size((0.38, 0.55), (0.35, 0.45), (0.42, 0.62))
    return _body(kit, "nightstand", (width, depth, height), 1, int(kit.rng.integers(1, 3)))


def cabinet(kit: Kit) -> Item:
    """Make a sideboard."""
    width, depth, height = kit.size((0.8, 1.7), (0.38, 0.5), (0.5, 1.0))
    return _body(kit, "cabinet", (width, depth, height), max(2, round(width / 0.45)), 1)


def wall_cabinet(kit: Kit, width: float, low: float, height: float) -> Item:
    """Make a cupboard that hangs from a height; the item still has its origin on the floor."""
    depth = kit.size((0.3, 0.38))[0]
    item = Item("cabinet", (width, depth, low + height))
    item.add(kit.draw("wood"), box((width, depth, height), (0, 0, low)))
    fronts(kit, item, width, depth, low, low + height, max(1, round(width / 0.45)), 1)
    return item


def bookshelf(kit: Kit, books: float = 0.75) -> Item:
    """Make an open shelf; each compartment is full of books with a probability, else a place for things."""
    width, depth, height = kit.size((0.6, 1.6), (0.25, 0.36), (1.0, 2.2))
    wood, board = kit.draw("wood"), 0.025
    item = Item("bookshelf", (width, depth, height))
    columns, rows = max(1, round(width / 0.7)), max(2, round(height / kit.size((0.3, 0.42))[0]))
    each, rise = width / columns, (height - board) / rows
    item.add(wood, *(box((board, depth, height), (-width / 2 + c * each, 0, 0)) for c in range(columns + 1)))
    item.add(wood, *(box((width, depth, board), (0, 0, r * rise)) for r in range(rows + 1)))
    if kit.chance(0.75):
        item.add(wood, box((width, 0.01, height), (0, depth / 2 - 0.006, 0)))
    covers = [kit.draw("print") for _ in range(7)]
    for c in range(columns):
        for r in range(rows):
            x, z = -width / 2 + (c + 0.5) * each, r * rise + board
            if kit.chance(books):
                item.hold(book_row(kit, covers, each - 0.06, depth - 0.05, rise - 0.05), x, 0, z)
            else:
                item.tops.append(Top(x, 0, z, each - 0.08, depth, rise - 0.05))
    if height < 1.5:
        item.tops.append(Top(0, 0, height, width, depth, 0.6))
    return item


def book_row(kit: Kit, covers: list[int], width: float, depth: float, height: float) -> Item:
    """Make a row of upright books, some of the width left free."""
    row = Item("book", (width, depth, height))
    x, end = -width / 2, width / 2 * (1 if kit.chance(0.6) else kit.size((-0.3, 0.9))[0])
    while True:
        thick, tall, deep = kit.size((0.018, 0.055), (0.6, 0.98), (0.65, 0.95))
        if x + thick > end:
            return row
        spine = box((thick - 0.002, deep * depth, tall * height), (x + thick / 2, -depth * (1 - deep) / 2, 0))
        row.add(int(kit.rng.choice(covers)), spine)
        x += thick


def basket(kit: Kit) -> Item:
    """Make a bin or laundry basket."""
    radius, height = kit.size((0.14, 0.26), (0.3, 0.6))
    item = Item("basket", (2 * radius, 2 * radius, height))
    return item.add(kit.draw("fabric"), cylinder(radius, height))


def carton(kit: Kit) -> Item:
    """Make a cardboard box."""
    width, depth, height = kit.size((0.25, 0.55), (0.25, 0.45), (0.2, 0.45))
    return Item("box", (width, depth, height), tops=[Top(0, 0, height, width, depth, 0.4)]).add(
        kit.draw("print" if kit.chance(0.4) else "wood"), box((width, depth, height))
    )
