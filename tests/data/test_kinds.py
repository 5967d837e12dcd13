"""A kind of data is one section of the configuration: it says what it can provide, and how it is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
from support import box_room, tiny, two_domains

from taskaffinity.config import DATA_SECTIONS, parse
from taskaffinity.config.data import DataSection
from taskaffinity.data.reader import Batch, Reader
from taskaffinity.data.views import ViewId, Views
from taskaffinity.pipeline import prepare_run

SIDE = 32


@dataclass(frozen=True)
class StripesReader:
    """Striped pictures, one a scene."""

    pictures: int
    name: str = "stripes"

    @property
    def classes(self) -> Mapping[str, Sequence[str]]:
        return {}

    @property
    def provides(self) -> frozenset[str]:
        return frozenset({"rgb"})

    def identity(self) -> dict[str, Any]:
        return {"kind": self.name, "pictures": self.pictures}

    def units(self) -> Sequence[int]:
        return range(self.pictures)

    def read(self, unit: int) -> Batch:
        rows = np.arange(SIDE, dtype=np.uint8)[None, None, :, None] * np.uint8(unit)
        return Batch(
            Views([ViewId(f"s{unit}", 0, 0)], {"rgb": np.broadcast_to(rows, (1, 3, SIDE, SIDE)).copy()})
        )


class StripesData(DataSection):
    """A kind of data that nothing else knows of."""

    can_provide: ClassVar[frozenset[str]] = frozenset({"rgb"})
    kind: Literal["stripes"] = "stripes"
    size: int = SIDE
    pictures: int = 30

    def reader(self) -> Reader:
        return StripesReader(self.pictures)


def test_a_kind_of_its_own_is_prepared_for_a_run() -> None:
    tasks = {"names": ["autoencoding", "denoising"]}
    config = parse(tiny.content(Path("nowhere"), tasks=tasks)).model_copy(update={"data": StripesData()})
    show = tiny.Silent()
    prepared = prepare_run(config, show)
    assert len(prepared.experiment.data) == 30
    assert set(prepared.experiment.tasks) == {"autoencoding", "denoising"}
    assert "reading stripes" in show.said
    assert prepared.plan.jobs


def test_data_that_were_read_before_are_said() -> None:
    tasks = {"names": ["autoencoding", "denoising"]}
    data = StripesData(pictures=31)
    config = parse(tiny.content(Path("nowhere"), tasks=tasks)).model_copy(update={"data": data})
    prepare_run(config, tiny.Silent())
    again = tiny.Silent()
    prepare_run(config, again)
    assert [line for line in again.said if line.startswith("reading stripes (31)")]


@pytest.mark.parametrize("kind", DATA_SECTIONS)
def test_a_reader_gives_what_its_kind_can_provide(kind: str, tmp_path: Path) -> None:
    if kind == "taskonomy":
        pytest.skip("its own tests read a whole tree")
    if kind == "images":
        for channel in range(3):
            (tmp_path / f"{channel}.ppm").write_bytes(b"P6 32 32 255\n" + bytes(32 * 32 * 3))
    if kind == "rgbd":
        box_room.write(tmp_path, 4, 32)
    keys: dict[str, Any] = {} if kind == "rooms" else {"path": str(tmp_path)}
    if kind == "domains":
        keys = {"of": {"kind": "images", "path": str(two_domains.write(tmp_path / "root"))}}
    section = parse({"data": {"kind": kind, **keys}}).data
    assert section.reader().provides <= section.can_provide
