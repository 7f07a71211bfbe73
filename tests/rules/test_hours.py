"""Hours of the day."""

from __future__ import annotations

from random import Random

import pytest

from simulator import HOUR
from simulator.rules.hours import hours_begin, in_hours

OFFICE = [(9 * HOUR, 17 * HOUR)]
NIGHT = [(0.0, 6 * HOUR), (22 * HOUR, 24 * HOUR)]


@pytest.mark.parametrize(
    ("windows", "time", "begins"),
    [
        (OFFICE, 0, 9), (OFFICE, 9, 9), (OFFICE, 16.99, 16.99), (OFFICE, 17, 33), (OFFICE, 48 + 8, 48 + 9),
        (NIGHT, 3, 3), (NIGHT, 6, 22), (NIGHT, 23, 23), (NIGHT, 24, 24), (NIGHT, 31, 46),
    ],
)  # fmt: skip
def test_small_cases(windows, time, begins):
    assert hours_begin(windows, time * HOUR) == pytest.approx(begins * HOUR, rel=1e-12, abs=0)


def test_what_comes_next_is_in_hours_and_nothing_before_it_is():
    rng = Random(3)
    for _ in range(300):
        windows, time = rng.choice([OFFICE, NIGHT]), rng.uniform(0, 99) * HOUR
        begins = hours_begin(windows, time)
        assert in_hours(windows, begins + 1e-3)
        assert begins == time or not any(
            in_hours(windows, rng.uniform(time, begins - 1e-3)) for _ in range(9)
        )
