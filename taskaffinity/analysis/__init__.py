"""From losses or affinities to a taxonomy: tables in, tables out; nothing here imports torch.

Names are loaded when they are first used, so that a command pays only for what it needs.
"""

from importlib import import_module
from typing import Any

_MEASURING = {  # losses → affinities
    "Analysis": "measured",
    "analyse": "measured",
    "Resamples": "bootstrap",
    "resamples": "bootstrap",
    "read_losses": "tables",
    "read_table": "tables",
    "write_table": "tables",
    "matrix": "tables",
    "read_published": "published",
    "published_table": "published",
}
_DECIDING = {  # affinities → taxonomy
    "PlanOptions": "plan",
    "PlanTables": "plan",
    "SourceRecord": "plan",
    "Taxonomy": "plan",
    "build": "plan",
    "solve": "plan",
    "is_feasible": "plan",
    "read_sources": "plan",
    "edge_shares": "stability",
    "plan_orders": "orders",
}
_MODULE_OF = _MEASURING | _DECIDING

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
