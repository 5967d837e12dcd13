"""Names of tasks and how source sets are written: names joined by ``+``, or one reserved name.

Tables from elsewhere spell one name in many ways. `tidy` removes invisible differences (white space, Unicode
forms), and `written` normalises source sets and reserved names. `fault_in` and `alike` find names that have
to be refused because they are ambiguous.
"""

import re
import unicodedata
from collections.abc import Iterable

SELF, SCRATCH, RANDOM, CONSTANT = "self", "scratch", "random", "constant"
RESERVED = (SELF, SCRATCH, RANDOM, CONSTANT)
"""Names that stand in the place of a source set; ``docs/formats.md`` says what each is."""

JOINER = "+"

_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs"})  # control characters, invisible ones, halves of characters
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # letters and marks without ink
_FORMULA = frozenset("=+-@")
_SHOWN = 60  # characters of a name that an error shows
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")


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


def adapted_name(method: str, task: str, source_domain: str, target_domain: str) -> str:
    """Return the name of the network that a method adapts for a task from one domain to another.

    Examples
    --------
    >>> adapted_name("dann", "normal", "rooms", "frames")
    'dann-normal-rooms-frames'
    """
    return "-".join((method, task, source_domain, target_domain))


def order_of(sources: str) -> int:
    """Return how many tasks a source set has; 1 for a reserved name."""
    return sources.count(JOINER) + 1


def tidy(name: str) -> str:
    """Return a name in Unicode's composed form (NFC), white space around it gone, inside it one blank.

    Examples
    --------
    >>> tidy(" depth  zbuffer ")
    'depth zbuffer'
    """
    if _PLAIN.fullmatch(name):
        return name
    return " ".join(unicodedata.normalize("NFC", name.replace("\N{ZERO WIDTH NO-BREAK SPACE}", " ")).split())


def written(sources: str) -> str:
    """Return a source set as we write it: names tidy, reserved ones in lower case, in alphabetical order.

    Examples
    --------
    >>> written(" Normal + edges "), written("Self")
    ('Normal+edges', 'self')
    """
    members = [tidy(member) for member in split(sources)]
    return join(member.lower() if member.lower() in RESERVED else member for member in members)


def is_reserved(name: str) -> bool:
    """Tell whether a name is a reserved one, in whatever case it is written."""
    return tidy(name).lower() in RESERVED


def fault_in(name: str) -> str | None:
    """Say what makes a tidy name unusable; None where nothing does."""
    if not name:
        return "is empty"
    if name[0] in _FORMULA:
        return f"begins with {name[0]!r}, which spreadsheets take for a formula"
    return hidden_in(name)


def hidden_in(name: str) -> str | None:
    """Name the first invisible character of a name; None if there is none."""
    for character in name:
        if unicodedata.category(character) in _UNPRINTABLE or character in _BLANK:
            return f"holds the invisible character U+{ord(character):04X}"
    return None


def fault_of(sources: str) -> str | None:
    """Say what is wrong with a source set as it is written; None where nothing is.

    `random` may stand among others: Taskonomy measured such sets of higher order.
    """
    members = split(sources)
    if not all(member.strip() for member in members):
        return "has a source without a name"
    if len(set(members)) < len(members):
        return "names a source twice"
    if fault := next(filter(None, map(fault_in, members)), None):
        return fault
    reserved = [member for member in members if member in RESERVED and member != RANDOM]
    if reserved and len(members) > 1:
        return f"joins {reserved[0]!r}, a reserved name, with others"
    return None


def alike(names: Iterable[str]) -> tuple[str, str] | None:
    """Return the first two names that differ only in case or width; None if there are none.

    Examples
    --------
    >>> alike(["normal", "edges", "Normal"])
    ('normal', 'Normal')
    """
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(unicodedata.normalize("NFKC", name).casefold(), name)
        if other != name:
            return other, name
    return None


def shown(name: object) -> str:
    r"""Write a name for an error or a log: in one line, without characters that drive a terminal.

    Examples
    --------
    >>> shown("a\x1bb") == r"a\x1bb"
    True
    """
    text = str(name)
    cut = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in cut
    )
