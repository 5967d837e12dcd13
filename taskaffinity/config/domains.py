"""The data section of several domains, and the kinds of data that a configuration can name."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from taskaffinity.config.base import Float
from taskaffinity.config.data import KINDS, DataSection, ImagesData, by_name, one_of

if TYPE_CHECKING:
    from taskaffinity.data.reader import Reader

if TYPE_CHECKING:
    DomainSection = DataSection
else:
    DomainSection = one_of(KINDS)


class DomainsData(DataSection):
    """Several data sets, each a domain; or a folder of images whose paths or a table tell their domains."""

    can_provide: ClassVar[frozenset[str]] = frozenset().union(*(kind.can_provide for kind in KINDS))
    kind: Literal["domains"]
    domains: dict[str, DomainSection] = Field(
        default_factory=dict, description="data sections of the other kinds, by the name of the domain"
    )
    of: ImagesData | None = Field(
        None, description="in the place of `domains`: one folder of images, which are of several domains"
    )
    pattern: str | None = Field(
        None,
        description="with `of`: a regular expression on the path of an image below the folder, whose group "
        "`domain` names the domain; without it and without `table`, the first folder does",
    )
    table: Path | None = Field(
        None, description="with `of`: a CSV with the columns `image`, a path below the folder, and `domain`"
    )
    label_cost: dict[str, Float] = Field(
        default_factory=dict,
        description="what labels cost in a domain, by its name: a factor on the cost of the labels of tasks, "
        "1 when left out",
    )

    @field_validator("label_cost")
    @classmethod
    def _not_negative(cls, costs: dict[str, float]) -> dict[str, float]:
        if min(costs.values(), default=0) < 0:
            raise ValueError("costs must not be negative")
        return costs

    @field_validator("domains")
    @classmethod
    def _named(cls, domains: dict[str, DataSection]) -> dict[str, DataSection]:
        for name in domains:
            check_domain(name)
        return domains

    @field_validator("pattern")
    @classmethod
    def _names_a_domain(cls, pattern: str | None) -> str | None:
        try:
            has_group = pattern is None or "domain" in re.compile(pattern).groupindex
        except re.error as error:
            raise ValueError(f"is no regular expression ({error})") from None
        if not has_group:
            raise ValueError("needs a group (?P<domain>...)")
        return pattern

    @model_validator(mode="after")
    def _one_form(self) -> "DomainsData":
        if (self.of is None) == (not self.domains):
            raise ValueError("give either domains or of")
        if self.of is None and (self.pattern or self.table):
            raise ValueError("pattern and table go with of")
        if self.pattern and self.table:
            raise ValueError("give pattern or table, not both")
        if self.domains and len(self.domains) < 2:
            raise ValueError("give at least two domains, or the data section alone")
        sizes = {name: section.size for name, section in self.domains.items()}
        if len(set(sizes.values())) > 1:
            listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
            raise ValueError(f"the images of all domains must have one size, got {listed}")
        return self

    @property
    def side(self) -> int:
        """Side of the images of all domains, pixels."""
        return self.of.size if self.of else next(iter(self.domains.values())).size

    @property
    def label_costs(self) -> Mapping[str, float]:
        """What the labels of domains cost, by domain."""
        return self.label_cost

    def reader(self) -> "Reader":
        """Build the readers of all domains."""
        from taskaffinity.data.domains import DomainsReader, images_by_domain

        if self.of is not None:
            return DomainsReader(images_by_domain(self.of, self.pattern, self.table))
        return DomainsReader({name: section.reader() for name, section in self.domains.items()})


def check_domain(name: str) -> None:
    """Refuse a name that is none for a domain.

    Raises
    ------
    ValueError
        It is not of lower-case letters, digits and single underscores.
    """
    if not name.isidentifier() or name != name.lower() or "__" in name:
        raise ValueError(
            f"{name!r} is no name of a domain; use lower-case letters, digits and single underscores"
        )


DATA_SECTIONS: dict[str, type[DataSection]] = by_name((*KINDS, DomainsData))

if TYPE_CHECKING:
    Data = DataSection
else:
    Data = one_of((*KINDS, DomainsData))
