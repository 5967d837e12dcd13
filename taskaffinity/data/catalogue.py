"""Which channels each kind of data set can provide; what a reader really has may be less (no classes, say)."""

CATALOGUE: dict[str, frozenset[str]] = {
    "rooms": frozenset({
        "rgb", "depth", "normal", "semantic", "instance", "object_class", "scene_class", "pose", "intrinsics",
        "manhattan", "room",
    }),
    "rgbd": frozenset({"rgb", "depth", "pose", "intrinsics", "time"}),
    "images": frozenset({"rgb", "object_class", "scene_class"}),
}  # fmt: skip
