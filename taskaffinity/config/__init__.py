"""The whole run as one validated model: everything that changes a result, seeds included.

A configuration is YAML with the keys of `Config`. Keys that are left out take the defaults written here.
Paths are taken from the working directory.
"""

from taskaffinity.config.base import Section
from taskaffinity.config.data import DATA_SECTIONS, Data, ImagesData, RgbdData, RoomsData, TaskonomyData
from taskaffinity.config.reading import RECORDED, load, parse
from taskaffinity.config.sections import (
    SCHEMA_VERSION,
    Config,
    Executor,
    Model,
    Optimiser,
    OwnNetwork,
    Report,
    Scratch,
    Source,
    Sources,
    Splits,
    Tasks,
    Taxonomy,
    Transfer,
)

__all__ = [
    "DATA_SECTIONS",
    "RECORDED",
    "SCHEMA_VERSION",
    "Config",
    "Data",
    "Executor",
    "ImagesData",
    "Model",
    "Optimiser",
    "OwnNetwork",
    "Report",
    "RgbdData",
    "RoomsData",
    "Scratch",
    "Section",
    "Source",
    "Sources",
    "Splits",
    "TaskonomyData",
    "Tasks",
    "Taxonomy",
    "Transfer",
    "load",
    "parse",
]
