"""Where a file is and what it is called: the four layouts of the public data.

``root/{domain}/taskonomy/{building}/file``, ``root/{domain}/{building}/file``, ``root/{domain}/file`` and
``root/{building}/{domain}/file``, each file named ``point_{P}_view_{V}_domain_{suffix}.{png|npy|json}`` with
P and V not padded.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from taskaffinity.data.taskonomy.domains import domain_of_folder

FILE = re.compile(r"point_(0|[1-9][0-9]{0,8})_view_(0|[1-9][0-9]{0,8})_domain_(\w+)\.(png|npy|json)")
DEEPEST = 3  # folders between the root and a file
ONLY_BUILDING = "building"  # the name of a building where the layout has none


@dataclass(frozen=True)
class Shelf:
    """A folder with the files of one domain and building.

    Attributes
    ----------
    folder
        Relative to the root, with forward slashes; empty for the root itself.
    suffix, extension
        What its files end in.
    """

    folder: str
    suffix: str
    extension: str

    def file(self, point: int, view: int) -> str:
        """Return the path of a file relative to the root."""
        name = f"point_{point}_view_{view}_domain_{self.suffix}.{self.extension}"
        return f"{self.folder}/{name}" if self.folder else name


def place_of(folders: Sequence[str]) -> tuple[str | None, str]:
    """Tell domain and building of a folder from the names below the root that lead to it.

    The first name that is a domain's is the domain (None where there is none); the building is the last name
    after it, or the one before it where nothing comes after.
    """
    for position, folder in enumerate(folders):
        domain = domain_of_folder(folder)
        if domain is not None:
            others = folders[position + 1 :] or folders[:position]
            return domain, others[-1] if others else ONLY_BUILDING
    return None, folders[-1] if folders else ONLY_BUILDING
