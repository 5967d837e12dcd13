from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from support import tiny
from torch import Tensor

from taskaffinity.config import parse
from taskaffinity.engine.result import Cell
from taskaffinity.pipeline import prepare_run
from taskaffinity.sources import EncodingCache, Source, sources_of
from taskaffinity.tasks import Task
from taskaffinity.training.bench import MOST_SHOWN, Bench
from taskaffinity.training.encodings import (
    Encodings,
    SourceSet,
    joined,
    resampled,
    side_by_side,
    standardised,
)
from taskaffinity.training.transfer import train_transfers

GRID = (4, 4)


def trained(bench: Bench, target: Task, source_sets: list[SourceSet]) -> list[Cell]:
    return train_transfers(bench, target, source_sets, bench.experiment.config.transfer)


def source_of(bench: Bench, name: str) -> Source:
    return sources_of(bench.experiment.outline)[name]


@pytest.fixture
def encodings(bench: Bench) -> Encodings:
    """Encodings of every row that are its number, and its square."""
    rows = np.sort(np.concatenate([r for name, r in bench.experiment.rows.items() if name != "source"]))
    values = np.zeros((len(rows), 4, 4, 4), np.float32)
    values[:, 0], values[:, 1] = rows[:, None, None], rows[:, None, None] ** 2
    return Encodings(rows, values)


def test_sources_are_joined_by_channel(bench: Bench, encodings: Encodings) -> None:
    examples = bench.examples(bench.experiment.tasks["depth_zbuffer"], "test")
    both = joined([encodings, Encodings(encodings.rows, encodings.values + 1)], examples, GRID)
    assert both.shape == (len(examples), 8, 4, 4)
    np.testing.assert_array_equal(both[:, 0, 0, 0], examples.rows[:, 0])
    np.testing.assert_array_equal(both[:, 4, 0, 0], examples.rows[:, 0] + 1)


def test_inputs_are_standardised_by_the_training_split_alone() -> None:
    torch.manual_seed(0)
    train, test = torch.randn(50, 3, 4, 4) * 7 + 3, torch.randn(20, 3, 4, 4) + 100
    ours, theirs = standardised([train, test])
    torch.testing.assert_close(ours.mean((0, 2, 3)), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(ours.std((0, 2, 3)), torch.ones(3), atol=1e-5, rtol=0)
    assert (theirs.mean((0, 2, 3)) > 5).all()


def test_a_channel_that_never_changes_does_no_harm() -> None:
    assert torch.isfinite(standardised([torch.full((4, 1, 2, 2), 5.0)])[0]).all()


def test_losses_are_those_of_the_test_images(bench: Bench, encodings: Encodings) -> None:
    target = bench.experiment.tasks["depth_zbuffer"]
    (cell,) = trained(bench, target, [SourceSet(("denoising",), [encodings])])
    assert cell.target == "depth_zbuffer"
    assert cell.images == bench.examples(target, "test").ids
    assert cell.losses.shape == (len(cell.images),)
    assert np.isfinite(cell.losses).all()
    assert not cell.facts["diverged"]
    assert cell.predictions.shape == (min(MOST_SHOWN, len(cell.images)), 1, 32, 32)


def test_labels_too_large_to_keep_are_read_batch_by_batch_to_the_same_losses(
    bench: Bench, encodings: Encodings, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = bench.experiment.tasks["depth_zbuffer"]
    (kept,) = trained(bench, target, [SourceSet(("denoising",), [encodings])])
    monkeypatch.setattr("taskaffinity.training.bench.KEPT_LABELS", 0)
    monkeypatch.setattr(Bench, "_keep_truth", None)
    bench._truths.clear()
    (read,) = trained(bench, target, [SourceSet(("denoising",), [encodings])])
    np.testing.assert_array_equal(kept.losses, read.losses)


def test_encodings_that_are_not_finite_make_a_diverged_cell(bench: Bench, encodings: Encodings) -> None:
    broken = Encodings(encodings.rows, np.full_like(encodings.values, np.nan))
    (cell,) = trained(bench, bench.experiment.tasks["depth_zbuffer"], [SourceSet(("denoising",), [broken])])
    assert cell.facts["diverged"]
    assert np.isinf(cell.losses).all()


def test_a_transfer_leaves_the_encoder_as_it_was(bench: Bench, tmp_path: Path) -> None:
    random = source_of(bench, "random")
    made = random.make(bench, None).source
    assert made is not None
    before = {name: value.copy() for name, value in made.weights.items()}
    target = bench.experiment.tasks["depth_zbuffer"]
    cache = EncodingCache(bench, tmp_path, lambda name: made.weights)
    trained(bench, target, [SourceSet(("random",), [cache.encodings(random, "x", target)])])
    for name, value in made.weights.items():
        np.testing.assert_array_equal(value, before[name])


def test_maps_of_other_sizes_are_brought_to_one_grid(bench: Bench, encodings: Encodings) -> None:
    """A constant map stays constant, a map on the grid is unchanged, and means are kept."""
    flat = np.full((2, 3, 7, 7), 2.5, np.float32)
    np.testing.assert_allclose(resampled(flat, GRID), np.full((2, 3, 4, 4), 2.5), atol=1e-6)
    assert resampled(encodings.values, GRID) is encodings.values
    fine = np.random.default_rng(0).normal(size=(2, 3, 8, 8)).astype(np.float32)
    np.testing.assert_allclose(resampled(fine, GRID).mean((2, 3)), fine.mean((2, 3)), atol=0.05)
    assert resampled(flat[:, :, :2, :2], GRID).shape == (2, 3, 4, 4)


def test_sources_of_different_shapes_are_read_together(bench: Bench, encodings: Encodings) -> None:
    target = bench.experiment.tasks["depth_zbuffer"]
    coarse = Encodings(encodings.rows, np.ascontiguousarray(encodings.values[:, :3, :2, :1]))
    (cell,) = trained(bench, target, [SourceSet(("a", "b"), [encodings, coarse])])
    assert np.isfinite(cell.losses).all()
    assert cell.predictions.shape == (min(MOST_SHOWN, len(cell.images)), 1, 32, 32)


def test_encodings_depend_on_the_precision_they_are_made_at(bench: Bench, tmp_path: Path) -> None:
    made = source_of(bench, "random").make(bench, None).source
    assert made is not None
    target = bench.experiment.tasks["depth_zbuffer"]
    cache, values, identities = EncodingCache(bench, tmp_path, lambda name: made.weights), [], set()
    for precision in ("fp32", "bf16"):
        settings = bench.experiment.config.source.model_copy(update={"precision": precision})
        config = bench.experiment.config.model_copy(update={"source": settings})
        source = sources_of(replace(bench.experiment.outline, config=config))["random"]
        identities.add(source.identity)
        values.append(cache.encodings(source, "one identity", target).values)
    assert len(identities) == 2
    assert not np.array_equal(*values)


def test_encodings_are_the_frozen_encoders_output_and_are_kept(bench: Bench, tmp_path: Path) -> None:
    source = source_of(bench, "depth_zbuffer")
    made = source.make(bench, None).source
    assert made is not None
    weights, calls = made.weights, []
    target = bench.experiment.tasks["depth_zbuffer"]

    def give(name: str) -> dict[str, np.ndarray]:
        calls.append(name)
        return weights

    first = EncodingCache(bench, tmp_path, give).encodings(source, "x", target)
    again = EncodingCache(bench, tmp_path, give).encodings(source, "x", target)
    assert calls == ["depth_zbuffer"]
    np.testing.assert_array_equal(first.values, again.values)
    rows = first.rows[:3]
    images = torch.from_numpy(bench.experiment.data.read(rows, ["rgb"])["rgb"])
    network = source.encoder(weights)
    assert not any(p.requires_grad for p in network.parameters())
    direct: Tensor = network(images)
    np.testing.assert_allclose(first[rows], direct.numpy(), atol=1e-5)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("name", ["depth_zbuffer", "vanishing_point", "segment_unsup2d"])
def test_a_readout_learns_the_same_however_many_are_trained_beside_it(
    frames: Path, name: str, precision: str
) -> None:
    content = tiny.content(
        frames, tasks={"names": [name, "random_projection"]}, transfer={"precision": precision, "updates": 8}
    )
    content["model"] = {"width": 8, "channels": 3, "decoder_width": 20}  # multiples of no instruction's width
    bench = Bench(prepare_run(parse(content), tiny.Silent()).experiment, torch.device("cpu"))
    rows = np.sort(np.concatenate([r for split, r in bench.experiment.rows.items() if split != "source"]))
    drawn = np.random.default_rng(0)
    sets = [
        SourceSet((f"s{k}",), [Encodings(rows, drawn.normal(size=(len(rows), 3, 4, 4)).astype(np.float32))])
        for k in range(8)
    ]
    target = bench.experiment.tasks[name]
    alone = [trained(bench, target, [one])[0] for one in sets]
    parts = (sets[:3], sets[3:])
    beside = [cell for part in parts for cell in trained(bench, target, part)]
    for one, other, source_set in zip(alone, beside, sets, strict=True):
        assert other.sources == source_set.sources
        np.testing.assert_array_equal(one.losses, other.losses)
        np.testing.assert_array_equal(one.predictions, other.predictions)
    assert not np.array_equal(alone[0].losses, alone[1].losses)


def test_one_that_diverges_harms_no_other(bench: Bench, encodings: Encodings) -> None:
    target = bench.experiment.tasks["depth_zbuffer"]
    sound = SourceSet(("denoising",), [encodings])
    broken = SourceSet(("autoencoding",), [Encodings(encodings.rows, np.full_like(encodings.values, np.nan))])
    (alone,) = trained(bench, target, [sound])
    bad, good = trained(bench, target, [broken, sound])
    assert bad.facts["diverged"]
    assert not good.facts["diverged"]
    np.testing.assert_array_equal(good.losses, alone.losses)


def test_readouts_that_do_not_fit_side_by_side_are_trained_one_after_another(
    bench: Bench, encodings: Encodings, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = bench.experiment.tasks["depth_zbuffer"]
    sets = [SourceSet((name,), [encodings]) for name in ("denoising", "autoencoding", "reshading")]
    at_once = trained(bench, target, sets)
    monkeypatch.setattr("taskaffinity.training.transfer.ROOM", {"cpu": 1})
    in_turn = trained(bench, target, sets)
    for one, other in zip(at_once, in_turn, strict=True):
        assert one.sources == other.sources
        np.testing.assert_array_equal(one.losses, other.losses)


def test_members_read_their_own_sources_standardised_each_by_itself(
    bench: Bench, encodings: Encodings
) -> None:
    examples = [bench.examples(bench.experiment.tasks["depth_zbuffer"], s) for s in ("transfer", "test")]
    shifted = Encodings(encodings.rows, encodings.values * 3 + 1)
    train, test = side_by_side([[encodings], [shifted]], examples, GRID, torch.device("cpu"))
    assert train.shape == (len(examples[0]), 8, 4, 4)
    torch.testing.assert_close(test[:, :2], test[:, 4:6], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(train[:, :2].mean((0, 2, 3)), torch.zeros(2), atol=1e-4, rtol=0)


@pytest.mark.parametrize("change", ["flip", "cut", "extend"])
def test_kept_encodings_that_were_changed_are_made_again(bench: Bench, tmp_path: Path, change: str) -> None:
    source = source_of(bench, "random")
    made = source.make(bench, None).source
    assert made is not None
    target, calls = bench.experiment.tasks["depth_zbuffer"], []

    def give(name: str) -> dict[str, np.ndarray]:
        calls.append(name)
        return made.weights

    first = EncodingCache(bench, tmp_path, give).encodings(source, "x", target).values.copy()
    (file,) = tmp_path.glob("*.npy")
    content = bytearray(file.read_bytes())
    if change == "flip":
        content[len(content) // 2] ^= 1
    file.write_bytes(content[:-9] if change == "cut" else content + b"more" * (change == "extend"))
    again = EncodingCache(bench, tmp_path, give).encodings(source, "x", target).values
    np.testing.assert_array_equal(again, first)
    assert len(calls) == 2
