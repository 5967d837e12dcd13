"""Finding estimates: every file of this folder is one."""

import importlib
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from taskaffinity.analysis.estimates._contract import Estimate
from taskaffinity.errors import InputError

FOLDER = Path(__file__).parent


@cache
def estimates() -> dict[str, Estimate]:
    """Find every estimate, by name."""
    return {path.stem: _load(path.stem) for path in sorted(FOLDER.glob("[!_]*.py"))}


def _load(name: str) -> Estimate:
    estimate = getattr(importlib.import_module(f"{__package__}.{name}"), "ESTIMATE", None)
    if not isinstance(estimate, Estimate) or estimate.name != name:
        raise TypeError(f"{FOLDER / name}.py must bind ESTIMATE, an Estimate named {name!r}")
    return estimate


def choose(names: str | None) -> list[Estimate]:
    """Return the estimates named in a list joined by commas; all of them for None.

    Raises
    ------
    InputError
        A name is unknown, or none is given.
    """
    known = estimates()
    if names is None:
        return list(known.values())
    wanted = [name.strip().lower() for name in names.split(",") if name.strip()]
    if not wanted:
        raise InputError(f"--estimates: name at least one of {', '.join(known)}")
    for name in wanted:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise InputError(f"--estimates: unknown estimate {name!r}; {hint}")
    return [known[name] for name in dict.fromkeys(wanted)]
