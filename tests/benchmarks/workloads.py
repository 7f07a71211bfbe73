"""What the benchmark measures of our own engine: calls of the public API, nothing from inside.

`OURS` and `PEAK_CODE` are read by `table.py`, which prints "not measured" for a key that is absent.
Every function in `OURS` takes the number of replications, each of ten years, and does the whole
job of a user: it describes the system, runs it on one process unless the key says otherwise, and
reads availability, frequency and downtime per replication, with intervals.

==============  ======================================================================
key             system
==============  ======================================================================
w4              web service: mean lives 39996 h (load balancer), 3996 h (3 apps, one
                needed), 3996 h (2 caches, one needed), 7996 h (database); repairs of
                4 h; all exponential, new at 0
w4_outages      the same, and the list of outages with their causes
one_crew        2 of 3, mean life 1,000 h, mean repair 10 h, one crew
w4_two_jobs     w4 in two processes
==============  ======================================================================
"""

from __future__ import annotations

from collections.abc import Callable

from simulator import HOUR, YEAR, Crew, Exponential, Pool, Scenario, System, availability, crash

REPAIR = Exponential(4 * HOUR)


def web_service() -> Scenario:
    """The web service with repairs of 4 h."""

    def pool(name: str, members: int, mean_life_h: float) -> Pool:
        return Pool(name, members, faults=[crash(Exponential(mean_life_h * HOUR), REPAIR)])

    pools = [
        pool("lb", 1, 39996),
        pool("app", 3, 3996),
        pool("cache", 2, 3996),
        pool("db", 1, 7996),
    ]
    return Scenario(System(pools), horizon=10 * YEAR)


def two_of_three() -> Scenario:
    """Three members, two needed, one crew."""
    members = crash(Exponential(1000 * HOUR), Exponential(10 * HOUR))
    controllers = [Crew("hands")]
    return Scenario(
        System([Pool("m", 3, 2, faults=[members])]), controllers=controllers, horizon=10 * YEAR
    )


def _run(scenario: Scenario, replications: int, **how: object) -> None:
    report = availability(scenario, engines=("montecarlo",), replications=replications, **how)  # type: ignore[arg-type]
    assert report.system.montecarlo is not None
    assert report.frequency is not None
    assert report.samples is not None
    assert len(report.samples.system.down_s) == replications


def w4(replications: int) -> None:
    """Availability, frequency and downtime per replication."""
    _run(web_service(), replications)


def w4_outages(replications: int) -> None:
    """The same, with every outage and the downtime by cause."""
    _run(web_service(), replications, outages=True, causes=True)


def one_crew(replications: int) -> None:
    """State-dependent: one crew for three members."""
    _run(two_of_three(), replications)


def w4_two_jobs(replications: int) -> None:
    """The web service in two processes."""
    _run(web_service(), replications, jobs=2)


OURS: dict[str, Callable[[int], None]] = {
    "w4": w4,
    "w4_outages": w4_outages,
    "one_crew": one_crew,
    "w4_two_jobs": w4_two_jobs,
}

# Source text for a fresh process, with {replications} in it: its peak memory is measured.
PEAK_CODE: dict[str, str] = {
    "w4": "from tests.benchmarks.workloads import w4; w4({replications})",
}
