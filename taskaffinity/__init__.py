"""Measure how vision tasks transfer to one another, and decide which to supervise."""

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taskaffinity.notebook import load_affinities, load_run

__all__ = ["__version__", "load_affinities", "load_run"]

__version__ = "0.1.0"

logging.getLogger(__name__).addHandler(logging.NullHandler())  # who uses the package says where its log goes


def __getattr__(name: str) -> Any:
    """Import what notebooks use only when it is asked for, so that the command line starts quickly."""
    if name in ("load_affinities", "load_run"):
        from taskaffinity import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
