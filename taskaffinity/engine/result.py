"""What a job gives back to the driver: arrays and plain values, no tensors."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from taskaffinity.names import JOINER


@dataclass(frozen=True)
class Cell:
    """The unit of record: one source set tried on one target.

    Attributes
    ----------
    target
        Name of the target.
    sources
        Names of the sources; or a reserved name such as ``self``, see `taskaffinity.names`.
    images
        Identity of each test image, N of them.
    losses
        float32 (N,). NaN where the image has no label for the target; infinite everywhere in a diverged cell.
    shown
        Positions in `images` whose predictions are kept for the report.
    predictions
        What is kept of them; see `taskaffinity.outputs.Output.kept`.
    facts
        Plain values: ``identity``, ``diverged``, ``validation``, ``seconds``, ``transfer_size``, ``seed``.
    """

    target: str
    sources: tuple[str, ...]
    images: list[str]
    losses: np.ndarray
    shown: np.ndarray
    predictions: np.ndarray
    facts: dict[str, Any]

    @property
    def name(self) -> str:
        """The sources as one word."""
        return JOINER.join(self.sources)

    @property
    def key(self) -> tuple[str, str]:
        """Target and sources: what it is called among the cells of a run."""
        return self.target, self.name


@dataclass(frozen=True)
class TrainedSource:
    """A source that was made: its weights, and how they came about.

    Attributes
    ----------
    name
        Name of the source.
    weights
        Arrays by parameter name; those of the encoder begin with ``encoder.``. Empty where there are none.
    facts
        Plain values: ``identity``, ``diverged``, ``validation``, ``seconds``, ``examples``.
    """

    name: str
    weights: dict[str, np.ndarray]
    facts: dict[str, Any]


@dataclass(frozen=True)
class Result:
    """What one job made; any of it may be absent."""

    source: TrainedSource | None = None
    cells: list[Cell] = field(default_factory=list)
