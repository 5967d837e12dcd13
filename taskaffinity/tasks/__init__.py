"""Tasks: their contract, and the discovery of the dictionary in ``tasks/`` and in a user's own folders.

Nothing here imports torch: listing, analysing and comparing tasks stays quick.
"""

from taskaffinity.groupings import Grouping
from taskaffinity.outputs import Classes, Dense, Embedding, Output, PixelClasses, Projections, Vector
from taskaffinity.tasks.contract import AT, SOURCE_AND_TARGET, SOURCE_ONLY, Label, Task
from taskaffinity.tasks.folders import dictionary_folder, discover, load, select, select_in_domains
from taskaffinity.tasks.meaning import fingerprint

__all__ = [
    "AT", "SOURCE_AND_TARGET", "SOURCE_ONLY", "Classes", "Dense", "Embedding", "Grouping", "Label", "Output",
    "PixelClasses", "Projections", "Task", "Vector", "dictionary_folder", "discover", "fingerprint", "load",
    "select", "select_in_domains",
]  # fmt: skip
