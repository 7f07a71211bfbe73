"""Request traffic for the benchmark: two scenarios, described as a user would, for the general engine.

==========  ==========================================================================
w3          a client with a timeout of 100 ms, four attempts with full jitter and a
            breaker on the last 100 calls, 100 threads, 87 % busy with all attempts
program_c   the web service of ``tests/web_traffic.toml``: four tiers, links, caches by key,
            breaker, connections, retry budget, health check, a slow database
==========  ==========================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from simulator import (
    At,
    Backoff,
    Breaker,
    Call,
    Controller,
    Count,
    Exponential,
    HealthCheck,
    Note,
    Poisson,
    Pool,
    Retry,
    Runbook,
    Scenario,
    Source,
    Step,
    System,
    Work,
    load,
    timeline_of,
    traffic,
)
from simulator.run.events.engine import Traffic
from simulator.tables.outcomes import Outcomes
from tests.benchmarks.harness import ROOT

RATE = 1500.0
"""Requests per second of both."""

PROGRAM_C = ROOT / "tests" / "web_traffic.toml"


def client_with_breaker(horizon_s: float, rate: float = RATE, timeout_s: float = 0.1) -> Scenario:
    """Workload W3."""
    service = Pool("service", threads=100, serve=[Work(Exponential(0.05))])
    call = Call(
        "service",
        timeout=timeout_s,
        retry=Retry(4, Backoff(0.05, 1.0, "full"), on=("timeout",)),
        breaker=Breaker(
            Count(100), opens_at=0.5, minimum=100, stays_open=1.0, probes=10, half_open="rate"
        ),
    )
    users = Source("client", Poisson(rate), to=call)
    return Scenario(System([service]), sources=[users], horizon=horizon_s)


def slow_spell(horizon_s: float) -> tuple[float, float]:
    """From when to when the database of program (c) is slow, seconds: the second quarter of a run."""
    return 0.25 * horizon_s, 0.5 * horizon_s


def web_service(horizon_s: float) -> Scenario:
    """Program (c), shortened: the slow database comes in the second quarter."""
    start, end = slow_spell(horizon_s)
    scenario: Scenario = load(PROGRAM_C).set("horizon", f"{horizon_s} s")
    scenario = scenario.set("faults.slow_db.when.at", f"{start} s")
    return scenario.set("faults.slow_db.lasts", f"{end - start} s")


def with_controllers(horizon_s: float) -> dict[str, Scenario]:
    """Program (c) without anybody who acts, and with some who have nothing to do."""
    scenario = web_service(horizon_s)
    check = HealthCheck("app", every=5.0, misses=2)
    idle = Runbook("idle", At(horizon_s + 1.0), [Step(Note("never"))])
    who: dict[str, tuple[Controller, ...]] = {
        "no controllers": (),
        "a runbook that never acts": (idle,),
        "a health check every 5 s": (check,),
        "a health check and a runbook": (check, idle),
    }
    return {name: replace(scenario, controllers=those) for name, those in who.items()}


def rows(scenario: Scenario, seed: int = 1) -> Outcomes:
    """Every request and attempt, by the public call."""
    return traffic(scenario, seed=seed).outcomes


def sums(scenario: Scenario, seed: int = 1) -> Traffic:
    """The same without rows: what a run of any length needs no more memory for."""
    run = Traffic(scenario, timeline_of(scenario, seed=seed), seed=seed, rows=False)
    run.finish()
    return run


SCENARIOS: dict[str, Callable[[float], Scenario]] = {
    "w3": client_with_breaker,
    "program_c": web_service,
}

# Source text for a fresh process, with {horizon_s} in it: its peak memory is measured.
TRAFFIC_PEAK = (
    "from tests.benchmarks.traffic_workloads import SCENARIOS, sums; "
    "sums(SCENARIOS['w3']({horizon_s}))"
)
