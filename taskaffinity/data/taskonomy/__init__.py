"""Taskonomy's public data, and whatever lies in its layout (Omnidata's starter data, Replica, Hypersim)."""

from taskaffinity.data.taskonomy.reader import TaskonomyReader

__all__ = ["TaskonomyReader"]
