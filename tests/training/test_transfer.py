import numpy as np
import pytest
import torch
from torch import Tensor

from taskaffinity.training.bench import Bench
from taskaffinity.training.encode import Encoder, Encodings
from taskaffinity.training.source import load_encoder, make_random, train_source
from taskaffinity.training.transfer import joined, standardised, train_transfer


@pytest.fixture
def encodings(bench: Bench) -> Encodings:
    """Encodings of every row that are its number, and its square."""
    rows = np.sort(np.concatenate([r for name, r in bench.experiment.rows.items() if name != "source"]))
    values = np.zeros((len(rows), 4, 4, 4), np.float32)
    values[:, 0], values[:, 1] = rows[:, None, None], rows[:, None, None] ** 2
    return Encodings(rows, values)


def test_sources_are_joined_by_channel(bench: Bench, encodings: Encodings) -> None:
    examples = bench.examples(bench.experiment.tasks["depth_zbuffer"], "test")
    both = joined([encodings, Encodings(encodings.rows, encodings.values + 1)], examples)
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
    (cell,) = train_transfer(bench, target, ("denoising",), [encodings]).cells
    assert cell.target == "depth_zbuffer"
    assert cell.images == bench.examples(target, "test").ids
    assert cell.losses.shape == (len(cell.images),)
    assert np.isfinite(cell.losses).all()
    assert not cell.facts["diverged"]
    assert cell.predictions.shape == (2, 1, 32, 32)


def test_labels_too_large_to_keep_are_read_batch_by_batch_to_the_same_losses(
    bench: Bench, encodings: Encodings, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = bench.experiment.tasks["depth_zbuffer"]
    (kept,) = train_transfer(bench, target, ("denoising",), [encodings]).cells
    monkeypatch.setattr("taskaffinity.training.bench.KEPT_LABELS", 0)
    monkeypatch.setattr(Bench, "_keep_truth", None)
    bench._truths.clear()
    (read,) = train_transfer(bench, target, ("denoising",), [encodings]).cells
    np.testing.assert_array_equal(kept.losses, read.losses)


def test_encodings_that_are_not_finite_make_a_diverged_cell(bench: Bench, encodings: Encodings) -> None:
    broken = Encodings(encodings.rows, np.full_like(encodings.values, np.nan))
    (cell,) = train_transfer(bench, bench.experiment.tasks["depth_zbuffer"], ("denoising",), [broken]).cells
    assert cell.facts["diverged"]
    assert np.isinf(cell.losses).all()


def test_a_transfer_leaves_the_encoder_as_it_was(bench: Bench, tmp_path) -> None:  # type: ignore[no-untyped-def]
    source = make_random(bench).source
    assert source is not None
    before = {name: value.copy() for name, value in source.weights.items()}
    target = bench.experiment.tasks["depth_zbuffer"]
    encoder = Encoder(bench, tmp_path, lambda name: source.weights)
    train_transfer(bench, target, ("random",), [encoder.encodings("random", "x", target)])
    for name, value in source.weights.items():
        np.testing.assert_array_equal(value, before[name])


def test_encodings_are_the_frozen_encoders_output_and_are_kept(bench: Bench, tmp_path) -> None:  # type: ignore[no-untyped-def]
    result = train_source(bench, bench.experiment.tasks["depth_zbuffer"])
    assert result.source is not None
    weights, calls = result.source.weights, []
    target = bench.experiment.tasks["depth_zbuffer"]

    def give(name: str) -> dict[str, np.ndarray]:
        calls.append(name)
        return weights

    first = Encoder(bench, tmp_path, give).encodings("depth_zbuffer", "x", target)
    again = Encoder(bench, tmp_path, give).encodings("depth_zbuffer", "x", target)
    assert calls == ["depth_zbuffer"]
    np.testing.assert_array_equal(first.values, again.values)
    rows = first.rows[:3]
    images = torch.from_numpy(bench.experiment.data.read(rows, ["rgb"])["rgb"])
    network = load_encoder(bench, weights)
    assert not any(p.requires_grad for p in network.parameters())
    direct: Tensor = network(images)
    np.testing.assert_allclose(first[rows], direct.numpy(), atol=1e-5)
