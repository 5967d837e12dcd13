"""The table of sources, ``sources.csv``: what each needs and what it costs."""

from collections.abc import Iterable, Mapping

import pandas as pd

from taskaffinity.sources._contract import LabelShare, Source
from taskaffinity.training.workload import Counts

COLUMNS = (
    "source", "kind", "title", "group", "labels", "encoder_operations", "encoder_parameters",
    "training_operations", "builds_on", "heads",
)  # fmt: skip


def sources_table(sources: Mapping[str, Source], counts: Counts) -> pd.DataFrame:
    """Return one row a source, with the columns of ``docs/formats.md``."""
    rows = [
        (
            source.name, source.kind, source.title, source.group, labels_text(source.labels),
            source.encoder_operations, source.encoder_parameters, source.training_operations(counts),
            source.builds_on or "",
            ";".join(head.target for head in source.heads),
        )
        for source in sources.values()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def labels_text(labels: Iterable[LabelShare]) -> str:
    """Write the labels that a source needs.

    Examples
    --------
    >>> labels_text([LabelShare("depth_zbuffer", 0.1), LabelShare("normal")])
    'depth_zbuffer:0.1;normal'
    """
    return ";".join(one.task if one.share == 1 else f"{one.task}:{one.share:g}" for one in labels)
