"""More cases for the Monte-Carlo engine: standby, failover, shared causes, other laws, data.

The rows are read as in simulated.py.
"""

from __future__ import annotations

from typing import Any

from simulator import (
    HOUR,
    Deterministic,
    Distribution,
    Gamma,
    LoadSharing,
    Lognormal,
    Pool,
    System,
    Weibull,
    crash,
    parallel,
)
from simulator.describe.distributions import from_afr
from tests.cases import chains, durability, laws, systems
from tests.cases.catalogue import parameters as p
from tests.cases.histories import (
    Row,
    Simulated,
    down_at_the_end,
    ever_down,
    failures,
    failures_a_year,
    never_down,
    rows,
    to_failure,
    variance_rate,
)
from tests.cases.systems import unit

__all__ = ["FAMILIES", "suspended_pair"]


def _standby() -> list[Simulated]:
    survive: list[Row] = [
        ("B21-cold-1of2-norepair-R", systems.standby_pair(1e-3, None, 0.0), 1000, 16384, 0.03),
        ("B22-cold-1of2-norepair-switch-R", systems.unrepaired_pair(1e-3, 0.95), 1000, 16384, 0.03),
        ("B36-loadshare-norepair-R", _two_carry(), 500, 16384, 0.03),
    ]
    coverage = [f"B24-failover-coverage-{c}" for c in ("0.95", "0.99", "0.999")]
    delayed = [f"B25-failover-delay-c{c}" for c in ("0.9", "0.99")]
    shares: list[Row] = [(c, chains.coverage_pair(p(c)), 4e5, 1024, 0.15) for c in coverage]
    shares += [(c, chains.delayed_pair(p(c)), 2e5, 1024, 0.1) for c in delayed]
    shares += [("B28-warm-d0.0-unavail", chains.warm(p("B28-warm-d0.0-unavail")), 4e5, 1024, 0.15)]
    frequency = "B26-failover-delay-c0.9-freq"
    return [
        *rows(survive, never_down),
        *rows(shares),
        *rows([(frequency, chains.delayed_pair(p(frequency)), 1e5, 1024, 0.02)], failures_a_year),
        to_failure(
            "B18-cold-1of2-1crew-mttf",
            lambda q: systems.standby_pair(q["lam"], q["mu"], 0.0),
            2048,
            0.12,
        ),
        *(
            to_failure(f"B27-warm-d{d}-mttf", chains.warm, 2048, 0.12)
            for d in ("0.1", "0.5", "1.0")
        ),
    ]


def _two_carry() -> System:
    return System([unit("unit", 1000, None, 2, load_sharing=LoadSharing(factors=(1.0, 3.0)))])


def _dependence() -> list[Simulated]:
    pair = ("B34-1crew-prioA-parallel", "B34-1crew-prioB-series")
    shares: list[Row] = [
        (pair[0], systems.two_units(p(pair[0]), "A", parallel("A", "B")), 2e4, 2048, 0.1),
        (pair[1], systems.two_units(p(pair[1]), "B"), 1e4, 2048, 0.03),
        ("C34-binomial-shock", systems.binomial_shocks(p("C34-binomial-shock")), 2e4, 2048, 0.1),
        *(
            (c, chains.pair(p(c)), 4e4, 2048, 0.15)
            for c in ("B39-beta0.05-1of2-unavail", "B39-beta0.1-1of2-unavail")
        ),
        ("B39-beta0.0-1of2-unavail", chains.pair(p("B39-beta0.0-1of2-unavail")), 1e6, 512, 0.08),
    ]
    shares.append(
        ("B38-overload-cascade", systems.shared_load(p("B38-overload-cascade")), 2.5e5, 4096, 0.35)
    )
    shock = [
        "B40-beta0.0-1of2-mttf",
        "B40-beta0.01-1of2-mttf",
        "B40-beta0.05-1of2-mttf",
        "B40-beta0.1-1of2-mttf",
    ]
    return [
        *rows(shares),
        *(to_failure(case, chains.pair, 2048, 0.12) for case in shock),
        to_failure("C35-binomial-shock-mttf", systems.binomial_shocks, 2048, 0.12),
    ]


def _counted() -> list[Simulated]:
    counts: list[Row] = [
        ("C10-minimal-repair", _replaced(Weibull(2.5, 1000 * HOUR), "as_was"), 3000, 8192, 0.02)
    ]
    for case in ("C08-renewal-gamma2-100", "C08-renewal-gamma2-500"):
        counts.append((case, _replaced(Gamma(2, 100 * HOUR)), p(case)["t"], 16384, 0.1))
    for case in (c for c in laws.ANSWERS if c.startswith("C09")):
        counts.append(
            (case, _replaced(Weibull(p(case)["shape"], HOUR)), p(case)["t_over_scale"], 16384, 0.1)
        )
    return rows(counts, failures)


def _first_years() -> list[Simulated]:
    mixture = laws.weak_or_strong(p("C39-burnin-AFR1"))
    first_year: list[Row] = [
        ("C20-bathtub-AFR1", laws.aged(laws.TUB, 0), 8760, 40_000, 0.1),
        ("C21-bathtub-AFR5", laws.aged(laws.TUB, 35_040), 8760, 40_000, 0.1),
        ("C38-weibull-mixture-AFR1", laws.aged(mixture, 0), 8760, 40_000, 0.15),
        ("C39-burnin-AFR1", laws.aged(mixture, 168), 8760, 40_000, 0.15),
    ]
    return rows(first_year, ever_down)


def _laws() -> list[Simulated]:
    a, suspended = "C04-weibull-lognormal-varrate", "C06-suspended-general"
    sevens = {t: f"C07-detrepair-A({t})" for t in (10, 30)}
    mixture = laws.weak_or_strong(p("C39-burnin-AFR1"))
    return [
        Simulated(a, laws.alternating(p(a)), 1e6, 4096, 0.15, variance_rate),
        *rows([(suspended, suspended_pair(), 2e5, 1024, 0.03)], of_up=True),
        *rows(
            [(c, laws.fixed_repair(p(c)), t, 40_000, 0.06) for t, c in sevens.items()],
            down_at_the_end,
            of_up=True,
        ),
        *_counted(),
        *_first_years(),
        *rows(
            [
                (
                    "C11-minimal-repair-P0",
                    laws.aged(Weibull(2.5, 1000 * HOUR), 1000),
                    1000,
                    250_000,
                    0.1,
                ),
                ("C19-bathtub-S1y", laws.aged(laws.TUB, 0), 8760, 40_000, 0.02),
            ],
            never_down,
        ),
        to_failure(
            "C01-weibull-mttf",
            lambda q: laws.aged(Weibull(q["shape"], q["scale"] * HOUR), 0),
            32_768,
            0.06,
        ),
        to_failure("C26-mtbf-of-afr", lambda q: laws.aged(from_afr(q["afr"]), 0), 8192, 0.06),
        to_failure(
            "C16-weibull-series3-mttf",
            lambda q: System(
                [Pool("part", 3, needed="all", faults=[crash(Weibull(1.5, 1000 * HOUR))])]
            ),
            8192,
            0.06,
        ),
        to_failure("C37-weibull-mixture-mttf", lambda q: laws.aged(mixture, 0), 8192, 0.06),
    ]


def _replaced(life: Distribution, renews: Any = "new") -> System:
    """A part replaced, or mended, in a millisecond."""
    return System([Pool("part", faults=[crash(life, Deterministic(1e-3), renews=renews)])])


def suspended_pair() -> System:
    """Two components that age only while the system serves."""
    first = crash(Weibull(0.7, 2000 * HOUR), Lognormal(4 * HOUR, 1.2), ages="while_serving")
    second = crash(Gamma(2, 250 * HOUR), Deterministic(3 * HOUR), ages="while_serving")
    return System([Pool("c1", faults=[first]), Pool("c2", faults=[second])])


def _durability() -> list[Simulated]:
    raid, raft = "D04-raid5-8-consumer-P10y", "D11-raft-5-election"
    disks = systems.array(8, 1, systems.hours(p(raid)["mttf"]), p(raid)["mttr"])
    return [
        *rows([(raid, disks, 87_600, 20_000, 0.2)], ever_down),
        to_failure("D06-raid5-ure-mttdl", systems.read_error_array, 2048, 0.12),
        to_failure("D07-mirror-lse-scrub-mttdl", systems.scrubbed_mirror, 512, 0.25),
        *rows(
            [("D09-quorum-3-unavail", durability.quorum(p("D09-quorum-3-unavail")), 2e6, 1024, 0.1)]
        ),
        to_failure("D10-quorum-3-mttf", durability.quorum, 1024, 0.15),
        *rows([(raft, systems.raft(p(raft)), 5e5, 2048, 0.05)]),
    ]


FAMILIES: dict[str, list[Simulated]] = {
    "standby and failover": _standby(),
    "shared causes and crews": _dependence(),
    "other laws": _laws(),
    "durability": _durability(),
}
"""Cases of parts that depend on each other, or with laws of every kind, by family."""
