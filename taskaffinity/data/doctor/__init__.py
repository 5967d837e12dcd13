"""The doctor: what a folder of data holds, what is wrong with it, and which tasks it can carry."""

from taskaffinity.data.doctor.detect import LAYOUTS, detect_layout
from taskaffinity.data.doctor.examine import examine
from taskaffinity.data.doctor.findings import DataFindings, Part

__all__ = ["LAYOUTS", "DataFindings", "Part", "detect_layout", "examine"]
