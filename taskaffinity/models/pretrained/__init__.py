"""Encoders that come from elsewhere, frozen: one file an origin.

Axis legend: N images, C channels, H and W the image's rows and columns, h and w the encoding's, L tokens.
"""

from taskaffinity.models.checkpoints import Checkpoint
from taskaffinity.models.pretrained._adapter import Adapter, Checked
from taskaffinity.models.pretrained._open import Opened, open_encoder, origin_of
from taskaffinity.models.pretrained._origin import Origin, Request

__all__ = ["Adapter", "Checked", "Checkpoint", "Opened", "Origin", "Request", "open_encoder", "origin_of"]
