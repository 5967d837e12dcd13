"""A bench on the tiny run."""

import pytest
import torch

from taskaffinity.pipeline import Prepared
from taskaffinity.training.bench import Bench


@pytest.fixture
def bench(prepared: Prepared) -> Bench:
    return Bench(prepared.experiment, torch.device("cpu"))
