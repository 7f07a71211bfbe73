"""After a trigger: has the service recovered, is it stuck, or is it up and worse than before?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from simulator.describe.units import format_duration
from simulator.errors import DescriptionError
from simulator.measure.inputs import Floats
from simulator.measure.rows import Flags, floats, integers, requests_of
from simulator.tables.outcomes import Outcomes

__all__ = ["Drain", "Verdict", "verdict"]

State = Literal["recovered", "stuck", "degraded"]
_STEPS = 20  # the window moves on by a twentieth of itself


@dataclass(frozen=True, slots=True)
class Drain:
    """What a formula says about the way out.

    Parameters
    ----------
    after_s : float or None
        Time from the end of the trigger until the backlog is gone, seconds; infinite if it never is;
        None if no formula fits.
    reason : str
        The formula with its numbers, or why there is none.
    """

    after_s: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a service after a trigger.

    Attributes
    ----------
    state : {"recovered", "stuck", "degraded"}
        Recovered: from some time on, enough of the requests sent in every window ended well, until
        the end of the run. Otherwise by the last window: stuck, if less than half as many as that
        ended well; degraded, if more.
    recovered_after_s : float or None
        From the end of the trigger to the start of the first of those windows, seconds.
    before, during, last : float
        Share of requests that ended well among those sent before the trigger, during it (NaN if none
        was sent), and in the last window in which some were.
    share : float
        What is enough: share of the requests that were offered.
    window_s : float
        Width of a window, seconds.
    observed_s : float
        From the end of the trigger to the end of the run, seconds.
    drain : Drain
        The prediction.
    warnings : tuple of str
        Why the verdict may say less than it seems.
    """

    state: State
    recovered_after_s: float | None
    before: float
    during: float
    last: float
    share: float
    window_s: float
    observed_s: float
    drain: Drain
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.recovered_after_s is not None:
            head = f"recovered {format_duration(self.recovered_after_s)} after the trigger"
            if self.recovered_after_s == 0:
                head = "recovered as soon as the trigger was over"
        else:
            head = f"{self.state} {format_duration(self.observed_s)} after the trigger"
        window = format_duration(self.window_s)
        well = f"{_percent(self.last)} of the requests ended well in the last window of {window}"
        told = self.drain.after_s
        if told is None:
            way = f"no predicted drain time: {self.drain.reason}"
        elif math.isinf(told):
            way = f"predicted never to drain: {self.drain.reason}"
        else:
            way = f"predicted drain time {format_duration(told)}: {self.drain.reason}"
        return "\n".join([f"{head}; {well}", way, *(f"warning: {w}" for w in self.warnings)])


def verdict(
    outcomes: Outcomes, trigger: tuple[float, float], drain: Drain | None = None, *,
    source: str | None = None, share: float = 0.95, window_s: float | None = None,
) -> Verdict:  # fmt: skip
    """Judge a run by what became of the requests sent after a trigger.

    Parameters
    ----------
    outcomes : Outcomes
    trigger : tuple of float
        Start and end, seconds.
    drain : Drain, optional
        The prediction to stand beside.
    source : str, optional
        Whose requests; default: all.
    share : float
        A window is good if at least this share of the requests sent in it ended ok or degraded.
    window_s : float, optional
        Default: a hundredth of the time after the trigger, but 1,000 requests at least, and a
        quarter of that time at most.

    Returns
    -------
    Verdict

    Raises
    ------
    DescriptionError
        If the trigger does not end within the run, or nothing was sent after it early enough.

    Notes
    -----
    The last window ends as long before the end of the run as a request took at most that was sent
    after the trigger and has ended (a quarter of the time after the trigger at most), so that bad
    ends, which take longer, are seen as well as good ones. A request sent before that and still
    under way at the end of the run counts as failed.
    """
    start, end = trigger
    if not 0 <= start <= end < outcomes.horizon_s:
        told = f"{trigger!r}: it must end before the run does, at {outcomes.horizon_s:g} s"
        raise DescriptionError(told, "trigger")
    if not 0 < share <= 1:
        raise DescriptionError(f"{share!r}: a share above 0 and up to 1", "share")
    ours = requests_of(outcomes, source)
    sent, ended = (floats(outcomes, "requests", c)[ours] for c in ("sent_s", "ended_s"))
    good = integers(outcomes, "requests", "outcome")[ours] <= 1
    observed = outcomes.horizon_s - end
    after = int((sent >= end).sum())
    if not after:
        raise DescriptionError("no request was sent after it", "trigger")
    width = window_s or min(max(observed / 100, 1000 * observed / after), observed / 4)
    took = np.nan_to_num((ended - sent)[sent >= end]).max()
    until = outcomes.horizon_s - min(float(took), observed / 4)
    starts, shares = _windows(sent, good, end, until, min(width, until - end))
    seen = shares[~np.isnan(shares)]
    if not seen.size:
        raise DescriptionError(
            "the run ends too soon after it to say what became of requests", "trigger"
        )
    back = _recovery(starts, shares, share)
    state: State = "recovered"
    if back is None:
        state = "stuck" if seen[-1] < share / 2 else "degraded"
    before = _well(good, sent < start)
    drain = drain or Drain(None, "none was asked for")
    warnings = _warnings(state, before, share, observed, drain)
    return Verdict(
        state, None if back is None else back - end, before, _well(good, (sent >= start) & (sent < end)),
        float(seen[-1]), share, width, observed, drain, warnings,
    )  # fmt: skip


def _windows(
    sent: Floats, good: Flags, begin: float, end: float, width: float
) -> tuple[Floats, Floats]:
    """Starts of sliding windows and the share of requests sent in each that ended well."""
    count = max(1, math.floor((end - begin - width) / width * _STEPS + 1e-9) + 1)
    starts = end - width - np.arange(count)[::-1] * (width / _STEPS)
    if starts[0] > begin:
        starts = np.concatenate([[begin], starts])
    order = np.argsort(sent, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(good[order])])
    first, last = (np.searchsorted(sent[order], edge) for edge in (starts, starts + width))
    many = (last - first).astype(np.float64)
    shares = (total[last] - total[first]) / np.where(many > 0, many, np.nan)
    return np.asarray(starts, dtype=np.float64), np.asarray(shares, dtype=np.float64)


def _recovery(starts: Floats, shares: Floats, enough: float) -> float | None:
    """Start of the first window from which on all are good; windows without requests are."""
    bad = np.flatnonzero(shares < enough)
    if bad.size == 0:
        return float(starts[0])
    if bad[-1] == starts.size - 1 or np.isnan(shares[bad[-1] + 1 :]).all():
        return None
    return float(starts[bad[-1] + 1])


def _well(good: Flags, which: Flags) -> float:
    return float(good[which].mean()) if which.any() else math.nan


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _warnings(
    state: State, before: float, share: float, observed: float, drain: Drain
) -> tuple[str, ...]:
    told = []
    if before < share:
        told.append(
            f"before the trigger only {_percent(before)} ended well, {_percent(share)} is asked for"
        )
    if state != "recovered" and drain.after_s is not None and observed < drain.after_s < math.inf:
        seen, needed = format_duration(observed), format_duration(drain.after_s)
        told.append(
            f"the run ends {seen} after the trigger, the way out takes {needed}: run it longer"
        )
    if state == "recovered" and drain.after_s is not None and math.isinf(drain.after_s):
        told.append("it recovered although the formula says it would not: look at its assumptions")
    return tuple(told)
