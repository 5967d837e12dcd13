"""The Reader contract: where views come from before they are kept on disk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from taskaffinity.data.views import Views


@dataclass(frozen=True)
class Batch:
    """What one unit of reading gave.

    Attributes
    ----------
    views
        The views that could be read; may be empty. ``rgb`` is uint8 here (0 to 255) to keep disks small;
        everything else is as in `taskaffinity.data.views`.
    faults
        One line for each file that was left out, saying which and why.
    """

    views: Views
    faults: Sequence[str] = field(default=())


@runtime_checkable
class Reader(Protocol):
    """A source of views, read unit by unit, in parallel.

    A reader is picklable and has no open files. `units` is cheap and lists the work in a fixed order; `read`
    does one unit and depends on nothing but the reader and the unit, so that any order and any number of
    workers give the same views. A unit that cannot be read is a fault in its batch, never an exception.

    Attributes
    ----------
    name
        What the data set is called.
    classes
        The names of the classes of each integer channel that has any, by channel.
    provides
        The channels that `read` gives, without their validity masks.
    """

    @property
    def name(self) -> str:
        """What the data set is called."""
        ...

    @property
    def classes(self) -> Mapping[str, Sequence[str]]:
        """Names of classes by channel."""
        ...

    @property
    def provides(self) -> frozenset[str]:
        """The channels that `read` gives."""
        ...

    # A reader may also have `notes`, lines about the data as a whole that go to the log, and `splits`,
    # which of train, val and test each scene belongs to.

    def identity(self) -> dict[str, Any]:
        """Return what the views depend on, as JSON; never a path."""
        ...

    def units(self) -> Sequence[Any]:
        """List the units of reading, picklable, in a fixed order."""
        ...

    def read(self, unit: Any) -> Batch:
        """Read one unit."""
        ...
