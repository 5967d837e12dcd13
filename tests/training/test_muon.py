import pytest
import torch

from taskaffinity.training.muon import Muon, orthogonalised

SHAPES = [(64, 32), (32, 64), (8, 128), (1, 5)]


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("shape", SHAPES)
def test_singular_values_come_near_one_and_vectors_stay(shape: tuple[int, int]) -> None:
    matrix = drawn(*shape)
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    (found,) = orthogonalised(matrix[None])
    inside = left.T @ found @ right.T
    large = values > 0.1 * values[0]
    assert 0.6 < inside.diagonal()[large].min() <= inside.diagonal().max() < 1.25
    torch.testing.assert_close(inside, torch.diag(inside.diagonal()), rtol=0, atol=1e-4)


def test_a_gradient_of_zeros_moves_nothing() -> None:
    weight = torch.nn.Parameter(drawn(4, 3))
    before = weight.detach().clone()
    weight.grad = torch.zeros_like(weight)
    Muon([weight], lr=0.1).step()
    torch.testing.assert_close(weight.detach(), before, rtol=0, atol=0)


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="torch has Muon from 2.9 on")
@pytest.mark.parametrize("shape", [(16, 8, 3, 3), (4, 16), (24, 6)])
def test_kernels_move_as_the_matrices_of_torch_do(
    shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskaffinity.training.muon.SMALL", 0)  # torch's products are bfloat16, all of them
    weight = torch.nn.Parameter(drawn(*shape))
    matrix = torch.nn.Parameter(weight.detach().flatten(1).clone())
    ours = Muon([weight], lr=0.1, weight_decay=0.2, dtype=torch.bfloat16)
    theirs = torch.optim.Muon([matrix], lr=0.1, weight_decay=0.2)
    for update in range(3):
        weight.grad = drawn(*shape, seed=1 + update)
        matrix.grad = weight.grad.flatten(1).clone()
        ours.step()
        theirs.step()
    torch.testing.assert_close(weight.detach().flatten(1), matrix.detach())


def test_the_layout_in_memory_changes_nothing() -> None:
    gradient = drawn(8, 4, 3, 3, seed=1)
    moved = []
    for layout in (torch.contiguous_format, torch.channels_last):
        weight = torch.nn.Parameter(drawn(8, 4, 3, 3).to(memory_format=layout))
        weight.grad = gradient.to(memory_format=layout)
        Muon([weight], lr=0.1).step()
        assert weight.is_contiguous(memory_format=layout)
        moved.append(weight.detach().contiguous())
    torch.testing.assert_close(moved[0], moved[1], rtol=0, atol=0)
