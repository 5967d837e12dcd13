"""Kind ``pretrained``: an encoder that came from elsewhere, frozen as it is."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from taskaffinity.config import Section
from taskaffinity.config.base import Float, PositiveInt
from taskaffinity.engine.result import Result, TrainedSource
from taskaffinity.errors import InputError, SourceError
from taskaffinity.models.pretrained import Checked, Checkpoint, Opened, Request, open_encoder, origin_of
from taskaffinity.models.shapes import EncodingShape, ImageFormat
from taskaffinity.sources import ENCODER, Source, Weights, formatted
from taskaffinity.training.bench import EVALUATION_BATCH, Bench
from taskaffinity.training.examples import chunks
from taskaffinity.training.experiment import Outline
from taskaffinity.training.workload import EncoderBlueprint

Triple = tuple[Float, Float, Float]


class Image(Section):
    """What an image must look like: x becomes (x·top − mean) / spread, x in [0, 1]."""

    size: PositiveInt | tuple[PositiveInt, PositiveInt] | None = Field(
        None, description="height and width, pixels; the origin's own when left out"
    )
    top: Float | None = Field(None, description="the value of white, 1 or 255")
    mean: Triple | None = Field(None, description="of red, green and blue, in units of top")
    spread: Triple | None = Field(None, description="of red, green and blue, in units of top")


@dataclass(frozen=True, eq=False)
class PretrainedSource(Source):
    """An encoder of torchvision or timm, of a file, or of a user's Python file.

    Attributes
    ----------
    opened
        The encoder.
    runs_at
        Its precision.
    """

    kind: ClassVar[str] = "pretrained"

    opened: Opened = field(kw_only=True)
    runs_at: str = field(kw_only=True)

    class Options(Section):
        """The keys of a declaration."""

        origin: str
        weights: Path | None = None
        weights_entry: str | None = None
        weights_prefix: str | None = None
        arguments: dict[str, str | int | float | bool] = Field(default_factory=dict)
        stage: str | PositiveInt | None = None
        class_token: bool = False
        channels: PositiveInt | Literal["all"] = 512
        grid: PositiveInt | Literal["all"] = 16
        image: Image = Field(default_factory=Image)
        precision: Literal["auto", "bf16", "fp32"] = "fp32"
        title: Annotated[str, Field(min_length=1)] | None = None
        group: str = "pretrained"

    @classmethod
    def declared(cls, run: Outline, name: str, options: Section) -> Source:
        """Open the encoder that a configuration declares.

        Raises
        ------
        SourceError
            It cannot be opened; the message names the key.
        """
        assert isinstance(options, cls.Options)
        try:
            opened = opened_of(options)
        except InputError as error:
            raise SourceError(f"sources.declared.{name}.{error}") from error
        return cls(run, name, options.title or name, options.group, opened=opened, runs_at=options.precision)

    @property
    def shape(self) -> EncodingShape:
        """The shape of its encoding, after the adapter."""
        return self.opened.shape

    @property
    def image(self) -> ImageFormat:
        """What its origin or the configuration says."""
        return self.opened.image

    @property
    def precision(self) -> str:
        """That of the configuration; fp32 unless it says otherwise."""
        return self.runs_at

    @property
    def parts(self) -> Mapping[str, object]:
        """The origin, the content of the weights, and the adapter."""
        return {
            "origin": type(self.opened.origin).__name__, **self.opened.origin.parts(),
            "weights": self.opened.content, "adapter": self.opened.options, "shape": repr(self.shape),
        }  # fmt: skip

    def make(self, bench: Bench, initial: Weights | None) -> Result:
        """Record the weights; a program keeps them in its file."""
        weights = {f"{ENCODER}{name}": value.numpy() for name, value in self.opened.weights().items()}
        return Result(
            TrainedSource(self.name, weights, {"diverged": False, "validation": None, "examples": 0})
        )

    def build(self) -> nn.Module:
        """Build network and adapter."""
        return self.opened.build()

    def encoder(self, weights: Weights) -> nn.Module:
        """Build the frozen encoder from recorded weights; it looks at its images and encodings."""
        encoder = self.build()
        state = {
            name.removeprefix(ENCODER): torch.from_numpy(value)
            for name, value in weights.items()
            if name.startswith(ENCODER)
        }
        encoder.load_state_dict(state, strict=False)  # programs and counters of batch norm have none
        shape = (self.shape.channels, *self.shape.grid)
        return Checked(encoder, self.name, self.image, shape).eval().requires_grad_(False)

    @torch.inference_mode()
    def class_probabilities(self, bench: Bench, weights: Weights, rows: np.ndarray) -> np.ndarray | None:
        """Predict the classes of the head that came with the network; None where there is none.

        Raises
        ------
        SourceError
            The head gives anything but logits (N, Z).
        """
        classifier = self.opened.classifier()
        if classifier is None:
            return None
        classifier.to(bench.device)
        parts = []
        for index in chunks(len(rows), EVALUATION_BATCH):
            images = torch.from_numpy(bench.experiment.data.read(rows[index], ["rgb"])["rgb"])
            logits = classifier(formatted(images.to(bench.device), self.image))
            if not isinstance(logits, Tensor) or logits.ndim != 2 or not bool(logits.isfinite().all()):
                raise SourceError(
                    f"source {self.name}: its classifier must give finite logits (images, classes)"
                )
            parts.append(logits.double().softmax(1).cpu())
        return torch.cat(parts).numpy()

    @property
    def architecture(self) -> Hashable:
        """What decides the time that it takes."""
        return self.kind, type(self.opened.origin).__name__, self.opened.origin.request, self.opened.options

    @property
    def blueprint(self) -> EncoderBlueprint:
        """Its encoder, to be weighed and timed."""
        return EncoderBlueprint(
            self.architecture, self.image.size, self.precision, self.build,
            self.opened.origin.counting_device, self.opened.operations,
        )  # fmt: skip

    @property
    def encoder_parameters(self) -> int:
        """Parameters of its encoder."""
        counted = self.opened.parameters
        return super().encoder_parameters if counted is None else counted


def opened_of(options: PretrainedSource.Options) -> Opened:
    """Open what a declaration names."""
    checkpoint = None
    if options.weights is not None:
        file = options.weights.expanduser()
        checkpoint = Checkpoint(file, options.weights_entry, options.weights_prefix)
    request = Request(
        "", options.stage, checkpoint=checkpoint, arguments=tuple(sorted(options.arguments.items()))
    )
    channels = None if options.channels == "all" else options.channels
    grid = None if options.grid == "all" else options.grid
    image = image_of(options.image, options.origin, request)
    return open_encoder(options.origin, request, image, (options.class_token, channels, grid))


def image_of(image: Image, origin: str, request: Request) -> ImageFormat | None:
    """Return the image format of a declaration; None where it leaves it to the origin.

    Raises
    ------
    InputError
        It is incomplete.
    """
    if image == Image():
        return None
    known = origin_of(origin, request).image()
    size = image.size if image.size is not None else known.size if known else None
    if size is None:
        raise InputError("image.size: give it; nothing else says what the encoder expects")
    if known is None and (image.mean is None or image.spread is None):
        raise InputError("image.mean: give mean and spread; nothing else says what the encoder expects")
    base = known or ImageFormat((1, 1))
    return ImageFormat(
        (size, size) if isinstance(size, int) else size,
        base.top if image.top is None else image.top,
        base.mean if image.mean is None else image.mean,
        base.spread if image.spread is None else image.spread,
    )
