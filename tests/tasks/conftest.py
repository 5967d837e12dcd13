"""A data set with every channel, and an experiment on it with every task."""

import pytest
import torch
from support import full_data

from taskaffinity.config import Config
from taskaffinity.data.keep import DataSet
from taskaffinity.tasks import discover
from taskaffinity.training.bench import Bench
from taskaffinity.training.experiment import Experiment

SHARES = {"source": 0.4, "transfer": 0.2, "validation": 0.2, "test": 0.2}


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    return full_data.write(tmp_path_factory.mktemp("full"))


@pytest.fixture(scope="session")
def bench(full: DataSet) -> Bench:
    config = Config.model_validate({"model": {"width": 8, "decoder_width": 8}, "splits": SHARES})
    return Bench(Experiment(config, full, discover()), torch.device("cpu"))
