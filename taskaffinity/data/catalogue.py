"""Which channels each kind of data set can provide; what a reader really has may be less."""

CATALOGUE: dict[str, frozenset[str]] = {
    "rooms": frozenset({
        "rgb", "depth", "normal", "semantic", "instance", "object_class", "scene_class", "pose", "intrinsics",
        "manhattan", "room",
    }),
    "rgbd": frozenset({"rgb", "depth", "pose", "intrinsics", "time"}),
    "taskonomy": frozenset({
        "rgb", "depth", "depth_euclidean", "normal", "principal_curvature", "edge_texture", "edge_occlusion",
        "keypoints2d", "keypoints3d", "reshading", "semantic", "segment_unsup2d", "segment_unsup25d",
        "object_class", "scene_class", "pose", "intrinsics", "manhattan", "room",
    }),
    "images": frozenset({"rgb", "object_class", "scene_class"}),
}  # fmt: skip
