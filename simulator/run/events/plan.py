"""A scenario as the engine wants it: everything numbered, looked up and decided once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from simulator.describe.distributions import Distribution
from simulator.describe.effects import Effect
from simulator.describe.links import Link
from simulator.describe.pools import Pool
from simulator.describe.sources import Source
from simulator.describe.steps import All, Answer, Call, Step, Work
from simulator.describe.system import Scenario, System
from simulator.errors import NotSupported
from simulator.rules.effects import combined

NO_EFFECT = Effect()

__all__ = ["LinkPlan", "Plan", "PoolPlan", "SitePlan", "StepPlan", "plan_traffic"]


@dataclass(slots=True, eq=False)
class SitePlan:
    """A call, numbered.

    Parameters
    ----------
    index : int
    label : str
        Unique among the calls of one caller.
    name : str
        For people: ``"app>db"``.
    call : Call
    caller : int
        Pool number, or ``-1 - source``.
    callee : int
        Pool number.
    fallbacks : tuple of SitePlan and Answer
    """

    index: int
    label: str
    name: str
    call: Call
    caller: int
    callee: int
    fallbacks: tuple[SitePlan | Answer, ...] = ()


@dataclass(slots=True, eq=False)
class StepPlan:
    """One step: a law (work), a site (call), or several sites (calls side by side); and the `next` one.

    `agree`: the answers of calls side by side are compared.
    """

    number: int = 0
    law: Distribution | None = None
    site: SitePlan | None = None
    sites: tuple[SitePlan, ...] = ()
    needs: int = 0
    times: int = 1
    fills: bool = False
    agree: bool = False
    next: StepPlan | None = None


@dataclass(slots=True, eq=False)
class LinkPlan:
    """A link, numbered, and what faults do to it now; `clear`: nothing, and nothing is lost on it."""

    index: int
    link: Link
    law: Distribution
    effect: Effect = NO_EFFECT
    effects: list[Effect] = field(default_factory=list)
    clear: bool = False

    def __post_init__(self) -> None:
        self.clear = not self.link.loss

    def change(self) -> None:
        """Faults of the link have begun or ended."""
        self.effect = combined(self.effects)
        self.clear = not self.link.loss and self.effect == NO_EFFECT

    @property
    def loss(self) -> float:
        """Share of requests, and of answers, that vanish now."""
        return 1.0 - (1.0 - self.link.loss) * (1.0 - self.effect.lost)


@dataclass(slots=True, eq=False)
class PoolPlan:
    """A pool with its steps by number of the request's class."""

    index: int
    pool: Pool
    served: tuple[tuple[StepPlan, ...], ...] = ()
    kinds: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Plan:
    """All of a scenario's traffic, numbered.

    Parameters
    ----------
    pools, sites, links : list
    sources : list of (Source, SitePlan)
    classes : tuple of str
        Names of the classes; number 0 is "", the only class where none is stated.
    """

    scenario: Scenario
    pools: list[PoolPlan]
    sites: list[SitePlan]
    links: list[LinkPlan]
    sources: list[tuple[Source, SitePlan]]
    classes: tuple[str, ...]

    @property
    def has_zones(self) -> bool:
        """Whether it depends on the members which link a call takes."""
        ends = [end for plan in self.links for end in (plan.link.a, plan.link.b)]
        return any(end.startswith("zone:") for end in ends)

    def link_between(self, caller: int, caller_member: int, callee: int, member: int) -> int:
        """Number of the first link that fits a call, or -1."""
        here = self._ends(caller, caller_member)
        there = self._ends(callee, member)
        for plan in self.links:
            a, b = plan.link.a, plan.link.b
            if (a in here and b in there) or (b in here and a in there):
                return plan.index
        return -1

    def zone_of(self, who: int, member: int) -> str:
        """Zone of a caller: member of a pool, or a source; empty if none is stated."""
        if who < 0:
            return self.sources[-1 - who][0].zone
        return self.pools[who].pool.zone_of(member)

    def _ends(self, who: int, member: int) -> set[str]:
        zone = self.zone_of(who, member)
        name = self.sources[-1 - who][0].name if who < 0 else self.pools[who].pool.name
        return {name, "*", f"zone:{zone}"} if zone else {name, "*"}


def plan_traffic(scenario: Scenario) -> Plan:
    """Number everything.

    Raises
    ------
    NotSupported
        For a stated chain, and for a scenario without sources.
    """
    system = scenario.system
    if not isinstance(system, System):
        raise NotSupported("requests in a stated chain", "events", "describe pools and calls")
    if not scenario.sources:
        raise NotSupported("a scenario without sources", "events", "state who sends requests")
    plan = Plan(scenario, [], [], _links(system), [], _classes(scenario, system))
    plan.pools = [PoolPlan(i, pool) for i, pool in enumerate(system.pools)]
    builder = _Builder(plan)
    for pool in plan.pools:
        builder.pool(pool)
    for number, source in enumerate(scenario.sources):
        plan.sources.append((source, builder.site(source.to, -1 - number, source.name, "")))
    return plan


def _classes(scenario: Scenario, system: System) -> tuple[str, ...]:
    names = [""]
    names += [name for source in scenario.sources for name, _ in source.classes]
    names += [name for pool in system.pools for name in pool.served]
    names += [call.as_ for pool in system.pools for call in pool.calls]
    return tuple(dict.fromkeys(names))


def _links(system: System) -> list[LinkPlan]:
    found = []
    for index, link in enumerate(system.links):
        assert isinstance(link.delay, Distribution)  # made so by Link
        found.append(LinkPlan(index, link, link.delay))
    return found


class _Builder:
    """Numbers sites as it walks the steps."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.numbers = {pool.pool.name: pool.index for pool in plan.pools}
        self.labels: set[tuple[int, str]] = set()

    def pool(self, pool: PoolPlan) -> None:
        served = pool.pool.served
        kinds = {name: number for number, name in enumerate(served)}
        pool.served = tuple(
            self.steps(steps, pool, f"{name}:" if name else "") for name, steps in served.items()
        )
        for number, name in enumerate(self.plan.classes):
            pool.kinds[number] = kinds.get(name, kinds.get("", 0))

    def steps(self, steps: Sequence[Step], pool: PoolPlan, kind: str) -> tuple[StepPlan, ...]:
        found: list[StepPlan] = []
        for step in steps:
            if isinstance(step, Work):
                found.append(StepPlan(law=step.law))
            elif isinstance(step, All):
                found.append(self.side_by_side(step, pool, kind))
            elif step.plane == "data":  # what is on the control plane is on no request's path
                site = self.site(step, pool.index, pool.pool.name, kind)
                found.append(StepPlan(site=site, fills=step.after == "miss"))
        for number, plan in enumerate(found):
            plan.number, plan.next = number, found[number + 1] if number + 1 < len(found) else None
        return tuple(found)

    def side_by_side(self, step: All, pool: PoolPlan, where: str) -> StepPlan:
        sites = tuple(self.site(call, pool.index, pool.pool.name, where) for call in step.all)
        return StepPlan(sites=sites, needs=step.needed, times=step.times, agree=step.agree)

    def site(self, call: Call, caller: int, caller_name: str, where: str) -> SitePlan:
        label = self._unique(caller, f"{where}{call.label}")
        site = SitePlan(
            len(self.plan.sites),
            label,
            f"{caller_name}>{label}",
            call,
            caller,
            self.numbers[call.call],
        )
        self.plan.sites.append(site)
        site.fallbacks = tuple(
            other if isinstance(other, Answer) else self.site(other, caller, caller_name, where)
            for other in call.fallback
        )
        return site

    def _unique(self, caller: int, label: str) -> str:
        """The label; a call made twice gets a number, so that adding others moves nobody's luck."""
        wanted, number = label, 1
        while (caller, label) in self.labels:
            number += 1
            label = f"{wanted}~{number}"
        self.labels.add((caller, label))
        return label
