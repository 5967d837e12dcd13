"""The Source contract: anything that gives a frozen encoding of an image.

A kind of source is one file that defines one subclass of `Source`. The code that plans, trains, encodes and
reports sources uses only this contract, and knows no kinds.
"""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
import torch
from torch import nn

from taskaffinity.config import Section
from taskaffinity.engine.result import Result
from taskaffinity.errors import ConfigError
from taskaffinity.models.shapes import EncodingShape, ImageFormat
from taskaffinity.runs.folder import RunFolder
from taskaffinity.training.bench import Bench
from taskaffinity.training.experiment import Outline
from taskaffinity.training.identity import hashed
from taskaffinity.training.workload import Counts, EncoderBlueprint, Work, operations, parameters

ENCODER = "encoder."  # what the names of an encoder's weights begin with, in what a source records

Weights = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class LabelShare:
    """Labels that a source needs.

    Attributes
    ----------
    task
        The task whose labels they are.
    share
        Of the images of the source split, above 0, at most 1.
    """

    task: str
    share: float = 1.0


@dataclass(frozen=True)
class Head:
    """A target that a source predicts itself.

    Attributes
    ----------
    target
        Name of the target.
    cell
        What its predictions are called among the source sets of the target: ``self`` for the network that
        transfers into the target are held against, or the name of the source. In the latter case no readout
        of the source alone is trained for the target: its own head takes the place.
    """

    target: str
    cell: str


@dataclass(frozen=True, eq=False)
class Source(ABC):
    """One source of a run. A subclass says how it is made, and what its encoder is.

    Attributes
    ----------
    kind
        The name of its file. Of the class.
    code
        A hash of its file, where that is a user's own. Of the class, set when it is found.
    work_name
        What the jobs that make sources of this kind are called. Of the class; the kind when left out.
    Options
        The keys that a declaration of this kind takes. Of the class.
    run
        The run that it is a source of.
    name
        Its name among the sources of the run; no ``+`` in it.
    title, group
        For people; the group colours figures.
    labels
        The labels that it needs; none where it needs none.
    heads
        The targets that it predicts itself.
    is_offered
        Whether readouts are trained on its encodings.
    reads_initial
        Whether making it starts from the weights of ``model.weights``.
    builds_on
        Name of a source that has to be made before, and whose weights making it starts from; None for none.
    """

    kind: ClassVar[str]
    code: ClassVar[str] = ""
    work_name: ClassVar[str] = ""
    Options: ClassVar[type[Section]] = Section

    run: Outline
    name: str
    title: str
    group: str
    labels: tuple[LabelShare, ...] = ()
    heads: tuple[Head, ...] = ()
    is_offered: bool = field(default=True, kw_only=True)
    reads_initial: bool = field(default=False, kw_only=True)
    builds_on: str | None = field(default=None, kw_only=True)

    @classmethod
    def of_run(cls, run: Outline) -> "Iterable[Source]":
        """Return the sources of this kind that a run has without declaring them."""
        return ()

    @classmethod
    def declared(cls, run: Outline, name: str, options: Section) -> "Source | Iterable[Source]":
        """Return the source that a configuration declares, or several, for a declaration of many.

        Parameters
        ----------
        run
            The run.
        name
            Its name.
        options
            An instance of `Options`.

        Raises
        ------
        InputError
            It cannot be made; the message says what to do.
        """
        raise ConfigError([f"sources.declared.{name}: sources of kind {cls.kind} cannot be declared"])

    @property
    @abstractmethod
    def shape(self) -> EncodingShape:
        """The shape of its encoding of one image."""

    @property
    def image(self) -> ImageFormat:
        """What an image must look like for its encoder; as the data set has it, unless a kind says more."""
        return ImageFormat(self.run.size)

    @property
    def precision(self) -> str:
        """What its encoder runs at: ``auto``, ``bf16`` or ``fp32``."""
        return self.run.config.source.precision

    @property
    @abstractmethod
    def parts(self) -> Mapping[str, object]:
        """Plain values of all that changes its encodings, besides what `identity` adds."""

    @cached_property
    def identity(self) -> str:
        """A hash of all that changes its encodings of given images, precision and code among it."""
        return hashed(
            kind=self.kind, code=self.code, image=repr(self.image), precision=self.precision, **self.parts
        )

    @abstractmethod
    def make(self, bench: Bench, initial: Weights | None) -> Result:
        """Train, draw or load it.

        Parameters
        ----------
        bench
            Where it runs.
        initial
            What it starts from: the recorded weights of the source that it `builds_on`; or those of
            ``model.weights``, for a source that `reads_initial`, where the run has any.

        Returns
        -------
        Result
            Its weights and facts, ``diverged`` and ``examples`` among them, and a cell for each of its
            heads. The names of the encoder's weights begin with `ENCODER`.
        """

    def check(self, images: Sequence[str]) -> None:
        """Make sure, before anything is made, that it can encode the images that readouts see.

        Parameters
        ----------
        images
            Their identities.

        Raises
        ------
        InputError
            It cannot; the message says what to do.
        """
        return

    def given(self, images: Sequence[str]) -> np.ndarray | None:
        """Return encodings that need no encoder: float32 (N, C, h, w); None for those that its encoder makes.

        Parameters
        ----------
        images
            The identities of N images.
        """
        return None

    @property
    def encodes_images(self) -> bool:
        """Whether it has an encoder for any image; it has none where all its encodings are `given`."""
        return True

    @abstractmethod
    def build(self) -> nn.Module:
        """Build its encoder, before weights are loaded: images (N, 3, H, W) to (N, C, h, w).

        Images are as `image` says, the encoding as `shape` says. All tensors are parameters or buffers.
        """

    def encoder(self, weights: Weights) -> nn.Module:
        """Build its frozen encoder from recorded weights."""
        encoder = self.build()
        state = {
            name.removeprefix(ENCODER): torch.from_numpy(value)
            for name, value in weights.items()
            if name.startswith(ENCODER)
        }
        encoder.load_state_dict(state)
        return encoder.eval().requires_grad_(False)

    def class_probabilities(self, bench: Bench, weights: Weights, rows: np.ndarray) -> np.ndarray | None:
        """Predict classes of its own for images of the data set.

        Parameters
        ----------
        bench
            Where it runs.
        weights
            Its recorded weights.
        rows
            int64 (N,), rows of the data set.

        Returns
        -------
        ndarray or None
            Probabilities (N, Z) of its Z classes; None, unless a kind says more, where it has no classes.
        """
        return None

    @classmethod
    def conclude(cls, sources: Sequence[Self], bench: Bench, folder: RunFolder) -> None:
        """Record what follows from the sources of this kind besides their cells; nothing by default.

        Parameters
        ----------
        sources
            Those of the run, possibly none; then what an earlier configuration left is removed.
        bench
            Where it runs.
        folder
            The run; all its sources are there.
        """
        return

    @property
    def architecture(self) -> Hashable:
        """Encoders of equal architecture take as long; they are timed once."""
        return self.kind, self.name

    @property
    def blueprint(self) -> EncoderBlueprint:
        """Its encoder, to be weighed and timed."""
        return EncoderBlueprint(self.architecture, self.image.size, self.precision, self.build)

    def work(self, counts: Counts) -> Work:
        """Return what it takes to make it; nothing but its encoder, unless a kind says more."""
        return Work(self.blueprint)

    @property
    def encoder_operations(self) -> int:
        """Multiply-adds of its encoder for one image."""
        return operations(self.blueprint) // 2

    @property
    def encoder_parameters(self) -> int:
        """Parameters of its encoder."""
        return parameters(self.blueprint)

    def training_operations(self, counts: Counts) -> int:
        """Multiply-adds of making it."""
        return self.work(counts).operations // 2
