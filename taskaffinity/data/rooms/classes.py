"""What things and rooms are called.

The semantic numbers are Taskonomy's: 0 is unknown, 1 background, 2 to 17 sixteen of COCO's classes.
"""

SEMANTIC = (
    "unknown", "background", "bottle", "chair", "couch", "potted plant", "bed", "dining table", "toilet",
    "tv",
    "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase",
)  # fmt: skip

BACKGROUND = SEMANTIC.index("background")

OBJECTS = (
    "chair", "armchair", "office chair", "stool", "sofa", "bench", "dining table", "desk", "coffee table",
    "nightstand", "bed", "wardrobe", "dresser", "bookshelf", "cabinet", "counter", "oven", "refrigerator",
    "kitchen sink", "washbasin", "toilet", "bathtub", "shower", "washing machine", "radiator", "tv",
    "monitor",
    "microwave", "toaster", "floor lamp", "table lamp", "plant", "vase", "bottle", "book", "clock", "picture",
    "mirror", "curtain", "rug", "door", "window", "box", "whiteboard", "bowl", "coat rack", "basket",
)  # fmt: skip

ROOMS = (
    "bedroom", "living room", "kitchen", "bathroom", "office", "dining room", "corridor", "library",
    "meeting room", "laundry",
)  # fmt: skip

_SEMANTIC_OF = {
    "armchair": "chair", "office chair": "chair", "sofa": "couch", "plant": "potted plant",
    "kitchen sink": "sink", "washbasin": "sink",
}  # fmt: skip


def semantic_of(kind: str) -> int:
    """Return the semantic number of a kind of object; what Taskonomy does not name is background."""
    name = _SEMANTIC_OF.get(kind, kind)
    return SEMANTIC.index(name) if name in SEMANTIC else BACKGROUND
