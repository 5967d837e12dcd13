"""Rooms that several tests look at."""

import numpy as np
import pytest

from taskaffinity.data.rooms import RoomsReader
from taskaffinity.data.rooms.cameras import PlacedCameras, place_cameras
from taskaffinity.data.rooms.classes import ROOMS
from taskaffinity.data.rooms.scene import Scene, build
from taskaffinity.data.views import Views


@pytest.fixture(scope="session")
def reader() -> RoomsReader:
    return RoomsReader(scenes=len(ROOMS), views=8, size=64, seed=7)


@pytest.fixture(scope="session")
def batches(reader: RoomsReader) -> list[Views]:
    """The views of one room of each kind."""
    return [reader.read(unit).views for unit in reader.units()]


@pytest.fixture(scope="session")
def office() -> tuple[Scene, PlacedCameras]:
    rng = np.random.default_rng(11)
    scene = build("office", rng)
    return scene, place_cameras(scene, 8, rng)
