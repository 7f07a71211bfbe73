"""Circuit breakers as the rows of a run show them: how often they opened, how many are open when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from simulator.measure.inputs import Floats
from simulator.measure.rows import Flags, Integers, edges_of, end_of, floats, integers, number_of
from simulator.tables.outcomes import CAUSES, REJECTED, Outcomes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["breaker_openings", "breakers_open"]

_OPEN = CAUSES.index("breaker open")


def breaker_openings(outcomes: Outcomes, scopes: Mapping[str, str] | None = None) -> dict[str, int]:
    """How often breakers opened, by call; calls without a breaker are left out.

    An attempt that is admitted carries the epoch of its breaker, which goes up by one at each change
    of state: closed, open, half open, and from there to closed or open. Two admitted epochs that
    follow each other thus tell what was between. Openings after the last admitted attempt show by
    what was rejected since; one that nobody has met is not seen.

    Parameters
    ----------
    outcomes : Outcomes
    scopes : mapping of str to str
        Scope of the breaker by call, which no row says: ``"caller"`` (also where it is not given),
        ``"pair"`` of caller and member, ``"shared"``.

    Returns
    -------
    dict of str to int
    """
    found: dict[str, int] = {}
    for site, rows in _breakers(outcomes, scopes or {}):
        name = outcomes.sites[site]
        found[name] = found.get(name, 0) + _openings(outcomes, rows)
    return found


def _openings(outcomes: Outcomes, rows: Integers) -> int:
    """Openings of one breaker, from its attempts in order of sending."""
    epoch = integers(outcomes, "attempts", "epoch")[rows]
    admitted = rows[epoch >= 0]
    seen = np.unique(epoch[epoch >= 0])
    if seen.size == 0:
        return 0
    changes = np.diff(np.concatenate([[0], seen]))
    # 1: half open -> closed; 2: closed or half open -> open -> half open; 3: closed in between
    count = int((changes // 2).sum())
    last = admitted[epoch[epoch >= 0] == seen[-1]]
    sent, ended = floats(outcomes, "attempts", "sent_s"), end_of(outcomes, "attempts")
    refused = rows[_refused(outcomes, rows)]
    since = refused[refused > last[-1]]
    if since.size == 0:
        return count
    probing = seen[-1] > 0 and changes[-1] >= 2
    if not probing:
        return count + 1
    bad = last[integers(outcomes, "attempts", "outcome")[last] > 1]
    return count + bool((sent[since] >= ended[bad].min(initial=np.inf)).any())


def breakers_open(
    outcomes: Outcomes, call: str, bin_s: float, scope: str = "caller"
) -> pd.DataFrame:
    """Share of the breakers of a call that are open, over time.

    Parameters
    ----------
    outcomes : Outcomes
    call : str
        Name of the call, such as ``"app>db"``.
    bin_s : float
        Seconds.
    scope : {"caller", "pair", "shared"}
        Who has a breaker: each caller, each pair of caller and member, or all together one.

    Returns
    -------
    DataFrame
        One row per bin: ``time_s`` (start), ``share`` (0-1, averaged over the bin), ``breakers``
        (how many there are). A breaker is as its latest attempt found it: open if it was rejected,
        closed before the first. One that nobody asks keeps that state.

    Raises
    ------
    DescriptionError
        For an unknown call, or a width not above 0.
    """
    import pandas as pd

    wanted = number_of(call, outcomes.sites, "call")
    edges = edges_of(outcomes.horizon_s, bin_s)
    sent = floats(outcomes, "attempts", "sent_s")
    found = _breakers(outcomes, {call: scope})
    groups = [rows for site, rows in found if site == wanted]
    area = np.zeros(edges.size)
    for rows in groups:
        area += _open_time(sent[rows], _refused(outcomes, rows), edges, outcomes.horizon_s)
    share = np.diff(area) / np.diff(edges) / max(len(groups), 1)
    return pd.DataFrame({"time_s": edges[:-1], "share": share, "breakers": len(groups)})


def _open_time(times: Floats, refused: Flags, edges: Floats, horizon: float) -> Floats:
    """Time open before each edge, seconds."""
    times = np.maximum.accumulate(times)  # one that waited for a permit was sent later
    ends = np.append(times[1:], horizon)
    lengths = np.where(refused, ends - times, 0.0)
    total = np.concatenate([[0.0], np.cumsum(lengths)])
    at = np.searchsorted(times, edges, side="right")
    inside = np.where(at > 0, refused[at - 1] * (ends[at - 1] - edges), 0.0)
    return np.asarray(total[at] - inside)


def _refused(outcomes: Outcomes, rows: Integers) -> Flags:
    outcome, cause = (integers(outcomes, "attempts", c)[rows] for c in ("outcome", "cause"))
    return np.asarray((outcome == REJECTED) & (cause == _OPEN))


def _breakers(outcomes: Outcomes, scopes: Mapping[str, str]) -> Iterator[tuple[int, Integers]]:
    """Call and rows (in order of sending) of each breaker."""
    site, caller, member, epoch, outcome, cause = (
        integers(outcomes, "attempts", c)
        for c in ("site", "caller", "member", "epoch", "outcome", "cause")
    )
    refused = (outcome == REJECTED) & (cause == _OPEN)
    for number in np.unique(site[(epoch >= 0) | refused]):
        rows = np.flatnonzero((site == number) & ((epoch >= 0) | refused))
        scope = scopes.get(outcomes.sites[number], "caller")
        keys = np.zeros_like(rows) if scope == "shared" else caller[rows] * (1 << 20)
        if scope == "pair":
            keys += member[rows]
        order = np.argsort(keys, kind="stable")
        cuts = np.flatnonzero(np.diff(keys[order])) + 1
        for part in np.split(rows[order], cuts):
            yield int(number), part
