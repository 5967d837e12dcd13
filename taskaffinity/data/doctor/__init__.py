"""The doctor: what a folder of data holds, what is wrong with it, and which tasks it can carry."""

from taskaffinity.data.doctor.detect import LAYOUTS, detect_layout
from taskaffinity.data.doctor.examine import examine
from taskaffinity.data.doctor.findings import DataFindings, Part
from taskaffinity.data.doctor.several import DomainsFindings, examine_domains

__all__ = [
    "LAYOUTS", "DataFindings", "DomainsFindings", "Part", "detect_layout", "examine", "examine_domains",
]  # fmt: skip
