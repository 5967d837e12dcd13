"""Measure how vision tasks transfer to one another, and decide which to supervise."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taskaffinity.config import Config
    from taskaffinity.pipeline import Show
    from taskaffinity.runs.affinities import Affinities, Run
    from taskaffinity.runs.opening import load_run
    from taskaffinity.runs.opening import open_measured as load_affinities

__all__ = ["__version__", "load_affinities", "load_run", "open", "run"]

__version__ = "0.2.0"

logging.getLogger(__name__).addHandler(logging.NullHandler())  # who uses the package says where its log goes


def run(
    config: "Config | str | Path | Mapping[str, Any]", out: str | Path, show: "Show | None" = None
) -> "Run":
    """Do the main job: train sources, measure transfers, solve plans, write the report.

    Parameters
    ----------
    config
        A configuration, the path of a YAML file with one, or its keys as a dictionary.
    out
        The run folder; what is there is kept where it still fits the configuration.
    show
        Receives the progress; nothing is shown when left out.

    Returns
    -------
    Run
        What was measured.

    Raises
    ------
    InputError
        Says what of the configuration or the data cannot be used.
    """
    from taskaffinity.config import Config, load, parse
    from taskaffinity.pipeline import run as run_main
    from taskaffinity.runs.opening import load_run
    from taskaffinity.runs.watching import Nobody

    if isinstance(config, str | Path):
        config = load(Path(config))
    elif not isinstance(config, Config):
        config = parse(config)
    run_main(config, Path(out), show or Nobody())
    return load_run(out)


def open(path: str | Path, gain: str | Path | None = None, quality: str | Path | None = None) -> "Affinities":
    """Open what was measured: a run folder, or a table of affinities or losses.

    Parameters
    ----------
    path
        A run folder; a CSV or Parquet table; or one of Taskonomy's published ``.pkl`` files.
    gain, quality
        Tables of win rates; a run has its own.

    Raises
    ------
    TableError
        A file cannot be read as such a table.
    RunError
        The folder is not a run, is not finished, or its tables belong to an earlier configuration.
    """
    from taskaffinity.runs.opening import open_measured

    return open_measured(path, gain, quality)


def __getattr__(name: str) -> Any:
    """Import what notebooks use only when it is asked for, so that the command line starts quickly."""
    if name in ("load_affinities", "load_run"):
        from taskaffinity.runs import opening

        return getattr(opening, {"load_affinities": "open_measured"}.get(name, name))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
