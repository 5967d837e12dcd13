"""What a mixed-integer solver says."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Answer:
    """The outcome of one call.

    Attributes
    ----------
    bought
        bool (S,), None where no solution was found.
    proven
        Whether the solver proved it optimal; with `bought` None, whether it proved there is none.
    bound
        The solver's bound on the objective; infinite where it has none.
    """

    bought: np.ndarray | None
    proven: bool
    bound: float = np.inf
