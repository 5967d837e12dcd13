import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.error import URLError

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torchvision.models import ResNet18_Weights, resnet18, resnet34, resnet50

from taskaffinity.config import Model
from taskaffinity.errors import InputError
from taskaffinity.models.encoder import Encoder, make_encoder
from taskaffinity.models.weights import initial_weights, load_initial

SMALL = Model(width=8, channels=4)
RESNET18 = Model(encoder="resnet18")
NAME = "torchvision:ResNet18_Weights.IMAGENET1K_V1"


def drawn(model: Model, seed: int) -> Encoder:
    torch.manual_seed(seed)
    return make_encoder(model)


def small(seed: int = 1) -> dict[str, Tensor]:
    """The small encoder without its projection, as a pretrained network is."""
    return {n: v for n, v in drawn(SMALL, seed).state_dict().items() if not n.startswith("project.")}


def written(file: Path, content: Any) -> str:
    if file.suffix == ".safetensors":
        save_file(content, file)
    else:
        torch.save(content, file)
    return str(file)


def fault(origin: str, model: Model = SMALL) -> str:
    """The one line that weights are refused with."""
    with pytest.raises(InputError) as refused:
        initial_weights(origin, model)
    said = str(refused.value)
    assert said.startswith("model.weights: ")
    assert "\n" not in said
    return said


@pytest.fixture(scope="module")
def imagenet() -> nn.Module:
    """A ResNet-18 as torchvision builds it, its head and running statistics included."""
    torch.manual_seed(7)
    return resnet18(weights=None)


class TestFiles:
    @pytest.mark.parametrize("suffix", [".pt", ".pth", ".safetensors"])
    def test_what_is_in_a_file_is_what_the_encoder_gets(self, tmp_path: Path, suffix: str):
        origin = written(tmp_path / f"weights{suffix}", small(seed=1))
        encoder, before = drawn(SMALL, seed=2), drawn(SMALL, seed=2)
        load_initial(encoder, initial_weights(origin, SMALL).parameters)
        for name, value in small(seed=1).items():
            torch.testing.assert_close(encoder.state_dict()[name], value, rtol=0, atol=0)
        torch.testing.assert_close(encoder.project.weight, before.project.weight, rtol=0, atol=0)
        assert not torch.equal(encoder.conv1.weight, before.conv1.weight)

    @pytest.mark.parametrize(
        "wrap",
        [
            lambda state: {"state_dict": state, "epoch": 3},
            lambda state: {"model": state, "optimizer": {"lr": 0.1}},
            lambda state: {f"module.{n}": v for n, v in state.items()},
            lambda state: {"state_dict": {f"module.backbone.{n}": v for n, v in state.items()}},
            lambda state: {f"model.encoder.{n}": v for n, v in state.items()} | {"decoder.x": torch.ones(1)},
            lambda state: {n: v.half() for n, v in state.items()} | {"fc.weight": torch.ones(9, 9)},
        ],
    )
    def test_usual_wrappings_prefixes_and_heads_are_taken_off(self, tmp_path: Path, wrap: Callable):
        state = {name: value.half().float() for name, value in small().items()}
        plain = initial_weights(written(tmp_path / "plain.pt", state), SMALL)
        wrapped = initial_weights(written(tmp_path / "wrapped.pt", wrap(state)), SMALL)
        assert wrapped.parameters.keys() == plain.parameters.keys()
        assert wrapped.identity == plain.identity

    def test_a_source_of_an_earlier_run_brings_its_projection(self, tmp_path: Path):
        state = {f"encoder.{n}": v for n, v in drawn(SMALL, 1).state_dict().items()}
        origin = written(tmp_path / "normal.safetensors", state | {"decoder.body.0.weight": torch.ones(2)})
        parameters = initial_weights(origin, SMALL).parameters
        np.testing.assert_array_equal(parameters["project.weight"], state["encoder.project.weight"].numpy())

    def test_one_value_makes_another_identity(self, tmp_path: Path):
        one, other = small(), small()
        other["bn1.running_mean"][0] += 1
        identities = {
            initial_weights(written(tmp_path / f"{number}.pt", state), SMALL).identity
            for number, state in enumerate([one, other])
        }
        assert len(identities) == 2

    def test_torch_draws_what_it_would_have_drawn(self, tmp_path: Path):
        origin = written(tmp_path / "weights.pt", small())
        torch.manual_seed(5)
        initial_weights(origin, SMALL)
        after = torch.rand(1)
        torch.manual_seed(5)
        assert torch.equal(after, torch.rand(1))


class TestFaults:
    def test_a_file_that_is_missing(self, tmp_path: Path):
        assert f"there is no file {tmp_path / 'none.pt'}; give" in fault(str(tmp_path / "none.pt"))

    @pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
    @pytest.mark.parametrize("content", [b"", b"words, not weights\n", b"PK\x03\x04 cut short"])
    def test_a_file_that_is_something_else(self, tmp_path: Path, suffix: str, content: bytes):
        file = tmp_path / f"weights{suffix}"
        file.write_bytes(content)
        assert f"{file} is not a checkpoint of tensors alone; write one with" in fault(str(file))

    def test_a_whole_pickled_network_is_not_unpickled(self, tmp_path: Path):
        assert "is not a checkpoint of tensors alone" in fault(written(tmp_path / "net.pt", nn.Linear(2, 2)))

    @pytest.mark.parametrize("content", [{}, {"epoch": 3}, torch.ones(3)])
    def test_a_checkpoint_without_weights(self, tmp_path: Path, content: Any):
        assert "holds no state dict" in fault(written(tmp_path / "weights.pt", content))

    def test_nothing_in_common(self, tmp_path: Path):
        origin = written(tmp_path / "vit.pt", {"blocks.0.attn.qkv.weight": torch.ones(2, 2)})
        assert "no parameter in common with the encoder (its first is blocks.0" in fault(origin)

    def test_the_first_misfit_is_named(self, tmp_path: Path, imagenet: nn.Module):
        origin = written(tmp_path / "resnet18.pt", imagenet.state_dict())
        assert "has conv1.weight of shape (64, 3, 7, 7), the encoder (8, 3, 3, 3)" in fault(origin)
        assert "layer1.0.conv1.weight of shape (64, 64, 3, 3)" in fault(origin, Model(encoder="resnet50"))

    def test_a_parameter_that_is_missing(self, tmp_path: Path):
        state = small()
        del state["layer2.0.conv1.weight"], state["bn1.bias"]
        assert "lacks bn1.bias and 1 more" in fault(written(tmp_path / "weights.pt", state))

    def test_a_deeper_network_is_not_cut_to_fit(self, tmp_path: Path):
        origin = written(tmp_path / "resnet34.pt", resnet34(weights=None).state_dict())
        assert "has layer1.2.conv1.weight, which the encoder has not" in fault(origin, RESNET18)

    def test_a_student_and_a_teacher(self, tmp_path: Path):
        state = {f"{side}.{name}": v for name, v in small().items() for side in ("encoder", "model")}
        assert "has the encoder more than once, under 'encoder.' and 'model.'; save the one" in fault(
            written(tmp_path / "both.pt", state)
        )


class TestTorchvision:
    """Its own loading code, with the file where it keeps what it downloaded."""

    @pytest.fixture(autouse=True)
    def _home(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        def no_network(*args: object, **kwargs: object) -> None:
            raise URLError("no network")

        monkeypatch.setenv("TORCH_HOME", str(tmp_path))
        monkeypatch.setattr(torch.hub, "urlopen", no_network)

    def test_weights_by_name(self, tmp_path: Path, imagenet: nn.Module):
        file = tmp_path / "hub" / "checkpoints" / Path(ResNet18_Weights.IMAGENET1K_V1.url).name
        file.parent.mkdir(parents=True)
        torch.save(imagenet.state_dict(), file)
        encoder = drawn(RESNET18, seed=0)
        load_initial(encoder, initial_weights(NAME, RESNET18).parameters)
        images = torch.rand(1, 3, 64, 64)
        for network in (encoder, imagenet):
            network.eval()
        stem, theirs = encoder.layer1(encoder.conv1(images)), imagenet.layer1(imagenet.conv1(images))
        torch.testing.assert_close(stem, theirs)

    @pytest.mark.parametrize(
        "name", ["ResNet50_Weights.FOO", "resnet50", "resnet50.IMAGENET1K_V1", "Foo.BAR"]
    )
    def test_an_unknown_name(self, name: str):
        assert f"torchvision has no weights {name!r}; give a name such as" in fault(f"torchvision:{name}")

    def test_without_a_network(self, capsys: pytest.CaptureFixture[str]):
        said = fault(NAME, RESNET18)
        assert f"{NAME} cannot be loaded (<urlopen error no network>); check name and network" in said
        assert capsys.readouterr().out == ""


class TestTimm:
    def test_weights_by_name(self, monkeypatch: pytest.MonkeyPatch):
        asked: list[object] = []

        def create_model(name: str, pretrained: bool) -> nn.Module:
            asked.extend([name, pretrained])
            return resnet50(weights=None)

        timm = ModuleType("timm")
        timm.create_model = create_model  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "timm", timm)
        parameters = initial_weights("timm:resnet50.a1_in1k", Model(encoder="resnet50")).parameters
        assert asked == ["resnet50.a1_in1k", True]
        assert {name.partition(".")[0] for name in parameters} == {
            "conv1", "bn1", "layer1", "layer2", "layer3", "layer4",
        }  # fmt: skip

    def test_a_name_that_cannot_be_had(self, monkeypatch: pytest.MonkeyPatch):
        timm = ModuleType("timm")
        monkeypatch.setitem(sys.modules, "timm", timm)

        def create_model(name: str, pretrained: bool) -> nn.Module:
            raise RuntimeError(f"Unknown model ({name})\nsecond line")

        timm.create_model = create_model  # type: ignore[attr-defined]
        assert "timm:foo cannot be loaded (Unknown model (foo) second line)" in fault("timm:foo")

    def test_where_it_is_not_installed(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setitem(sys.modules, "timm", None)
        assert "needs timm; install it with pip install 'taskaffinity[timm]'" in fault("timm:resnet18")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda value: value.to(torch.complex64), "complex"),
        (lambda value: value.to_sparse(), "sparse"),
        (lambda value: value.to("meta"), "empty"),
    ],
    ids=["complex", "sparse", "meta"],
)
def test_tensors_that_hold_no_plain_numbers_are_refused(
    tmp_path: Path, change: Callable[[Tensor], Tensor], words: str
) -> None:
    state = small()
    name = next(name for name, value in state.items() if value.ndim > 1)
    origin = written(tmp_path / "w.pt", {**state, name: change(state[name])})
    with pytest.raises(InputError, match=f"{name}.*{words}"):
        initial_weights(origin, SMALL)


def test_keys_that_are_no_names_are_ignored(tmp_path: Path) -> None:
    state = small()
    plain = initial_weights(written(tmp_path / "a.pt", state), SMALL)
    origin = written(tmp_path / "b.pt", {**state, 1: torch.zeros(2)})
    assert initial_weights(origin, SMALL).identity == plain.identity
    with pytest.raises(InputError, match="no state dict"):
        initial_weights(written(tmp_path / "c.pt", {1: torch.zeros(2)}), SMALL)


def test_names_with_line_ends_are_said_in_one_line(tmp_path: Path) -> None:
    origin = written(tmp_path / "w.pt", {"layer\nforged": torch.zeros(2)})
    with pytest.raises(InputError) as caught:
        initial_weights(origin, SMALL)
    assert len(str(caught.value).splitlines()) == 1
