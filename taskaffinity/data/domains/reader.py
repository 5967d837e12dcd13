"""Readers of several domains: a reader for each, or one folder of images that is cut into domains."""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taskaffinity.config.data import ImagesData
from taskaffinity.config.domains import check_domain
from taskaffinity.data.faults import UnreadableError, read_small
from taskaffinity.data.images import ImagesReader
from taskaffinity.data.reader import Batch, Reader
from taskaffinity.data.views import ViewId, Views
from taskaffinity.errors import DataError

LARGEST_TABLE = 2**28  # bytes


@dataclass(frozen=True)
class DomainsReader:
    """The readers of several domains, as one reader.

    Attributes
    ----------
    parts
        The reader of each domain, by its name.
    """

    parts: Mapping[str, Reader]

    name = "domains"

    @property
    def classes(self) -> Mapping[str, Sequence[str]]:
        """Names of classes by channel; those of the first domain that has any."""
        return {c: names for part in reversed(list(self.parts.values())) for c, names in part.classes.items()}

    @property
    def provides(self) -> frozenset[str]:
        """The channels that some domain has."""
        return frozenset().union(*(part.provides for part in self.parts.values()))

    @property
    def notes(self) -> list[str]:
        """What is said of each domain as a whole."""
        return [f"{name}: {note}" for name, part in self.parts.items() for note in getattr(part, "notes", [])]

    def identity(self) -> dict[str, Any]:
        """Return the identities of all domains."""
        return {"kind": self.name, "domains": {name: part.identity() for name, part in self.parts.items()}}

    def units(self) -> Sequence[tuple[str, Any]]:
        """List the units of all domains, each with the name of its domain."""
        return [(name, unit) for name, part in self.parts.items() for unit in part.units()]

    def read(self, unit: tuple[str, Any]) -> Batch:
        """Read one unit of one domain."""
        name, inner = unit
        batch = self.parts[name].read(inner)
        ids = [in_domain(view, name) for view in batch.views.ids]
        return Batch(Views(ids, batch.views.channels), [f"{name}: {fault}" for fault in batch.faults])


def in_domain(view: ViewId, domain: str) -> ViewId:
    """Return the identity of a view as one of a domain."""
    return view._replace(scene=f"{domain}/{view.scene}", domain=domain)


@dataclass(frozen=True)
class SubsetReader:
    """Some of the images of a folder.

    Attributes
    ----------
    whole
        Reads the folder.
    chosen
        The images, by their paths below the folder.
    """

    whole: ImagesReader
    chosen: tuple[str, ...]

    name = "images"

    @property
    def classes(self) -> Mapping[str, Sequence[str]]:
        """The classes of the whole folder."""
        return self.whole.classes

    @property
    def provides(self) -> frozenset[str]:
        """The channels of the whole folder."""
        return self.whole.provides

    @property
    def splits(self) -> Mapping[str, str]:
        """Which of ``train``, ``val`` and ``test`` each image belongs to; empty where folders do not say."""
        parts = self.whole.splits
        return {unit: parts[unit] for unit in self.chosen} if parts else {}

    def identity(self) -> dict[str, Any]:
        """Return a hash of the files, and the settings."""
        return self.whole.identity_of(self.chosen)

    def units(self) -> Sequence[str]:
        """List the files, relative to the folder."""
        return self.chosen

    def read(self, unit: str) -> Batch:
        """Read one image."""
        return self.whole.read(unit)


def images_by_domain(section: ImagesData, pattern: str | None, table: Path | None) -> dict[str, Reader]:
    """Cut a folder of images into domains.

    Parameters
    ----------
    section
        The folder, and how it is read.
    pattern
        A regular expression whose group ``domain`` names the domain of a path.
    table
        A CSV with columns ``image`` and ``domain``; images without a row are left out. Without it and without
        a pattern, the first folder of a path is its domain, and what is below is read as a folder by itself.

    Raises
    ------
    DataError
        Fewer than two domains are found, one has no proper name, or the table cannot be read.
    """
    whole = ImagesReader(section.path, section.size, section.classes)
    if pattern is None and table is None:
        folders = sorted({unit.partition("/")[0] for unit in whole.every_picture if "/" in unit})
        readers: dict[str, Reader] = {
            name: ImagesReader(section.path / name, section.size, section.classes) for name in folders
        }
    else:
        domain_of = _by_pattern(pattern) if pattern else _by_table(Path(str(table)), section.path)
        chosen: dict[str, list[str]] = defaultdict(list)
        for unit in whole.units():
            if domain := domain_of(unit):
                chosen[domain].append(unit)
        readers = {name: SubsetReader(whole, tuple(units)) for name, units in sorted(chosen.items())}
    _check_names(readers, section.path)
    return readers


def _check_names(names: Mapping[str, Reader], path: Path) -> None:
    if len(names) < 2:
        listed = f"only {next(iter(names))}" if names else "none"
        raise DataError(f"data: at least two domains are needed, and {listed} is found in {path}")
    for name in names:
        try:
            check_domain(name)
        except ValueError as error:
            raise DataError(f"data: {path}: {error}") from None


def _by_pattern(pattern: str) -> Callable[[str], str | None]:
    expression = re.compile(pattern)

    def domain_of(unit: str) -> str | None:
        match = expression.search(unit)
        return match["domain"] if match else None

    return domain_of


def _by_table(table: Path, root: Path) -> Callable[[str], str | None]:
    """Read the domain of each image from a CSV; every image that it names must be there."""
    try:
        lines = read_small(table, LARGEST_TABLE).decode("utf-8-sig").splitlines()
        rows = list(csv.DictReader(lines))
    except (UnreadableError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"data.table: {table} cannot be read as a table ({error})") from None
    if not rows or not {"image", "domain"} <= set(rows[0]):
        raise DataError(f"data.table: {table} needs the columns image and domain, and a row an image")
    domains = {(row["image"] or "").strip(): (row["domain"] or "").strip() for row in rows}
    missing = [image for image in domains if not (root / image).is_file()]
    if missing:
        raise DataError(
            f"data.table: {table} names {len(missing)} images that are not in {root}, {missing[0]!r} first"
        )
    return domains.get
