"""What a solver found: which sources to buy, and how good that is known to be."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Solution:
    """What to buy.

    Attributes
    ----------
    bought
        bool (S,).
    bound
        No taxonomy within the budget has a higher objective.
    proven
        Whether the objective of `bought` is the highest.
    """

    bought: np.ndarray
    bound: float
    proven: bool
