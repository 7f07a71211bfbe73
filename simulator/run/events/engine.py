"""The request engine: one scenario, one timeline, every request - resumable.

>>> from simulator.describe import Call, Exponential, Poisson, Pool, Scenario, Source, System, Work
>>> db = Pool("db", threads=4, serve=[Work(Exponential(0.01))])
>>> users = Source("users", Poisson(100.0), to=Call("db", timeout=1.0))
>>> traffic = Traffic(Scenario(System([db]), sources=[users], horizon=60.0), seed=1)
>>> traffic.advance(30.0).time_s, traffic.finish().counts()["error"]
(30.0, 0)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from simulator.describe.system import Scenario
from simulator.run.events.arrivals import Arriving
from simulator.run.events.calling import Callers
from simulator.run.events.clock import Clock
from simulator.run.events.conservation import check_conservation
from simulator.run.events.counting import recorder
from simulator.run.events.failing import Failures
from simulator.run.events.guarding import Guards
from simulator.run.events.hands import Hands
from simulator.run.events.parts import Station
from simulator.run.events.paths import Path
from simulator.run.events.plan import Plan, plan_traffic
from simulator.run.events.record import Rows
from simulator.run.events.serving import Servers
from simulator.run.events.sites import Site
from simulator.run.events.steps import Steps
from simulator.run.events.stopping import Stops
from simulator.run.events.weather import Weather
from simulator.run.events.wires import Wires
from simulator.sample.luck import Luck
from simulator.tables.changes import Change
from simulator.tables.driven import Gauge, Signals
from simulator.tables.outcomes import IN_FLIGHT, OUTCOMES, Outcomes
from simulator.tables.timeline import Timeline

__all__ = ["Traffic"]


class Traffic:
    """A run that is under way.

    Parameters
    ----------
    scenario : Scenario
        With sources.
    timeline : Timeline
        Spells of faults; with ``known_at_once`` members that are down are out of rotation meanwhile.
    seed : int
    replication : int
    rows : bool
        Keep a row for each request and attempt; False keeps sums only.
    attempts : bool
        With `rows`: False keeps rows of requests only.
    begins : float
        Seconds: open sources send nothing before; what they send then is what they would have sent
        in a run from 0, number by number.
    touched : collection of str
        Pools whose members controllers may change during the run.
    counted : sequence of str
        Pools whose attempts are counted member by member in the signals.
    audit : bool
        Raise :class:`LuckUsedTwice` if two things share an address of random numbers.
    """

    def __init__(
        self, scenario: Scenario, timeline: Timeline | None = None, *, seed: int = 1, replication: int = 0,
        rows: bool = True, attempts: bool = True, begins: float = 0.0, touched: Collection[str] = (),
        counted: Sequence[str] = (), audit: bool = False,
    ) -> None:  # fmt: skip
        self.plan: Plan = plan_traffic(scenario)
        self.clock, self.luck = Clock(begins), Luck(seed, audit)
        self.timeline = timeline or Timeline()
        plan = self.plan
        hit = {pool for spell in self.timeline.spells for pool, _ in spell.members} | set(touched)
        self.stations = [Station(p, plan.classes, p.pool.name in hit) for p in plan.pools]
        self.sites = [
            Site(s, plan, self.stations[s.callee], self.luck, replication) for s in plan.sites
        ]
        for site in self.sites:
            site.fallbacks = tuple(
                self.sites[f.index] if hasattr(f, "index") else f for f in site.plan.fallbacks
            )
        self.record = recorder(plan, rows, attempts, counted)
        self.record.stop = self.clock.stop
        self.callers, self.servers = Callers(self.clock, plan, self.record), Servers(self.clock)
        stops = self._introduce(self.callers, self.servers)
        self.weather = Weather(self.clock, self.stations, plan.links, self.servers, stops)
        self.weather.announce(self.timeline)
        self._sources = [self._source(i, replication) for i in range(len(plan.sources))]
        self._numbers = {source.name: i for i, (source, _) in enumerate(plan.sources)}
        self.hands = Hands(self)

    def _introduce(self, callers: Callers, servers: Servers) -> Stops:
        """Let both sides of a call know each other."""
        clock = self.clock
        wires = Wires(clock, self.plan.links, callers, servers)
        steps = Steps(servers, callers, self.sites)
        stops = Stops(clock, servers, callers, wires, steps)
        guards = Guards(clock, callers)
        callers.meet(servers, wires, steps, stops, guards, Failures(clock, callers, guards))
        servers.meet(callers, wires, steps)
        return stops

    def _source(self, number: int, replication: int) -> Arriving:
        source, site = self.plan.sources[number]
        path = Path(source.name, None, self.plan, self.luck, replication)
        kinds = tuple(self.plan.classes.index(name) for name, _ in source.classes) or (0,)
        return Arriving(
            number, source, self.sites[site.index], self.clock, self.callers, self.record, path, kinds,
            self.luck, replication,
        )  # fmt: skip

    @property
    def horizon_s(self) -> float:
        """Length of the scenario, seconds."""
        return self.plan.scenario.horizon

    def advance(self, until: float, watch: Iterable[str] = ()) -> Signals:
        """Let everything happen that falls strictly before `until` (s), at most to the horizon.

        Parameters
        ----------
        until : float
        watch : iterable of str
            Names of sources: the clock stops when a request of one of them ends.

        Returns
        -------
        Signals
            With the time reached.
        """
        self.record.watched = frozenset(
            i for i, (source, _) in enumerate(self.plan.sources) if source.name in set(watch)
        )
        self.clock.advance(min(until, self.horizon_s))
        return self.signals()

    def signals(self) -> Signals:
        """What has ended by now."""

        def named(rows: list[list[int]], names: list[str]) -> dict[str, dict[str, int]]:
            return {n: dict(zip(OUTCOMES, row, strict=True)) for n, row in zip(names, rows)}

        return Signals(
            self.clock.now,
            named(self.record.requests, [source.name for source, _ in self.plan.sources]),
            named(self.record.attempts, [site.name for site in self.sites]),
            self.record.by_member(),
        )

    def apply(self, change: Change) -> None:
        """Let a change of people or controllers take hold now."""
        self.hands.apply(change)

    def send(self, source: str) -> None:
        """Let a source send a request now."""
        self._sources[self._numbers[source]].send()

    def gauge(self, pool: str) -> Gauge:
        """How busy a pool is now."""
        return self.hands.gauge(pool)

    def finish(self) -> Outcomes:
        """Run to the horizon, note what is still under way, and check that nothing was lost.

        Raises
        ------
        NotConserved
            If what was sent is not the sum of what became of it.
        """
        self.advance(self.horizon_s)
        check_conservation(self)
        for one in list(self.callers.open.values()):
            self.record.attempt(one)
        for request, calling in self.record.under_way.items():
            self.record.requests[request.source][IN_FLIGHT] += 1
            wired = 0 if calling is None else calling.sent_so_far()
            self.record.keep_request(request, -1.0, IN_FLIGHT, 0, 0, wired)
        plan = self.plan
        rows = self.record
        tables = (
            {n: rows.table(n) for n in ("requests", "attempts")} if isinstance(rows, Rows) else {}
        )
        return Outcomes(
            tables.get("requests", {}), tables.get("attempts", {}),
            tuple(source.name for source, _ in plan.sources), plan.classes,
            tuple(site.name for site in self.sites), tuple(p.pool.name for p in plan.pools),
            tuple(site.callee for site in plan.sites), self.horizon_s,
        )  # fmt: skip
