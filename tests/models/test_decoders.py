import pytest
import torch

from taskaffinity.config import Model
from taskaffinity.models.decoders import SubPixels, decoder_grid, make_decoder
from taskaffinity.models.encoder import encoding_shape
from taskaffinity.models.shapes import EncodingShape
from taskaffinity.outputs import Classes, Dense, Embedding, Output, PixelClasses, Projections, Vector

CHANNELS, SMALL, IMAGE = 8, (8, 8), (64, 64)


@pytest.mark.parametrize(
    ("output", "channels", "shape"),
    [
        (Dense(3), CHANNELS, (3, 64, 64)),
        (PixelClasses(17, stride=2), CHANNELS, (17, 32, 32)),
        (PixelClasses(5, stride=16), CHANNELS, (5, 8, 8)),
        (Embedding(64), CHANNELS, (64, 16, 16)),
        (Vector(6), 2 * CHANNELS, (6,)),
        (Classes(100), CHANNELS, (100,)),
        (Projections(16), 2 * CHANNELS, (2, 16)),
    ],
)
def test_prediction_has_the_shape_of_its_output(
    output: Output, channels: int, shape: tuple[int, ...]
) -> None:
    decoder = make_decoder(output, channels, SMALL, IMAGE, width=16)
    assert decoder(torch.randn(2, channels, *SMALL)).shape == (2, *shape)


def test_every_pixel_of_a_map_can_be_reached() -> None:
    decoder = make_decoder(Dense(1), CHANNELS, SMALL, IMAGE, width=16)
    encoding = torch.randn(1, CHANNELS, *SMALL, requires_grad=True)
    decoder(encoding).square().sum().backward()
    assert (encoding.grad != 0).all()


def test_an_example_is_decoded_by_itself() -> None:
    torch.manual_seed(0)
    decoder = make_decoder(Dense(2), CHANNELS, SMALL, IMAGE, width=16)
    batch = torch.randn(4, CHANNELS, *SMALL)
    torch.testing.assert_close(decoder(batch)[1:2], decoder(batch[1:2]))


def test_sub_pixels_are_those_of_torch_in_any_layout() -> None:
    blocks = torch.rand(2, 3 * 16, 5, 7)
    expected = torch.nn.functional.pixel_shuffle(blocks, 4)
    for layout in (torch.contiguous_format, torch.channels_last):
        assert torch.equal(SubPixels(4)(blocks.contiguous(memory_format=layout)), expected)


class TestGrid:
    """The grid that the maps of a source set are brought to."""

    @pytest.mark.parametrize("size", [32, 64, 96, 128, 256])
    @pytest.mark.parametrize("encoder", ["small", "resnet18", "resnet50"])
    def test_is_that_of_the_encoders_of_tasks_where_all_are_such(self, size: int, encoder: str) -> None:
        shape = encoding_shape(Model(encoder=encoder), (size, size))
        assert decoder_grid([shape, shape], (size, size), Dense(1)) == shape.grid

    @pytest.mark.parametrize(
        ("grids", "image", "output", "grid"),
        [
            ([(7, 7)], (64, 64), Dense(1), (8, 8)),
            ([(7, 7), (8, 8)], (64, 64), Dense(1), (8, 8)),
            ([(14, 14), (8, 8)], (64, 64), Dense(1), (16, 16)),
            ([(64, 64)], (64, 64), Dense(1), (16, 16)),
            ([(1, 1)], (64, 64), Dense(1), (1, 1)),
            ([(16, 16)], (64, 64), PixelClasses(2, stride=8), (8, 8)),
            ([(16, 4)], (64, 32), Dense(1), (16, 8)),
        ],
    )
    def test_is_no_coarser_than_the_finest_map_where_a_decoder_can_start_there(
        self, grids: list, image: tuple, output: object, grid: tuple
    ) -> None:
        shapes = [EncodingShape(3, *one) for one in grids]
        assert decoder_grid(shapes, image, output) == grid  # type: ignore[arg-type]
        decoder = make_decoder(output, 3, grid, image, 8).eval()  # type: ignore[arg-type]
        stride = output.stride if isinstance(output, PixelClasses) else 1
        predicted = decoder(torch.rand(1, 3, *grid)).shape[2:]
        assert tuple(predicted) == (image[0] // stride, image[1] // stride)
