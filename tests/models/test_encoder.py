import pytest
import torch
from torchvision.models import resnet18, resnet50

from taskaffinity.config import Model
from taskaffinity.models.encoder import architecture, encoding_shape, make_encoder
from taskaffinity.models.shapes import EncodingShape


@pytest.mark.parametrize(
    ("encoder", "size", "stride"), [("small", 64, 8), ("resnet18", 64, 16), ("resnet50", 64, 16)]
)
def test_encoding_is_narrow_and_as_large_as_the_stride_says(encoder: str, size: int, stride: int) -> None:
    model = Model(encoder=encoder, width=8, channels=8)
    encoding = make_encoder(model).eval()(torch.rand(2, 3, size, size))
    assert encoding.shape == (2, 8, size // stride, size // stride)
    assert encoding_shape(model, (size, 2 * size)) == EncodingShape(8, size // stride, 2 * size // stride)


@pytest.mark.parametrize(("encoder", "original"), [("resnet18", resnet18), ("resnet50", resnet50)])
def test_weights_of_torchvision_load(encoder: str, original: type) -> None:
    ours, theirs = make_encoder(Model(encoder=encoder)), original(weights=None)
    missing, unexpected = ours.load_state_dict(theirs.state_dict(), strict=False)
    assert {name.split(".")[0] for name in missing} == {"project"}
    assert {name.split(".")[0] for name in unexpected} == {"fc"}


def test_resnet50_is_taskonomys_form() -> None:
    model = Model(encoder="resnet50")
    assert encoding_shape(model, (256, 256)).grid == (16, 16)
    assert make_encoder(model).layer4[0].conv2.stride == (1, 1)


def test_weights_follow_the_seed() -> None:
    def weights(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return make_encoder(Model(width=8)).conv1.weight.detach()

    torch.testing.assert_close(weights(1), weights(1), rtol=0, atol=0)
    assert not torch.equal(weights(1), weights(2))


def test_small_encoder_grows_with_its_width() -> None:
    assert architecture(Model(width=16)).widths == (16, 32, 32, 32)
