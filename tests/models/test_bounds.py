"""Every allowed setting of the model section, at its bounds, trains and encodes."""

import pytest
import torch

from taskaffinity.config import Model, parse
from taskaffinity.models.encoder import encoding_shape, make_encoder
from taskaffinity.outputs import Classes, Dense, Embedding, PixelClasses, Vector
from taskaffinity.training.calibration import Calibration
from taskaffinity.training.workload import OwnBlueprint, ReadoutBlueprint

SIZE = (32, 32)
MODELS = [
    *(Model(width=width, channels=1, decoder_width=8) for width in range(1, 9)),
    Model(width=4, channels=64, decoder_width=12),
    Model(width=1, channels=8, decoder_width=128),
]
RESNETS = [Model(encoder=encoder, channels=1, decoder_width=8) for encoder in ("resnet18", "resnet50")]


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{model.width}-{model.channels}")
def test_networks_at_the_bounds_train_and_predict(model: Model, precision: str):
    """Forwards and backwards in the layout of channels last, by the real training loop."""
    settings = {"updates": 1, "batch": 2, "precision": precision}
    config = parse({"source": settings, "transfer": settings})
    calibration = Calibration(config, torch.device("cpu"))
    own = OwnBlueprint(Dense(2), "l1", SIZE, config.source, 1, model)
    shape = encoding_shape(model, SIZE)
    read = ReadoutBlueprint(Vector(3), "l2", SIZE, config.transfer, 1, (shape, shape), model)
    assert calibration.pace(own).update > 0
    assert calibration.pace(read).score > 0


@pytest.mark.parametrize("model", RESNETS, ids=lambda model: model.encoder)
def test_the_narrowest_encodings_of_large_encoders_can_be_made(model: Model):
    with torch.no_grad():
        encoding = make_encoder(model).eval()(torch.rand(1, 3, *SIZE))
    assert encoding.shape == (1, 1, *encoding_shape(model, SIZE).grid)
    assert torch.isfinite(encoding).all()


@pytest.mark.parametrize("width", range(1, 9))
def test_a_narrow_encoder_computes_what_a_strided_convolution_does(width: int):
    torch.manual_seed(0)
    encoder, shortcut = make_encoder(Model(width=width)).eval(), torch.nn.functional.conv2d
    maps = torch.rand(2, width, 8, 8)
    layer = encoder.layer1[0].downsample[0]
    torch.testing.assert_close(layer(maps), shortcut(maps, layer.weight, stride=2), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("output", [Dense(1), Embedding(4), PixelClasses(3, stride=4), Vector(2), Classes(2)])
def test_every_output_can_be_read_out_of_the_narrowest_encoding(output: object):
    model = Model(width=1, channels=1, decoder_width=8)
    blueprint = ReadoutBlueprint(
        output, "l1", SIZE, parse({}).transfer, 1, (encoding_shape(model, SIZE),), model
    )  # type: ignore[arg-type]
    with torch.no_grad():
        assert torch.isfinite(blueprint.build().eval()(blueprint.inputs(2))).all()
