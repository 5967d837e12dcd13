"""Encoders and encodings that came from elsewhere, declared in a configuration, through the program."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import save_file
from support import encoders, program, tiny

from taskaffinity.config import parse
from taskaffinity.data.features import FeatureFile
from taskaffinity.errors import ConfigError, InputError, SourceError
from taskaffinity.pipeline import Prepared, prepare_run
from taskaffinity.sources import EncodingCache, sources_of
from taskaffinity.training.bench import Bench
from taskaffinity.training.encodings import TRANSFER_SPLITS

pytestmark = pytest.mark.xdist_group("declared sources")

VALUES = {"room/0": [1.0, 2.0], "room/1": [3.0, 4.0], "room/2": [5.0, 6.0]}


def arrays(values: dict[str, Any]) -> dict[str, np.ndarray]:
    return {image: np.asarray(value, np.float32) for image, value in values.items()}


def write(file: Path, values: dict[str, Any]) -> Path:
    """Write encodings in the format of a suffix."""
    match file.suffix:
        case ".npz":
            np.savez(file, **arrays(values))
        case ".safetensors":
            save_file(arrays(values), file)
        case _:
            pd.DataFrame({"image": list(values), "encoding": list(values.values())}).to_parquet(file)
    return file


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".parquet"])
def test_every_format_holds_the_same(tmp_path: Path, suffix: str):
    file = FeatureFile(write(tmp_path / f"a{suffix}", VALUES))
    summary = file.summary()
    assert (summary.images, summary.shape) == (frozenset(VALUES), (2, 1, 1))
    assert summary.content == FeatureFile(write(tmp_path / "other.npz", VALUES)).summary().content
    read = file.read(["room/2", "room/0"], summary)
    np.testing.assert_array_equal(read[:, :, 0, 0], [[5, 6], [1, 2]])


def test_a_table_in_two_arrays_and_flat_maps_are_read(tmp_path: Path):
    file = tmp_path / "table.npz"
    np.savez(file, images=["a", "b"], encodings=np.arange(24.0).reshape(2, 12))
    features = FeatureFile(file, (3, 2, 2))
    assert features.summary().shape == (3, 2, 2)
    values = features.read(["b"], features.summary())
    np.testing.assert_array_equal(values, np.arange(12.0, 24).reshape(1, 3, 2, 2))


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ({"image": ["a", "b", "a"], "encoding": [[1.0]] * 3}, "1 images more than once, a first"),
        ({"image": ["a", "b"], "encoding": [[1.0], [1.0, 2.0]]}, "2 shapes"),
        ({"image": ["a", "b"], "encoding": [[1.0], [float("nan")]]}, "no numbers for 1 images, b first"),
        ({"picture": ["a"], "encoding": [[1.0]]}, "no column image"),
        ({"image": [], "encoding": []}, "has no encodings"),
    ],
)
def test_what_is_wrong_with_encodings_is_one_line(tmp_path: Path, frame: dict, said: str):
    pd.DataFrame(frame).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match=said) as caught:
        FeatureFile(tmp_path / "a.parquet").summary()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["none.npz", "text.npz", "text.safetensors", "text.parquet", "text.txt"])
def test_a_file_that_holds_no_encodings_is_refused(tmp_path: Path, name: str):
    for suffix in ("npz", "safetensors", "parquet", "txt"):
        (tmp_path / f"text.{suffix}").write_text("no features")
    with pytest.raises(InputError, match=name):
        FeatureFile(tmp_path / name).summary()


def test_images_that_lack_an_encoding_are_counted_before_anything_is_made(
    prepared: Prepared, frames: Path, tmp_path: Path
):
    experiment = prepared.experiment
    rows = np.concatenate([experiment.rows[split] for split in TRANSFER_SPLITS])
    images = [str(experiment.data.ids[row]) for row in rows]
    file = write(tmp_path / "a.npz", {image: [1.0, 2.0] for image in images[1:]})
    content = tiny.content(
        frames, tasks={"names": ["depth_zbuffer", "jigsaw", "random_projection"]},
        sources={"declared": {"mine": {"kind": "features", "file": str(file), "operations": 1000}}},
    )  # fmt: skip
    with pytest.raises(SourceError, match=rf"lacks 1 of {len(images)} images .* {images[0]}"):
        prepare_run(parse(content), tiny.Silent())
    write(file, {image: [float(number), 2.0] for number, image in enumerate(images)})
    ready = prepare_run(parse(content), tiny.Silent())
    source, task = ready.sources["mine"], ready.experiment.tasks["depth_zbuffer"]
    assert (source.encoder_operations, source.labels, source.shape.channels) == (1000, (), 2)
    cache = EncodingCache(Bench(ready.experiment, torch.device("cpu")), tmp_path / "kept", lambda name: {})
    values = cache.encodings(source, source.identity, task)[rows]
    np.testing.assert_array_equal(values[:, 0, 0, 0], np.arange(len(rows)))


def test_targets_that_change_their_images_have_no_features(prepared: Prepared, tmp_path: Path):
    file = write(tmp_path / "a.npz", VALUES)
    config = parse(
        tiny.content(tmp_path, sources={"declared": {"mine": {"kind": "features", "file": str(file)}}})
    )
    with pytest.raises(SourceError, match="denoising change them"):
        sources_of(replace(prepared.experiment.outline, config=config))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            {"origin": "torchvision:resnet18", "image": {"size": 32}, "stage": 7},
            "sources.declared.mine.stage",
        ),
        ({"origin": "nothing"}, "sources.declared.mine.origin"),
        ({"origin": "python:own.py", "colour": 3}, "sources.declared.mine.colour"),
        ({"origin": "onnx:none.onnx"}, "sources.declared.mine.(origin|image)"),
    ],
)
def test_a_wrong_declaration_names_its_key(prepared: Prepared, tmp_path: Path, keys: dict, said: str):
    config = parse(tiny.content(tmp_path, sources={"declared": {"mine": {"kind": "pretrained", **keys}}}))
    with pytest.raises((ConfigError, SourceError), match=said):
        sources_of(replace(prepared.experiment.outline, config=config))


def test_a_pretrained_encoder_goes_through_the_whole_program(frames: Path, tmp_path: Path):
    own = encoders.python_file(tmp_path)
    config = tiny.write(
        tmp_path / "a.yaml", frames, tasks={"names": ["denoising", "depth_zbuffer", "random_projection"]},
        sources={"declared": {"mine": {"kind": "pretrained", "origin": str(own), "title": "My encoder"}}},
    )  # fmt: skip
    run = tmp_path / "run"
    program.run("run", config, "--out", run, check=True)
    row = pd.read_csv(run / "sources.csv", index_col="source").loc["mine"]
    assert (row["kind"], row["encoder_operations"]) == ("pretrained", 8 * 27 * 8 * 8)
    assert row["encoder_parameters"] == 8 * 27 + 8 + 16
    assert "mine" in set(pd.read_parquet(run / "losses.parquet")["sources"])
    with safe_open(run / "sources" / "mine.safetensors", "numpy") as file:
        kept = file.get_tensor("encoder.network.0.weight")
    np.testing.assert_array_equal(kept, encoders.small()[0].weight.detach().numpy())
    solved = json.loads(program.run("solve", run, "--compute", "1e9", "--json", check=True).stdout)
    assert solved["transfers"]
    program.run("report", run, check=True)
    assert "My encoder" in (run / "report.html").read_text()
    assert json.loads(program.run("status", run, "--json", check=True).stdout)["complete"]
