"""Who watches the main job from a notebook: nobody."""

from collections.abc import Callable
from typing import Any


class Nobody:
    """Takes everything that the main job tells, and shows nothing."""

    def step(self, title: str, total: int) -> Callable[[int], None]:
        """Begin a step."""
        return lambda count: None

    def say(self, line: str) -> None:
        """Say one line."""

    def jobs(self, tick: Any) -> None:
        """Show how far the sweep is."""
