"""The old place of `taskaffinity.runs`, for those who still import from here."""

from taskaffinity.runs.files import write_atomically
from taskaffinity.runs.folder import RunFolder

__all__ = ["RunFolder", "write_atomically"]
