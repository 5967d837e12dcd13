"""What is done to an image before it is encoded: noise, a hole, no colour, shuffled tiles, crops.

Nothing here imports torch before it is used.
"""

from taskaffinity.transforms.base import Transform
from taskaffinity.transforms.corruption import CentreMask, Grey, Noise
from taskaffinity.transforms.distortion import Distorted, DistortedJigsaw
from taskaffinity.transforms.jigsaw import Jigsaw
from taskaffinity.transforms.patches import PatchPair
from taskaffinity.transforms.rotation import Rotation

__all__ = [
    "CentreMask", "Distorted", "DistortedJigsaw", "Grey", "Jigsaw", "Noise", "PatchPair", "Rotation",
    "Transform",
]  # fmt: skip
