"""The old place of `taskaffinity.runs`, for those who still import from here."""

from taskaffinity.runs.affinities import Affinities, Run
from taskaffinity.runs.opening import load_run
from taskaffinity.runs.opening import open_measured as load_affinities

__all__ = ["Affinities", "Run", "load_affinities", "load_run"]
