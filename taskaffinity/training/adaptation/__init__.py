"""Adaptation: labels of one domain, images of another. A method is one file."""

from taskaffinity.training.adaptation.alignment import Aligned
from taskaffinity.training.adaptation.methods import (
    ALIGNED,
    TITLES,
    TRAINED,
    aligned_network,
    trained_network,
)

__all__ = ["ALIGNED", "TITLES", "TRAINED", "Aligned", "aligned_network", "trained_network"]
