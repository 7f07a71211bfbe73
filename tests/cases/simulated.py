"""The cases that are put to the Monte-Carlo engine, family by family.

Each row: case, system, hours of a history, histories, relative bias the test would find. Histories
of a mean time to failure last 15 times as long as it.
"""

from __future__ import annotations

from simulator import (
    HOUR,
    Lognormal,
    Pool,
    System,
    crash,
    parallel,
    series,
)
from tests.cases import chains, structure, systems
from tests.cases.catalogue import parameters as p
from tests.cases.catalogue import truth
from tests.cases.histories import (
    Described,
    Row,
    Simulated,
    down_at_the_end,
    failures_a_year,
    never_down,
    rows,
    squared_about,
    to_failure,
    variance_rate,
    within,
)
from tests.cases.systems import bridge, in_series, part, unit

__all__ = ["DIFFERENCES", "FAMILIES", "RATIOS", "outages"]


def _between_failures(case: str, hours: float, many: int) -> Simulated:
    """A mean time between failures, by the failures in 8760 h."""
    return Simulated(case, _redundant(case), hours, many, 0.12, failures_a_year, 8760 / truth(case))


def _like(n: int, k: int, availability: float) -> System:
    return System([part("block", availability, n, needed=k)])


def _trains() -> System:
    pools = [part(f"{kind}{i}", a) for i in "12" for kind, a in (("valve", 0.5), ("pump", 0.3))]
    return System(pools, structure=parallel(*(series(f"valve{i}", f"pump{i}") for i in "12")))


def _structure() -> list[Simulated]:
    up: list[Row] = [
        ("A01-series3", in_series([0.99, 0.995, 0.999]), 1000, 2048, 0.04),
        ("A03-2of3", _like(3, 2, 0.9), 1000, 1024, 0.04),
        ("A06-bridge-equal", bridge([0.9] * 5), 1000, 2048, 0.03),
        ("A07-bridge-unequal", bridge(p("A07-bridge-unequal")["p"]), 1000, 1024, 0.03),
        ("A20-azure-webapp-sql", in_series(p("A20-azure-webapp-sql")["sla"]), 1e5, 1024, 0.04),
        (
            "A21-azure-queue-fallback",
            structure.fallback(p("A21-azure-queue-fallback")),
            1e5,
            1024,
            0.04,
        ),
        ("A23-aws-4hard-dep", in_series([0.9999] * 4), 1e5, 1024, 0.05),
        ("A24-aws-2AZ-parallel", _like(2, 1, 0.999), 2e6, 1024, 0.15),
        ("A26-3AZ-2needed-region", structure.zones(p("A26-3AZ-2needed-region")), 1e5, 1024, 0.1),
    ]
    down: list[Row] = [
        ("A04-kofn-10-7", _like(10, 7, 0.95), 5000, 1024, 0.06),
        ("A17-twotrain-ft", _trains(), 1000, 512, 0.02),
    ]
    return rows(up, of_up=True, settled=True) + rows(down, settled=True)


def _shares_of_an_interval(single: System) -> list[Simulated]:
    short = {t: f"B03-single-interval-mean-t{t}" for t in (24, 720, 8760)}
    means = rows(
        [
            (short[24], single, 24, 150_000, 0.12),
            (short[720], single, 720, 20_000, 0.07),
            (short[8760], single, 8760, 4096, 0.05),
        ],
        of_up=True,
    )
    spreads = [
        Simulated(
            f"B04-single-interval-var-t{t}",
            single,
            t,
            many,
            detects,
            squared_about(1 - truth(short[t])),
        )
        for t, many, detects in ((24, 150_000, 0.15), (8760, 8192, 0.12))
    ]
    return [*means, *spreads]


def _units() -> list[Simulated]:
    single = chains.single(p("B01-single-ss"))
    drawn: list[Row] = [
        (case, chains.drawn(p(case)), p(case)["t"], 250_000, 0.3)
        for case in ("B47-hyperexp-A(1000)", "B47-hyperexp-A(10000)")
    ]
    within_budget = [
        Simulated(case, chains.single(p(case)), 8760, many, detects, within(p(case)["x"]))
        for case, many, detects in (
            ("B06-sla-prob-99.9%", 60_000, 0.25),
            ("B06-sla-prob-99%", 8192, 0.05),
            ("B07-sla-mttf1mo-mttr5m-99.99", 8192, 0.1),
            ("B07-sla-mttf1y-mttr1h-99.99", 8192, 0.05),
        )
    ]
    return [
        *rows([("B01-single-ss", single, 1e4, 2048, 0.05)], of_up=True, settled=True),
        *rows([("B02-single-point-t1", single, 1, 1_000_000, 0.2)], down_at_the_end, of_up=True),
        *_shares_of_an_interval(single),
        Simulated("B05-single-var-rate", single, 1e5, 8192, 0.1, variance_rate),
        *within_budget,
        *rows(drawn, down_at_the_end, of_up=True),
    ]


def _redundant(case: str) -> Described:
    return systems.k_of_n_pool(p(case))


def _redundancy_over_time() -> list[Simulated]:
    shares: list[Row] = [
        ("B13-1of2-ncrew-unavail", _redundant("B13-1of2-ncrew-unavail"), 1e6, 512, 0.08),
        ("B13-1of2-1crew-unavail", _redundant("B13-1of2-1crew-unavail"), 2e5, 2048, 0.08),
        ("B13-2of3-ncrew-unavail", _redundant("B13-2of3-ncrew-unavail"), 4e5, 512, 0.07),
        ("B13-2of4-ncrew-unavail", _redundant("B13-2of4-ncrew-unavail"), 4e5, 512, 0.1),
        ("B13-3of5-ncrew-unavail", _redundant("B13-3of5-ncrew-unavail"), 2e6, 512, 0.1),
        ("B13-8of10-1crew-unavail", _redundant("B13-8of10-1crew-unavail"), 1e6, 2048, 0.15),
        ("B31-repairman-5of6-2crews", _redundant_5of6(), 2e4, 2048, 0.03),
        ("B16-2of3-interval-mean-1y", _redundant("B16-2of3-interval-mean-1y"), 8760, 20_000, 0.08),
    ]
    squares = squared_about(truth("B16-2of3-interval-mean-1y"))
    spread = Simulated(
        "B17-2of3-interval-sd-1y",
        shares[-1][1],
        8760,
        40_000,
        0.15,
        squares,
        truth("B17-2of3-interval-sd-1y") ** 2,
    )
    survive: list[Row] = [
        (c, _redundant(c), p(c)["t"], 8192, 0.05)
        for c in ("B15-2of3-ncrew-R(1000)", "B15-2of3-ncrew-R(8760)")
    ]
    return [
        *rows(shares),
        *rows(
            [("B14-2of3-ncrew-U(100)", _redundant("B14-2of3-ncrew-U(100)"), 100, 1_000_000, 0.3)],
            down_at_the_end,
        ),
        *rows(survive, never_down),
        spread,
    ]


def _redundancy() -> list[Simulated]:
    series3 = systems.repaired_series(p("B08-series3-independent")["mttf_mttr"])
    between = [
        ("B13-1of2-1crew-mtbf", 2e5, 1024),
        ("B13-2of3-ncrew-mtbf", 4e5, 512),
        ("B13-2of3-1crew-mtbf", 1e5, 1024),
        ("B13-2of4-ncrew-mtbf", 4e5, 512),
        ("B13-2of4-1crew-mtbf", 1e5, 1024),
        ("B13-3of5-1crew-mtbf", 4e5, 1024),
        ("B13-8of10-ncrew-mtbf", 4e6, 512),
        ("B13-8of10-1crew-mtbf", 1e6, 1024),
    ]
    mttf = [
        "B13-1of2-ncrew-mttf",
        "B13-2of3-ncrew-mttf",
        "B13-2of3-1crew-mttf",
        "B13-2of4-ncrew-mttf",
        "B13-2of4-1crew-mttf",
        "B13-3of5-ncrew-mttf",
        "B13-8of10-ncrew-mttf",
    ]
    return [
        *rows([("B08-series3-independent", series3, 1e4, 1024, 0.07)], of_up=True, settled=True),
        *rows([("B10-series3-freq", series3, 1e5, 512, 0.02)], failures_a_year, settled=True),
        to_failure("B12-series3-mttf", lambda _: series3, 8192, 0.06),
        *_redundancy_over_time(),
        *(_between_failures(*row) for row in between),
        *(to_failure(case, systems.k_of_n_pool, 2048, 0.12) for case in mttf),
        to_failure(
            "B42-tmr-mttf",
            lambda q: System([unit("unit", 1 / q["lam"], None, 3, needed=2)]),
            8192,
            0.06,
        ),
    ]


def _redundant_5of6() -> Described:
    return systems.k_of_n_pool({"k": 5, **p("B31-repairman-5of6-2crews")})


def outages() -> list[tuple[str, Described, float, int, float]]:
    """Mean lengths of an outage: downtime over failures."""
    repair = System([Pool("unit", faults=[crash(systems.hours(100), Lognormal(4 * HOUR, 1.2))])])
    listed = [
        ("B13-1of2-ncrew-mdt", 1e6, 512),
        ("B13-2of3-1crew-mdt", 1e5, 1024),
        ("B13-2of4-1crew-mdt", 1e5, 1024),
        ("B13-3of5-1crew-mdt", 4e5, 1024),
        ("B13-8of10-ncrew-mdt", 4e6, 512),
        ("B13-8of10-1crew-mdt", 1e6, 1024),
    ]
    found = [(case, _redundant(case), hours, many, 0.12) for case, hours, many in listed]
    return [*found, ("C02-lognormal-mttr", repair, 1e5, 512, 0.05)]


FAMILIES: dict[str, list[Simulated]] = {
    "structure": _structure(),
    "one unit": _units(),
    "redundancy": _redundancy(),
}
"""Cases of parts that are alike, or do not depend on each other, by family."""

DIFFERENCES = ("A08-bridge-birnbaum-s-u", "A13-bridge-structural-uv")
"""Importance: unavailability without an edge of the bridge less that with the edge perfect."""

RATIOS = ("A09-bridge-raw-s-u", "A10-bridge-rrw-s-u")
"""Importance: unavailability without an edge over today's; today's over that with it perfect."""
