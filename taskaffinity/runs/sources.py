"""The table of sources for measurements that have none: what can be said from names alone."""

from collections.abc import Mapping, Sequence

import pandas as pd

from taskaffinity.runs.records import TaskRecord
from taskaffinity.runs.tables import SOURCES


def source_frame(names: Sequence[str], has_random: bool, tasks: Mapping[str, TaskRecord]) -> pd.DataFrame:
    """Make the frame of ``sources.csv`` for sources that are tasks' own networks.

    Parameters
    ----------
    names
        The tasks whose networks are sources.
    has_random
        Whether an untrained encoder was tried too.
    tasks
        What is known of tasks.

    Returns
    -------
    DataFrame
        One row a source. A task's network needs all labels of its task; costs are empty.
    """
    unknown = TaskRecord()
    rows = [
        {
            "source": name, "kind": "task", "title": tasks.get(name, unknown).title or name,
            "group": tasks.get(name, unknown).group, "labels": name,
        }
        for name in names
    ]  # fmt: skip
    if has_random:
        rows.append(
            {
                "source": "random",
                "kind": "random",
                "title": "Random features",
                "group": "reference",
                "labels": "",
            }
        )
    frame = pd.DataFrame(rows, columns=list(SOURCES))
    numbers = list(SOURCES[5:])
    frame[numbers] = frame[numbers].astype(float)
    return frame
