"""Which recorder a run needs, and the counts by member that comparing builds asks for."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.run.events.parts import Attempt
from simulator.run.events.plan import Plan
from simulator.run.events.record import Recorder, RequestRows, Rows, Sums

__all__ = ["recorder"]

_LEFT_OUT = (6, 7)  # in flight, cancelled: neither served nor failed


class _Counting:
    """Counts attempts of some pools by member, before the recorder keeps its row."""

    counted: dict[int, tuple[str, list[list[int]]]]

    def count(self, pools: Sequence[tuple[int, str, int]]) -> None:
        """Number, name and members of each pool that is counted."""
        self.counted = {i: (name, [[0, 0] for _ in range(n)]) for i, name, n in pools}

    def by_member(self) -> dict[str, list[tuple[int, int]]]:
        """Served and not served, by pool and member."""
        return {name: [(ok, bad) for ok, bad in rows] for name, rows in self.counted.values()}

    def attempt(self, one: Attempt) -> None:
        """Count it."""
        member = one.member
        if member is not None and one.outcome not in _LEFT_OUT:
            found = self.counted.get(member.station.index)
            if found is not None:
                found[1][member.index][one.outcome > 1] += 1
        super().attempt(one)  # type: ignore[misc]


class _CountingRows(_Counting, Rows):
    """Rows, and counts."""


class _CountingRequestRows(_Counting, RequestRows):
    """Rows of requests, and counts."""


class _CountingSums(_Counting, Sums):
    """Sums, and counts."""


def recorder(plan: Plan, rows: bool, attempts: bool, counted: Sequence[str]) -> Recorder:
    """The recorder for a run; nobody pays for counts nobody asked for."""
    sizes = len(plan.sources), len(plan.sites)
    if not counted:
        return (Rows if attempts else RequestRows)(*sizes) if rows else Sums(*sizes)
    kind = (_CountingRows if attempts else _CountingRequestRows) if rows else _CountingSums
    found = kind(*sizes)
    found.count(
        [(p.index, p.pool.name, p.pool.members) for p in plan.pools if p.pool.name in counted]
    )
    return found
