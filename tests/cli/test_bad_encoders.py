"""Encoders and features that cannot be used: one line, exit status 2, and nothing is made."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from support import encoders, tiny
from torch import nn

from taskaffinity.cli.main import main

TASKS = ["depth_zbuffer", "jigsaw", "random_projection"]  # no target changes its images


def checkpoint_of_text(folder: Path) -> dict[str, Any]:
    (folder / "text.pth").write_text("no checkpoint")
    return {"kind": "pretrained", "origin": "torchvision:resnet18", "weights": str(folder / "text.pth")}


def another_architecture(folder: Path) -> dict[str, Any]:
    file, _ = encoders.checkpoint(folder, "resnet18")
    return {"kind": "pretrained", "origin": "torchvision:resnet34", "weights": str(file)}


def no_numbers(folder: Path) -> dict[str, Any]:
    return {
        "kind": "pretrained", "origin": str(encoders.python_file(folder)), "arguments": {"broken": True},
    }  # fmt: skip


def _exported(folder: Path, network: nn.Module, inputs: int, axes: dict) -> dict[str, Any]:
    pytest.importorskip("onnxruntime", reason="needs the extra onnx")
    pytest.importorskip("onnx", reason="needs the extra onnx")
    file, names = folder / "a.onnx", ["x", "z"][:inputs]
    torch.onnx.export(
        network, (torch.rand(2, 3, 32, 32),) * inputs, str(file), input_names=names, output_names=["y"],
        dynamic_axes=axes, dynamo=False,
    )  # fmt: skip
    image = {"size": 32, "mean": [0.5] * 3, "spread": [0.25] * 3}
    return {"kind": "pretrained", "origin": str(file), "image": image}


def a_fixed_batch(folder: Path) -> dict[str, Any]:
    return _exported(folder, encoders.small(), 1, {})


class _Sum(nn.Module):
    def forward(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        return x + z


def several_inputs(folder: Path) -> dict[str, Any]:
    return _exported(folder, _Sum(), 2, {"x": {0: "n"}, "z": {0: "n"}})


def _features(folder: Path, images: list[str], encodings: list[list[float]]) -> dict[str, Any]:
    pd.DataFrame({"image": images, "encoding": encodings}).to_parquet(folder / "f.parquet")
    return {"kind": "features", "file": str(folder / "f.parquet")}


def double_images(folder: Path) -> dict[str, Any]:
    return _features(folder, ["room/0", "room/1", "room/0"], [[1.0]] * 3)


def several_shapes(folder: Path) -> dict[str, Any]:
    return _features(folder, ["room/0", "room/1"], [[1.0], [1.0, 2.0]])


def missing_images(folder: Path) -> dict[str, Any]:
    return _features(folder, ["somewhere/else"], [[1.0]])


CASES = {
    checkpoint_of_text: "text.pth is not a checkpoint",
    another_architecture: "lacks layer1.2.conv1.weight",
    no_numbers: "no numbers",
    a_fixed_batch: "fixed batch of 2",
    several_inputs: "2 inputs",
    double_images: "more than once",
    several_shapes: "2 shapes",
    missing_images: "lacks ",
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("bad", CASES, ids=lambda case: case.__name__)
def test_what_cannot_be_used_is_one_line(
    bad: Any, frames: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = {"declared": {"mine": bad(tmp_path)}}
    config = tiny.write(tmp_path / "a.yaml", frames, tasks={"names": TASKS}, sources=sources)
    assert main(["run", str(config), "--out", str(tmp_path / "run")]) == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert len(errors) == 1
    assert "sources.declared.mine" in errors[0]
    assert CASES[bad] in errors[0]
    made = [file for file in (tmp_path / "run").rglob("*") if file.suffix in (".npz", ".safetensors")]
    assert made == []
