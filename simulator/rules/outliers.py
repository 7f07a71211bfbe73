"""Members that fail are left out for a while: the outlier detection of Envoy.

Two rules eject a member: so many failures in a row, at once; and, at the end of each interval, a
success rate far below those of the others. Ejections end at ends of intervals only; each later end
that finds the member in rotation takes one off the number that lengthens its next ejection.
Intervals are counted from time 0, and an observation at the very end of one belongs to the next.
The times that are handed in never fall.
"""

from __future__ import annotations

from math import floor, fsum, inf, sqrt

from simulator.describe.serving import Outliers

__all__ = ["OutlierDetector"]

_ROUNDING = 1e-9  # shares and times that are equal but for rounding are equal


class OutlierDetector:
    """Decides which members of a pool are out of rotation because they fail.

    Parameters
    ----------
    rule : Outliers
    members : int
        Members of the pool.

    Attributes
    ----------
    version : int
        Another number whenever the set of ejected members may have changed. It changes only while a
        method is called, so ask `ejected` first and compare then.
    """

    __slots__ = (
        "_ejected_at",
        "_ended",
        "_in_a_row",
        "_most",
        "_next_end",
        "_number",
        "_ok",
        "_out",
        "_returned_at",
        "_rule",
        "_times",
        "version",
    )

    def __init__(self, rule: Outliers, members: int) -> None:
        self._rule = rule
        self._most = max(1, floor(rule.most * members + _ROUNDING))  # one may always be ejected
        self._in_a_row = [0] * members
        self._ended = [0] * members  # in this interval
        self._ok = [0] * members
        self._times = [0] * members  # ejections that count for the length of the next one
        self._ejected_at = [-inf] * members
        self._returned_at = [-inf] * members
        self._out: frozenset[int] = frozenset()
        self._number = 1  # of the interval that runs
        self._next_end = rule.interval
        self.version = 0

    def ended(self, now: float, member: int, ok: bool) -> None:
        """An attempt at a member ended.

        Parameters
        ----------
        now : float
            Seconds.
        member : int
        ok : bool
            False: a failure of the member (an error, a timeout).
        """
        if now >= self._next_end:
            self._catch_up(now)
        self._ended[member] += 1
        if ok:
            self._ok[member] += 1
            self._in_a_row[member] = 0
            return
        self._in_a_row[member] += 1
        if self._in_a_row[member] == self._rule.consecutive and member not in self._out:
            self._in_a_row[member] = 0
            self._eject(now, member)

    def is_out(self, member: int, now: float) -> bool:
        """Whether the member is ejected at `now` (seconds)."""
        if now >= self._next_end:
            self._catch_up(now)
        return member in self._out

    def ejected(self, now: float) -> frozenset[int]:
        """The members that are ejected at `now` (seconds)."""
        if now >= self._next_end:
            self._catch_up(now)
        return self._out

    def next_change(self, now: float) -> float:
        """When the set may change though nothing more is observed; inf if it cannot."""
        if now >= self._next_end:
            self._catch_up(now)
        judged = self._rule.deviations is not None and any(self._ended)
        return self._next_end if judged or self._out else inf

    def _catch_up(self, now: float) -> None:
        """Go through the ends of intervals up to `now`; at once through those that change nothing."""
        interval = self._rule.interval
        while now >= self._next_end:
            if self._out or any(self._ended) or any(self._times):
                self._end_interval(self._next_end)
                self._number += 1
            else:
                self._number = max(self._number + 1, floor(now / interval))
            self._next_end = self._number * interval

    def _end_interval(self, end: float) -> None:
        for member in sorted(self._out):
            self._return(end, member)
        for member in self._outliers():
            self._eject(end, member)
        members = range(len(self._ended))
        self._ended = [0 for _ in members]
        self._ok = [0 for _ in members]
        slack = _ROUNDING * self._rule.interval
        for member in members:
            back = end - self._returned_at[member] >= self._rule.interval - slack
            if back and self._times[member] and member not in self._out:
                self._times[member] -= 1

    def _return(self, end: float, member: int) -> None:
        """Take the member back if its time is over."""
        rule = self._rule
        lasts = min(rule.base * self._times[member], rule.longest)
        if end - self._ejected_at[member] >= lasts - _ROUNDING * rule.interval:
            self._out -= {member}
            self._in_a_row[member] = 0
            self._returned_at[member] = end
            self.version += 1

    def _outliers(self) -> list[int]:
        """Members in rotation whose success rate lies far below the mean of those with enough volume."""
        rule = self._rule
        if rule.deviations is None:
            return []
        rates = {
            member: self._ok[member] / ended
            for member, ended in enumerate(self._ended)
            if ended >= rule.volume and member not in self._out
        }
        if len(rates) < rule.hosts:
            return []
        mean = fsum(rates.values()) / len(rates)
        deviation = sqrt(fsum((rate - mean) ** 2 for rate in rates.values()) / len(rates))
        limit = mean - rule.deviations * deviation - _ROUNDING
        return [member for member, rate in rates.items() if rate < limit]

    def _eject(self, now: float, member: int) -> None:
        """Eject the member, unless as many are out as may be."""
        if len(self._out) >= self._most:
            return
        rule = self._rule
        self._out |= {member}
        self._ejected_at[member] = now
        if rule.base * self._times[member] < rule.longest + rule.base:  # the library's own bound
            self._times[member] += 1
        self.version += 1

    def copy(self) -> OutlierDetector:
        """A detector in the same state that goes its own way."""
        twin = OutlierDetector(self._rule, len(self._ended))
        for name in self.__slots__:
            value = getattr(self, name)
            setattr(twin, name, value.copy() if isinstance(value, list) else value)
        return twin
