"""Numbers as text: hand-worked values, and properties that hold for all of them."""

from __future__ import annotations

import math
import re
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import DescriptionError
from simulator.show.text import (
    format_availability,
    format_downtime_per_year,
    format_duration_interval,
    format_interval,
    format_nines,
    format_unavailability,
    text_table,
)

shares = st.floats(1e-18, 1.0)


@pytest.mark.parametrize(
    ("u", "unavailability", "availability", "nines", "downtime"),
    [
        # 8760 h a year: 6.00950949e-4 x 8760 h = 5.2643 h
        (6.00950949e-4, "6.0095e-4", "99.939905 %", "3.22", "5.26 h/y"),
        (1e-3, "1.0000e-3", "99.9 %", "3.00", "8.76 h/y"),
        (1 - 0.999, "1.0000e-3", "99.9 %", "3.00", "8.76 h/y"),
        (1e-15, "1.0000e-15", "99.9999999999999 %", "15.00", "31.5 ns/y"),
        (0.3, "3.0000e-1", "70 %", "0.52", "110 d/y"),
        (0.0, "0", "100 %", "inf", "0 s/y"),
        (1.0, "1.0000", "0 %", "0.00", "365 d/y"),
        (1.00001e-3, "1.0000e-3", "99.9 %", "2.99", "8.76 h/y"),
        (math.nan, "-", "-", "-", "-"),
    ],
)
def test_one_unavailability_in_four_ways(
    u: float, unavailability: str, availability: str, nines: str, downtime: str
) -> None:
    got = (
        format_unavailability(u),
        format_availability(u),
        format_nines(u),
        format_downtime_per_year(u),
    )
    assert got == (unavailability, availability, nines, downtime)


@given(shares)
def test_availability_is_never_shown_as_all_and_keeps_its_digits(u: float) -> None:
    shown = Decimal(format_availability(u).removesuffix(" %"))
    assert shown < 100
    true = 100 * (1 - Decimal(repr(u)))
    assert abs(shown - true) <= Decimal("5.1e-5") * min(100 - true, Decimal(50)) + Decimal("1e-13")


@given(shares)
def test_nines_are_never_rounded_up(u: float) -> None:
    assert float(format_nines(u)) <= -math.log10(u) + 1e-6 or u > 0.999


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (5.9e-4, 6.1e-4, "(5.9 .. 6.1)e-4"),
        (5.951e-4, 6.069e-4, "(5.95 .. 6.07)e-4"),
        (0.0, 3.7e-5, "(0 .. 3.7)e-5"),
        (-1e-5, 2e-4, "(-0.1 .. 2.0)e-4"),
        (9.9e-5, 1.01e-4, "(0.99 .. 1.01)e-4"),
        (0.121, 0.134, "(0.121 .. 0.134)"),
        (1e-15, 2e-15, "(1 .. 2)e-15"),
        (6.0095e-4, 6.0095e-4, "(6.0095 .. 6.0095)e-4"),
        (0.0, 0.0, "(0 .. 0)"),
        (0.0, math.inf, "(0 .. inf)"),
        (math.nan, 1.0, "-"),
    ],
)
def test_intervals(low: float, high: float, text: str) -> None:
    assert format_interval(low, high) == text
    assert format_interval(np.float64(low), np.float64(high)) == text


@given(st.floats(-1, 1, allow_subnormal=False), st.floats(0, 1, allow_subnormal=False))
def test_an_interval_is_only_rounded_outwards(low: float, width: float) -> None:
    high = low + width
    text = format_interval(low, high)
    match = re.fullmatch(r"\((\S+) \.\. (\S+)\)(e-?\d+)?", text)
    assert match is not None
    first, last = (Decimal(match[i] + (match[3] or "")) for i in (1, 2))
    # at most 16 decimals are written; ends that are equal get five digits
    size = Decimal(max(abs(low), abs(high)))
    slack = size * Decimal("1e-14" if high > low else "1.1e-4")
    assert first <= Decimal(low) + slack
    assert last >= Decimal(high) - slack
    assert last - first <= 2 * (Decimal(high) - Decimal(low)) + slack + Decimal("1e-15")


def test_durations() -> None:
    assert format_duration_interval(3599.9) == "1 h"  # not 60 min
    assert format_duration_interval(18936.0, 18684.0, 19332.0) == "5.26 h (5.19 .. 5.37)"
    assert format_duration_interval(1800.0, like=7200.0) == "0.5 h"
    assert format_duration_interval(30.0, like=3600.0) == "30 s"
    assert format_duration_interval(-63.0) == "-1.05 min"
    assert format_duration_interval(0.0) == "0 s"
    assert format_duration_interval(math.nan) == "-"


def test_table_aligns_numbers_right_and_ends_lines_clean() -> None:
    rows = [
        {"part": "system", "u": 6.00950949e-4, "n": 10, "remark": "z = +0.3"},
        {"part": "db:crash\nof all", "u": math.nan, "n": 9, "remark": ""},
        {"part": "日本", "u": 0.0},
    ]
    heads = {"part": "part", "u": "unavailability", "n": "n", "remark": ""}
    assert text_table(rows, heads, {"u": format_unavailability}).split("\n") == [
        "part             unavailability   n",
        "---------------  --------------  --",
        "system                6.0095e-4  10  z = +0.3",
        "db:crash of all               -   9",
        "日本                          0",
    ]


def test_table_from_a_data_frame() -> None:
    table = pd.DataFrame({"a": ["x", "y"], "b": [1.5, 100.25], "ok": [True, False]})
    assert text_table(table, {"b": "value", "ok": "ok"}) == (
        " value  ok\n------  ---\n   1.5  yes\n100.25  no"
    )


def test_an_empty_table_has_its_heading() -> None:
    assert text_table([], {"a": "name"}) == "name\n----"


def test_unknown_columns_are_named() -> None:
    with pytest.raises(DescriptionError, match=r"'b'.*there are a"):
        text_table([{"a": 1}], {"b": "B"})
    with pytest.raises(DescriptionError, match=r"'c'.*columns are a"):
        text_table([{"a": 1}], {"a": "A"}, {"c": str})
