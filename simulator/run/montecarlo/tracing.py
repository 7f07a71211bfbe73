"""Which events were active when the system was down, where there are too many for a truth table.

The outages are found module by module; then only the spells that meet an outage are merged event by
event. Away from the outages that leaves events out, but fewer active events never take a system
down that is up, so the same outages come out, now with everything that is to be known about them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.run.montecarlo.spells import IntArray, Spells, pack_keys, time_order

__all__ = ["spells_near"]


def spells_near(parts: Sequence[Spells], outages: Spells, horizon_s: float) -> list[Spells]:
    """The spells of each part that overlap or touch an outage (and a few that nearly do).

    Parameters
    ----------
    parts : sequence of Spells
    outages : Spells
        In any order.
    horizon_s : float
        Seconds.
    """
    if len(outages) == 0:
        return [_chosen(part, np.empty(0, dtype=np.int64)) for part in parts]
    order = time_order(outages.column, outages.start, horizon_s)
    begins = pack_keys(outages.column[order], outages.start[order], 0, horizon_s)
    ends = pack_keys(outages.column[order], outages.end[order], 0, horizon_s)
    out = []
    for part in parts:
        # The first outage that is not over when the spell begins must begin before the spell ends.
        place = np.searchsorted(ends, pack_keys(part.column, part.start, 0, horizon_s))
        reach = pack_keys(part.column, part.end, 0, horizon_s)
        meets = begins.take(np.minimum(place, len(begins) - 1)) <= reach
        out.append(_chosen(part, np.flatnonzero(meets & (place < len(begins)))))
    return out


def _chosen(part: Spells, index: IntArray) -> Spells:
    return Spells(
        part.column.take(index), part.start.take(index), part.end.take(index), part.in_order
    )
