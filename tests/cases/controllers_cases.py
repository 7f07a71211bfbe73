"""The cases that controllers act out: crews, standby, failover, quorum, elections, shocks, lived day by day.

Each row: case, system from its parameters, hours of a history, histories, the bias that would be
found, what is read, and how many times slower repairs are than in the case (so that outages are not
too rare to be met in seconds). Where they are slower the truth is that of the exact engine for the
same scenario, which gives the case's own answer at its own rates (test_exact.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from simulator import HOUR, YEAR, Deterministic, Failover, Scenario, System, exact, parallel
from simulator.conducting import conduct
from simulator.history import over_time
from simulator.rules.anatomy import anatomy
from simulator.rules.logic import is_down
from simulator.tables.timeline import Spell
from tests.cases import chains, systems
from tests.cases.catalogue import parameters, truth
from tests.cases.systems import unit

__all__ = ["CASES", "QUICK", "Acted", "outages"]

Times = list[tuple[float, float]]


def outages(scenario: Scenario, spells: list[Spell]) -> Times:
    """When the system was down by its structure, seconds, within the horizon."""
    body = anatomy(over_time(scenario))
    numbers = {event.name: i for i, event in enumerate(body.events)}
    numbers |= {f"failover {e.members[0][0]}": i for i, e in enumerate(body.events) if e.role}
    known = [s for s in spells if s.cause in numbers]
    ends = [min(s.end, scenario.horizon) for s in known]
    times = np.unique([0.0, scenario.horizon, *(s.start for s in known), *ends])
    active = np.zeros((len(body.events), len(times) - 1), dtype=np.int64)
    for spell, end in zip(known, ends):
        first, last = np.searchsorted(times, [spell.start, end])
        active[numbers[spell.cause], first:last] += 1
    down = np.concatenate([[False], is_down(body.top, active > 0), [False]]).astype(int)
    begins, stops = np.flatnonzero(np.diff(down) > 0), np.flatnonzero(np.diff(down) < 0)
    return list(zip(times[begins].tolist(), times[stops].tolist()))


def _share(found: Times, horizon: float) -> float:
    return sum(end - start for start, end in found) / horizon


def _a_year(found: Times, horizon: float) -> float:
    return len(found) / (horizon / YEAR)


def _first(found: Times, horizon: float) -> float:
    return min([start for start, _ in found], default=horizon) / HOUR


def _never(found: Times, horizon: float) -> float:
    return float(not found)


_EXACT: dict[Callable[[Times, float], float], Callable[[Any], float]] = {
    _share: exact.unavailability,
    _a_year: lambda s: exact.frequency(s) * YEAR,
    _first: lambda s: exact.mttf(s) / HOUR,
}


@dataclass(frozen=True)
class Acted:
    """One case, acted out."""

    case: str
    build: Callable[[dict[str, Any]], Any]
    hours: float
    many: int
    detects: float
    read: Callable[[Times, float], float] = _share
    slower: float = 1.0
    also: tuple[
        tuple[str, float], ...
    ] = ()  # a failover made long enough to weigh beside the repairs

    @property
    def scenario(self) -> Scenario:
        """At the rates that are acted out."""
        p = dict(parameters(self.case))
        for rate in {"mu", "manual_failover_rate"} & set(p):
            p[rate] /= self.slower
        for mean in {"failover_mean_h", "manual_mean_h", "election_s"} & set(p):
            p[mean] *= self.slower
        if self.slower != 1.0 and "mttr" in p:
            p["mttr"] *= self.slower
        p |= dict(self.also)
        return replace(Scenario.of(self.build(p)), horizon=self.hours * HOUR)

    @property
    def expected(self) -> float:
        """The answer of the case; slower, that of the exact engine."""
        as_stated = self.slower == 1.0 and not self.also
        return truth(self.case) if as_stated else _EXACT[self.read](self.scenario)

    def values(self, seed: int = 1) -> list[float]:
        """One number for each history."""
        scenario, found = self.scenario, []
        for replication in range(self.many):
            run = conduct(scenario, seed=seed, replication=replication, faults="lived")
            found.append(self.read(outages(scenario, list(run.timeline.spells)), scenario.horizon))
        return found


def _quorum(p: dict[str, Any]) -> Scenario:
    """Voters who elect at once while they have a majority."""
    pool = unit("node", p["mttf"], p["mttr"], p["n"], needed=p["n"] // 2 + 1)
    elected = Failover("node", promote=Deterministic(0.0), voters="members")
    return Scenario(System([pool]), controllers=[elected])


def _five_of_six(p: dict[str, Any]) -> Scenario:
    return systems.k_of_n_pool({"k": 5, **p})


def _cold(p: dict[str, Any]) -> Scenario:
    return systems.standby_pair(p["lam"], p.get("mu"), 0.0)


def _first_of_a(p: dict[str, Any]) -> Scenario:
    return systems.two_units(p, "A", parallel("A", "B"))


def _first_of_b(p: dict[str, Any]) -> Scenario:
    return systems.two_units(p, "B")


_LONG_BY_HAND = (("manual_failover_rate", 0.01),)
_LONG_ELECTION = (("election_s", 36_000.0),)

QUICK = [
    Acted("B31-repairman-5of6-2crews", _five_of_six, 2e4, 30, 0.15),
    Acted("B34-1crew-prioB-series", _first_of_b, 1e5, 30, 0.08),
    Acted("B24-failover-coverage-0.95", chains.coverage_pair, 4e5, 20, 0.3, slower=10, also=_LONG_BY_HAND),
    Acted("B26-failover-delay-c0.9-freq", chains.delayed_pair, 2e4, 60, 0.12, _a_year),
    Acted("B28-warm-d0.0-unavail", _cold, 6e5, 20, 0.3, slower=10),
    Acted("B22-cold-1of2-norepair-switch-R", lambda p: systems.unrepaired_pair(1e-3, p["p_switch"]),
          1000, 800, 0.12, _never),
    Acted("D09-quorum-3-unavail", _quorum, 4e5, 20, 0.3, slower=20),
    Acted("D11-raft-5-election", systems.raft, 2e5, 30, 0.2, slower=10, also=_LONG_ELECTION),
]  # fmt: skip
"""A second or two each."""

_PAIR_OF_DBS = [
    Acted(
        "B24-failover-coverage-0.99",
        chains.coverage_pair,
        5e5,
        30,
        0.25,
        slower=10,
        also=_LONG_BY_HAND,
    ),
    Acted(
        "B24-failover-coverage-0.999",
        chains.coverage_pair,
        5e5,
        30,
        0.25,
        slower=10,
        also=_LONG_BY_HAND,
    ),
    Acted("B25-failover-delay-c0.9", chains.delayed_pair, 4e5, 40, 0.3),
    Acted("B25-failover-delay-c0.99", chains.delayed_pair, 2e5, 40, 0.25, slower=10),
    Acted("B18-cold-1of2-1crew-mttf", _cold, 15 * 12_000, 300, 0.3, _first, slower=10),
    Acted("B21-cold-1of2-norepair-R", _cold, 1000, 4000, 0.06, _never),
    *(
        Acted(f"B27-warm-d{d}-mttf", chains.warm, 15 * 12_000, 300, 0.3, _first, slower=10)
        for d in ("0.1", "0.5", "1.0")
    ),
]

_MANY = [
    Acted("B13-1of2-1crew-unavail", systems.k_of_n_pool, 5e5, 20, 0.25, slower=10),
    Acted("B13-2of3-1crew-mtbf", systems.k_of_n_pool, 2e5, 20, 0.2, _a_year, slower=10),
    Acted("B13-8of10-1crew-unavail", systems.k_of_n_pool, 3e5, 30, 0.3, slower=10),
    Acted("B34-1crew-prioA-parallel", _first_of_a, 2e5, 40, 0.2),
    Acted("B39-beta0.05-1of2-unavail", chains.pair, 2e5, 30, 0.25, slower=10),
    Acted("B40-beta0.1-1of2-mttf", chains.pair, 15 * 8639, 500, 0.25, _first),
    Acted("C34-binomial-shock", systems.binomial_shocks, 4e5, 30, 0.25),
    Acted("B38-overload-cascade", systems.shared_load, 5e4, 40, 0.35, slower=40),
    Acted("D09-quorum-5-unavail", _quorum, 2e5, 45, 0.3, slower=40),
    Acted("D10-quorum-3-mttf", _quorum, 15 * 21_600, 200, 0.35, _first, slower=10),
    Acted("D10-quorum-5-mttf", _quorum, 15 * 8700, 200, 0.35, _first, slower=100),
]

CASES = {case.case: case for case in (*QUICK, *_PAIR_OF_DBS, *_MANY)}
"""By id of the case."""
