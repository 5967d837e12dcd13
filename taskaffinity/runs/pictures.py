"""The pictures that a run keeps for its report: what networks saw, and what was right, for a few test images.

One file a target, ``pictures/TARGET.npz``. With the predictions that cells keep it is all that the report
draws, so that a report needs neither the data nor the tasks nor the networks.
"""

import io
import json
from dataclasses import dataclass

import numpy as np

from taskaffinity.plots.paint import Painting
from taskaffinity.runs.files import DAMAGED, read_arrays
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.place import damaged
from taskaffinity.runs.record import Record

ARRAYS = ("images", "inputs", "truth", "valid", "facts")


class PictureFacts(Record):
    """How the pictures of a target are shown.

    Attributes
    ----------
    detail
        What was done to an image before it was encoded, in words; empty for nothing.
    painting
        How its labels and predictions are painted.
    """

    detail: str = ""
    painting: Painting


@dataclass(frozen=True)
class Pictures:
    """What the report shows of one target beside predictions.

    Attributes
    ----------
    target
        Its name.
    images
        Identities of the test images, N of them, in the order in which they are shown.
    inputs
        uint8 (N, H, W, 3): what the encoder saw; several images of one example stand side by side.
    truth, valid
        (N, ...): the labels, and where they are valid.
    facts
        How they are shown.
    """

    target: str
    images: list[str]
    inputs: np.ndarray
    truth: np.ndarray
    valid: np.ndarray
    facts: PictureFacts


def write_pictures(folder: RunFolder, pictures: Pictures) -> None:
    """Record the pictures of one target."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, images=np.array(pictures.images), inputs=pictures.inputs, truth=pictures.truth,
        valid=pictures.valid, facts=np.array(json.dumps(pictures.facts.model_dump(mode="json"))),
    )  # fmt: skip
    folder.write("pictures", f"{pictures.target}.npz", content=buffer.getvalue())


def read_pictures(folder: RunFolder, target: str) -> Pictures | None:
    """Read the pictures of one target; None where the run keeps none.

    Raises
    ------
    RunError
        The file is damaged.
    """
    file = folder.file("pictures", f"{target}.npz")
    if not file.is_file():
        return None
    try:
        held = read_arrays(file, ARRAYS)
        facts = PictureFacts.read(str(held["facts"]).encode())
        images, inputs = [str(name) for name in held["images"]], held["inputs"]
        if inputs.dtype != np.uint8 or inputs.ndim != 4 or inputs.shape[-1] != 3:
            raise ValueError("its inputs are no pictures")
        if {len(held[name]) for name in ARRAYS[1:4]} != {len(images)}:
            raise ValueError("its arrays are of different lengths")
        return Pictures(target, images, inputs, held["truth"], held["valid"], facts)
    except (*DAMAGED, TypeError) as error:
        raise damaged(file, error) from None


def keep_only(folder: RunFolder, targets: list[str]) -> None:
    """Remove the pictures of targets that are no longer in the run."""
    kept = {f"{target}.npz" for target in targets}
    for file in (folder.path / "pictures").glob("*.npz"):
        if file.name not in kept:
            folder.remove("pictures", file.name)


def has_pictures(folder: RunFolder) -> bool:
    """Tell whether a run keeps any pictures."""
    return any((folder.path / "pictures").glob("*.npz"))
