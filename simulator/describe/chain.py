"""A Markov chain that the user states; `exact` answers it like any system."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass

from simulator.describe.quantities import PerSecond
from simulator.describe.wording import shown
from simulator.errors import DescriptionError

__all__ = ["MAX_STATES", "Chain"]

MAX_STATES = 100_000
"""Most states :meth:`Chain.explore` follows before it takes the rules to be without end."""


@dataclass(frozen=True, slots=True)
class Chain:
    """States, rates between them, which are up, where it starts.

    Parameters
    ----------
    rates : tuple of (from, to, rate)
        Rates per second; several of one pair add up. A mapping ``{(from, to): rate}`` is taken too.
    up : tuple of str
        States in which the system is up.
    start : str
        State at time 0.
    name : str

    Examples
    --------
    >>> Chain({("up", "down"): 1e-6, ("down", "up"): 1e-3}, up=("up",), start="up").states
    ('up', 'down')
    """

    rates: tuple[tuple[str, str, PerSecond], ...]
    up: tuple[str, ...]
    start: str
    name: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.rates, Mapping):
            pairs = tuple((a, b, float(rate)) for (a, b), rate in self.rates.items())
            object.__setattr__(self, "rates", pairs)
        object.__setattr__(self, "rates", tuple((a, b, r) for a, b, r in self.rates))
        object.__setattr__(self, "up", (self.up,) if isinstance(self.up, str) else tuple(self.up))
        for a, b, rate in self.rates:
            if a == b:
                raise DescriptionError(f"{a} -> {b}: a transition joins two states", "rates")
            if not 0 <= rate < float("inf"):
                raise DescriptionError(
                    f"{a} -> {b} at {rate!r}: a rate is finite and 0 or more", "rates"
                )
        known = set(self.states)
        for key, names in (("up", self.up), ("start", (self.start,))):
            for name in names:
                if name not in known:
                    first = ", ".join(self.states[:10]) or "none"
                    raise DescriptionError(f"{shown(name)} is no state of the rates: {first}", key)

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in order of first appearance."""
        return tuple(dict.fromkeys(s for a, b, _ in self.rates for s in (a, b)))

    @classmethod
    def explore(
        cls,
        start: Hashable,
        moves: Callable[[Hashable], Iterable[tuple[Hashable, float]]],
        up: Callable[[Hashable], bool],
        *,
        name: str = "",
    ) -> Chain:
        """The chain of all states reachable from `start`.

        Parameters
        ----------
        start : hashable
            A state, of any kind: a tuple of counts, say.
        moves : callable
            ``moves(state)`` yields (next state, rate per second); a rate of 0 is passed over.
        up : callable
            ``up(state)`` says whether the system is up.
        name : str

        Raises
        ------
        DescriptionError
            Beyond ``MAX_STATES`` states.
        """
        seen: dict[Hashable, None] = {start: None}
        rates: list[tuple[str, str, float]] = []
        todo = [start]
        while todo:
            state = todo.pop()
            for target, rate in moves(state):
                if rate == 0:
                    continue
                rates.append((repr(state), repr(target), float(rate)))
                if target not in seen:
                    seen[target] = None
                    todo.append(target)
            if len(seen) > MAX_STATES:
                raise DescriptionError(
                    f"more than {MAX_STATES} states are reachable from {start!r}", "start"
                )
        return cls(tuple(rates), tuple(repr(s) for s in seen if up(s)), repr(start), name)
