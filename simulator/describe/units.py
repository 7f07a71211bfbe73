"""Units: numbers in seconds, shares and rates, and how people write them.

Inside the program a time is a float in seconds, a share lies in 0-1 and a rate is per second. A
file may say ``"200 ms"``, ``"3 %"``, ``"3 %/y"`` or ``"1500 /s"``; a bare number is in base units.
A year is 365 days, a month is a twelfth of it (730 h), as in the table of nines.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from simulator.describe.wording import shown
from simulator.errors import DescriptionError

__all__ = [
    "DAY", "GB", "HOUR", "KB", "MB", "MICROSECOND", "MIN", "MONTH", "MS", "PB", "SECOND", "TB",
    "WEEK", "YEAR", "format_duration", "parse_bandwidth", "parse_duration", "parse_rate",
    "parse_share", "parse_size", "text_pattern",
]  # fmt: skip

MICROSECOND = 1e-6
MS = 1e-3
SECOND = 1.0
MIN = 60.0
HOUR = 3600.0
DAY = 24 * HOUR
WEEK = 7 * DAY
YEAR = 365 * DAY
MONTH = YEAR / 12
KB, MB, GB, TB, PB = 1e3, 1e6, 1e9, 1e12, 1e15

_TIME = {
    "us": MICROSECOND, "ms": MS, "s": SECOND, "min": MIN, "h": HOUR, "d": DAY, "week": WEEK,
    "month": MONTH, "y": YEAR,
}  # fmt: skip
_LONG_NAMES = {
    "sec": "s", "second": "s", "seconds": "s", "minute": "min", "minutes": "min", "hour": "h",
    "hours": "h", "day": "d", "days": "d", "weeks": "week", "months": "month", "year": "y",
    "years": "y",
}  # fmt: skip
_SIZE = {"B": 1.0, "KB": KB, "MB": MB, "GB": GB, "TB": TB, "PB": PB}
_SHARE = {"": 1.0, "%": 0.01}
_PLACES = {"us": 6, "ms": 3, "%": 2}
"""Units that only move the decimal point; moved in the text, "99.9 %" is 0.999 to the last bit."""

_NUMBER = r"[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_QUANTITY = re.compile(rf"({_NUMBER})\s*(.*)")
_LONGEST = 60
"""A text of more characters is no number with a unit."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a text may be: its name in messages, its units, and an example."""

    name: str
    units: Mapping[str, float]
    example: str
    per: bool = False

    def allowed(self) -> str:
        """Units as a list for a message."""
        if not self.per:
            return ", ".join(unit for unit in self.units if unit)
        if self.units is _SHARE:
            return ", ".join(f"/{time}" for time in _TIME) + " and %/y"
        return ", ".join(f"{size}/s" for size in self.units)


_KINDS = {
    "time": _Kind("a time", _TIME, 'a number of seconds or a text such as "5 min"'),
    "share": _Kind("a share", _SHARE, 'a number from 0 to 1 or a text such as "5 %"'),
    "rate": _Kind("a rate", _SHARE, 'a number per second or a text such as "3 /y"', per=True),
    "size": _Kind("a size", _SIZE, 'a number of bytes or a text such as "8 TB"'),
    "bandwidth": _Kind(
        "a bandwidth", _SIZE, 'a number of bytes per second or a text such as "100 MB/s"', per=True
    ),
}


def _parse(text: str | float, kind: _Kind) -> float:
    """`text` in base units; a bare number is in them already."""
    number, unit = _split(text, kind)
    value = _scaled(number, unit, kind) if unit else number
    if value is None:
        hint = ": is it min or month?" if unit == "m" and kind.units is _TIME else ""
        raise DescriptionError(
            f"{text!r} has the unknown unit {unit!r}{hint}; {kind.name} takes {kind.allowed()}"
        )
    if not math.isfinite(value):
        raise DescriptionError(f"{shown(text)} is not finite: write {kind.example}")
    return value


def _split(text: str | float, kind: _Kind) -> tuple[float, str]:
    """Number and unit of `text`; a bare number has the unit ``""``."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        try:
            return float(text), ""
        except OverflowError:  # a whole number of hundreds of digits
            return math.inf, ""
    if not isinstance(text, str):
        raise DescriptionError(f"{shown(text)} is not {kind.name}: write {kind.example}")
    match = _QUANTITY.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if match is None or match[2].startswith(","):
        hint = ", without commas (1000 or 1_000)" if match else ""
        raise DescriptionError(f"{shown(text)} is not {kind.name}: write {kind.example}{hint}")
    return float(match[1].replace("_", "")), match[2]


def _scaled(number: float, unit: str, kind: _Kind) -> float | None:
    """`number` of `unit` in base units; None if there is no such unit."""
    top, slash, bottom = (part.strip() for part in unit.partition("/"))
    if bool(slash) != kind.per:
        return None
    if not kind.per:
        top = _LONG_NAMES.get(top, top) if kind.units is _TIME else top
    bottom = _LONG_NAMES.get(bottom, bottom)
    if top not in kind.units or (kind.per and bottom not in _TIME):
        return None
    value = _moved(number, _PLACES[top]) if top in _PLACES else number * kind.units[top]
    return value / _TIME[bottom] if kind.per else value


def _moved(number: float, places: int) -> float:
    """`number` with its decimal point so many places further left, correctly rounded."""
    if not math.isfinite(number):
        return number
    digits, _, exponent = repr(number).partition("e")
    return float(f"{digits}e{int(exponent or 0) - places}")


def parse_duration(text: str | float) -> float:
    """Seconds of a time such as ``"5 min"``; a bare number is seconds.

    Raises
    ------
    DescriptionError
        If the number or the unit is not understood.

    Examples
    --------
    >>> parse_duration("10 min"), parse_duration(0.2)
    (600.0, 0.2)
    """
    return _parse(text, _KINDS["time"])


def parse_share(text: str | float) -> float:
    """A share in 0-1 of ``"5 %"`` or ``0.05``; the range is checked by who uses it.

    Examples
    --------
    >>> parse_share("50 %")
    0.5
    """
    return _parse(text, _KINDS["share"])


def parse_rate(text: str | float) -> float:
    """A rate per second of ``"1500 /s"``, ``"3 %/y"`` or a bare number per second.

    A percentage per time is read as that many hundredths per unit, so ``"3 %/y"`` is 0.03 per year.

    Examples
    --------
    >>> parse_rate("1500 /s")
    1500.0
    """
    return _parse(text, _KINDS["rate"])


def parse_size(text: str | float) -> float:
    """Bytes of ``"8 TB"`` (powers of ten); a bare number is bytes.

    Examples
    --------
    >>> parse_size("8 TB")
    8000000000000.0
    """
    return _parse(text, _KINDS["size"])


def parse_bandwidth(text: str | float) -> float:
    """Bytes per second of ``"100 MB/s"``; a bare number is bytes per second.

    Examples
    --------
    >>> parse_bandwidth("100 MB/s")
    100000000.0
    """
    return _parse(text, _KINDS["bandwidth"])


def text_pattern(kind: str) -> str:
    """Regular expression (of JSON Schema) for the texts that are a quantity of this kind.

    Parameters
    ----------
    kind : {"time", "share", "rate", "size", "bandwidth"}
    """
    times = "|".join([*_TIME, *_LONG_NAMES])
    sizes = "|".join(_SIZE)
    unit = {
        "time": f"(?:{times})?",
        "share": "%?",
        "rate": rf"(?:%?\s*/\s*(?:{times}))?",
        "size": f"(?:{sizes})?",
        "bandwidth": rf"(?:(?:{sizes})\s*/\s*(?:{times}))?",
    }[kind]
    return rf"^\s*{_NUMBER}\s*{unit}\s*$"


def format_duration(seconds: float, digits: int = 3) -> str:
    """A time as a person would say it: the largest unit in which it is at least one.

    Examples
    --------
    >>> format_duration(5400.0), format_duration(0.012), format_duration(0.0)
    ('1.5 h', '12 ms', '0 s')
    """
    if math.isinf(seconds):
        return "for ever"
    if seconds == 0:
        return "0 s"
    for name in ("y", "d", "h", "min", "s", "ms", "us"):
        unit = _TIME[name]
        if abs(seconds) >= unit * (1 - 1e-12):
            return f"{seconds / unit:.{digits}g} {name}"
    return f"{seconds / MICROSECOND:.{digits}g} us"
