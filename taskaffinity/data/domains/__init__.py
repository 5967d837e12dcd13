"""Data of several domains: their readers, one data set made of theirs, and how they differ."""

from taskaffinity.data.domains.compose import compose
from taskaffinity.data.domains.reader import DomainsReader, images_by_domain
from taskaffinity.data.domains.statistics import DomainStatistics, compare, statistics_of

__all__ = ["DomainStatistics", "DomainsReader", "compare", "compose", "images_by_domain", "statistics_of"]
