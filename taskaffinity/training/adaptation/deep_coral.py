"""Deep CORAL (Sun and Saenko, ECCV workshops 2016): training brings covariances of encodings together.

The penalty of two domains is ‖C_a − C_b‖²_F / (4 D²) (equation 1), of more domains the mean over their pairs.
As in DomainBed's CORAL, the means are aligned too: ‖mean_a − mean_b‖² / D.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor

from taskaffinity.training.adaptation.domain_objective import AcrossDomains


@dataclass
class DeepCoral(AcrossDomains):
    """Task loss, and the distance between covariances and means.

    Attributes
    ----------
    strength
        Weight of the penalty.
    is_dense
        Whether every pixel of an encoding is a sample; else every image is one.
    """

    strength: float
    is_dense: bool

    @property
    def aligns(self) -> bool:
        """Whether the penalty counts."""
        return self.strength > 0

    def penalty(self, encodings: Sequence[Tensor]) -> Tensor:
        """Return the mean penalty over pairs of domains."""
        samples = [
            maps.permute(0, 2, 3, 1).flatten(0, 2) if self.is_dense else maps.flatten(1) for maps in encodings
        ]
        distances = [distance(one, other) for one, other in combinations(samples, 2)]
        return self.strength * torch.stack(distances).mean()


def distance(one: Tensor, other: Tensor) -> Tensor:
    """Return how far apart values (N, D) and (M, D) are by covariance and mean: ()."""
    size = one.shape[1]
    covariances = (_covariance(one) - _covariance(other)).square().sum() / (4 * size**2)
    return covariances + (one.mean(0) - other.mean(0)).square().mean()


def _covariance(values: Tensor) -> Tensor:
    centred = values - values.mean(0)
    return centred.T @ centred / max(1, len(values) - 1)
