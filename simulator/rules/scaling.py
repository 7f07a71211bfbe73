"""How many members an autoscaler wants, as a pure rule.

The rule is that of the horizontal pod autoscaler of Kubernetes ("Horizontal Pod Autoscaling", algorithm
details and stabilization window): with `serving` members whose mean of the quantity is `value`, and
`present` members in all (those on order included),

    ratio  = value * serving / (target * present)
    wanted = ceil(present * ratio), or `present` while |ratio - 1| <= tolerance

within `least` and `most`. Members on order do not serve yet: they add nothing to the load, but count as
present, so that what has been ordered is not ordered again. Members are taken away only after a look
if every look of the last `down_after` seconds has wanted fewer than are present; then as many stay as
the highest of these looks wanted (the stabilization window).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulator.describe.rollouts import Autoscaler

__all__ = ["ScalingState", "decide", "wanted"]

_ROUNDING = 1e-9  # 10 * 0.7 / 0.7 is a little more than 10


@dataclass(frozen=True, slots=True)
class ScalingState:
    """What an autoscaler remembers.

    Parameters
    ----------
    since : float or None
        Time of its first look, seconds; None = it has not looked yet.
    looks : tuple of (float, int)
        Time and wanted members of the looks within the last `down_after` seconds.
    """

    since: float | None = None
    looks: tuple[tuple[float, int], ...] = ()


def wanted(rule: Autoscaler, value: float, serving: int, present: int) -> int:
    """Members that one look asks for, within the bounds.

    Parameters
    ----------
    rule : Autoscaler
    value : float
        Mean of the quantity over the members that serve; NaN = nothing to say, all stays as it is.
    serving, present : int
    """
    if math.isnan(value) or serving == 0 or present == 0:
        asked = present
    else:
        load = value * serving / rule.target
        near = abs(load / present - 1.0) <= rule.tolerance + _ROUNDING
        asked = present if near else math.ceil(load - _ROUNDING)
    return min(max(asked, rule.least), rule.most)


def decide(
    rule: Autoscaler, state: ScalingState, now: float, asked: int, present: int
) -> tuple[ScalingState, int]:
    """How many members come (above 0) or go (below 0) after a look.

    Parameters
    ----------
    rule : Autoscaler
    state : ScalingState
    now : float
        Time of the look, seconds.
    asked : int
        See `wanted`.
    present : int

    Returns
    -------
    tuple of (ScalingState, int)
    """
    since = now if state.since is None else state.since
    begins = now - rule.down_after - _ROUNDING
    looks = (*((time, one) for time, one in state.looks if time >= begins), (now, asked))
    follows = ScalingState(since, looks)
    if asked >= present:
        return follows, asked - present
    stays = max(one for _, one in looks)
    if since > now - rule.down_after + _ROUNDING or stays >= present:
        return follows, 0
    return follows, stays - present
