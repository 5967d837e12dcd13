"""The section of the report on domains: methods in rows, pairs of domains in columns, a table a task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taskaffinity.analysis.domains import ON_TARGET, SOURCE_ONLY
from taskaffinity.names import adapted_name
from taskaffinity.runs.domains import AdaptationRow, GeneralisationRow
from taskaffinity.text import one_line

TITLES = {
    SOURCE_ONLY: "Source only", "subspace_alignment": "Subspace alignment", "coral": "CORAL", "dann": "DANN",
    "deep_coral": "Deep CORAL", ON_TARGET: "Train on target", "erm": "ERM",
}  # fmt: skip

Pair = tuple[str, str]


@dataclass(frozen=True)
class DomainTable:
    """The methods of one task.

    Attributes
    ----------
    task, metric
        What is compared.
    pairs
        Source and target domains, the columns.
    methods
        Name and title, the rows.
    rows
        By method and pair; what was not measured is missing.
    without_gap
        The pairs for which no share of the gap is defined.
    """

    task: str
    metric: str
    pairs: list[Pair]
    methods: list[tuple[str, str]]
    rows: Mapping[tuple[str, Pair], AdaptationRow]
    without_gap: list[Pair]


def title_of_method(method: str) -> str:
    """Return what a method is called for people."""
    return TITLES.get(method, one_line(method.replace("_", " ")))


def domain_tables(rows: Sequence[AdaptationRow]) -> list[DomainTable]:
    """Lay the rows of ``domains.csv`` out as tables, one a task and metric."""
    kinds = list(dict.fromkeys((row.task, row.metric) for row in rows))
    return [_table(task, metric, [r for r in rows if (r.task, r.metric) == (task, metric)])
            for task, metric in kinds]  # fmt: skip


def _table(task: str, metric: str, rows: Sequence[AdaptationRow]) -> DomainTable:
    pairs = list(dict.fromkeys((row.source_domain, row.target_domain) for row in rows))
    methods = list(dict.fromkeys(row.method for row in rows))
    methods.sort(key=lambda method: (method == ON_TARGET, method != SOURCE_ONLY))
    cells = {(row.method, (row.source_domain, row.target_domain)): row for row in rows}
    between = [method for method in methods if method not in (SOURCE_ONLY, ON_TARGET)]
    shares = {pair: [cells[m, pair].share_of_gap for m in between if (m, pair) in cells] for pair in pairs}
    without = [pair for pair in pairs if between and all(share is None for share in shares[pair])]
    return DomainTable(
        one_line(task),
        metric,
        pairs,
        [(method, title_of_method(method)) for method in methods],
        cells,
        without,
    )


def headings_of(rows: Sequence[AdaptationRow], target: str) -> dict[str, str]:
    """Return the headings of the pictures of adapted networks of a target, by the name of their cell."""
    task, _, domain = target.partition("@")
    return {
        adapted_name(row.method, row.task, row.source_domain, row.target_domain): title_of_method(row.method)
        for row in rows
        if (row.task, row.target_domain) == (task, domain) and row.method != ON_TARGET
    }


@dataclass(frozen=True)
class GeneralisationTable:
    """Networks of one task that left one domain out.

    Attributes
    ----------
    task, metric
        What is compared.
    domains
        The domains left out, the columns.
    choices
        Method, selection and their titles, the rows.
    rows
        By method, selection and domain.
    """

    task: str
    metric: str
    domains: list[str]
    choices: list[tuple[str, str, str]]
    rows: Mapping[tuple[str, str, str], GeneralisationRow]


def generalisation_tables(rows: Sequence[GeneralisationRow]) -> list[GeneralisationTable]:
    """Lay the rows of ``generalisation.csv`` out as tables, one a task and metric."""
    tables = []
    for task, metric in dict.fromkeys((row.task, row.metric) for row in rows):
        here = [row for row in rows if (row.task, row.metric) == (task, metric)]
        choices = dict.fromkeys((row.method, row.selection, title_of_method(row.method)) for row in here)
        tables.append(
            GeneralisationTable(
                one_line(task), metric, list(dict.fromkeys(row.target_domain for row in here)), list(choices),
                {(row.method, row.selection, row.target_domain): row for row in here},
            )
        )  # fmt: skip
    return tables
