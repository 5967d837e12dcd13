"""Names of the classes that Taskonomy's teachers tell apart."""

SEMANTIC = (
    "unknown", "background", "bottle", "chair", "couch", "potted plant", "bed", "dining table", "toilet",
    "tv", "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase",
)  # fmt: skip
"""Of ``segment_semantic``, by value."""

PLACES = {
    3: "alcove", 23: "assembly line", 25: "atrium", 26: "attic", 28: "auto factory", 37: "bank vault",
    43: "basement", 45: "bathroom", 51: "bedchamber", 52: "bedroom", 56: "biology laboratory", 61: "booth",
    63: "bow window", 88: "chemistry lab", 89: "child's room", 93: "clean room", 95: "closet",
    100: "computer room", 102: "conference room", 106: "corridor", 121: "dining room", 124: "dorm room",
    126: "dressing room", 129: "elevator door", 131: "elevator shaft", 133: "engine room", 135: "escalator",
    156: "garage", 165: "greenhouse", 176: "home office", 177: "home theatre", 179: "hospital room",
    182: "hotel room", 203: "kitchen", 208: "laundromat", 215: "living room", 217: "lobby", 228: "mezzanine",
    240: "nursery", 241: "nursing home", 244: "office", 246: "office cubicles", 248: "operating room",
    253: "pantry", 255: "parking garage", 264: "physics laboratory", 269: "playroom", 280: "reception",
    281: "recreation room", 282: "repair shop", 285: "restaurant kitchen", 298: "server room", 303: "shower",
    311: "stable", 317: "staircase", 318: "storage room", 328: "television room", 332: "ticket booth",
    343: "utility room", 346: "veterinarian's office", 352: "waiting room", 358: "wet bar",
    363: "youth hostel",
}  # fmt: skip
"""The 63 places of homes and workspaces among the 365 of Places, as ``class_places_workspace_and_home`` in
Taskonomy's ``load_ops.py`` keeps them, by their position."""


def object_names() -> list[str]:
    """Return the 1,000 classes of ImageNet in the teacher's order."""
    from torchvision.models import ResNet50_Weights

    return list(ResNet50_Weights.IMAGENET1K_V2.meta["categories"])
