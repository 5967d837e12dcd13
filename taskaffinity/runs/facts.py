"""What is recorded of each cell and each source: how its network was trained, and what it was made from."""

from pydantic import Field, NonNegativeInt

from taskaffinity.runs.record import NonNegative, Record


class CellFacts(Record):
    """Facts of a cell.

    Attributes
    ----------
    identity
        Hash of what changes its losses.
    diverged
        Whether a loss was not finite.
    validation
        Mean loss on the validation split at the checkpoint that was kept; None where nothing was trained.
    seconds
        What it took a worker.
    seed
        Seed of the training.
    transfer_size
        Labelled examples that its network was trained on.
    """

    identity: str = ""
    diverged: bool = False
    validation: float | None = None
    seconds: NonNegative = 0.0
    seed: int = 0
    transfer_size: NonNegativeInt = 0


class SourceFacts(Record):
    """Facts of a source.

    Attributes
    ----------
    identity
        Hash of what changes its encodings.
    sha256
        Hash of the file of its weights; empty where it has none.
    diverged
        Whether its loss was not finite.
    validation
        The lowest of `course`; None where nothing was trained.
    course
        Mean loss on the validation split at each checkpoint.
    examples
        Labelled examples that it was trained on.
    updates
        Optimiser steps, of a network of several tasks; 0 where that is not recorded.
    courses
        The validation loss of each of its tasks at each checkpoint, of a network of several tasks.
    interference
        What its tasks do to each other's losses, by the way it was measured: ``{i: {j: what i does to j}}``.
    seconds
        What it took a worker.
    kind
        Kind of source; empty in runs made before there were several. Unknown kinds pass through.
    """

    identity: str = ""
    sha256: str = ""
    diverged: bool = False
    validation: float | None = None
    course: tuple[float, ...] = ()
    examples: NonNegativeInt = 0
    updates: NonNegativeInt = 0
    courses: dict[str, tuple[float | None, ...]] = Field(default_factory=dict)
    interference: dict[str, dict[str, dict[str, float]]] = Field(default_factory=dict)
    seconds: NonNegative = 0.0
    kind: str = ""
