"""Titles of tasks on axes, and the order of tasks there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from taskaffinity.plots.palette import GROUPS, group_colour
from taskaffinity.text import one_line

REFERENCES = ("self", "scratch", "random", "constant")
REFERENCE_TITLES = {
    "self": "Own network",
    "scratch": "From scratch",
    "random": "Random features",
    "constant": "Best constant",
}


@dataclass(frozen=True)
class DisplayLabel:
    """How a task is shown.

    Attributes
    ----------
    title
        Its name for people.
    group
        The group whose colour it has.
    metric
        What its loss is called and measured in.
    """

    title: str
    group: str
    metric: str = "loss"

    @property
    def colour(self) -> str:
        """The colour of its group."""
        return group_colour(self.group).fill


Labels = Mapping[str, DisplayLabel]


def label_of(name: str, labels: Labels) -> DisplayLabel:
    """Return the label of a task or reference; of its bare name where nothing is known of it."""
    if name in REFERENCE_TITLES:
        return DisplayLabel(REFERENCE_TITLES[name], "reference")
    return labels.get(name) or DisplayLabel(one_line(name.replace("_", " ")), "other")


def title_of(sources: str, labels: Labels) -> str:
    """Return the name of a source set for people: ``Z-buffer depth + Surface normals``."""
    return " + ".join(label_of(name, labels).title for name in sources.split("+"))


def by_group(names: Iterable[str], labels: Labels) -> list[str]:
    """Sort tasks by group, then by title."""
    rank = {group: position for position, group in enumerate(GROUPS)}

    def key(name: str) -> tuple[int, str]:
        label = label_of(name, labels)
        return rank.get(label.group, len(rank)), label.title.lower()

    return sorted(names, key=key)


def is_single(sources: str) -> bool:
    """Tell whether a source set is one task."""
    return "+" not in sources and not is_reference(sources)


def is_reference(sources: str) -> bool:
    """Tell whether a source set is a reserved name."""
    return sources in REFERENCES
