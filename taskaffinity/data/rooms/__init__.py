"""Procedural rooms: the embedded default data set."""

from taskaffinity.data.rooms.reader import RoomsReader

__all__ = ["RoomsReader"]
