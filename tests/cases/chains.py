"""Repairable systems: redundancy, crews, standby, failover, load, shocks (cases B)."""

from __future__ import annotations

from typing import Any

from simulator import HOUR, YEAR, Chain, LoadSharing, Mixture, Pool, System, crash, exact, parallel
from tests.cases import systems
from tests.cases.catalogue import CASES, Answer, Parameters
from tests.cases.systems import (
    common_cause,
    failover_pair,
    hours,
    k_of_n_pool,
    repaired_series,
    standby_pair,
    two_units,
    unit,
    unrepaired_pair,
)


def single(p: Parameters) -> System:
    """One repairable unit, by means or by rates."""
    mttf = p["mttf"] if "mttf" in p else 1 / p["lam"]
    mttr = p["mttr"] if "mttr" in p else 1 / p["mu"]
    return System([unit("unit", mttf, mttr)])


def _mean_share_up(p: Parameters) -> float:
    return 1 - exact.interval_unavailability(single(p), p["t"] * HOUR).mean


def _variance_of_share(p: Parameters) -> float:
    return exact.interval_unavailability(single(p), p["t"] * HOUR).variance


def within_budget(p: Parameters) -> float:
    """Probability that the downtime stays within the budget."""
    return exact.downtime_probability(single(p), p["t"] * HOUR, p["x"] * HOUR)


def _failures_a_year(scenario: Any) -> float:
    return exact.frequency(scenario) * YEAR


_REDUNDANT: dict[str, Answer] = {
    "unavail": lambda p: exact.unavailability(k_of_n_pool(p)),
    "mttf": lambda p: exact.mttf(k_of_n_pool(p)) / HOUR,
    "mtbf": lambda p: exact.mtbf(k_of_n_pool(p)) / HOUR,
    "mdt": lambda p: exact.mean_down_time(k_of_n_pool(p)) / HOUR,
}


def coverage_pair(p: Parameters) -> Any:
    """A failover that is instant when it works, by hand otherwise."""
    by_hand = hours(1 / p["manual_failover_rate"])
    return failover_pair(1 / p["lam"], 1 / p["mu"], None, works=p["coverage"], by_hand=by_hand)


def delayed_pair(p: Parameters) -> Any:
    """A failover that takes a minute when it works, longer by hand."""
    auto, by_hand = hours(p["failover_mean_h"]), hours(p["manual_mean_h"])
    return failover_pair(p["mttf"], p["mttr"], auto, works=p["coverage"], by_hand=by_hand)


def warm(p: Parameters) -> Any:
    """A pair with a warm standby and one crew."""
    return standby_pair(p["lam"], p["mu"], p["dormancy"])


def _repairmen(p: Parameters) -> Any:
    return k_of_n_pool({"k": 5, **p})


def two_of_three_by(t: float) -> Answer:
    """Probability that two of three units have been enough up to `t` hours."""
    return lambda p: exact.reliability(k_of_n_pool(p), t * HOUR)


def _two_carry(p: Parameters) -> float:
    factors = (1.0, p["lam_full"] / p["lam_half"])
    pool = unit("unit", 1 / p["lam_half"], None, 2, load_sharing=LoadSharing(factors=factors))
    return exact.reliability(System([pool]), p["t"] * HOUR)


def _without_repair(p: Parameters) -> float:
    return exact.mttf(System([unit("unit", 1 / p["lam"], None, 3, needed=2)])) / HOUR


def _down_to_one(p: Parameters) -> float:
    """Three vote; at the first failure two are switched off and one carries on."""
    rates = {("three", "one"): 3 * p["lam"] / HOUR, ("one", "none"): p["lam"] / HOUR}
    return exact.mttf(Chain(rates, up=("three", "one"), start="three")) / HOUR


def drawn(p: Parameters) -> System:
    """A position whose units are weak or strong, drawn afresh at every replacement."""
    life = Mixture((p["w"], 1 - p["w"]), (hours(p["mttf_weak"]), hours(p["mttf_strong"])))
    return System([Pool("position", faults=[crash(life, hours(p["mttr"]))])])


def _drawn_at(p: Parameters) -> float:
    return exact.availability(drawn(p), at=p["t"] * HOUR)


def pair(p: Parameters) -> Any:
    return common_cause(p["lam"], p["mu"], p["beta"])


def _each(prefix: str, answer: Answer) -> dict[str, Answer]:
    return {case: answer for case in CASES if case.startswith(prefix)}


ANSWERS: dict[str, Answer] = {
    "B01-single-ss": lambda p: exact.availability(single(p)),
    "B02-single-point-t1": lambda p: exact.availability(single(p), at=p["t"] * HOUR),
    **_each("B03-", _mean_share_up),
    **_each("B04-", _variance_of_share),
    "B05-single-var-rate": lambda p: exact.downtime_variance_rate(single(p)) / HOUR,
    **_each("B06-", within_budget),
    **_each("B07-", within_budget),
    "B08-series3-independent": lambda p: exact.availability(repaired_series(p["mttf_mttr"])),
    "B10-series3-freq": lambda p: _failures_a_year(repaired_series(p["mttf_mttr"])),
    "B12-series3-mttf": lambda p: exact.mttf(repaired_series(p["mttf_mttr"])) / HOUR,
    **{c: _REDUNDANT[c.rpartition("-")[2]] for c in CASES if c.startswith("B13-")},
    "B14-2of3-ncrew-U(100)": lambda p: exact.unavailability(k_of_n_pool(p), at=p["t"] * HOUR),
    "B15-2of3-ncrew-R(1000)": lambda p: exact.reliability(k_of_n_pool(p), p["t"] * HOUR),
    "B15-2of3-ncrew-R(8760)": lambda p: exact.reliability(k_of_n_pool(p), p["t"] * HOUR),
    "B16-2of3-interval-mean-1y": lambda p: (
        exact.interval_unavailability(k_of_n_pool(p), p["t"] * HOUR).mean
    ),
    "B17-2of3-interval-sd-1y": lambda p: (
        exact.interval_unavailability(k_of_n_pool(p), YEAR).standard_deviation
    ),
    "B18-cold-1of2-1crew-mttf": lambda p: exact.mttf(standby_pair(p["lam"], p["mu"], 0.0)) / HOUR,
    "B21-cold-1of2-norepair-R": lambda p: exact.reliability(
        standby_pair(p["lam"], None, 0.0), p["t"] * HOUR
    ),
    "B22-cold-1of2-norepair-switch-R": lambda p: exact.reliability(
        unrepaired_pair(p["lam"], p["p_switch"]), p["t"] * HOUR
    ),
    **_each("B24-", lambda p: exact.unavailability(coverage_pair(p))),
    **_each("B25-", lambda p: exact.unavailability(delayed_pair(p))),
    "B26-failover-delay-c0.9-freq": lambda p: _failures_a_year(delayed_pair(p)),
    "B28-warm-d0.0-unavail": lambda p: exact.unavailability(warm(p)),
    **_each("B27-", lambda p: exact.mttf(warm(p)) / HOUR),
    "B31-repairman-5of6-2crews": lambda p: exact.unavailability(_repairmen(p)),
    "B32-repairman-mean-down": lambda p: exact.mean_members_down(_repairmen(p), "unit"),
    "B34-1crew-prioA-parallel": lambda p: exact.unavailability(
        two_units(p, "A", parallel("A", "B"))
    ),
    "B34-1crew-prioB-series": lambda p: exact.unavailability(two_units(p, "B")),
    "B36-loadshare-norepair-R": _two_carry,
    "B38-overload-cascade": lambda p: exact.unavailability(systems.shared_load(p)),
    **_each("B39-", lambda p: exact.unavailability(pair(p))),
    **_each("B40-", lambda p: exact.mttf(pair(p)) / HOUR),
    "B42-tmr-mttf": _without_repair,
    "B43-tmr-simplex-mttf": _down_to_one,
    **_each("B47-", _drawn_at),
}
