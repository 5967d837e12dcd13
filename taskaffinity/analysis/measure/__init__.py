"""Measuring less: predict transfers from those that were measured, and measure next what plans hinge on.

- `complete` draws the cells of a matrix that are not known, `predict` the transfers of a table.
- `Sweep` says what to measure next; `replay` tries it on a table where everything is known.
"""

from taskaffinity.analysis.measure.completion import Completion, complete
from taskaffinity.analysis.measure.prediction import Layout, predict
from taskaffinity.analysis.measure.replay import Replay, replay, replay_at_random
from taskaffinity.analysis.measure.sweep import Decision, Sweep

__all__ = [
    "Completion",
    "Decision",
    "Layout",
    "Replay",
    "Sweep",
    "complete",
    "predict",
    "replay",
    "replay_at_random",
]
