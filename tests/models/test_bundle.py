import copy

import pytest
import torch
from torch import Tensor, nn

from taskaffinity.models.bundle import Bundle, can_bundle
from taskaffinity.models.decoders import make_decoder
from taskaffinity.models.networks import Readout, Scale
from taskaffinity.outputs import Classes, Dense, Embedding, Output, PixelClasses, Projections, Vector

OUTPUTS = [Dense(2), Embedding(4), PixelClasses(5), Vector(3), Classes(6)]


def readout(output: Output, images: int = 1) -> Readout:
    torch.manual_seed(0)
    decoder = make_decoder(output, 4 * images, (4, 4), (32, 32), 16)
    return Readout(4 * images, 4 * images, decoder, Scale()).eval()


def drawn(members: int) -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    return [torch.randn(3, 4, 4, 4, generator=generator) for _ in range(members)]


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: type(output).__name__)
def test_each_member_predicts_what_the_network_alone_does(output: Output) -> None:
    one, inputs = readout(output), drawn(3)
    found = Bundle(one, 3).eval().predict(torch.cat(inputs, dim=1)).unflatten(0, (3, 3))
    for member, own in enumerate(inputs):
        torch.testing.assert_close(found[:, member], one.predict(own), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: type(output).__name__)
def test_a_member_has_the_gradients_that_the_network_alone_has(output: Output) -> None:
    one, inputs = readout(output), drawn(2)
    bundle = Bundle(one, 2).eval()
    predicted = bundle(torch.cat(inputs, dim=1)).unflatten(0, (3, 2))
    predicted.square().sum().backward()
    for member, own in enumerate(inputs):
        alone = copy.deepcopy(one)
        alone(own).square().sum().backward()
        expected = [weight.grad for weight in alone.parameters()]
        shares = [weight.grad.unflatten(0, (2, -1))[member] for weight in bundle.parameters()]
        assert len(shares) == len(expected)
        for share, gradient in zip(shares, expected, strict=True):
            if gradient.ndim == 2:  # fully connected: inputs first, outputs padded
                share = share[0].T
            if gradient.ndim == 1:
                share = share.flatten()
            share = share[: len(gradient)]
            torch.testing.assert_close(share, gradient, rtol=1e-3, atol=1e-3)


def test_the_state_of_one_member_goes_back_to_it_alone() -> None:
    bundle = Bundle(readout(Vector(3)), 3)
    kept = bundle.state_of(1)
    with torch.no_grad():
        for weight in bundle.parameters():
            weight.add_(1)
    moved = [bundle.state_of(member) for member in range(3)]
    bundle.load_state_of(1, kept)
    for name, weight in kept.items():
        torch.testing.assert_close(bundle.state_of(1)[name], weight, rtol=0, atol=0)
        torch.testing.assert_close(bundle.state_of(0)[name], moved[0][name], rtol=0, atol=0)
        torch.testing.assert_close(bundle.state_of(2)[name], moved[2][name], rtol=0, atol=0)


def test_the_same_units_are_dropped_for_all_members_however_many() -> None:
    one, (own, *_) = readout(Vector(3)), drawn(1)
    found = []
    for members in (2, 5):
        torch.manual_seed(7)
        bundle = Bundle(one, members).train()
        found.append(bundle(own.repeat(1, members, 1, 1)).unflatten(0, (3, members)))
    torch.testing.assert_close(found[0][:, 0], found[0][:, 1], rtol=0, atol=0)
    torch.testing.assert_close(found[0][:, 0], found[1][:, 4], rtol=0, atol=0)
    assert not torch.allclose(found[0][:, 0], one(own))


def test_the_network_it_is_made_from_stays_as_it_was() -> None:
    one = readout(Dense(1))
    before = copy.deepcopy(one.state_dict())
    Bundle(one, 4)
    assert [type(layer) for layer in one.transfer[0]] == [nn.Conv2d, nn.GroupNorm, nn.ReLU]
    for name, weight in one.state_dict().items():
        torch.testing.assert_close(weight, before[name], rtol=0, atol=0)


def test_one_alone_is_no_bundle() -> None:
    with pytest.raises(ValueError, match="a bundle of 1"):
        Bundle(readout(Dense(1)), 1)


def test_projections_are_scored_batch_by_batch_and_cannot_be_bundled() -> None:
    projections = readout(Projections(8, 2), images=2)
    assert not can_bundle(projections)
    with pytest.raises(TypeError, match="no bundle of ProjectionDecoder"):
        Bundle(projections, 2)
    assert can_bundle(readout(Dense(1)))
