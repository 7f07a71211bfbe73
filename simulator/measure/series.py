"""A run over time: what was offered, tried and served per second, and how long attempts waited."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simulator.measure.inputs import Floats
from simulator.measure.rows import (
    FAILED,
    Flags,
    attempts_of,
    attempts_to,
    edges_of,
    end_of,
    floats,
    integers,
    on_the_wire,
    requests_of,
)
from simulator.tables.outcomes import CAUSES, IN_FLIGHT, OUTCOMES, REJECTED, TIMEOUT, Outcomes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Waits", "outcomes_over_time", "queue_wait", "series", "waiting"]

_TURNED_AWAY = tuple(
    CAUSES.index(c)
    for c in ("refused", "nobody in rotation", "queue full", "over the limit", "shedding")
)
_LEFT = tuple(OUTCOMES.index(word) for word in ("timeout", "in_flight", "cancelled"))


def series(outcomes: Outcomes, bin_s: float, source: str | None = None) -> pd.DataFrame:
    """Requests and attempts per second, bin by bin.

    Parameters
    ----------
    outcomes : Outcomes
    bin_s : float
        Width of a bin, seconds; the last one may be shorter.
    source : str, optional
        Only its requests; default: of all sources together.

    Returns
    -------
    DataFrame
        One row per bin: ``time_s`` (where it starts); ``offered_per_s``, requests sent in it;
        ``attempts_per_s``, what sources put on the wire themselves, retries and hedges included and
        rejected attempts not; ``goodput_per_s``, requests that ended ok or degraded in it;
        ``failed_per_s``, those that ended otherwise, of which ``timeouts_per_s`` and
        ``rejected_per_s``; ``in_flight``, requests under way, averaged over the bin.

    Raises
    ------
    DescriptionError
        For an unknown source, or a width not above 0.
    """
    import pandas as pd

    edges = edges_of(outcomes.horizon_s, bin_s)
    ours = requests_of(outcomes, source)
    sent, ended = floats(outcomes, "requests", "sent_s")[ours], end_of(outcomes, "requests")[ours]
    outcome = integers(outcomes, "requests", "outcome")[ours]
    tried = attempts_of(outcomes, source) & on_the_wire(outcomes)

    def rate(times: Floats) -> Floats:
        return _per_bin(times, edges) / np.diff(edges)

    return pd.DataFrame(
        {
            "time_s": edges[:-1],
            "offered_per_s": rate(sent),
            "attempts_per_s": rate(floats(outcomes, "attempts", "sent_s")[tried]),
            "goodput_per_s": rate(ended[outcome <= 1]),
            "failed_per_s": rate(ended[np.isin(outcome, FAILED)]),
            "timeouts_per_s": rate(ended[outcome == TIMEOUT]),
            "rejected_per_s": rate(ended[outcome == REJECTED]),
            "in_flight": _under_way(sent, ended, edges),
        }
    )


def outcomes_over_time(outcomes: Outcomes, bin_s: float, source: str | None = None) -> pd.DataFrame:
    """What became of the requests sent in each bin.

    Parameters
    ----------
    outcomes : Outcomes
    bin_s : float
        Seconds.
    source : str, optional

    Returns
    -------
    DataFrame
        One row per bin: ``time_s`` (start), and requests per second by what became of them, in the
        columns ``ok``, ``degraded``, ``error``, ``timeout``, ``rejected``, ``shed``, ``in_flight``.
    """
    import pandas as pd

    edges = edges_of(outcomes.horizon_s, bin_s)
    ours = requests_of(outcomes, source)
    sent = floats(outcomes, "requests", "sent_s")[ours]
    outcome = integers(outcomes, "requests", "outcome")[ours]
    columns = {"time_s": edges[:-1]}
    for number, word in enumerate(OUTCOMES[: IN_FLIGHT + 1]):
        columns[word] = _per_bin(sent[outcome == number], edges) / np.diff(edges)
    return pd.DataFrame(columns)


def queue_wait(outcomes: Outcomes, pool: str, bin_s: float) -> pd.DataFrame:
    """How long attempts waited for a thread of a pool, by the time they were sent.

    An attempt that never got a thread waited at least until its caller left or the run ended. If
    attempts sent later to the same member did get one, it waited until the first of them did: exact
    where the oldest is served first, a lower bound elsewhere. Attempts that were turned away at
    once did not wait and are left out.

    Parameters
    ----------
    outcomes : Outcomes
    pool : str
    bin_s : float
        Seconds.

    Returns
    -------
    DataFrame
        One row per bin: ``time_s`` (start), ``attempts`` (number), ``mean_s``, ``max_s`` (NaN
        without attempts), ``unserved_share``, the share that never got a thread, and of all
        ``open_share``, those still waiting when the run ended, whose waits are longer than known.

    Raises
    ------
    DescriptionError
        For an unknown pool, or a width not above 0.
    """
    import pandas as pd

    edges = edges_of(outcomes.horizon_s, bin_s)
    sent, wait, never, still = waiting(
        outcomes, attempts_to(outcomes, pool) & on_the_wire(outcomes)
    )
    place = _bin(sent, edges)
    bins = edges.size - 1
    count = np.bincount(place, minlength=bins)
    most = np.full(bins, -np.inf)
    np.maximum.at(most, place, wait)
    some = np.where(count > 0, count, np.nan)
    return pd.DataFrame(
        {
            "time_s": edges[:-1],
            "attempts": count,
            "mean_s": np.bincount(place, wait, bins) / some,
            "max_s": np.where(count > 0, most, np.nan),
            "unserved_share": np.bincount(place, never.astype(np.float64), bins) / some,
            "open_share": np.bincount(place, still.astype(np.float64), bins) / some,
        }
    )


class Waits(NamedTuple):
    """When attempts were sent, how long they waited (seconds), which never got a thread, which waited on."""

    sent_s: Floats
    wait_s: Floats
    unserved: Flags
    open: Flags


def waiting(outcomes: Outcomes, ours: Flags) -> Waits:
    """Waits of the attempts of one pool, those that were turned away at once left out.

    Parameters
    ----------
    outcomes : Outcomes
    ours : ndarray of bool
        Shape (m,): which attempts; all of one pool.

    Returns
    -------
    Waits
        See `queue_wait`.
    """
    sent, started = (floats(outcomes, "attempts", c)[ours] for c in ("sent_s", "started_s"))
    cause = integers(outcomes, "attempts", "cause")[ours]
    until = np.where(np.isnan(started), _left_by(outcomes, ours), started)
    waited = ~(np.isnan(started) & np.isin(cause, _TURNED_AWAY))
    never = np.isnan(started)
    still = never & (until >= outcomes.horizon_s)
    return Waits(sent[waited], (until - sent)[waited], never[waited], still[waited])


def _left_by(outcomes: Outcomes, ours: Flags) -> Floats:
    """Until when an attempt that never got a thread waited, seconds; see `queue_wait`."""
    horizon = outcomes.horizon_s
    ended = end_of(outcomes, "attempts")[ours]
    outcome = integers(outcomes, "attempts", "outcome")[ours]
    started = floats(outcomes, "attempts", "started_s")[ours]
    member = integers(outcomes, "attempts", "member")[ours]
    order = np.argsort(floats(outcomes, "attempts", "sent_s")[ours], kind="stable")
    passed = np.full(ended.size, horizon)
    for number in np.unique(member):
        rows = order[member[order] == number]
        starts = np.where(np.isnan(started[rows]), np.inf, started[rows])[::-1]
        passed[rows] = np.minimum(np.minimum.accumulate(starts)[::-1], horizon)
    return np.where(np.isin(outcome, _LEFT), np.maximum(ended, passed), ended)


def _bin(times: Floats, edges: Floats) -> np.ndarray:
    """Number of the bin of each time; what falls on an edge is in the later bin."""
    place = np.searchsorted(edges, times, side="right") - 1
    return np.clip(place, 0, edges.size - 2)


def _per_bin(times: Floats, edges: Floats) -> Floats:
    return np.bincount(_bin(times, edges), minlength=edges.size - 1).astype(np.float64)


def _under_way(sent: Floats, ended: Floats, edges: Floats) -> Floats:
    """Mean number of requests under way in each bin: time integral over the width."""

    def since(times: Floats) -> Floats:
        """Sum of (edge - time) over the times before each edge."""
        ordered = np.sort(times)
        before = np.searchsorted(ordered, edges, side="right")
        totals = np.concatenate([[0.0], np.cumsum(ordered)])[before]
        return np.asarray(before * edges - totals)

    area = since(sent) - since(ended)
    return np.asarray(np.maximum(np.diff(area), 0.0) / np.diff(edges))
