"""Small encoders in files, as users have them."""

from pathlib import Path

import torch
from torch import nn
from torchvision.models import get_model

PYTHON = """
import torch
from torch import nn

image = {"size": 32, "mean": [0.5] * 3, "spread": [0.25] * 3}


def encoder(channels=8, broken=False):
    torch.manual_seed(0)
    convolution = nn.Conv2d(3, channels, 3, stride=4, padding=1)
    network = nn.Sequential(convolution, nn.BatchNorm2d(channels), nn.ReLU())
    if broken:
        nn.init.constant_(network[0].weight, float("nan"))
    return network
"""


def small() -> nn.Module:
    """A network of stride 4: (N, 3, H, W) to (N, 8, H/4, W/4)."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3, stride=4, padding=1), nn.BatchNorm2d(8), nn.ReLU()).eval()


def checkpoint(folder: Path, name: str = "resnet18", classes: int = 7) -> tuple[Path, nn.Module]:
    """A network of torchvision with random weights, saved as a plain state dict."""
    torch.manual_seed(0)
    network = get_model(name, weights=None, num_classes=classes).eval()
    file = folder / f"{name}.pth"
    torch.save(network.state_dict(), file)
    return file, network


def python_file(folder: Path) -> Path:
    """A user's Python file that binds an encoder."""
    file = folder / "own.py"
    file.write_text(PYTHON)
    return file
