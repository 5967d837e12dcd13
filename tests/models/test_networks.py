import torch

from taskaffinity.config import Model
from taskaffinity.models.decoders import make_decoder
from taskaffinity.models.encoder import make_encoder
from taskaffinity.models.networks import Constant, Readout, Scale, TaskNetwork
from taskaffinity.outputs import Dense, Vector


def test_scale_goes_there_and_back() -> None:
    scale = Scale(torch.tensor([1.0, -2.0]), torch.tensor([0.5, 3.0]))
    label = torch.randn(3, 2, 4, 4)
    torch.testing.assert_close(scale(scale.normalise(label)), label)
    torch.testing.assert_close(scale(torch.zeros(1, 2)), torch.tensor([[1.0, -2.0]]))


def test_a_scale_that_is_left_out_changes_nothing() -> None:
    label = torch.tensor([3, 4])
    assert Scale().normalise(label) is label
    assert Scale()(torch.ones(2, dtype=torch.bfloat16)).dtype == torch.float32


def test_images_of_an_example_are_encoded_one_by_one_and_joined() -> None:
    torch.manual_seed(0)
    encoder = make_encoder(Model(width=8, channels=4))
    network = TaskNetwork(encoder, make_decoder(Vector(6), 8, (4, 4), (32, 32), 8), Scale()).eval()
    first, second = torch.rand(2, 3, 32, 32), torch.rand(2, 3, 32, 32)
    joined = torch.cat([encoder(first), encoder(second)], dim=1)
    torch.testing.assert_close(network([first, second]), network.decoder(joined))
    assert not torch.allclose(network([first, second]), network([second, first]))


def test_a_readout_predicts_in_the_units_of_the_label() -> None:
    torch.manual_seed(0)
    scale = Scale(torch.tensor([10.0]), torch.tensor([2.0]))
    readout = Readout(8, 4, make_decoder(Dense(1), 4, (4, 4), (32, 32), 8), scale)
    encodings = torch.randn(2, 8, 4, 4)
    torch.testing.assert_close(readout.predict(encodings), readout(encodings) * 2 + 10)


def test_a_constant_is_the_same_for_every_input() -> None:
    constant = Constant((3, 4, 4), Scale())
    prediction = constant.predict(torch.zeros(5))
    assert prediction.shape == (5, 3, 4, 4)
    assert (prediction == prediction[:1]).all()
