"""A kind of source in one file, as a user would write it: fixed filters on smaller pictures."""

from pathlib import Path

KIND = '''
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from taskaffinity.config import Section
from taskaffinity.engine.result import Result, TrainedSource
from taskaffinity.models.shapes import EncodingShape, ImageFormat
from taskaffinity.sources import Source


class Filters(nn.Module):
    """Gabor filters on grey, and mean colours: (N, 3, 28, 28) to (N, bands + 3, 7, 7)."""

    def __init__(self, bands: int) -> None:
        super().__init__()
        angles = torch.arange(bands) * torch.pi / bands
        y, x = torch.meshgrid(torch.arange(-3.0, 4), torch.arange(-3.0, 4), indexing="ij")
        along = x * torch.cos(angles)[:, None, None] + y * torch.sin(angles)[:, None, None]
        self.register_buffer("kernels", (torch.cos(along * 2) * torch.exp(-(x**2 + y**2) / 8))[:, None])

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        edges = nn.functional.conv2d(images.mean(1, keepdim=True), self.kernels, stride=4, padding=3)
        return torch.cat([edges, nn.functional.avg_pool2d(images, 4)], dim=1)


@dataclass(frozen=True, eq=False)
class GaborSource(Source):
    kind: ClassVar[str] = "gabor"
    bands: int = 4

    class Options(Section):
        bands: int = 4

    @classmethod
    def declared(cls, run, name: str, options: "GaborSource.Options") -> Source:
        return cls(run, name, "Gabor filters", "2D", bands=options.bands)

    @property
    def shape(self) -> EncodingShape:
        return EncodingShape(self.bands + 3, 7, 7)

    @property
    def image(self) -> ImageFormat:
        return ImageFormat((28, 28), top=255.0, mean=(128.0,) * 3, spread=(64.0,) * 3)

    @property
    def parts(self) -> Mapping[str, object]:
        return {"bands": self.bands}

    def make(self, bench, initial) -> Result:
        return Result(TrainedSource(self.name, {}, {"diverged": False, "examples": 0}))

    def build(self) -> nn.Module:
        return Filters(self.bands)

    def encoder(self, weights) -> nn.Module:
        return self.build().eval()
'''


def write(folder: Path) -> Path:
    """Write the kind into a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gabor.py").write_text(KIND)
    return folder
