"""The whole run as one validated model: everything that changes a result, seeds included.

A configuration is YAML with the keys of `Config`. Keys that are left out take the defaults written here.
Paths are taken from the working directory.
"""

from taskaffinity.config.adaptation import Adaptation
from taskaffinity.config.base import Section
from taskaffinity.config.data import ImagesData, RgbdData, RoomsData, TaskonomyData
from taskaffinity.config.domains import DATA_SECTIONS, Data, DomainsData
from taskaffinity.config.reading import RECORDED, load, parse
from taskaffinity.config.sections import (
    SCHEMA_VERSION,
    Config,
    ExecutorSettings,
    Model,
    Optimiser,
    OwnNetwork,
    ReportSettings,
    ScratchSettings,
    Sources,
    SourceSettings,
    Splits,
    Tasks,
    TaxonomySettings,
    TransferSettings,
)

__all__ = [
    "DATA_SECTIONS",
    "RECORDED",
    "SCHEMA_VERSION",
    "Adaptation",
    "Config",
    "Data",
    "DomainsData",
    "ExecutorSettings",
    "ImagesData",
    "Model",
    "Optimiser",
    "OwnNetwork",
    "ReportSettings",
    "RgbdData",
    "RoomsData",
    "ScratchSettings",
    "Section",
    "SourceSettings",
    "Sources",
    "Splits",
    "TaskonomyData",
    "Tasks",
    "TaxonomySettings",
    "TransferSettings",
    "load",
    "parse",
]
