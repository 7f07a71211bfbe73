"""One request as a tree: what is drawn where, in how many columns."""

from __future__ import annotations

import pytest

from simulator.errors import DescriptionError
from simulator.show.trace import trace
from simulator.tables.outcomes import Outcomes
from tests.measure.rows_by_hand import NEVER, attempt, outcomes, request

SITES = {
    "sites": ("users>app", "app>db", "db>disk"), "pools": ("app", "db", "disk"), "callee": (0, 1, 2)
}  # fmt: skip


def run_of(rows: list[dict[str, object]], **kind: object) -> Outcomes:
    told = request(10.0, 13.0, "degraded", cause="fallback", truth="stale", attempts=1)
    return outcomes([told | kind], rows, horizon_s=60.0, **SITES)  # type: ignore[arg-type]


ROWS = [
    attempt(10.0, 10.5, 12.5, 13.0, "degraded", member=2, truth="stale"),
    attempt(11.0, 11.0, 12.0, 11.5, "timeout", site=1, parent=0),
    attempt(11.0, 11.0, 11.2, 11.2, site=2, parent=1),
    attempt(11.5, NEVER, NEVER, 11.5, "rejected", site=1, parent=0, attempt=1, member=-1, cause="breaker open"),
    attempt(11.75, 11.75, 12.25, 12.25, site=1, parent=0, attempt=2),
    attempt(11.75, 12.0, 12.25, 12.25, site=2, parent=4),
]  # fmt: skip


def drawn(text: str) -> list[str]:
    """The lines of attempts, without head and key."""
    return text.split("\n")[4:-2]


def test_every_attempt_stands_where_it_belongs() -> None:
    text = trace(run_of(ROWS), 0)
    assert text.startswith("request 0 of users: degraded (fallback), answer stale after 3 s\n")
    assert "1 attempt by the source, 6 in all; threads held 3.95 s, 1 s of it in vain" in text
    names = [line[:23].rstrip() for line in drawn(text)]
    assert names == [
        "app[2]", "├ db[0]", "│ └ disk[0]", "├ db try 2", "└ db[0] try 3", "  └ disk[0]"
    ]  # fmt: skip
    ends = [line[71:].strip() for line in drawn(text)]
    assert ends == ["degraded, stale", "timeout", "ok", "rejected: breaker open", "ok", "ok"]


def test_bars_are_to_scale() -> None:
    """Thirty cells are three seconds: a tenth of a second each."""
    bars = [line[41:71] for line in drawn(trace(run_of(ROWS), 0))]
    assert bars[0] == "·" * 5 + "█" * 20 + "·" * 5
    assert bars[1] == " " * 10 + "█" * 5 + "░" * 5 + " " * 10
    assert bars[3] == " " * 15 + "×" + " " * 14
    assert bars[5] == " " * 17 + "···" + "███" + " " * 7


def test_what_goes_on_after_the_request_is_marked() -> None:
    """The callee is at it long after the request is over: the scale stays that of the request."""
    rows = [attempt(10.0, 20.0, 40.0, 13.0, "timeout")]
    bar = drawn(trace(run_of(rows), 0))[0][41:71]
    assert bar == "·" * 29 + "▸"
    early = [attempt(10.0, 11.5, 40.0, 13.0, "timeout")]
    assert drawn(trace(run_of(early), 0))[0][41:71] == "·" * 15 + "█" * 14 + "▸"


def test_under_way_at_the_end() -> None:
    rows = [attempt(10.0, 35.0, NEVER, NEVER, "in_flight")]
    text = trace(run_of(rows, outcome=6, ended_s=NEVER, cause=0), 0)
    assert text.startswith("request 0 of users: in flight at the end, after 50 s")
    assert drawn(text)[0][41:71] == "·" * 15 + "█" * 14 + "▸"


def test_it_fits_into_a_hundred_columns() -> None:
    rows = [attempt(10.0 + i / 100, 11.0, 12.0, 13.0, "error", cause="a required call failed",
                    parent=i - 1, site=min(i, 2), attempt=3) for i in range(20)]  # fmt: skip
    text = trace(run_of(rows), 0)
    assert max(map(len, text.split("\n"))) <= 100
    assert len(drawn(text)) == 20
    short = trace(run_of(rows), 0, most=5)
    assert "… and 15 more attempts" in short
    assert len(drawn(short)) == 6


def test_no_time_at_all() -> None:
    rows = [attempt(10.0, NEVER, NEVER, 10.0, "rejected", member=-1, cause="throttled")]
    text = trace(run_of(rows, ended_s=10.0, outcome=4, cause=0), 0)
    assert drawn(text)[0][41:71].strip() == "×"


def test_bad_questions_are_named() -> None:
    run = run_of(ROWS)
    with pytest.raises(DescriptionError, match="5: users sent 1 requests"):
        trace(run, 5)
    with pytest.raises(DescriptionError, match="'jobs': there are users"):
        trace(run, 0, "jobs")
