"""Taskonomy's public data, and other data in its layout (Omnidata's starter data, Replica, Hypersim)."""

from taskaffinity.data.taskonomy.reader import TaskonomyReader

__all__ = ["TaskonomyReader"]
