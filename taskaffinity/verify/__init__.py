"""Published numbers, computed again from the files that their authors published.

There is one file per publication. Each names its data files and where to get them, the printed numbers, how
to compute them from the files, and the known misprints.
"""

from collections.abc import Sequence
from pathlib import Path

from taskaffinity.errors import InputError
from taskaffinity.verify import (
    domains,
    fingerprinting,
    model_zoo,
    mtgnet,
    tag,
    task_grouping,
    taskonomy,
)
from taskaffinity.verify.files import Files
from taskaffinity.verify.number import Number

__all__ = ["PUBLICATIONS", "Number", "verify"]

PUBLICATIONS = (taskonomy, task_grouping, mtgnet, tag, fingerprinting, model_zoo, domains)


def verify(folder: Path) -> Sequence[Number]:
    """Compute every number again that the files in a folder allow.

    Parameters
    ----------
    folder
        Searched at any depth; links to folders are not followed.

    Returns
    -------
    sequence of Number
        In the order of the publications. Those whose files are not there say where to get them. The numbers
        that follow from a publication's own tables need no file.

    Raises
    ------
    InputError
        There is no such folder, or none of the files is in it.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; give the one that holds the published files")
    files = Files.below(folder)
    numbers = [number for publication in PUBLICATIONS for number in publication.numbers(files)]
    if not files.opened:
        wanted = sorted({number.note for number in numbers if number.computed is None})
        raise InputError(f"{folder} holds no published result file; " + "; ".join(wanted))
    return numbers
