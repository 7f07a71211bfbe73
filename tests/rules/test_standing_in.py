"""Who is active, and what follows: by hand."""

from __future__ import annotations

import pytest

from simulator.rules.standing_in import what_follows


@pytest.mark.parametrize(
    ("active", "up", "how", "expected"),
    [
        ([0], [0, 1], {}, ([0], "nothing")),
        ([0], [1], {}, ([], "begin")),
        ([0], [1], {"failover": False}, ([], "fill")),
        ([0], [], {}, ([], "nothing")),
        ([], [1], {}, ([], "fill")),  # the first back after a total loss serves at once
        ([], [0, 1], {"voting": True, "needed": 2}, ([], "begin")),  # unless members vote
        (
            [0],
            [0],
            {"voting": True, "needed": 2},
            ([], "nothing"),
        ),  # without a majority nobody is active
        ([], [1], {"running": True}, ([], "nothing")),
        ([], [], {"running": True}, ([], "stop")),
        ([], [], {"running": True, "endless": True}, ([], "nothing")),
        ([0, 1], [1, 2], {"slots": 2}, ([1], "begin")),
    ],
)
def test_what_follows(active, up, how, expected):
    given = {
        "slots": 1,
        "needed": 1,
        "failover": True,
        "voting": False,
        "running": False,
        "endless": False,
    }
    assert what_follows(active, up, **{**given, **how}) == expected
