"""Laws of keeping accounts: what was sent is what became of it, counted again from the rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulator.describe.faults import Every
from simulator.describe.sources import Closed, Trace
from simulator.tables.outcomes import OUTCOMES
from tests.run.events.seen import Seen, cause, outcome

__all__ = ["LAWS"]

(IN_FLIGHT,) = outcome("in_flight")
WELL = outcome("ok", "degraded")
COLUMNS = ("outcome", "truth", "cause", "ended_s")


def requests_add_up(seen: Seen) -> None:
    """Sent = sum of what became of it, per source: rows, counters and signals agree."""
    r, outcomes = seen.r, seen.outcomes
    signals = seen.traffic.signals()
    for number, (source, _) in enumerate(seen.plan.sources):
        mine = r["source"] == number
        counts = np.bincount(r["outcome"][mine], minlength=len(OUTCOMES))
        assert counts.tolist() == seen.traffic.record.requests[number]
        said = outcomes.counts(number)
        assert sum(said.values()) == seen.traffic.record.started[number] == mine.sum()
        assert list(signals.requests[source.name].values()) == counts.tolist()
        assert len(set(r["number"][mine])) == mine.sum(), "a request has two rows"
        if not isinstance(source.arrivals, Closed):
            assert set(r["number"][mine]) == set(range(mine.sum())), "a request has no row"
        _as_stated(source.arrivals, r["sent_s"][mine], seen.horizon)
    assert not np.isin(r["outcome"], outcome("cancelled")).any()
    assert np.array_equal(np.isnan(r["ended_s"]), r["outcome"] == IN_FLIGHT)
    done = ~np.isnan(r["ended_s"])
    assert (r["ended_s"][done] >= r["sent_s"][done]).all()
    assert (r["ended_s"][done] < seen.horizon).all()


def _as_stated(arrivals: Any, sent: Any, horizon: float) -> None:
    if isinstance(arrivals, Every):
        stated = np.arange(int(np.ceil(horizon / arrivals.period))) * arrivals.period
        assert np.array_equal(sent, stated[stated < horizon])
    if isinstance(arrivals, Trace):
        assert sent.tolist() == [t for t in arrivals.times if t < horizon]


def attempts_add_up(seen: Seen) -> None:
    """Each attempt has one row, and a caller that is there."""
    a, plan = seen.a, seen.plan
    assert a["id"].tolist() == list(range(len(a["id"]))), "ids are not 0, 1, 2, ..."
    for site in plan.sites:
        mine = a["site"] == site.index
        counts = np.bincount(a["outcome"][mine], minlength=len(OUTCOMES))
        assert counts.tolist() == seen.traffic.record.attempts[site.index], site.name
        assert ((a["parent"][mine] < 0) == (site.caller < 0)).all(), site.name
    below = np.flatnonzero(a["parent"] >= 0)
    above = a["parent"][below]
    for column in ("source", "number"):
        assert np.array_equal(a[column][below], a[column][above])
    assert np.array_equal(a["caller"][below], a["member"][above])
    callers = np.array([site.caller for site in plan.sites])[a["site"]]
    assert np.array_equal(callers[below], seen.callee[above])
    assert np.array_equal(np.isnan(a["ended_s"]), a["outcome"] == IN_FLIGHT)


def times_in_order(seen: Seen) -> None:
    """Sent, started, served; sent, ended: in this order, and before the horizon."""
    a = seen.a
    for first, then in (
        ("sent_s", "started_s"), ("started_s", "served_s"), ("sent_s", "served_s"), ("sent_s", "ended_s"),
    ):  # fmt: skip
        both = ~np.isnan(a[first]) & ~np.isnan(a[then])
        assert (a[then][both] >= a[first][both]).all(), f"{then} before {first}"
        assert (a[then][both] <= seen.horizon).all()
    assert (a["sent_s"] >= seen.r["sent_s"][seen.request]).all()
    assert not (np.isnan(a["started_s"]) & ~np.isnan(a["served_s"])).any()


def littles_law(seen: Seen) -> None:
    """The area under the number in the system is the sum of the sojourns, and the engine counts the same."""
    r, a = seen.r, seen.a
    for number in range(len(seen.plan.sources)):
        mine = r["source"] == number
        _same_area(r["sent_s"][mine], r["ended_s"][mine], seen.horizon)
    for rows in seen.at_member.values():
        started = rows[~np.isnan(a["started_s"][rows])]
        _same_area(a["started_s"][started], seen.left[started], seen.horizon)
    for stop in seen.stops:
        there = _there(r["sent_s"], r["ended_s"], stop.time)
        found = np.bincount(r["source"][there], minlength=len(stop.under_way))
        assert found.tolist() == list(stop.under_way), f"requests under way at {stop.time}"
        for who, busy in stop.busy.items():
            rows = seen.at_member.get(who, np.array([], dtype=int))
            served = _there(a["started_s"][rows], seen.left[rows], stop.time)
            assert served.sum() == busy, f"threads of {who} at {stop.time}: {served.sum()}, {busy}"


def _there(start: Any, end: Any, time: float) -> Any:
    return (start < time) & ~(end < time)


def _same_area(starts: Any, ends: Any, horizon: float) -> None:
    ends = np.where(np.isnan(ends), horizon, ends)
    times = np.concatenate([starts, ends])
    order = np.argsort(times, kind="stable")
    steps = np.concatenate([np.ones(len(starts)), -np.ones(len(ends))])[order]
    edges = np.append(times[order], horizon)
    area = float((np.cumsum(steps) * np.diff(edges)).sum())
    np.testing.assert_allclose(area, (ends - starts).sum(), rtol=1e-9, atol=1e-9)


def requests_end_like_their_attempts(seen: Seen) -> None:
    """A good answer was given by somebody; a failed request ends as and when its last attempt does."""
    r, a = seen.r, seen.a
    own: dict[int, list[int]] = {}
    for j in np.flatnonzero((a["parent"] < 0) & (a["outcome"] != IN_FLIGHT)).tolist():
        own.setdefault(int(seen.request[j]), []).append(j)
    for i in np.flatnonzero(r["outcome"] != IN_FLIGHT).tolist():
        call = seen.plan.sources[r["source"][i]][1]
        mine = [j for j in own.get(i, []) if a["outcome"][j] != outcome("cancelled")[0]]
        won = [j for j in mine if a["outcome"][j] in WELL and seen.calls[a["site"][j]].wait]
        told = (r["outcome"][i], r["truth"][i], r["cause"][i], r["ended_s"][i])
        if r["outcome"][i] not in WELL:
            assert not won, f"request {i} failed, but {won} answered"
            if not seen.roles[call.index].fallbacks:
                latest = a["ended_s"][mine].max()
                ways = [tuple(a[c][j] for c in COLUMNS) for j in mine if a["ended_s"][j] == latest]
                assert told in ways, f"request {i} ends otherwise than its last attempt"
        elif r["cause"][i] == 0:
            answers = [tuple(a[c][j] for c in COLUMNS) for j in won]
            assert [told] == answers, f"request {i} and its answers"
            assert {a["site"][j] for j in won} == {call.index}
        else:
            assert r["outcome"][i] == outcome("degraded")[0]
            assert r["cause"][i] in cause("local rule", "fallback")


def successes_were_served(seen: Seen) -> None:
    """A good answer took a thread; a rejected attempt touched no member; a shed one did no good."""
    a = seen.a
    well = np.isin(a["outcome"], WELL)
    assert not np.isnan(a["served_s"][well]).any(), "a success that nobody served"
    assert (a["member"][well] >= 0).all()
    assert (a["cause"][well] == 0).all()
    rejected = a["outcome"] == outcome("rejected")[0]
    assert np.isnan(a["started_s"][rejected]).all(), "a rejected attempt was served"
    assert np.isnan(a["served_s"][rejected]).all()
    local = cause("breaker open", "no permit", "rate limit", "throttled")
    assert np.isin(a["cause"][rejected], local).all()
    assert not np.isin(a["cause"][~rejected], local).any()
    shed = a["outcome"] == outcome("shed")[0]
    refusals = cause("queue full", "expired", "over the limit", "shedding")
    assert np.isin(a["cause"][shed], refusals).all()
    full = np.isin(a["cause"], cause("queue full", "over the limit", "shedding", "refused"))
    assert np.isnan(a["started_s"][full]).all(), "turned away, but served"


def attempts_on_the_wire(seen: Seen) -> None:
    """The column `attempts` of a request counts what its source sent."""
    r, a = seen.r, seen.a
    at = np.flatnonzero((a["parent"] < 0) & seen.wired)
    counted = np.bincount(seen.request[at], minlength=len(r["number"]))
    unsure = np.zeros(len(r["number"]), dtype=bool)
    unsure[seen.request[seen.pair & ~seen.wired]] = True
    waits = np.array([call.wait for call in seen.calls])[a["site"]]
    unsure[seen.request[(a["parent"] < 0) & ~waits]] = True
    assert np.array_equal(counted[~unsure], r["attempts"][~unsure])


LAWS = (
    requests_add_up, attempts_add_up, times_in_order, littles_law, requests_end_like_their_attempts,
    successes_were_served, attempts_on_the_wire,
)  # fmt: skip
