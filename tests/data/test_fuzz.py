"""Some spoilt files of every kind, the same each time; `tests/fuzz/foreign_data.py` runs for longer."""

import pytest
from fuzz import foreign_data

CASES = {"sequence": 8, "tree": 6}


@pytest.mark.parametrize("target", foreign_data.TARGETS)
def test_spoilt_files_are_read_or_named(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKAFFINITY_CACHE", "set by the target")  # so that it is put back afterwards
    cases = CASES.get(target, 40)
    assert foreign_data.run(target, 1, lambda done: done < cases) == cases
