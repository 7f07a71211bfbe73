"""Which jobs are worked on: by hand."""

from __future__ import annotations

import pytest

from simulator import Crew
from simulator.rules.crew_jobs import speeds

FIRST = Crew("c", 2)
URGENT = Crew("c", 2, order="priority", priority=("db",))
DROPS = Crew("c", 2, order="priority", priority=("db",), preemptive=True)
SHARED = Crew("c", 2, order="shared")


@pytest.mark.parametrize(
    ("crew", "ranks", "begun", "expected"),
    [
        (FIRST, [0, 0, 0], [False, False, False], [1, 1, 0]),
        (FIRST, [0, 0, 0], [False, True, True], [0, 1, 1]),
        (FIRST, [0], [False], [1]),
        (URGENT, [1, 1, 0], [False, False, False], [1, 0, 1]),
        (URGENT, [1, 1, 0], [True, True, False], [1, 1, 0]),
        (DROPS, [1, 1, 0], [True, True, False], [1, 0, 1]),
        (DROPS, [1, 0, 0], [True, False, False], [0, 1, 1]),
        (SHARED, [0, 0, 0], [True, True, False], [2 / 3, 2 / 3, 2 / 3]),
        (SHARED, [0], [False], [1]),
    ],
)
def test_speeds(crew, ranks, begun, expected):
    assert speeds(crew, ranks, begun) == expected
