"""Kind ``features``: encodings that were computed elsewhere, matched to images by their identity."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from torch import Tensor, nn

from taskaffinity.config import Section
from taskaffinity.config.base import Int, PositiveInt
from taskaffinity.data.features import FeatureFile, Summary
from taskaffinity.engine.result import Result, TrainedSource
from taskaffinity.errors import InputError, SourceError
from taskaffinity.models.shapes import EncodingShape
from taskaffinity.sources import Source, Weights
from taskaffinity.training.bench import Bench
from taskaffinity.training.experiment import Outline

Count = Annotated[Int, Field(ge=0)]
NAMED = 3  # tasks that an error names


class _Nothing(nn.Module):
    """Stands where an encoder would: no operations, zeros of the right shape."""

    def __init__(self, shape: EncodingShape) -> None:
        super().__init__()
        self._shape = shape

    def forward(self, images: Tensor) -> Tensor:
        return images.new_zeros(len(images), self._shape.channels, *self._shape.grid)


@dataclass(frozen=True, eq=False)
class FeaturesSource(Source):
    """Encodings from a file.

    Attributes
    ----------
    file
        Where they are.
    summary
        What is in it.
    costs
        Multiply-adds and parameters of the encoder that gave them, as far as they were said.
    """

    kind: ClassVar[str] = "features"

    file: FeatureFile = field(kw_only=True)
    summary: Summary = field(kw_only=True)
    costs: tuple[int, int] = field(kw_only=True)

    class Options(Section):
        """The keys of a declaration."""

        file: Path
        shape: tuple[PositiveInt, PositiveInt, PositiveInt] | None = None
        operations: Count = 0
        parameters: Count = 0
        title: Annotated[str, Field(min_length=1)] | None = None
        group: str = "features"

    @classmethod
    def declared(cls, run: Outline, name: str, options: Section) -> Source:
        """Look through the file that a configuration declares.

        Raises
        ------
        SourceError
            It cannot be read, encodings are double, of different shapes or not finite, or a target of the run
            changes its images.
        """
        assert isinstance(options, cls.Options)
        changed = [t.name for t in run.tasks.values() if "target" in t.roles and t.transform is not None]
        key = f"sources.declared.{name}"
        if changed:
            more = f" and {len(changed) - NAMED} more" if changed[NAMED:] else ""
            raise SourceError(
                f"{key}: features are of whole images, and {', '.join(changed[:NAMED])}{more} change them "
                "first; leave these tasks out with tasks.exclude"
            )
        try:
            file = FeatureFile(options.file.expanduser(), options.shape)
            summary = file.summary()
        except InputError as error:
            raise SourceError(f"{key}.{error}") from None
        return cls(
            run, name, options.title or name, options.group, file=file, summary=summary,
            costs=(options.operations, options.parameters),
        )  # fmt: skip

    @property
    def shape(self) -> EncodingShape:
        """The shape of every encoding in the file."""
        return EncodingShape(*self.summary.shape)

    @property
    def precision(self) -> str:
        """Nothing is computed."""
        return "fp32"

    @property
    def parts(self) -> Mapping[str, object]:
        """The content of the file."""
        return {"content": self.summary.content}

    def check(self, images: Sequence[str]) -> None:
        """Make sure that every image that readouts see has an encoding.

        Raises
        ------
        SourceError
            Says how many lack one, and names some.
        """
        lacking = [image for image in images if image not in self.summary.images]
        if lacking:
            raise SourceError(
                f"sources.declared.{self.name}.file: {self.file.path} lacks {len(lacking)} of "
                f"{len(images)} images that readouts see, {', '.join(lacking[:NAMED])} among them "
                f"(it has {len(self.summary.images)}, "
                f"{next(iter(sorted(self.summary.images)))} first)"
            )

    def given(self, images: Sequence[str]) -> np.ndarray:
        """Return the encodings of images from the file."""
        return self.file.read(images, self.summary)

    @property
    def encodes_images(self) -> bool:
        """No: there is nothing but the file."""
        return False

    def make(self, bench: Bench, initial: Weights | None) -> Result:
        """Record that there is nothing to make."""
        return Result(TrainedSource(self.name, {}, {"diverged": False, "validation": None, "examples": 0}))

    def build(self) -> nn.Module:
        """Build a stand-in: there is no encoder here."""
        return _Nothing(self.shape)

    def encoder(self, weights: Weights) -> nn.Module:
        """Return the stand-in."""
        return self.build().eval()

    @property
    def architecture(self) -> Hashable:
        """Its shape."""
        return self.kind, self.shape

    @property
    def encoder_operations(self) -> int:
        """Multiply-adds as the configuration says; 0 when left out."""
        return self.costs[0]

    @property
    def encoder_parameters(self) -> int:
        """Parameters as the configuration says; 0 when left out."""
        return self.costs[1]
