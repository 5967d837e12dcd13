"""Measure how vision tasks transfer to one another, and decide which to supervise."""

__version__ = "0.1.0"
