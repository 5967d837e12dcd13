"""From whatever an encoder gives to the maps that readouts take."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from taskaffinity.errors import InputError
from taskaffinity.models.shapes import ImageFormat

MOST_PREFIX_TOKENS = 16  # a class token, registers, a distillation token
PROJECTION_SEED = 0
SLACK = 0.25  # of the range; resampling and noise of input transforms go a little beyond white and black


class Adapter(nn.Module):
    """A network with its output brought to a map (N, C, h, w).

    Tokens are laid out as the image's patches; those before the patches are left aside, but for the class
    token where it is asked for. Channels of the last axis are moved to the second. A vector is a map of one
    pixel.

    Parameters
    ----------
    network
        Maps images (N, 3, H, W) to (N, C, h, w), (N, h, w, C), (N, L, C) or (N, C).
    size
        Height and width of the images.
    class_token
        Whether the class token is joined to each patch token, by channel.
    grid
        Most rows and most columns; more are averaged. None for all.
    """

    def __init__(
        self, network: nn.Module, size: tuple[int, int], class_token: bool = False, grid: int | None = None
    ) -> None:
        super().__init__()
        self.network, self._size, self._class_token, self._grid = network, size, class_token, grid
        self.register_buffer("projection", None)
        self.projection: Tensor | None

    def project(self, channels: int, most: int) -> None:
        """Reduce `channels` to `most` by the fixed matrix of `projection`."""
        self.projection = torch.empty(most, channels)
        if self.projection.device.type != "meta":
            self.projection.copy_(projection(channels, most))

    def forward(self, images: Tensor) -> Tensor:
        """Encode images (N, 3, H, W) to (N, C, h, w)."""
        maps = self._pooled(self._map(single(self.network(images))))
        if self.projection is not None:
            maps = F.conv2d(maps, self.projection[:, :, None, None].to(maps.dtype))
        return maps

    def _map(self, out: Tensor) -> Tensor:
        if out.ndim == 2:
            return self._without_tokens(out[:, :, None, None])
        if out.ndim == 3:
            return self._tokens(out)
        if out.ndim != 4:
            raise InputError(
                f"stage: the encoder gives an array of {out.ndim} axes; a map, tokens or a vector is needed"
            )
        if out.shape[1] == out.shape[2] != out.shape[3]:
            out = out.movedim(3, 1)
        return self._without_tokens(out)

    def _without_tokens(self, maps: Tensor) -> Tensor:
        if self._class_token:
            raise InputError("class_token: the encoder has no tokens; leave the key out")
        return maps

    def _tokens(self, tokens: Tensor) -> Tensor:
        first, (rows, columns) = token_grid(tokens.shape[1], self._size)
        maps = tokens[:, first:].transpose(1, 2).unflatten(2, (rows, columns))
        if not self._class_token:
            return maps
        if not first:
            raise InputError("class_token: the encoder has patch tokens alone; leave the key out")
        return torch.cat([maps, tokens[:, 0, :, None, None].expand_as(maps)], dim=1)

    def _pooled(self, maps: Tensor) -> Tensor:
        rows, columns = maps.shape[2:]
        if self._grid is None or max(rows, columns) <= self._grid:
            return maps
        return F.adaptive_avg_pool2d(maps, (min(rows, self._grid), min(columns, self._grid)))


class Checked(nn.Module):
    """An encoder whose images and encodings are looked at.

    Parameters
    ----------
    encoder
        The encoder.
    name
        What it is called in errors.
    image
        What its images must look like.
    shape
        The shape of its encoding of one image.
    """

    def __init__(
        self, encoder: nn.Module, name: str, image: ImageFormat, shape: tuple[int, int, int]
    ) -> None:
        super().__init__()
        self.encoder, self._name, self._shape = encoder, name, shape
        black = [-mean / spread for mean, spread in zip(image.mean, image.spread, strict=True)]
        white = [(image.top - m) / s for m, s in zip(image.mean, image.spread, strict=True)]
        room = SLACK * (max(white) - min(black))
        self._lowest, self._highest = min(black) - room, max(white) + room

    def forward(self, images: Tensor) -> Tensor:
        """Encode images (N, 3, H, W).

        Raises
        ------
        InputError
            Images have another range than the encoder expects, or the encoding has another shape than the
            encoder said, or is not finite.
        """
        low, high = float(images.min()), float(images.max())
        if low < self._lowest or high > self._highest:
            raise InputError(
                f"source {self._name}: images reach from {low:.3g} to {high:.3g} where {self._lowest:.3g} to "
                f"{self._highest:.3g} is expected; give images of 0 to 1, and check image.top and mean"
            )
        encoding: Tensor = self.encoder(images)
        if tuple(encoding.shape) != (len(images), *self._shape):
            raise InputError(
                f"source {self._name}: its encoder gave {tuple(encoding.shape)} for {len(images)} images "
                f"where {self._shape} an image is expected; it must treat images one by one"
            )
        if not bool(encoding.isfinite().all()):
            raise InputError(
                f"source {self._name}: its encoder gave values that are no numbers; check its weights"
            )
        return encoding


def projection(channels: int, most: int) -> Tensor:
    """Draw a Gaussian matrix (most, channels) (Johnson and Lindenstrauss, 1984).

    The seed is fixed: it depends on both numbers alone.
    """
    values = np.random.default_rng([PROJECTION_SEED, channels, most]).standard_normal((most, channels))
    return torch.from_numpy((values / math.sqrt(most)).astype(np.float32)).to("cpu")


def token_grid(count: int, size: tuple[int, int]) -> tuple[int, tuple[int, int]]:
    """Return how many tokens come before the patches, and the rows and columns of the patches.

    Raises
    ------
    InputError
        So many tokens are no grid of the image's form.
    """
    for first in range(min(MOST_PREFIX_TOKENS, count - 1) + 1):
        rows = round(math.sqrt((count - first) * size[0] / size[1]))
        if rows and (count - first) % rows == 0 and rows * size[1] == (count - first) // rows * size[0]:
            return first, (rows, (count - first) // rows)
    raise InputError(
        f"stage: {count} tokens are no grid of patches of {size[0]}×{size[1]} pixels; choose another stage"
    )


def single(out: object) -> Tensor:
    """Return the one tensor that an encoder gives."""
    if isinstance(out, Tensor):
        return out
    values = list(out.values()) if isinstance(out, dict) else out
    if isinstance(values, list | tuple) and len(values) == 1 and isinstance(values[0], Tensor):
        return values[0]
    raise InputError("origin: the encoder must give one tensor an image, a map, tokens or a vector")
