"""What is read off a run of requests: pairs of what stands above and below a line.

A reader is given a run and which of its requests and attempts count: those sent after the start that
is left out, and before a tail in which they might not end.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from simulator.tables.outcomes import IN_FLIGHT, OUTCOMES, Outcomes
from tests.cases import traffic_systems as systems
from tests.cases.traffic import CASES

__all__ = [
    "Pair", "Reader", "calls_of", "distinct_until", "failed", "latency", "latency_above", "rejected", "shed", "tried",
    "until_open", "wait", "wait_above",
]  # fmt: skip

SHED, REJECTED = OUTCOMES.index("shed"), OUTCOMES.index("rejected")
Flags = npt.NDArray[np.bool_]
Pair = tuple[float, float]
Reader = Callable[[Outcomes, Flags, Flags], Pair]
"""From a run, and which requests and attempts count, to what is above and below the line."""



def shed(found: Outcomes, ours: Flags, _: Flags) -> Pair:
    """Requests turned away."""
    return float((found.requests["outcome"][ours] == SHED).sum()), float(ours.sum())


def rejected(found: Outcomes, ours: Flags, _: Flags) -> Pair:
    """Requests that met an open breaker: as often as it is open, since they come at random."""
    return float((found.requests["outcome"][ours] == REJECTED).sum()), float(ours.sum())


def failed(found: Outcomes, ours: Flags, _: Flags) -> Pair:
    """Requests without an answer in the end."""
    return float((found.requests["outcome"][ours] > 1).sum()), float(ours.sum())


def tried(found: Outcomes, ours: Flags, _: Flags) -> Pair:
    """Attempts of requests."""
    return float(found.requests["attempts"][ours].sum()), float(ours.sum())


def _waits(found: Outcomes, tries: Flags) -> npt.NDArray[np.float64]:
    """Times in line; those who left without being served waited until they left."""
    rows = {key: found.attempts[key][tries] for key in ("sent_s", "started_s", "ended_s")}
    until = np.where(np.isnan(rows["started_s"]), rows["ended_s"], rows["started_s"])
    waits: npt.NDArray[np.float64] = until - rows["sent_s"]
    assert not np.isnan(waits).any(), "the tail is too short: somebody still waits"
    return waits


def wait(found: Outcomes, _: Flags, tries: Flags) -> Pair:
    """Time in line."""
    return float(_waits(found, tries).sum()), float(tries.sum())


def wait_above(limit: float) -> Reader:
    """Share of attempts that wait longer."""
    return lambda found, _, tries: (
        float((_waits(found, tries) > limit).sum()), float(tries.sum())
    )  # fmt: skip


def _latencies(found: Outcomes, ours: Flags) -> npt.NDArray[np.float64]:
    rows = {key: found.requests[key][ours] for key in ("sent_s", "ended_s", "outcome")}
    assert not (rows["outcome"] == IN_FLIGHT).any(), "the tail is too short"
    good = rows["outcome"] <= 1
    taken: npt.NDArray[np.float64] = (rows["ended_s"] - rows["sent_s"])[good]
    return taken


def latency(found: Outcomes, ours: Flags, _: Flags) -> Pair:
    """Time from the request to its good answer."""
    taken = _latencies(found, ours)
    return float(taken.sum()), float(taken.size)


def latency_above(limit: float) -> Reader:
    """Share of answers that take longer."""

    def read(found: Outcomes, ours: Flags, _: Flags) -> Pair:
        taken = _latencies(found, ours)
        return float((taken > limit).sum()), float(taken.size)

    return read


def calls_of(site: str) -> Reader:
    """Attempts on the wire of one call, for each request."""

    def read(found: Outcomes, ours: Flags, tries: Flags) -> Pair:
        rows = found.attempts
        sent = (rows["site"] == found.sites.index(site)) & (rows["outcome"] != REJECTED)
        return float((sent & tries).sum()), float(ours.sum())

    return read


def until_open(found: Outcomes, _: Flags, tries: Flags) -> Pair:
    """Calls of all clients until their breakers opened; every one must have."""
    client, out = found.attempts["caller"], found.attempts["outcome"] == REJECTED
    opened = np.unique(client[out]).size
    assert opened == systems.CLIENTS, f"{systems.CLIENTS - opened} breakers have not opened yet"
    return float((~out).sum()), float(systems.CLIENTS)


def distinct_until(hit_ratio: float) -> Reader:
    """When the keys in the cache have so large a share of the requests."""

    def read(found: Outcomes, _: Flags, __: Flags) -> Pair:
        p = CASES["rewarm-zipf1.3-20"]["parameters"]
        weights = np.arange(1, p["N"] + 1, dtype=float) ** -p["alpha"]
        rows = found.attempts
        stored = (rows["site"] == found.sites.index("app>origin")) & (rows["outcome"] == 0)
        keys = found.requests["key"][rows["number"][stored]]
        assert np.unique(keys).size == keys.size, "a key was fetched twice"
        share = np.cumsum(weights[keys]) / weights.sum()
        return float(rows["sent_s"][stored][np.searchsorted(share, hit_ratio)]), 1.0

    return read
