"""One published number beside the one that is computed again."""

from dataclasses import asdict, dataclass
from typing import Any

SLACK = 1e-9  # of rounding errors, relative to the last digit that was printed


@dataclass(frozen=True)
class Number:
    """A number of a publication.

    Attributes
    ----------
    source
        The publication.
    what
        What the number is.
    published
        As printed; a number, or text where it is names.
    computed
        What the files give; None where they are missing.
    match
        Whether the two agree to the digits that were printed; None where nothing could be computed.
    note
        Where to get a missing file, or what is known of a mismatch.
    erratum
        Whether the mismatch is known, and the publication's.
    """

    source: str
    what: str
    published: float | str
    computed: float | str | None
    match: bool | None
    note: str = ""
    erratum: bool = False

    @property
    def status(self) -> str:
        """``match``, ``mismatch``, ``erratum`` (a known mismatch) or ``missing``."""
        if self.match is None:
            return "missing"
        return "match" if self.match else "erratum" if self.erratum else "mismatch"

    def record(self) -> dict[str, Any]:
        """Return plain values, without what `match` and `note` say already."""
        record = asdict(self)
        del record["erratum"]
        return record


def compared(source: str, what: str, printed: str, computed: float, erratum: str = "") -> Number:
    """Compare a number with its printed digits.

    Parameters
    ----------
    source, what
        Of the number.
    printed
        Its digits as the publication has them: ``.503`` stands for anything from .5025 to .5035.
    computed
        What the files give.
    erratum
        What is known of a mismatch, where one is.
    """
    match = abs(computed - float(printed)) <= (0.5 + SLACK) * 10.0 ** -_decimals(printed)
    note = f"known erratum: {erratum}" if erratum and not match else ""
    return Number(
        source, what, float(printed), round(computed, _decimals(printed) + 3), match, note, bool(note)
    )


def named(source: str, what: str, printed: str, computed: str) -> Number:
    """Compare names with printed ones."""
    return Number(source, what, printed, computed, computed == printed)


def missing(source: str, what: str, printed: str, where: str) -> Number:
    """Note a number whose file is not there; `where` says how to get it."""
    published = float(printed) if _is_number(printed) else printed
    return Number(source, what, published, None, None, f"missing: {where}")


def _decimals(printed: str) -> int:
    return len(printed.partition(".")[2])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
