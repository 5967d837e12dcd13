"""Estimates of how well frozen encodings serve a target, without training a readout. An estimate is one file.

Every file whose name has no underscore in front binds `ESTIMATE`; `estimates` finds them all. What the files
share, and how estimates are held against what was measured, stands in the files with an underscore.
"""

from taskaffinity.analysis.estimates._contract import Estimate, Estimated, NotDefined, Outcome, Samples
from taskaffinity.analysis.estimates._discovery import choose, estimates
from taskaffinity.analysis.estimates._maps import of_images, of_maps
from taskaffinity.analysis.estimates._ranking import Agreement, Ranking, rank_all

__all__ = [
    "Agreement", "Estimate", "Estimated", "NotDefined", "Outcome", "Ranking", "Samples", "choose",
    "estimates", "of_images", "of_maps", "rank_all",
]  # fmt: skip
