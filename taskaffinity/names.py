"""How source sets are written: task names joined by ``+``, or one reserved name."""

from collections.abc import Iterable

SELF, SCRATCH, RANDOM, CONSTANT = "self", "scratch", "random", "constant"
RESERVED = (SELF, SCRATCH, RANDOM, CONSTANT)
"""Names that stand in the place of a source set; ``docs/formats.md`` says what each is."""

JOINER = "+"


def split(sources: str) -> tuple[str, ...]:
    """Return the members of a source set.

    Examples
    --------
    >>> split("depth_zbuffer+normal")
    ('depth_zbuffer', 'normal')
    """
    return tuple(sources.split(JOINER))


def join(members: Iterable[str]) -> str:
    """Write a source set, its members in alphabetical order.

    Examples
    --------
    >>> join(["normal", "depth_zbuffer"])
    'depth_zbuffer+normal'
    """
    return JOINER.join(sorted(members))


def order_of(sources: str) -> int:
    """Return how many tasks a source set has; 1 for a reserved name."""
    return sources.count(JOINER) + 1


def fault_of(sources: str) -> str | None:
    """Say what is wrong with a source set as it is written; None where nothing is.

    `random` may stand among others: Taskonomy measured such sets of higher order.
    """
    members = split(sources)
    if not all(member.strip() for member in members):
        return "has a source without a name"
    if len(set(members)) < len(members):
        return "names a source twice"
    reserved = [member for member in members if member in RESERVED and member != RANDOM]
    if reserved and len(members) > 1:
        return f"joins {reserved[0]!r}, a reserved name, with others"
    return None
