"""Units: numbers in seconds, shares and rates, and how people write them.

Inside the program a time is a float in seconds, a share lies in 0-1 and a rate is per second. A
file may say ``"200 ms"``, ``"3 %"``, ``"3 %/y"`` or ``"1500 /s"``; a bare number is in the base unit.
A year is 365 days, a month is a twelfth of it (730 h), as in the table of nines.
"""

from __future__ import annotations

import math
import re

from simulator.errors import DescriptionError

__all__ = [
    "DAY", "GB", "HOUR", "KB", "MB", "MICROSECOND", "MIN", "MONTH", "MS", "PB", "SECOND", "TB",
    "WEEK", "YEAR", "format_duration", "parse_bandwidth", "parse_duration", "parse_rate", "parse_share",
    "parse_size",
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
    "us": MICROSECOND, "ms": MS, "s": SECOND, "sec": SECOND, "min": MIN, "h": HOUR, "hour": HOUR,
    "hours": HOUR, "d": DAY, "day": DAY, "days": DAY, "week": WEEK, "weeks": WEEK, "month": MONTH,
    "months": MONTH, "y": YEAR, "year": YEAR, "years": YEAR,
}  # fmt: skip
_SIZE = {"B": 1.0, "KB": KB, "MB": MB, "GB": GB, "TB": TB, "PB": PB}
_SHARE = {"": 1.0, "%": 1e-2}
_QUANTITY = re.compile(r"\s*([-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*")


def _split(text: str | float, kind: str, example: str) -> tuple[float, str]:
    """Number and unit of `text`; a bare number has the unit ``""``."""
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise DescriptionError(f"{text!r} is not {kind}: write {example}")
    if not isinstance(text, str):
        return float(text), ""
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise DescriptionError(f"{text!r} is not {kind}: write {example}")
    return float(match[1].replace("_", "")), match[2]


def _scaled(text: str | float, table: dict[str, float], kind: str, example: str) -> float:
    number, unit = _split(text, kind, example)
    if not math.isfinite(number):
        raise DescriptionError(f"{text!r} is not {kind}: it must be finite; write {example}")
    if unit == "":
        return number
    if unit not in table:
        allowed = ", ".join(u for u in table if u)
        raise DescriptionError(f"{text!r} has the unknown unit {unit!r}: {kind} takes {allowed}")
    return number * table[unit]


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
    return _scaled(text, _TIME, "a time", 'a number of seconds or a text such as "5 min"')


def parse_share(text: str | float) -> float:
    """A share in 0-1 of ``"5 %"`` or ``0.05``; the range is checked by who uses it.

    Examples
    --------
    >>> parse_share("50 %")
    0.5
    """
    return _scaled(text, _SHARE, "a share", 'a number from 0 to 1 or a text such as "5 %"')


def parse_rate(text: str | float) -> float:
    """A rate per second of ``"1500 /s"``, ``"3 %/y"`` or a bare number per second.

    A percentage per time is read as that many hundredths per unit, so ``"3 %/y"`` is 0.03 per year.

    Examples
    --------
    >>> parse_rate("1500 /s")
    1500.0
    """
    number, unit = _split(text, "a rate", 'a number per second or a text such as "3 /y"')
    if unit == "":
        return number
    top, slash, bottom = unit.partition("/")
    top, bottom = top.strip(), bottom.strip()
    if not slash or top not in _SHARE or bottom not in _TIME:
        allowed = ", ".join(f"/{u}" for u in _TIME)
        raise DescriptionError(f"{text!r} has the unknown unit {unit!r}: a rate takes {allowed}")
    return number * _SHARE[top] / _TIME[bottom]


def parse_size(text: str | float) -> float:
    """Bytes of ``"8 TB"`` (powers of ten); a bare number is bytes.

    Examples
    --------
    >>> parse_size("8 TB")
    8000000000000.0
    """
    return _scaled(text, _SIZE, "a size", 'a number of bytes or a text such as "8 TB"')


def parse_bandwidth(text: str | float) -> float:
    """Bytes per second of ``"100 MB/s"``; a bare number is bytes per second.

    Examples
    --------
    >>> parse_bandwidth("100 MB/s")
    100000000.0
    """
    number, unit = _split(text, "a bandwidth", 'a number of bytes per second or a text such as "100 MB/s"')
    if unit == "":
        return number
    top, slash, bottom = unit.partition("/")
    top, bottom = top.strip(), bottom.strip()
    if not slash or top not in _SIZE or bottom not in _TIME:
        allowed = ", ".join(f"{u}/s" for u in _SIZE)
        raise DescriptionError(f"{text!r} has the unknown unit {unit!r}: a bandwidth takes {allowed}")
    return number * _SIZE[top] / _TIME[bottom]


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
    steps = (("y", YEAR), ("d", DAY), ("h", HOUR), ("min", MIN), ("s", 1.0), ("ms", MS), ("us", MICROSECOND))
    for name, unit in steps:
        if abs(seconds) >= unit * (1 - 1e-12):
            return f"{seconds / unit:.{digits}g} {name}"
    return f"{seconds / MICROSECOND:.{digits}g} us"
