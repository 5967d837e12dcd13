"""What Taskonomy's label maps are scaled by, so that derived labels and published files share one unit.

Its files are 16-bit fractions v/65535; each map uses a small part of the range, which its network targets
stretch to the whole. A channel here is that stretched value: 1 is the top of the useful range.
"""

REFERENCE_SIDE = 512  # pixels; lengths in pixels below belong to images of this side
USEFUL_RANGE = {"edge_texture": 0.08, "edge_occlusion": 0.00625, "keypoints2d": 0.005, "keypoints3d": 1.0}
EDGE_OCCLUSION_BLUR = 4.0  # σ, pixels
DEPTH_UNITS = 512  # per metre
DEPTH_RANGE = 2**16 / DEPTH_UNITS  # metres
MIN_CURVATURE_RADIUS = 0.03  # metres; smaller ones are cut off
