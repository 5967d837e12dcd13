"""The kinds of prediction a task can ask for, one file each.

An `Output` says everything about its kind: the decoder that it gets, the labels that go with it, what is kept
of its predictions and how that is drawn. A task file may bring a kind of its own.
"""

from taskaffinity.outputs._contract import DecoderPlace, Output
from taskaffinity.outputs.classes import Classes
from taskaffinity.outputs.dense import Dense
from taskaffinity.outputs.embedding import Embedding
from taskaffinity.outputs.pixel_classes import PixelClasses
from taskaffinity.outputs.projections import Projections
from taskaffinity.outputs.vector import Vector

__all__ = [
    "Classes", "DecoderPlace", "Dense", "Embedding", "Output", "PixelClasses", "Projections", "Vector",
]  # fmt: skip
