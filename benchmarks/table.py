"""What the benchmarks share: a table for people, and the same rows as JSON."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd


class Silent:
    """Watches a run and says nothing."""

    def step(self, title: str, total: int) -> Any:
        """Begin a step."""
        return lambda count: None

    def say(self, line: str) -> None:
        """Say one line."""

    def jobs(self, tick: object) -> None:
        """Show how far the sweep is."""


def show(rows: Sequence[dict[str, Any]], out: Path | None, **facts: object) -> None:
    """Print rows as a table and, with facts about the whole, as one line of JSON; write the JSON too."""
    print(pd.DataFrame(rows).to_string(index=False, float_format=lambda number: f"{number:.4g}", na_rep="-"))
    text = json.dumps({**facts, "rows": list(rows)}, default=str)
    print(text)
    if out:
        out.write_text(text + "\n", "utf-8")
