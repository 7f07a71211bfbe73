"""Laws that are not exponential: moments, renewals, minimal repair, bathtubs, shocks (cases C)."""

from __future__ import annotations

from simulator import (
    HOUR,
    YEAR,
    Bathtub,
    Deterministic,
    Gamma,
    Lognormal,
    Mixture,
    Pool,
    System,
    Weibull,
    crash,
    exact,
)
from simulator.describe.distributions import from_afr
from tests.cases.catalogue import CASES, Answer, Parameters
from tests.cases.systems import binomial_shocks, hours

TUB = Bathtub(early=(0.5, 50000 * HOUR / 0.05**2), chance=1e-5 / HOUR, wear=(5.0, 60000 * HOUR))
"""H(t) = 0.05 sqrt(t/50000) + 1e-5 t + (t/60000)^5 in hours; 0.05 goes into the scale."""


def alternating(p: Parameters) -> System:
    """Weibull lives, lognormal repairs."""
    life, repair = Weibull(p["shape"], p["scale"] * HOUR), Lognormal(p["median"] * HOUR, p["sigma"])
    return System([Pool("unit", faults=[crash(life, repair)])])


def fixed_repair(p: Parameters) -> System:
    """Exponential lives, repairs of exactly four hours."""
    return System([Pool("unit", faults=[crash(hours(1 / p["lam"]), Deterministic(4 * HOUR))])])


def _renewals_gamma(p: Parameters) -> float:
    return exact.expected_failures(Gamma(p["shape"], HOUR / p["rate"]), p["t"] * HOUR)


def _renewals_weibull(p: Parameters) -> float:
    return exact.expected_failures(Weibull(p["shape"], HOUR), p["t_over_scale"] * HOUR)


def _as_bad_as_old(p: Parameters) -> float:
    return exact.expected_failures(
        Weibull(p["shape"], p["scale"] * HOUR), p["t"] * HOUR, renews="as_was"
    )


def aged(life: object, age: float) -> System:
    """One part of an age in hours, not repaired: what counts is its first failure."""
    return System([Pool("part", ages=age * HOUR, faults=[crash(life)])])  # type: ignore[arg-type]


def _quiet_thousand_hours(p: Parameters) -> float:
    """A repair to as bad as old leaves the age: it is the first failure of a part that old."""
    return exact.reliability(aged(Weibull(p["shape"], p["scale"] * HOUR), 1000), 1000 * HOUR)


def _first_of_three(p: Parameters) -> float:
    life = Weibull(p["shape"], p["scale"] * HOUR)
    return exact.mttf(System([Pool("part", p["n"], needed="all", faults=[crash(life)])])) / HOUR


def weak_or_strong(p: Parameters) -> Mixture:
    """A population of which a share is weak."""
    kinds = [Weibull(shape, scale * HOUR) for shape, scale in (p["weak"], p["strong"])]
    return Mixture((p["w"], 1 - p["w"]), tuple(kinds))


def _each(prefix: str, answer: Answer) -> dict[str, Answer]:
    return {case: answer for case in CASES if case.startswith(prefix)}


ANSWERS: dict[str, Answer] = {
    "C01-weibull-mttf": lambda p: Weibull(p["shape"], p["scale"] * HOUR).mean() / HOUR,
    "C02-lognormal-mttr": lambda p: Lognormal(p["median"] * HOUR, p["sigma"]).mean() / HOUR,
    "C04-weibull-lognormal-varrate": lambda p: exact.downtime_variance_rate(alternating(p)) / HOUR,
    **_each("C07-", lambda p: exact.availability(fixed_repair(p), at=p["t"] * HOUR)),
    **_each("C08-", _renewals_gamma),
    **_each("C09-", _renewals_weibull),
    "C10-minimal-repair": _as_bad_as_old,
    "C11-minimal-repair-P0": _quiet_thousand_hours,
    "C16-weibull-series3-mttf": _first_of_three,
    "C19-bathtub-S1y": lambda p: TUB.survival(YEAR),
    "C20-bathtub-AFR1": lambda p: exact.unreliability(aged(TUB, 0), YEAR),
    "C21-bathtub-AFR5": lambda p: exact.unreliability(aged(TUB, 4 * 8760), YEAR),
    "C23-bathtub-bottom": lambda p: TUB.age_of_least_hazard() / HOUR,
    "C26-mtbf-of-afr": lambda p: from_afr(p["afr"]).mean() / HOUR,
    "C34-binomial-shock": lambda p: exact.unavailability(binomial_shocks(p)),
    "C35-binomial-shock-mttf": lambda p: exact.mttf(binomial_shocks(p)) / HOUR,
    "C37-weibull-mixture-mttf": lambda p: weak_or_strong(p).mean() / HOUR,
    "C38-weibull-mixture-AFR1": lambda p: weak_or_strong(p).cdf(YEAR),
    "C39-burnin-AFR1": lambda p: exact.unreliability(aged(weak_or_strong(p), p["burn_in"]), YEAR),
}
