import pytest
import torch
from torch import Tensor, nn

from taskaffinity.config import Model
from taskaffinity.models.encoder import Encoder, make_encoder
from taskaffinity.models.frozen import Frozen, Fused

CPU = torch.device("cpu")


def encoder(name: str) -> Encoder:
    """An encoder whose batch norms do something."""
    torch.manual_seed(0)
    made = make_encoder(Model(encoder=name, width=8, channels=3)).eval()
    for layer in made.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.running_mean, std=0.1)
            nn.init.uniform_(layer.running_var, 0.5, 2.0)
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.normal_(layer.bias, std=0.1)
    return made


def images() -> Tensor:
    return torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", ["small", "resnet18", "resnet50"])
def test_fused_encodes_what_the_encoder_does(name: str) -> None:
    one = encoder(name)
    with torch.inference_mode():
        expected, found = one(images()), Fused(one)(images())
    scale = float(expected.abs().mean())
    torch.testing.assert_close(found / scale, expected / scale, rtol=1e-3, atol=1e-3)
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in Fused(one).modules())
    assert any(isinstance(layer, nn.BatchNorm2d) for layer in one.modules())


def test_on_a_processor_the_encoder_runs_as_it_is() -> None:
    one = encoder("small")
    with torch.inference_mode():
        expected = one(images())
    torch.testing.assert_close(Frozen(one, "fp32", CPU)(images()), expected, rtol=1e-6, atol=1e-6)
    assert not any(weight.requires_grad for weight in one.parameters())


def test_anything_that_encodes_can_be_frozen() -> None:
    pooling = nn.AvgPool2d(8)
    found = Frozen(pooling, "bf16", CPU)(images())
    assert found.shape == (2, 3, 8, 8)
    assert found.dtype == torch.float32
