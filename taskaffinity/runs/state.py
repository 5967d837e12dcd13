"""The state that tables and figures belong to; they are shown only while the run is in that state."""

from taskaffinity.errors import RunError
from taskaffinity.runs.files import to_json
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.record import Record

FILE = "concluded.json"


class ConcludedRecord(Record):
    """What the tables were made from: the state of ``jobs.json`` at that time."""

    state: str


def concluded_state(folder: RunFolder) -> str | None:
    """Return the state that the tables of a run belong to; None where they are not whole, or do not say."""
    record = folder.read_record(ConcludedRecord, FILE)
    return None if record is None else record.state


def is_current(folder: RunFolder) -> bool:
    """Tell whether tables and figures belong to the current configuration.

    A folder without ``jobs.json`` was made by an earlier version; its tables are accepted.
    """
    jobs = folder.jobs()
    return jobs is None or jobs.state == concluded_state(folder)


def require_current(folder: RunFolder, wanted: str) -> None:
    """Refuse tables of another state.

    Parameters
    ----------
    folder
        The run.
    wanted
        The file that is needed; a run without it is not finished.

    Raises
    ------
    RunError
        The file is not there, or its table is of an earlier configuration.
    """
    if not folder.file(wanted).is_file():
        raise RunError(
            f"{folder.path} has no {wanted} yet; finish it with `taskaffinity run --out {folder.path}`"
        )
    if not is_current(folder):
        raise RunError(
            f"{folder.path}: its tables belong to an earlier configuration, and the cells of config.yaml "
            f"are not all measured; finish it with `taskaffinity run --out {folder.path}`"
        )


def begin(folder: RunFolder) -> None:
    """Mark the tables as not whole, before the first is written."""
    folder.remove(FILE)


def end(folder: RunFolder) -> None:
    """Mark the tables as whole, after the last was written."""
    jobs = folder.jobs()
    if jobs is not None:
        folder.write(FILE, content=to_json(ConcludedRecord(state=jobs.state).plain()))
