"""Retries that nothing can set off, and calls that can wait for ever: what can go wrong with a callee."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.describe.faults import Fault
from simulator.describe.links import Link
from simulator.describe.odd_calls import longest
from simulator.describe.places import Place, callers_of
from simulator.describe.pools import Pool
from simulator.describe.selectors import members_of
from simulator.describe.steps import All, Call
from simulator.describe.system import Scenario, System

__all__ = ["Failures"]


class Failures:
    """Which outcomes a call of each pool can have, as far as the description tells.

    Parameters
    ----------
    scenario : Scenario
        Not of a chain.
    made : sequence of Place
        Every call.
    """

    def __init__(self, scenario: Scenario, made: Sequence[Place]) -> None:
        assert isinstance(scenario.system, System)  # the caller has checked it
        self.system, self.made = scenario.system, made
        self.shared = scenario.faults
        self.zones = {source.name: source.zone for source in scenario.sources}
        self.known: dict[str, frozenset[str]] = {}

    def odd(self, place: Place) -> Iterator[str]:
        """Sentences about a retry without cause, and a wait without end."""
        call, where = place.call, place.where
        if call.retry is not None and call.retry.attempts != 1:
            can = self.of_call(call)
            if not can & set(call.retry.on):
                yield (
                    f"{where}.retry: repeats {', '.join(call.retry.on) or 'nothing'}, and no attempt "
                    f"can end so: {call.call} states no such fault, and the call no such policy"
                )
        endless = longest(call) == float("inf") and call.wait and not self._bounded(place)
        if endless and (why := self._silent(place)):
            judge = "; its breaker sees only calls that end" if call.breaker else ""
            yield f"{where}: has no timeout, and {why}: it can wait for ever{judge}"

    def of_call(self, call: Call) -> frozenset[str]:
        """Outcomes, besides a good answer, that an attempt of this call can have."""
        can = set(self.of_pool(call.call))
        if call.timeout is not None:
            can.add("timeout")
        if any((call.throttle, call.rate_limit, call.breaker, call.bulkhead)):
            can.add("rejected")
        return frozenset(can)

    def of_pool(self, name: str) -> frozenset[str]:
        """Whether a member of the pool can answer with an error, or shed a request."""
        if name not in self.known:
            self.known[name] = self._of_pool(self.system[name])
        return self.known[name]

    def _of_pool(self, pool: Pool) -> frozenset[str]:
        can = set()
        leaves = pool.queue.expires_after is not None or pool.queue.patience is not None
        if pool.limit or pool.sheds or leaves:
            can.add("shed")
        if pool.queue.cap is not None and pool.threads is not None:
            can.add("shed")
        if any(not f.effect.up or f.effect.error > 0 for f in self._faults(pool.name)):
            can.add("error")
        for steps in pool.served.values():
            for step in steps:
                calls = step.all if isinstance(step, All) else [step]
                if any(isinstance(c, Call) and self._fails(c) for c in calls):
                    can.add("error")
        return frozenset(can)

    def _fails(self, call: Call) -> bool:
        """Whether the request of the caller can fail because of this call."""
        if not call.required or not call.wait:
            return False
        return call.deadline is not None or bool(self.of_call(call))

    def _faults(self, pool: str) -> list[Fault]:
        """Faults that can cover a member of the pool."""
        every = [(fault, owner.name) for owner in self.system.pools for fault in owner.faults]
        every += [(fault, "") for fault in self.shared]
        return [fault for fault, owner in every if pool in self._covered(fault, owner)]

    def _covered(self, fault: Fault, owner: str) -> set[str]:
        chosen = [s or owner for s in fault.selectors if not s.startswith("link:")]
        return {pool for s in chosen for pool, _ in members_of(s, self.system)}

    def _bounded(self, place: Place) -> bool:
        """Whether a caller further up passes a deadline on."""
        if place.by_user:
            return False
        return any(above.call.passes_on for above in callers_of(place.caller, self.made))

    def _silent(self, place: Place) -> str:
        """Why an attempt may never be answered, if so."""
        callee = place.call.call
        for fault in self._faults(callee):
            effect = fault.effect
            if effect.silent or effect.lost:
                return f"{callee} can fall silent ({fault.name or 'a fault'})"
        cut = {s.removeprefix("link:") for f in self._cuts() for s in f.selectors}
        for link in self.system.links:
            if self._joins(link, place.caller, callee):
                return f"the link {link.name} can lose it" if link.loss or link.name in cut else ""
        return ""

    def _cuts(self) -> list[Fault]:
        faults = [fault for pool in self.system.pools for fault in pool.faults] + list(self.shared)
        return [fault for fault in faults if not fault.effect.up or fault.effect.lost]

    def _joins(self, link: Link, caller: str, callee: str) -> bool:
        here, there = self._ends(caller), self._ends(callee)
        return (link.a in here and link.b in there) or (link.b in here and link.a in there)

    def _ends(self, name: str) -> set[str]:
        stood = self.zones.get(name)
        zones = {zone for zone, _ in self.system[name].zones} if stood is None else {stood} - {""}
        return {name, "*", *(f"zone:{zone}" for zone in zones)}
