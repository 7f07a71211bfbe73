"""Numbers and tables as text: unavailability, nines, intervals, downtime; made to be read right."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from simulator.describe.units import DAY, HOUR, MICROSECOND, MIN, MS, YEAR
from simulator.errors import DescriptionError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "duration_unit", "format_availability", "format_downtime_per_year", "format_duration_interval",
    "format_interval", "format_nines", "format_unavailability", "text_table",
]  # fmt: skip

_UNITS = (
    ("d", DAY), ("h", HOUR), ("min", MIN), ("s", 1.0), ("ms", MS), ("us", MICROSECOND),
    ("ns", 1e-9),
)  # fmt: skip
_NUMBER = re.compile(r"[-+(]*[\d.]|-?inf\b|(at most|at least|<|>) ?[-+\d.]")
_NOTHING = ("", "-", "nan")


def format_unavailability(unavailability: float) -> str:
    """A share with five digits and a short exponent; ``"-"`` if there is none.

    Examples
    --------
    >>> format_unavailability(6.00950949e-4), format_unavailability(0.0)
    ('6.0095e-4', '0')
    """
    if math.isnan(unavailability):
        return "-"
    if unavailability == 0:
        return "0"
    return _scientific(unavailability, 5)


def _scientific(value: float, digits: int) -> str:
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    return mantissa if int(exponent) == 0 else f"{mantissa}e{int(exponent)}"


def format_availability(unavailability: float, digits: int = 5, trim: bool = True) -> str:
    """Availability in percent, from the unavailability, with as many nines as it has.

    Parameters
    ----------
    unavailability : float
        Share 0-1.
    digits : int
        Significant digits of the *un*availability that are kept, so that anything but 0 is never
        shown as 100 %.
    trim : bool
        Whether zeros at the end are dropped.

    Examples
    --------
    >>> format_availability(6.00950949e-4), format_availability(1e-12), format_availability(0.3)
    ('99.939905 %', '99.9999999999 %', '70 %')
    """
    if math.isnan(unavailability):
        return "-"
    if unavailability > 0.5:  # the small number is the availability: 1 - u is exact here
        return f"{100 * (1 - unavailability):.{digits}g} %"
    share = 100 - Decimal(f"{unavailability:.{digits - 1}e}").scaleb(2)
    text = f"{share:f}"
    return f"{text.rstrip('0').rstrip('.') if trim and '.' in text else text} %"


def format_nines(unavailability: float) -> str:
    """How many nines, rounded down: 99.89 % never reads as three.

    Examples
    --------
    >>> format_nines(1e-3), format_nines(1.01e-3), format_nines(0.0)
    ('3.00', '2.99', 'inf')
    """
    if math.isnan(unavailability):
        return "-"
    if unavailability <= 0:
        return "inf"
    # 1 - 0.999 is a little more than 0.001 in binary, and still three nines
    count = max(0.0, -math.log10(unavailability))
    return f"{math.floor(count * 100 + 1e-7) / 100:.2f}"


def format_interval(low: float, high: float) -> str:
    """Both ends with one exponent and the digits their distance deserves, rounded outwards.

    Examples
    --------
    >>> format_interval(5.9e-4, 6.1e-4), format_interval(0.0, 3.7e-5), format_interval(0.121, 0.134)
    ('(5.9 .. 6.1)e-4', '(0 .. 3.7)e-5', '(0.121 .. 0.134)')
    """
    if math.isnan(low) or math.isnan(high):
        return "-"
    if math.isinf(low) or math.isinf(high):
        return f"({low:.3g} .. {high:.3g})"
    size = max(abs(low), abs(high))
    exponent = math.floor(math.log10(size)) if size else 0
    if -3 < exponent < 4:
        exponent = 0
    first, last = _ends(low, high, exponent)
    return f"({first} .. {last}){f'e{exponent}' if exponent else ''}"


def _ends(low: float, high: float, exponent: int) -> tuple[str, str]:
    """Mantissas with two digits of their distance (five of the value if there is none)."""
    # in decimal: 5.9e-4 over 1e-4 is 5.9, not 5.8999999
    a, b = (Decimal(repr(float(x))).scaleb(-exponent) for x in (low, high))
    width = b - a
    decimals = 1 - width.adjusted() if width else 4 - max(abs(a), abs(b)).adjusted()
    step = Decimal(1).scaleb(-min(max(decimals, 0), 16))
    texts = [f"{a.quantize(step, 'ROUND_FLOOR'):f}", f"{b.quantize(step, 'ROUND_CEILING'):f}"]
    while all("." in text and text[-1] in "0." for text in texts):
        texts = [text[:-1] for text in texts]
    return ("0" if a == 0 else texts[0], "0" if b == 0 else texts[1])


def duration_unit(seconds: float) -> tuple[str, float]:
    """The largest unit up to a day of which `seconds` holds at least one: name and seconds."""
    rounded = abs(float(f"{seconds:.3g}"))  # 59.99 min is 1 h, not 60 min
    return next(
        (unit for unit in _UNITS if rounded >= unit[1]), _UNITS[-1] if seconds else ("s", 1.0)
    )


def format_duration_interval(
    seconds: float, low: float = math.nan, high: float = math.nan, like: float = 0.0
) -> str:
    """A time with three digits and, where there is one, its interval in the same unit.

    Parameters
    ----------
    seconds, low, high : float
        Seconds; NaN or equal ends for no interval.
    like : float
        Seconds whose unit is used if at least a tenth of it is there, so that a column of
        times keeps to one unit as far as it can be read.

    Examples
    --------
    >>> format_duration_interval(18936.0), format_duration_interval(18936.0, 18684.0, 19332.0)
    ('5.26 h', '5.26 h (5.19 .. 5.37)')
    """
    if math.isnan(seconds):
        return "-"
    name, unit = duration_unit(like)
    if abs(seconds) < 0.1 * unit or not like:
        name, unit = duration_unit(seconds)
    text = f"{_plain(seconds / unit)} {name}"
    if math.isnan(low) or math.isnan(high) or low == high:
        return text
    return f"{text} ({_plain(low / unit)} .. {_plain(high / unit)})"


def _plain(value: float) -> str:
    """Three digits without an exponent, unless it is very small or large."""
    if value and (math.isinf(value) or not 1e-3 <= abs(value) < 1e6):
        return f"{value:.3g}"
    return f"{float(f'{value:.3g}'):.12g}"


def format_downtime_per_year(unavailability: float) -> str:
    """Downtime of a year of 365 days.

    Examples
    --------
    >>> format_downtime_per_year(6.00950949e-4), format_downtime_per_year(1e-5)
    ('5.26 h/y', '5.26 min/y')
    """
    if math.isnan(unavailability):
        return "-"
    return f"{format_duration_interval(unavailability * YEAR)}/y"


def text_table(
    rows: Sequence[Mapping[str, Any]] | pd.DataFrame, columns: Mapping[str, str],
    formats: Mapping[str, Callable[[Any], str]] | None = None,
) -> str:  # fmt: skip
    """A table for a terminal: columns under headings, numbers to the right, no trailing space.

    Parameters
    ----------
    rows : sequence of mapping, or DataFrame
    columns : mapping of str to str
        Key of the column -> heading, in the order they are shown.
    formats : mapping of str to callable, optional
        Key -> how to write one value of that column, such as `format_unavailability`.

    Returns
    -------
    str
        Heading, rule and one line per row, without a final newline.

    Raises
    ------
    DescriptionError
        If a column is in none of the rows, or a format belongs to no column.
    """
    if not isinstance(rows, Sequence):
        rows = cast("Sequence[Mapping[str, Any]]", rows.to_dict("records"))
    formats = formats or {}
    for key in columns:
        if rows and not any(key in row for row in rows):
            raise DescriptionError(f"no row has the column {key!r}; there are {', '.join(rows[0])}")
    if stray := [key for key in formats if key not in columns]:
        raise DescriptionError(f"formats names {stray[0]!r}; the columns are {', '.join(columns)}")
    made = [[_cell(row.get(key), formats.get(key, _default)) for row in rows] for key in columns]
    laid = [_laid_out(head, cells) for head, cells in zip(columns.values(), made, strict=True)]
    return "\n".join("  ".join(line).rstrip() for line in zip(*laid, strict=True))


def _cell(value: Any, write: Callable[[Any], str]) -> str:
    return "" if value is None else " ".join(write(value).split())


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    return str(value)


def _laid_out(head: str, cells: Sequence[str]) -> list[str]:
    """Heading, rule and cells of one column, all equally wide."""
    told = [cell for cell in cells if cell not in _NOTHING]
    right = bool(told) and all(_NUMBER.match(cell) for cell in told)
    width = max(map(_width, (head, *cells)))
    lines = [head, "-" * width if head else "", *cells]
    return [_padded(line, width, right) for line in lines]


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space


def _width(text: str) -> int:
    """Places on a terminal: East Asian wide letters take two, accents that combine none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
