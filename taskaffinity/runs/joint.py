"""What a run concludes about its joint networks: ``joint.csv`` and ``transfer_joint.csv``."""

import pandas as pd

from taskaffinity.analysis.groups.single_joint import CHANGES, RANKS, HeadLosses
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.tables import RunTables

CHANGES_FILE, RANKS_FILE = "joint.csv", "transfer_joint.csv"


def write_joint(folder: RunFolder, losses: pd.DataFrame) -> None:
    """Record how joint networks compare with single ones; nothing in a run that has none.

    Parameters
    ----------
    folder
        The run; ``sources.csv`` is there.
    losses
        Its losses table.
    """
    sources = RunTables(folder).sources()
    if sources is None:
        return
    measured = HeadLosses.of(losses, sources)
    tables = {CHANGES_FILE: measured.changes(), RANKS_FILE: measured.transfer_against_joint()}
    for name, table in tables.items():
        folder.put_table(name, table)


def read_changes(folder: RunFolder) -> pd.DataFrame | None:
    """Read ``joint.csv``; None where there is none."""
    return RunTables(folder).frame(CHANGES_FILE, CHANGES)


def read_ranks(folder: RunFolder) -> pd.DataFrame | None:
    """Read ``transfer_joint.csv``; None where there is none."""
    return RunTables(folder).frame(RANKS_FILE, RANKS)
