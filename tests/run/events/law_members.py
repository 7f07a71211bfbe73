"""Laws of members: threads, cores, queues, and the time that work takes."""

from __future__ import annotations

import math

import numpy as np

from simulator.describe.distributions import Deterministic
from simulator.describe.steps import Work
from tests.run.events.seen import EPS, Seen, cause, outcome

__all__ = ["LAWS"]

WELL = outcome("ok", "degraded")


def threads_are_not_shared(seen: Seen) -> None:
    """No member serves more than its threads at once, as many as it has when a job starts."""
    a = seen.a
    for who, rows in seen.at_member.items():
        if seen.plan.pools[who[0]].pool.threads is None:
            continue
        started = rows[~np.isnan(a["started_s"][rows])]
        starts, ends = np.sort(a["started_s"][started]), np.sort(seen.left[started])
        at_once = np.arange(1, len(starts) + 1) - np.searchsorted(ends, starts, side="right")
        for time, busy in zip(starts, at_once):
            assert busy <= seen.threads(*who, time), f"{who} serves {busy} at {time}"


def no_thread_is_idle(seen: Seen) -> None:
    """Who has to wait, or finds the queue full, came when all threads were busy."""
    a = seen.a
    full = np.isin(a["cause"], cause("queue full"))
    for who, rows in seen.at_member.items():
        direct = rows[seen.link[rows] < 0]
        waited = direct[a["started_s"][direct] > a["sent_s"][direct] + EPS]
        started = rows[~np.isnan(a["started_s"][rows])]
        for j in [*waited, *direct[full[direct]]]:
            time = a["sent_s"][j]
            busy = (a["started_s"][started] <= time) & (seen.left[started] >= time)
            free = seen.threads(*who, time) - busy.sum()
            assert free <= 0, f"attempt {j} waits at {time}, {free} threads are free"


def cores_are_not_shared(seen: Seen) -> None:
    """No more pieces of work at once than cores; where each takes w, the core of one is free w later."""
    for stop in seen.stops:
        for (pool, member), working in stop.cores.items():
            cores = seen.plan.pools[pool].pool.cores
            assert cores is None or working <= cores, f"{working} pieces of work at {stop.time}"
            assert working <= stop.busy[pool, member], "work without a thread"
    for (index, member), rows in seen.at_member.items():
        pool = seen.plan.pools[index].pool
        works = [step for steps in pool.served.values() for step in steps]
        pieces = [step.law for step in works if isinstance(step, Work)]
        fixed = [law.value for law in pieces if isinstance(law, Deterministic)]
        if pool.cores is None or len(fixed) != len(works) or not fixed:
            continue
        if any(len(steps) != 1 for steps in pool.served.values()):
            continue
        served = np.sort(seen.a["served_s"][rows[~np.isnan(seen.a["served_s"][rows])]])
        whole = _whole(seen, rows)
        served = np.sort(seen.a["served_s"][whole])
        gaps = served[pool.cores :] - served[: -pool.cores]
        assert (gaps >= min(fixed) - EPS).all(), f"{pool.name}[{member}] has more than its cores"


def _whole(seen: Seen, rows: np.ndarray) -> np.ndarray:
    """Those that were served to the end; a job that its caller has stopped was not."""
    stops = np.array([call.cancels == "running" for call in seen.calls])[seen.a["site"]]
    a = seen.a
    cut = stops & (a["served_s"] >= a["ended_s"] - EPS) & ~np.isin(a["outcome"], WELL)
    return rows[~np.isnan(a["served_s"][rows]) & ~cut[rows]]


def work_takes_its_time(seen: Seen) -> None:
    """Fixed work takes w on the member's own clock: longer when it is slow, for ever in a pause."""
    a = seen.a
    for (index, member), rows in seen.at_member.items():
        pool = seen.plan.pools[index]
        spells = seen.spells(index, member)
        extra = any(spell.effect.extra_work for spell in spells)
        exact = pool.pool.cores is None and pool.pool.slowdown is None and not extra
        for j in _whole(seen, rows):
            steps = pool.served[pool.kinds[seen.kind[j]]]
            laws = [step.law for step in steps]
            if not all(isinstance(law, Deterministic) for law in laws):
                continue
            due = sum(law.value for law in laws if isinstance(law, Deterministic))
            took = _own_time(spells, a["started_s"][j], a["served_s"][j])
            assert took >= due - EPS, f"attempt {j} takes {took}, not {due}"
            assert not exact or took <= due + EPS, f"attempt {j} takes {took}, not {due}"


def _own_time(spells: list, start: float, end: float) -> float:  # type: ignore[type-arg]
    """The integral of a member's speed."""
    inside = {t for spell in spells for t in (spell.start, spell.end) if start < t < end}
    edges = sorted({start, end} | inside)
    total = 0.0
    for first, then in zip(edges, edges[1:]):  # noqa: RUF007 - edges may be one
        speed = 1.0
        for spell in spells:
            if spell.start <= first < spell.end:
                speed *= spell.effect.speed
        total += speed * (then - first)
    return total


def queues_keep_their_order(seen: Seen) -> None:
    """First come first served; the newest first; the most urgent first: as the queue says."""
    a = seen.a
    for (index, _), rows in seen.at_member.items():
        queue = seen.plan.pools[index].pool.queue
        mine = rows[~np.isnan(a["started_s"][rows])]
        if (seen.link[mine] >= 0).any() or not len(mine):
            continue
        sent, started = a["sent_s"][mine], a["started_s"][mine]
        names = [seen.plan.classes[seen.kind[j]] for j in mine]
        first = {name: place for place, name in enumerate(queue.first)}
        rank = np.array([first.get(name, len(first)) for name in names])
        # i stands in line when j, which has waited, is taken instead
        line = (sent[:, None] < started[None, :] - EPS) & (
            started[:, None] > started[None, :] + EPS
        )
        line &= (started > sent + EPS)[None, :]
        earlier = sent[:, None] < sent[None, :] - EPS
        better = {
            "fifo": earlier,
            "lifo": sent[:, None] > sent[None, :] + EPS,
            "priority": (rank[:, None] < rank[None, :])
            | ((rank[:, None] == rank[None, :]) & earlier),
        }[queue.order]
        wrong = np.argwhere(line & better)
        assert not len(wrong), f"{queue.order}: {mine[wrong[0][1]]} before {mine[wrong[0][0]]}"
        if queue.order == "fifo":
            assert (np.diff(started[np.lexsort((started, sent))]) >= -EPS).all(), "not in order"


def queues_keep_their_size(seen: Seen) -> None:
    """No more wait than the cap allows; who waited too long is not served, or not well."""
    a = seen.a
    for (index, _), rows in seen.at_member.items():
        queue = seen.plan.pools[index].pool.queue
        direct = rows[seen.link[rows] < 0]
        sent, started = a["sent_s"][direct], a["started_s"][direct]
        waited = started > sent
        if queue.cap is not None and len(direct) == len(rows):
            times = sent[waited]
            here = (times[:, None] >= times[None, :]) & (times[:, None] < started[waited][None, :])
            most = here.sum(axis=1).max(initial=0)
            assert most <= queue.cap, f"{most} wait, allowed are {queue.cap}"
        if queue.expires_after is not None:
            old = direct[started - sent > queue.expires_after + EPS]
            assert queue.expired != "free" or not len(old), f"{old} had expired"
            assert not np.isin(a["outcome"][old], WELL).any(), f"{old} had expired"
            gone = direct[np.isin(a["cause"][direct], cause("expired"))]
            young = a["ended_s"][gone] - a["sent_s"][gone] < queue.expires_after - EPS
            assert queue.patience is not None or not young.any(), "expired before its time"
        elif queue.patience is None:
            assert not np.isin(a["cause"][rows], cause("expired")).any()
        if isinstance(queue.patience, Deterministic):
            assert not (started - sent > queue.patience.value + EPS).any(), "patience without end"


def one_at_a_time_fetches(seen: Seen) -> None:
    """Of a cache that lets one fetch a key at a time, no two fetches of a key overlap."""
    a = seen.a
    found: dict[tuple[int, int, int], list[tuple[float, float]]] = {}
    for (site, parent, *_), rows in seen.groups.items():
        role = seen.roles[site]
        if not role.fills or not seen.calls[site].wait:
            continue
        asked = [
            j for j in seen.children.get(parent, ())
            if a["outcome"][j] in WELL and a["ended_s"][j] <= a["sent_s"][rows[0]]
        ]  # fmt: skip
        if not asked:
            continue
        last = max(asked, key=lambda j: (a["ended_s"][j], j))
        cache = seen.plan.pools[seen.callee[last]].pool.cache
        if cache is None or not cache.single_flight:
            continue
        key = int(seen.r["key"][seen.request[last]])
        ended = a["ended_s"][rows].max()
        span = (float(a["sent_s"][rows[0]]), math.inf if np.isnan(ended) else float(ended))
        found.setdefault((int(seen.callee[last]), int(a["member"][last]), key), []).append(span)
    for who, spans in found.items():
        spans.sort()
        for (_, end), (start, _) in zip(spans, spans[1:]):  # noqa: RUF007 - spans may be one
            assert start >= end - EPS, f"two fetches of {who} at {start}"


LAWS = (
    threads_are_not_shared, no_thread_is_idle, cores_are_not_shared, work_takes_its_time,
    queues_keep_their_order, queues_keep_their_size, one_at_a_time_fetches,
)  # fmt: skip
