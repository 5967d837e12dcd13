"""The silent receiver of the main job's progress, for notebooks and scripts."""

from collections.abc import Callable
from typing import Any


class Nobody:
    """Receives the progress of the main job and shows nothing."""

    def step(self, title: str, total: int) -> Callable[[int], None]:
        """Begin a step."""
        return lambda count: None

    def say(self, line: str) -> None:
        """Say one line."""

    def jobs(self, tick: Any) -> None:
        """Show how far the sweep is."""
