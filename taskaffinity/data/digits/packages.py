"""Files that installed packages ship, found without importing the package."""

import importlib.util
from pathlib import Path

import numpy as np

from taskaffinity.errors import InputError


def package_file(package: str, *parts: str) -> Path:
    """Return the path of a file of a package.

    Raises
    ------
    InputError
        The package is not installed, or does not ship the file.
    """
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        if (file := Path(folder, *parts)).exists():
            return file
    if not folders:
        raise InputError(f"{package} is not installed; pip install 'taskaffinity[digits]'")
    raise InputError(
        f"the installed {package} does not ship {'/'.join(parts)}; install another version of it"
    )


def table(package: str, *parts: str) -> np.ndarray:
    """Read a CSV of numbers that a package ships, gzipped or not."""
    return np.loadtxt(package_file(package, *parts), delimiter=",", dtype=np.int64)
