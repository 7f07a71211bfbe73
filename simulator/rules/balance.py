"""Which member of a pool gets the next request.

A balancer is told the candidates (the members in rotation), how busy each member is, a uniform
number and the key of the request, and names one candidate. It draws nothing itself: the same
questions in the same order get the same answers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import ClassVar, Self

from simulator.describe.pools import BALANCE
from simulator.describe.valid import above
from simulator.describe.wording import nearest
from simulator.errors import DescriptionError

__all__ = ["Balancer", "new_balancer", "spread_over_64_bits"]

_POINTS = 100  # a member's points on the ring: its share of the keys is even within about 10 % (one sigma)
_MASK = (1 << 64) - 1


class Balancer(ABC):
    """Names the member that gets the next request.

    Attributes
    ----------
    uses_u, uses_busy, uses_key : bool
        Whether `choose` looks at that argument at all; what it does not look at may be anything.
    """

    __slots__ = ("_members",)
    uses_u: ClassVar[bool] = False
    uses_busy: ClassVar[bool] = False
    uses_key: ClassVar[bool] = False

    def __init__(self, members: int) -> None:
        self._members = members

    @abstractmethod
    def choose(self, candidates: Sequence[int], busy: Sequence[int], u: float, key: int) -> int:
        """One of the candidates.

        Parameters
        ----------
        candidates : sequence of int
            Numbers of the members in rotation, ascending, at least one.
        busy : list of int
            For every member of the pool: requests sent to it that have not yet ended.
        u : float
            Uniform in [0, 1).
        key : int
            What the request asks for.
        """

    def copy(self) -> Self:
        """A balancer in the same state that goes its own way."""
        return type(self)(self._members)


class _RoundRobin(Balancer):
    __slots__ = ("_last",)

    def __init__(self, members: int) -> None:
        super().__init__(members)
        self._last = -1

    def choose(self, candidates: Sequence[int], busy: Sequence[int], u: float, key: int) -> int:
        if len(candidates) == self._members:
            chosen = self._last + 1
            if chosen == self._members:
                chosen = 0
        else:
            chosen = candidates[bisect_right(candidates, self._last) % len(candidates)]
        self._last = chosen
        return chosen

    def copy(self) -> Self:
        twin = type(self)(self._members)
        twin._last = self._last
        return twin


class _LeastBusy(_RoundRobin):
    __slots__ = ()
    uses_busy = True

    def choose(self, candidates: Sequence[int], busy: Sequence[int], u: float, key: int) -> int:
        if len(candidates) == self._members:
            loads, start = busy, self._last + 1
        else:
            loads = [busy[member] for member in candidates]
            start = bisect_right(candidates, self._last)
        fewest = min(loads)
        try:  # min and index are fast loops; the first one after the last chosen, else from the front
            place = loads.index(fewest, start)
        except ValueError:
            place = loads.index(fewest)
        self._last = candidates[place]
        return self._last


class _Random(Balancer):
    __slots__ = ()
    uses_u = True

    def choose(self, candidates: Sequence[int], busy: Sequence[int], u: float, key: int) -> int:
        return candidates[int(u * len(candidates))]


class _TwoChoices(Balancer):
    __slots__ = ()
    uses_u = True
    uses_busy = True

    def choose(self, candidates: Sequence[int], busy: Sequence[int], u: float, key: int) -> int:
        others = len(candidates) - 1
        if others == 0:
            return candidates[0]
        # One number names an ordered pair: n (n - 1) of them, all alike.
        first, second = divmod(int(u * (others + 1) * others), others)
        one = candidates[first]
        two = candidates[second + (second >= first)]
        return two if busy[two] < busy[one] else one


class _Weighted(Balancer):
    __slots__ = ("_all", "_weights")
    uses_u = True

    def __init__(self, members: int, weights: tuple[float, ...]) -> None:
        super().__init__(members)
        self._weights = weights
        self._all = list(accumulate(weights))

    def choose(self, candidates: Sequence[int], busy: Sequence[int], u: float, key: int) -> int:
        if len(candidates) == self._members:
            sums = self._all
        else:
            sums = list(accumulate(map(self._weights.__getitem__, candidates)))
        return candidates[bisect_right(sums, u * sums[-1])]  # u < 1: the product is below the sum

    def copy(self) -> Self:
        return type(self)(self._members, self._weights)


class _ByKey(Balancer):
    __slots__ = ("_owners", "_points", "_ring")
    uses_key = True

    def __init__(self, members: int, points: int = _POINTS) -> None:
        super().__init__(members)
        self._points = points
        # Twice mixed, so that no key, which is mixed once, meets a point on purpose.
        ring = sorted(
            (spread_over_64_bits(spread_over_64_bits(member) + point), member)
            for member in range(members)
            for point in range(points)
        )
        self._ring = [place for place, _ in ring]
        self._owners = [member for _, member in ring]

    def choose(self, candidates: Sequence[int], busy: Sequence[int], u: float, key: int) -> int:
        owners = self._owners
        place = bisect_left(self._ring, spread_over_64_bits(key))
        if place == len(owners):
            place = 0
        if len(candidates) == self._members:
            return owners[place]
        while True:  # on round the ring to the first point of a candidate
            member = owners[place]
            at = bisect_left(candidates, member)
            if at < len(candidates) and candidates[at] == member:
                return member
            place = place + 1 if place + 1 < len(owners) else 0

    def copy(self) -> Self:
        return self  # nothing in it ever changes


def spread_over_64_bits(number: int) -> int:
    """A whole number from 0 to 2**64 - 1 that looks random and is the same on every machine.

    The finaliser of SplitMix64 (Steele, Lea and Flood 2014) on ``number + 0x9E3779B97F4A7C15``,
    modulo 2**64: no two numbers below 2**64 get the same.
    """
    z = (number + 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def new_balancer(kind: str, members: int, weights: tuple[float, ...] = ()) -> Balancer:
    """A balancer for a pool of so many members.

    Parameters
    ----------
    kind : str
        ``round_robin``: the next candidate after the last chosen. ``random``: any. ``weighted``: at
        random, in proportion to `weights`. ``least_busy``: the one with the fewest requests, of
        several the next after the last chosen. ``two_choices``: of two different candidates at
        random the less busy one, of equals the first drawn. ``by_key``: a ring on which every member
        owns 100 points; a key goes to the next point at or after its own, so that a member that
        leaves hands on its own keys and no others. ``nearest``: any of those in the caller's zone, or of
        all if none of them is in rotation.
    members : int
        Members of the pool, in rotation or not.
    weights : tuple of float
        For ``weighted`` alone: one above 0 for each member.

    Raises
    ------
    DescriptionError
        If there is no such kind, or the weights do not fit.
    """
    if kind not in BALANCE:
        raise DescriptionError(
            f"{kind!r}: allowed are {', '.join(BALANCE)}{nearest(kind, BALANCE)}", "balance"
        )
    if members < 1:
        raise DescriptionError(f"{members!r}: allowed is a whole number from 1", "members")
    if kind == "weighted":
        return _Weighted(members, _checked(weights, members))
    if weights:
        raise DescriptionError(f'{weights!r}: weights go with "weighted", not {kind!r}', "weights")
    plain: dict[str, type[Balancer]] = {
        "round_robin": _RoundRobin,
        "random": _Random,
        "least_busy": _LeastBusy,
        "two_choices": _TwoChoices,
        "by_key": _ByKey,
        "nearest": _Random,  # among those near, whom the engine names
    }
    return plain[kind](members)


def _checked(weights: Sequence[float], members: int) -> tuple[float, ...]:
    if len(weights) != members:
        raise DescriptionError(f"{len(weights)} weights for {members} members", "weights")
    for weight in weights:
        above(weight, "weights")
    return tuple(float(weight) for weight in weights)
