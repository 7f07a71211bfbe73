"""Systems and scenarios: the one object an engine receives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from simulator.describe.backlogs import Backlog
from simulator.describe.chain import Chain
from simulator.describe.controllers import Controller, Crew, Failover, HealthCheck
from simulator.describe.faults import Fault
from simulator.describe.links import Link
from simulator.describe.pools import Pool
from simulator.describe.quantities import Seconds
from simulator.describe.sources import Source
from simulator.describe.structure import Structure
from simulator.describe.units import YEAR
from simulator.describe.valid import whole
from simulator.errors import DescriptionError

__all__ = ["Scenario", "System"]


@dataclass(frozen=True, slots=True)
class System:
    """Pools and how they depend on each other.

    Parameters
    ----------
    pools : sequence of Pool
    structure : Series, Parallel, KofN, Network or None
        When the system is up; None = derived from the calls.
    links : sequence of Link
        What lies between pools; a call that no link fits takes no time on the way.

    Examples
    --------
    >>> from simulator.describe import Exponential, HOUR, Pool, crash
    >>> System([Pool("db", faults=[crash(availability=0.999, repair=Exponential(HOUR))])])["db"].members
    1
    """

    pools: Sequence[Pool]
    structure: Structure | None = None
    links: Sequence[Link] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "pools", tuple(self.pools))
        object.__setattr__(self, "links", tuple(self.links))
        names = [pool.name for pool in self.pools]
        for name in names:
            if names.count(name) > 1:
                raise DescriptionError(
                    f"{name!r} stands {names.count(name)} times: names are unique", "pools"
                )
        if not names:
            raise DescriptionError("a system has at least one pool", "pools")
        from simulator.describe.check import check_system

        check_system(self)

    def __getitem__(self, name: str) -> Pool:
        for pool in self.pools:
            if pool.name == name:
                return pool
        have = ", ".join(pool.name for pool in self.pools)
        raise DescriptionError(f"{name!r} is no pool of this system: it has {have}", "pools")

    def with_(self, *pools: Pool) -> System:
        """The same system with each of `pools` in place of the one of that name, or added."""
        new = {pool.name: pool for pool in pools}
        kept = tuple(new.pop(pool.name, pool) for pool in self.pools)
        return replace(self, pools=kept + tuple(new.values()))


@dataclass(frozen=True, slots=True)
class Scenario:
    """A system, what happens to it, who looks after it, and for how long.

    Parameters
    ----------
    system : System or Chain
    faults : sequence of Fault
        Faults that are not part of one pool: shared causes, shocks, chained faults. Each needs `on`.
    controllers : sequence of Crew, Failover, HealthCheck, Runbook, Rollout and Autoscaler
    horizon : float
        Length of a run, seconds.
    starts : {"new", "equilibrium"}
        All parts up at their stated ages (0 = new), or a system that has been running for ever.
    name : str
    sources : sequence of Source
        Users and their requests; without them there is no traffic.
    backlogs : sequence of Backlog
        Work that piles up as an amount.
    stands_for : int or None
        The zones here stand for so many like ones, see :meth:`represent`; None = for themselves.
    """

    system: System | Chain
    faults: Sequence[Fault] = ()
    controllers: Sequence[Controller] = ()
    horizon: Seconds = 10 * YEAR
    starts: Literal["new", "equilibrium"] = "new"
    name: str = ""
    sources: Sequence[Source] = ()
    backlogs: Sequence[Backlog] = ()
    stands_for: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "controllers", tuple(self.controllers))
        object.__setattr__(self, "sources", tuple(self.sources))
        object.__setattr__(self, "backlogs", tuple(self.backlogs))
        named = (replace(f, name=f.name or f"fault_{i}") for i, f in enumerate(self.faults))
        object.__setattr__(self, "faults", tuple(named))
        if not 0 < self.horizon < float("inf"):
            raise DescriptionError(f"{self.horizon!r}: a horizon is above 0 and finite", "horizon")
        if self.starts not in ("new", "equilibrium"):
            raise DescriptionError(f"{self.starts!r}: allowed are new, equilibrium", "starts")
        if self.stands_for is not None:
            whole(self.stands_for, "stands_for")
        from simulator.describe.check import check_scenario

        check_scenario(self)

    @property
    def crews(self) -> tuple[Crew, ...]:
        """The repair crews among the controllers."""
        return tuple(c for c in self.controllers if isinstance(c, Crew))

    @property
    def failovers(self) -> tuple[Failover, ...]:
        """The failovers among the controllers."""
        return tuple(c for c in self.controllers if isinstance(c, Failover))

    @property
    def health_checks(self) -> tuple[HealthCheck, ...]:
        """The health checks among the controllers."""
        return tuple(c for c in self.controllers if isinstance(c, HealthCheck))

    def set(self, path: str, value: object) -> Scenario:
        """The same scenario with the key at `path` set to `value`, as a file would say it.

        Parameters
        ----------
        path : str
            Such as ``pools.db.members``, ``pools.app.serve.cache.required``, ``controllers.crew.size``
            or ``horizon``. Lists are addressed by number.
        value : object
            A number, a text with a unit, a table, or None (in a file and on the command line
            ``none``), which takes the part away.

        Raises
        ------
        DescriptionError
            If the path leads nowhere or the value is not allowed there.
        """
        from simulator.describe.paths import set_at

        return set_at(self, path, value)

    def ablate(self, path: str, names: Sequence[str]) -> dict[str, Scenario]:
        """What each of several parts does: all of them taken away, then put back one after the other.

        Parameters
        ----------
        path : str
            Where the parts stand, such as ``pools.payment.serve.fraud``; empty for the whole scenario.
        names : sequence of str
            Parts below `path`, in the order in which they come back: ``["breaker", "fallback[0]"]``.
            A part that is taken away has its default.

        Returns
        -------
        dict of str to Scenario
            ``"bare"``, ``"+breaker"``, ``"+fallback[0]"`` ...; the last is the scenario itself.

        Raises
        ------
        DescriptionError
            If a part is not there, or what is left without it makes no scenario.
        """
        from simulator.describe.paths import ablated

        return ablated(self, path, names)

    def represent(self, zones: int, shared: Sequence[str] = ()) -> Scenario:
        """The same scenario with its first `zones` zones, which stand for all of them.

        Like zones that share nothing are exchangeable: shares, waits and utilisations are those of the whole.
        Kept are the members in these zones (of every pool that has zones), their sources and their links.

        Parameters
        ----------
        zones : int
            How many are kept.
        shared : sequence of str
            Pools and sources without a zone that may stay as they are although several zones have to do
            with them: you vouch that their load does not matter.

        Returns
        -------
        Scenario
            With `stands_for`: how many zones there were.

        Raises
        ------
        DescriptionError
            If the zones differ (members, sources, links), or anything could bind them together: a pool
            without zones that serves requests of several, a balancer other than "nearest", members that go
            down (another zone would serve their requests), a signal or wave that depends on their number.
        """
        from simulator.describe.representing import represented

        return represented(self, zones, shared)

    @classmethod
    def of(cls, described: Scenario | System | Chain) -> Scenario:
        """A scenario of what was given: a system or a chain alone gets the default horizon."""
        return described if isinstance(described, Scenario) else cls(described)
