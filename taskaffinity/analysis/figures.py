"""Reading numbers in different styles: decimal points or commas, separators of thousands, empty cells."""

import math
import re
from collections.abc import Iterable
from enum import Enum

MISSING = frozenset({"", "nan", "na", "n/a", "#n/a", "null", "none", "-", "–", "—", "?"})
"""What stands where there is no number, in lower case."""

_EXPONENT = r"(?:[eE][+-]?\d+)?"
_PLAIN = re.compile(rf"[+-]?(?:\d+\.?\d*|\.\d+){_EXPONENT}|[+-]?(?:inf|infinity)", re.IGNORECASE | re.ASCII)
_COMMA = re.compile(rf"[+-]?(?:[1-9]\d{{0,2}}(?:\.\d{{3}})+|\d+)?(?:,\d*)?{_EXPONENT}", re.ASCII)
_GROUPED = re.compile(rf"[+-]?(?:[1-9]\d{{0,2}}(?:,\d{{3}})+|\d+)(?:\.\d*)?{_EXPONENT}", re.ASCII)
# What parts thousands in Switzerland and in SI.
_APART = re.compile(r"(?<=\d)['\u2019\u00a0\u202f\u2009 ](?=\d{3}(?!\d))")
_DIGIT = re.compile(r"\d", re.ASCII)


class Style(Enum):
    """How numbers are written in one table."""

    POINT = "decimal points"
    COMMA = "decimal commas"
    GROUPED = "commas between thousands"


class AmbiguousError(ValueError):
    """Numbers that can be read in two ways."""


def style_of(texts: Iterable[str]) -> Style:
    """Tell how the numbers of a table are written; what is no number at all does not count.

    Raises
    ------
    AmbiguousError
        They could as well be decimals as thousands: ``1,234``.
    """
    odd = [cleaned for text in texts if "," in (cleaned := _cleaned(text)) and _DIGIT.search(cleaned)]
    if not odd:
        return Style.POINT
    comma = all(map(_COMMA.fullmatch, odd))
    grouped = all(map(_GROUPED.fullmatch, odd))
    if comma and grouped:
        raise AmbiguousError(odd[0])
    if comma or grouped:
        return Style.COMMA if comma else Style.GROUPED
    return Style.POINT


def number_of(text: str, style: Style) -> float | None:
    """Read one number; NaN where there is none, None where the text is no number.

    Examples
    --------
    >>> number_of("1.234,5", Style.COMMA), number_of("much", Style.POINT)
    (1234.5, None)
    """
    cleaned = _cleaned(text)
    if cleaned.lower() in MISSING:
        return math.nan
    if style is Style.COMMA and _COMMA.fullmatch(cleaned) and _DIGIT.search(cleaned):
        return float(cleaned.replace(".", "").replace(",", "."))
    if style is Style.GROUPED and _GROUPED.fullmatch(cleaned):
        return float(cleaned.replace(",", ""))
    return float(cleaned) if _PLAIN.fullmatch(cleaned) else None


def _cleaned(text: str) -> str:
    """Return a number without blanks around it, between thousands, and with a plain minus."""
    return _APART.sub("", text.strip()).replace("\N{MINUS SIGN}", "-")
